"""Where neighbours disagree: control units across a county or city line that tell the same class of industry different things.

Compared is what two projects of a class are told a step to either side of the common border (`borders.STEP_M`).  The border is
cut where any layer begins or ends, so that along each stretch either side has one answer; what differs is then owed to the
units themselves, or to a layer that stops at the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from greenrule.casework.class_verdicts import ClassQuestion, Signature, Verdicts, class_verdicts
from greenrule.casework.ground import Ground
from greenrule.casework.placing import locate, place_facts
from greenrule.casework.unit_atlas import Say, chosen_classes
from greenrule.casework.unit_ground import UNITS, chosen_units, place_zones, unit_layer
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.spatial.borders import Border, Stretch, facing_pairs, shared_borders, stretches
from greenrule.spatial.frame import Frame
from greenrule.spatial.layerdiff import keys_of

#: The columns of a unit that say what is asked of it, with their names for people.
LISTS = {
    "spatial_constraint": "空间布局约束", "pollution_control": "污染物排放管控", "risk_control": "环境风险防控",
    "resource_efficiency": "资源开发效率",
}  # fmt: skip
#: How the pairs may be ranked.
RANKS = {"severity": "严重程度", "classes": "小类数", "length": "界线长度"}


@dataclass(frozen=True)
class Parting:
    """One way in which two neighbours part: what either says, the rules and place facts in which they differ.

    rules : decide on the one side only, or on the other; facts : place fact → (one, other); classes : codes;
    length_m : of the stretches along which it is so
    """

    decisions: tuple[str, str]
    rules: tuple[tuple[str, ...], tuple[str, ...]]
    facts: tuple[tuple[str, bool | None, bool | None], ...]
    classes: tuple[str, ...]
    length_m: float


@dataclass(frozen=True)
class Pair:
    """Two neighbouring units: rows of the layer, the border, and how they part; nothing in `partings` where they agree.

    differing : the stretches of the border along which at least one class is told something else
    lists : columns of the units' own lists whose texts differ
    """

    one: int
    other: int
    border: Border
    partings: tuple[Parting, ...]
    differing: tuple[Stretch, ...]
    #: classes whose answers differ, and those told the mildest on one side and the strictest on the other
    classes: frozenset[str]
    opposed: frozenset[str]
    #: along how many metres these are
    opposed_m: float
    #: the most steps of strictness between the two sides
    steps: int
    lists: tuple[str, ...]

    @property
    def differing_m(self) -> float:
        """Length of the border along which at least one class is told something else."""
        return sum(stretch.length_m for stretch in self.differing)


@dataclass
class Coherence:
    """What was found along all county or city lines; `pairs` are those that disagree, ranked."""

    question: ClassQuestion
    frame: Frame
    keys: list[str]
    across: str
    classes: tuple[str, ...]
    borders: list[Border]
    pairs: list[Pair] = field(default_factory=list)
    #: metres of border of which the two sides could not be told
    unclear_m: float = 0.0
    #: neighbours across a line that come close or overlap without sharing a border: they are not compared
    facing: list[tuple[int, int]] = field(default_factory=list)
    gap_m: float = 0.0


def coherence(
    question: ClassQuestion,
    *,
    across: str = "county",
    by: str = "severity",
    industries: Sequence[str] = (),
    within: Any = None,
    say: Say | None = None,
) -> Coherence:
    """Compare all neighbouring units across county or city lines.

    across : `county` or `city`; by : what ranks first (`RANKS`); within : an area in which one of the two must have land
    Errors: T003, T004 as `unit_atlas`; T011 (InputFault) where units do not tell the county or city.
    """
    told: Say = say or (lambda what, done, whole: None)
    ground = question.screener.ground(question.on)
    frame = unit_layer(ground)
    assert ground is not None
    labels = _labels(frame, across)
    classes = chosen_classes(question, industries)
    chosen = set(chosen_units(frame, (), within))
    borders = [
        border for border in shared_borders(frame.geometry, labels) if border.one in chosen or border.other in chosen
    ]
    gap = float(ground.versions[UNITS].accuracy_m or 0.0)
    zones = place_zones(question, ground)
    lines = [
        zone for name, zone in zones.items() if (question.machine.book.facts[name].place or {}).get("layer") != UNITS
    ]
    cut: list[list[Stretch]] = []
    for place, border in enumerate(borders, 1):
        cut.append(stretches(border, frame.geometry, lines))
        told("划分界线", place, len(borders))
    sides, signatures = _grounds(question, ground, tuple(zones), cut, told)
    verdicts = class_verdicts(question, classes, tuple(zones), signatures)
    out = Coherence(question, frame, keys_of(frame), across, classes, borders, gap_m=gap)
    out.facing = [pair for pair in facing_pairs(frame.geometry, labels, gap, borders) if chosen & set(pair)]
    compare = _Comparing(question, tuple(zones), signatures, verdicts, classes)
    for border, parts, mine in zip(borders, cut, sides, strict=True):
        out.unclear_m += sum(part.length_m for part, pair in zip(parts, mine, strict=True) if pair is None)
        pair = compare.pair(frame, border, parts, mine)
        if pair.partings:
            out.pairs.append(pair)
    out.pairs.sort(key=lambda pair: _rank(pair, by))
    return out


def _labels(frame: Frame, across: str) -> Any:
    """The county or city of every unit; those that say nothing stand alone and are not compared with each other."""
    column = frame.columns.get(across)
    if column is None or not any(column):
        help = "管控单元图层要有 县（county）或 市（city）一栏；重新导入时补上"
        raise InputFault(
            Fault("T011", f"管控单元没有写所在的{'县' if across == 'county' else '市'}", Place(UNITS), help)
        )
    city = frame.columns.get("city") or [""] * len(frame)
    # Counties of different cities may share a name.
    return np.array(
        [f"{city[row]} {value}" if across == "county" else str(value or "") for row, value in enumerate(column)]
    )


def _grounds(
    question: ClassQuestion,
    ground: Ground,
    names: tuple[str, ...],
    cut: Sequence[Sequence[Stretch]],
    told: Callable[[str, int, int], None],
) -> tuple[list[list[tuple[int, int] | None]], list[Signature]]:
    """The kinds of ground on either side of every stretch, by number, and what they are."""
    points = [point for parts in cut for part in parts if part.one is not None for point in (part.one, part.other)]
    known: dict[Signature, int] = {}
    ground.expect(points)
    sides: list[list[tuple[int, int] | None]] = []
    asked = 0
    for parts in cut:
        mine: list[tuple[int, int] | None] = []
        for part in parts:
            if part.one is None:
                mine.append(None)
                continue
            numbers = [
                known.setdefault(one, len(known))
                for point in (part.one, part.other)
                if (one := _told(question, ground, point, names)) is not None
            ]
            if len(numbers) < 2:
                mine.append(None)
                continue
            mine.append((numbers[0], numbers[1]))
            asked += 2
            told("逐段查图层", asked, len(points))
        sides.append(mine)
    ground.expect([])
    return sides, list(known)


def _told(question: ClassQuestion, ground: Ground, point: Any, names: tuple[str, ...]) -> Signature | None:
    """What the layers say of a point; None outside the counties, where no project can be asked."""
    try:
        cities = locate(ground, point, Place(UNITS))["cities"]
    except InputFault:
        return None
    there = place_facts(question.screener.law, ground, point, cities, names)
    return tuple(there[name].value if name in there else None for name in names)


@dataclass
class _Comparing:
    """Compares the verdicts of all classes on two kinds of ground, each two once."""

    question: ClassQuestion
    names: tuple[str, ...]
    signatures: Sequence[Signature]
    verdicts: Verdicts
    classes: tuple[str, ...]
    _kept: dict[tuple[int, int], dict[Any, list[str]]] = field(default_factory=dict)

    def partings(self, one: int, other: int) -> dict[Any, list[str]]:
        """(decisions, rules, facts) → the classes that part in this way."""
        if (one, other) not in self._kept:
            found: dict[Any, list[str]] = {}
            table, number = self.verdicts.table, self.verdicts.number
            pairs, group = np.unique(number[:, [one, other]], axis=0, return_inverse=True)
            facts = tuple(
                (name, a, b)
                for name, a, b in zip(self.names, self.signatures[one], self.signatures[other], strict=True)
                if a != b
            )
            for place, (mine, theirs) in enumerate(pairs.tolist()):
                a, b = table[mine], table[theirs]
                if a.decision != b.decision:
                    rules = (
                        tuple(sorted(set(a.deciding) - set(b.deciding))),
                        tuple(sorted(set(b.deciding) - set(a.deciding))),
                    )
                    codes = [self.classes[at] for at in np.flatnonzero(group.reshape(-1) == place).tolist()]
                    found.setdefault(((a.decision, b.decision), rules, facts), []).extend(codes)
            self._kept[one, other] = found
        return self._kept[one, other]

    def pair(
        self, frame: Frame, border: Border, parts: Sequence[Stretch], sides: Sequence[tuple[int, int] | None]
    ) -> Pair:
        """What two neighbours say along their border."""
        specs = self.question.machine.book.decisions[self.question.decision].values
        rank = {value: place for place, (value, _) in enumerate(specs)}
        whole = len(rank) - 1
        found: dict[Any, tuple[dict[str, None], float]] = {}
        differing, opposed_m = [], 0.0
        for part, numbers in zip(parts, sides, strict=True):
            there = self.partings(*numbers) if numbers is not None and numbers[0] != numbers[1] else {}
            if there:
                differing.append(part)
            if any(_steps(decisions, rank) == whole for decisions, _, _ in there):
                opposed_m += part.length_m
            for key, codes in there.items():
                before = found.get(key, ({}, 0.0))
                found[key] = ({**before[0], **dict.fromkeys(codes)}, before[1] + part.length_m)
        made = [
            Parting(said, rules, facts, tuple(codes), length) for (said, rules, facts), (codes, length) in found.items()
        ]
        made.sort(key=lambda item: (-_steps(item.decisions, rank), -len(item.classes), str(item)))
        texts = [name for name in LISTS if name in frame.columns]
        return Pair(
            border.one,
            border.other,
            border,
            tuple(made),
            tuple(differing),
            frozenset(code for item in made for code in item.classes),
            frozenset(code for item in made if _steps(item.decisions, rank) == whole for code in item.classes),
            opposed_m,
            max((_steps(item.decisions, rank) for item in made), default=0),
            tuple(name for name in texts if frame.columns[name][border.one] != frame.columns[name][border.other]),
        )


def _steps(decisions: tuple[str, str], rank: dict[str, int]) -> int:
    """How far apart two decisions are, in steps of strictness; 0 where one side is not determined."""
    one, other = (rank.get(decision) for decision in decisions)
    return 0 if one is None or other is None else abs(one - other)


def _rank(pair: Pair, by: str) -> tuple[Any, ...]:
    """Severity is first how far answers are apart, then for how many classes; the other measures break ties."""
    keys = {
        "severity": (-pair.steps, -len(pair.opposed), -round(pair.opposed_m, 3)),
        "classes": (-len(pair.classes),),
        "length": (-round(pair.differing_m, 3),),
    }
    order = [by, *(name for name in RANKS if name != by)]
    return (*(key for name in order for key in keys[name]), pair.one, pair.other)
