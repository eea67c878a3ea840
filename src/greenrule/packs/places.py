"""The gazetteer: which layer features stand for a place that the texts name, and on what basis.

A text says 汾河谷地 and draws no line.  `places.yaml` says which features of which layer kind stand for it, or which
other places it is made of, or that nobody can tell and why.  Nothing here computes: casework looks the features up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.marked import Marked, load_marked, take


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


Basis = LayerBasis | JoinedBasis | UnknownBasis


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

    def parts(self, id: str) -> tuple[LayerBasis | UnknownBasis, ...]:
        """What a place comes down to once joined places are taken apart, in order."""
        basis = self.places[id].basis
        if isinstance(basis, JoinedBasis):
            return tuple(part for member in basis.places for part in self.parts(member))
        return (basis,)

    def layers(self) -> tuple[str, ...]:
        """The layer kinds that places rely on, in alphabetical order."""
        return tuple(sorted({place.basis.layer for place in self if isinstance(place.basis, LayerBasis)}))


def load_places(packs: Iterable[Path]) -> Gazetteer:
    """Read `places.yaml` of every pack that has one; raises InputFault with all faults.

    Besides those of packs.marked: P071 a place or a name twice · P072 a basis that is none of the three forms ·
    P073 a joined place that does not exist or contains itself.
    """
    faults: list[Fault] = []
    places: dict[str, NamedPlace] = {}
    names: dict[str, str] = {}
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
            place = _read(id, entry, faults)
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


def _read(id: str, entry: Marked, faults: list[Fault]) -> NamedPlace | None:
    before = len(faults)
    row = take(
        entry,
        {"label": "any", "kind": "text", "basis": "any", "cites": "texts"},
        {"aliases": "texts", "note": "text"},
        faults=faults,
        what=f"地名 {id} ",
    )
    label = take(row["label"], {"zh": "text", "en": "text"}, faults=faults, what="label") if row["label"] else {}
    basis = _read_basis(row["basis"], faults) if row["basis"] else None
    if len(faults) > before or basis is None:
        return None
    aliases = tuple(row["aliases"] or ())
    cites = tuple(row["cites"])
    return NamedPlace(id, label["zh"], label["en"], row["kind"], basis, cites, aliases, row["note"], entry.place)


def _read_basis(part: Marked, faults: list[Fault]) -> Basis | None:
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
    if "unknown" in keys:
        return UnknownBasis(take(part, {"unknown": "text"}, faults=faults, what="basis ")["unknown"] or "")
    faults.append(
        part.fault("P072", "依据须是图层、合成或 unknown 之一", "写 {layer: …}、{places: […]} 或 {unknown: 原因}")
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
