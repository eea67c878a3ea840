"""Regions that act together: which they are, who belongs to them, and the level that their members make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from greenrule.packs.places import DatedBasis, Gazetteer, LayerBasis, NamedPlace, UnknownBasis
from greenrule.response.warning import Step

#: Kinds of gazetteer places that act together.
JOINT = ("joint_control",)


@dataclass
class JointStep:
    """A region's level at a moment: `level` None while nobody has said how many members make it; `counts` members per level."""

    at: datetime
    level: int | None
    counts: tuple[int, int, int, int]
    unknown: tuple[str, ...]


@dataclass
class JointLog:
    """A region that acts together: its members, those without data, and its steps."""

    region: str
    members: tuple[str, ...]
    absent: tuple[str, ...]
    needed: int | None
    cites: tuple[str, ...]
    note: str | None
    steps: list[JointStep]


def _folded(name: str) -> str:
    return re.sub(r"[-－–—·、\s]|片区$|地区$|区域$", "", name.strip())


def region_of(name: str, gazetteer: Gazetteer) -> NamedPlace | None:
    word = _folded(name)
    for place in gazetteer:
        if place.kind in JOINT and (word in {_folded(item) for item in (place.zh, *place.aliases)} or name == place.id):
            return place
    holding = [place for place in gazetteer if place.kind in JOINT and len(word) > 2 and word in _folded(place.zh)]
    return holding[0] if len(holding) == 1 else None


def members_of(place: NamedPlace, day: date) -> tuple[tuple[str, ...], str]:
    """The members that the gazetteer writes for a day, and why there are none."""
    basis = place.basis.on(day) if isinstance(place.basis, DatedBasis) else place.basis
    if isinstance(basis, LayerBasis):
        return basis.where.get("name", ()), "地名录没有写出成员"
    return (), basis.reason if isinstance(basis, UnknownBasis) else "由其他地方合成"


def joint_log(
    region: str,
    places: tuple[str, ...],
    logs: Mapping[str, Sequence[Step]],
    needed: int | None,
    cites: tuple[str, ...],
    note: str | None,
) -> JointLog:
    """The region's level after each moment: the level that at least `needed` members have reached."""
    absent = tuple(place for place in places if place not in logs or not logs[place])
    present = [place for place in places if place not in absent]
    level: dict[str, int] = {}
    changes = sorted((step.at, place, step.after.level) for place in present for step in logs[place])
    out: list[JointStep] = []
    for at in sorted({at for at, _, _ in changes}):
        level.update({place: value for moment, place, value in changes if moment == at})
        values = sorted((level.get(place, 0) for place in present), reverse=True)
        reached = None if needed is None else values[needed - 1] if len(values) >= needed else 0
        counts = tuple(sum(1 for value in values if value == number) for number in range(4))
        out.append(JointStep(at, reached, counts, absent))  # type: ignore[arg-type]
    steps = [
        step
        for index, step in enumerate(out)
        if index == 0 or (step.level, step.counts) != (out[index - 1].level, out[index - 1].counts)
    ]
    return JointLog(region, places, absent, needed, cites, note, steps)
