"""Regions whose members are listed by date, as `episodes/*.yaml` of the packs hold them: one list for warnings and for the gazetteer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.marked import Marked, load_marked, take


@dataclass(frozen=True, slots=True)
class Membership:
    """Members of a region for some days; `open`: others are not written here, so that absence says nothing."""

    places: tuple[str, ...]
    first: date
    last: date | None
    cite: str
    doubt: str | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A key region with its memberships by date, and who coordinates there."""

    id: str
    label: str
    coordinator: str | None
    members: tuple[Membership, ...]

    def on(self, day: date) -> Membership | None:
        """The membership of a day; None where none is written."""
        return next((m for m in self.members if m.first <= day and (m.last is None or day <= m.last)), None)


_ENDS = ("市", "县", "区", "州")


def plain_name(place: str) -> str:
    """A place name without its rank: tables write 太原 as often as 太原市.

    >>> plain_name("太原市"), plain_name("吕梁"), plain_name("州")
    ('太原', '吕梁', '州')
    """
    word = place.strip()
    return word[:-1] if len(word) > 2 and word.endswith(_ENDS) else word


def same_place(place: str, places: Iterable[str]) -> bool:
    """Whether a name is among others, rank or not."""
    word = plain_name(place)
    return any(plain_name(item) == word for item in places)


def read_region(id: str, item: Marked, faults: list[Fault]) -> Region:
    """A region of a file; H055 unsure without a reason, besides the faults of `take`."""
    row = take(
        item, {"label": "text", "members": "sequence"}, {"coordinator": "text"}, faults=faults, what=f"区域 {id} "
    )
    members = []
    for part in row["members"] or []:
        found = take(
            part, {"from": "date", "cite": "text", "places": "texts"},
            {"to": "date", "sure": "boolean", "note": "text", "open": "boolean"}, faults=faults, what="members ",
        )  # fmt: skip
        if found["sure"] is False and not found["note"]:
            faults.append(part.fault("H055", f"区域 {id} 标了 `sure: false`，却没有说明理由", "用 `note:` 写明"))
        if found["from"] and found["cite"] and found["places"]:
            doubt = found["note"] if found["sure"] is False else None
            members.append(
                Membership(
                    tuple(found["places"]), found["from"], found["to"], found["cite"], doubt, bool(found["open"])
                )
            )
    return Region(id, row["label"] or id, row["coordinator"], tuple(members))


def load_regions(packs: Iterable[Path]) -> dict[str, Region]:
    """Regions by id, of the packs in order; raises InputFault with all faults."""
    faults: list[Fault] = []
    out: dict[str, Region] = {}
    for pack in packs:
        for path in sorted((pack / "episodes").glob("*.yaml")):
            if "regions:" not in path.read_text(encoding="utf-8"):
                continue
            try:
                top = load_marked(path).mapping()
            except InputFault as error:
                faults.extend(error.faults)
                continue
            if "regions" in top:
                out.update({id: read_region(id, item, faults) for id, item in top["regions"].mapping().items()})
    if faults:
        raise InputFault(faults)
    return out
