"""The gazetteer: which layer features stand for a place that the texts name, and on what basis.

A text says 汾河谷地 and draws no line.  `places.yaml` says which features of which layer kind stand for it, or which
other places it is made of, or which regions with dated members, or that nobody can tell and why.  Nothing here computes: casework looks the features up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.packs.regions import Region, load_regions


@dataclass(frozen=True, slots=True)
class LayerBasis:
    """Features of a layer kind where each named column holds one of the values (all features where `where` is empty).

    `distance` is the id of a parameter: the place is everything within that distance of the features.
    """

    layer: str
    where: dict[str, tuple[str, ...]]
    distance: str | None = None


@dataclass(frozen=True, slots=True)
class JoinedBasis:
    """The union of other places."""

    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownBasis:
    """No source draws this place; whether a site lies in it is unknown until a user says so."""

    reason: str


@dataclass(frozen=True, slots=True)
class DatedBasis:
    """The members, cities, that regions have on a day (`packs.regions`)."""

    regions: tuple[Region, ...]

    def on(self, day: date) -> LayerBasis | UnknownBasis:
        """The cities of a day; unknown where a list of that day is not written, or not in full."""
        found = [region.on(day) for region in self.regions]
        if any(item is None for item in found):
            lacking = "、".join(region.label for region, item in zip(self.regions, found, strict=True) if item is None)
            return UnknownBasis(f"{day} 的{lacking}名单没有写在包里")
        if any(item is not None and item.open for item in found):
            notes = "；".join(item.doubt or "" for item in found if item is not None and item.open)
            return UnknownBasis(f"{day} 的名单没有写全：{notes}")
        names = tuple(name for item in found if item is not None for name in item.places)
        return LayerBasis("city", {"name": names})

    @property
    def cites(self) -> tuple[str, ...]:
        """The instruments that the lists are from."""
        return tuple(dict.fromkeys(item.cite for region in self.regions for item in region.members))


Basis = LayerBasis | JoinedBasis | DatedBasis | UnknownBasis


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """One place of the texts, with the clauses that name it."""

    id: str
    zh: str
    en: str
    kind: str
    basis: Basis
    cites: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    note: str | None = None
    at: Place | None = None


class Gazetteer:
    """Places by id, Chinese or English label or alias."""

    def __init__(self, places: dict[str, NamedPlace]) -> None:
        self.places = places
        self._by_name: dict[str, str] = {}
        for place in places.values():
            for name in (place.en.casefold(), *place.aliases, place.zh, place.id):
                self._by_name[name] = place.id

    def __getitem__(self, id: str) -> NamedPlace:
        return self.places[id]

    def __contains__(self, id: object) -> bool:
        return id in self.places

    def __iter__(self) -> Iterator[NamedPlace]:
        return iter(self.places.values())

    def __len__(self) -> int:
        return len(self.places)

    def read(self, name: str, at: Place | None = None) -> NamedPlace:
        """The place of a name; InputFault P070 with near suggestions."""
        word = name.strip()
        id = self._by_name.get(word) or self._by_name.get(word.casefold())
        if id is None:
            holding = [known for known in self._by_name if word and word in known]
            close = list(dict.fromkeys([*holding, *near(word, self._by_name)]))[:4]
            hint = f"是否指 {'、'.join(close)}？" if close else "地名录见 places.yaml"
            raise InputFault(Fault("P070", f"没有地名 `{name}`", at, hint))
        return self.places[id]

    def parts(self, id: str) -> tuple[LayerBasis | DatedBasis | UnknownBasis, ...]:
        """What a place comes down to once joined places are taken apart, in order."""
        basis = self.places[id].basis
        if isinstance(basis, JoinedBasis):
            return tuple(part for member in basis.places for part in self.parts(member))
        return (basis,)

    def layers(self) -> tuple[str, ...]:
        """The layer kinds that places rely on, in alphabetical order."""
        dated = {"city"} if any(isinstance(place.basis, DatedBasis) for place in self) else set()
        return tuple(sorted({place.basis.layer for place in self if isinstance(place.basis, LayerBasis)} | dated))


def load_places(packs: Iterable[Path]) -> Gazetteer:
    """Read `places.yaml` of every pack that has one; raises InputFault with all faults.

    Besides those of packs.marked: P071 a place or a name twice · P072 a basis that is none of the four forms ·
    P073 a joined place that does not exist or contains itself, or a region that is not listed.
    """
    faults: list[Fault] = []
    places: dict[str, NamedPlace] = {}
    names: dict[str, str] = {}
    packs = list(packs)
    regions = load_regions(packs)
    for pack in packs:
        path = pack / "places.yaml"
        if not path.exists():
            continue
        try:
            top = take(load_marked(path), {"places": "mapping"}, faults=faults, what="地名录")
        except InputFault as error:
            faults.extend(error.faults)
            continue
        for id, entry in (top["places"] or {}).items():
            place = _read(id, entry, regions, faults)
            if place is None:
                continue
            for name in (place.id, place.zh, *place.aliases):
                if names.setdefault(name, place.id) != place.id or (name == place.id and place.id in places):
                    faults.append(entry.fault("P071", f"地名 `{name}` 重复（已属 `{names[name]}`）", "改名或合并"))
            places[id] = place
    for place in places.values():
        faults.extend(_joined_faults(place, places))
    if faults:
        raise InputFault(faults)
    return Gazetteer(places)


def _read(id: str, entry: Marked, regions: Mapping[str, Region], faults: list[Fault]) -> NamedPlace | None:
    before = len(faults)
    row = take(
        entry,
        {"label": "any", "kind": "text", "basis": "any", "cites": "texts"},
        {"aliases": "texts", "note": "text"},
        faults=faults,
        what=f"地名 {id} ",
    )
    label = take(row["label"], {"zh": "text", "en": "text"}, faults=faults, what="label") if row["label"] else {}
    basis = _read_basis(row["basis"], regions, faults) if row["basis"] else None
    if len(faults) > before or basis is None:
        return None
    aliases = tuple(row["aliases"] or ())
    cites = tuple(row["cites"])
    return NamedPlace(id, label["zh"], label["en"], row["kind"], basis, cites, aliases, row["note"], entry.place)


def _read_basis(part: Marked, regions: Mapping[str, Region], faults: list[Fault]) -> Basis | None:
    keys = set(part.value) if isinstance(part.value, dict) else set()
    if "layer" in keys:
        row = take(part, {"layer": "text"}, {"where": "mapping", "distance": "text"}, faults=faults, what="basis ")
        where: dict[str, tuple[str, ...]] = {}
        for column, values in (row["where"] or {}).items():
            try:
                where[column] = tuple(values.texts())
            except InputFault as error:
                faults.extend(error.faults)
        return LayerBasis(row["layer"] or "", where, row["distance"])
    if "places" in keys:
        return JoinedBasis(tuple(take(part, {"places": "texts"}, faults=faults, what="basis ")["places"] or ()))
    if "regions" in keys:
        ids = take(part, {"regions": "texts"}, faults=faults, what="basis ")["regions"] or ()
        for id in ids:
            if id not in regions:
                hint = "、".join(near(id, regions)) or "先在 episodes/ 里登记这个区域"
                faults.append(part.fault("P073", f"没有区域 `{id}`", hint))
        return DatedBasis(tuple(regions[id] for id in ids if id in regions))
    if "unknown" in keys:
        return UnknownBasis(take(part, {"unknown": "text"}, faults=faults, what="basis ")["unknown"] or "")
    faults.append(
        part.fault(
            "P072",
            "依据须是图层、合成、区域或 unknown 之一",
            "写 {layer: …}、{places: […]}、{regions: […]} 或 {unknown: 原因}",
        )
    )
    return None


def _joined_faults(place: NamedPlace, places: dict[str, NamedPlace]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    todo = list(place.basis.places) if isinstance(place.basis, JoinedBasis) else []
    while todo:
        id = todo.pop()
        member = places.get(id)
        if id == place.id:
            faults.append(Fault("P073", f"地名 `{place.id}` 包含了自己", place.at, "去掉绕回来的一处"))
        elif member is None:
            hint = "、".join(near(id, places)) or "先登记这个地名"
            faults.append(Fault("P073", f"`{place.id}` 的成员 `{id}` 没有登记", place.at, hint))
        elif id not in seen and isinstance(member.basis, JoinedBasis):
            todo.extend(member.basis.places)
        seen.add(id)
    return faults
