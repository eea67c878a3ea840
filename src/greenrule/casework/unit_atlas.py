"""The atlas of a workspace: what every class of industry is told in every control unit, with the clauses that decide.

A cell answers for points: it is the answer of `greenrule screen` to a project of the class at the points of the unit, the
assumptions of the atlas being all that it states.  Layers may cut a unit into parts with several answers.  The cell's decision
is then that of the larger part by area (of equal parts the stricter), and the other parts stand beside it with their shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.atlas import classes_of
from greenrule.casework.class_verdicts import ClassQuestion, Verdicts, class_verdicts
from greenrule.casework.project import read_industry
from greenrule.casework.siting import Verdict
from greenrule.casework.unit_ground import Unit, UnitGround, chosen_units, unit_ground, unit_layer
from greenrule.core.errors import Fault, InputFault, Place

#: Told what is being done, how much of it is done, how much there is.
Say = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of a part of a cell: the decision, its share of the unit's area, and all rules and facts it rests on."""

    decision: str
    share: float
    deciding: tuple[str, ...]
    open: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def basis(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What it rests on: rules that decide, rules that may still change it, facts that these wait for."""
        return self.deciding, self.open, self.missing


@dataclass(frozen=True, slots=True)
class Cell:
    """One class in one unit: one part per decision, the cell's own first."""

    parts: tuple[Part, ...]

    @property
    def decision(self) -> str:
        """The decision of the larger part."""
        return self.parts[0].decision

    def share(self, decision: str) -> float:
        """The share of the unit with a decision."""
        return next((part.share for part in self.parts if part.decision == decision), 0.0)


@dataclass
class UnitAtlas:
    """Classes × units; `number` (units, classes) int32 says which of `cells` stands there."""

    question: ClassQuestion
    classes: tuple[str, ...]
    ground: UnitGround
    verdicts: Verdicts
    cells: tuple[Cell, ...]
    number: npt.NDArray[np.int32]
    #: words of the filters that left classes or units out
    filters: dict[str, list[str]] = field(default_factory=dict)

    @property
    def units(self) -> list[Unit]:
        """The units, in the order of the layer."""
        return self.ground.units

    def cell(self, code: str, unit: str) -> Cell:
        """The cell of a class in a unit."""
        row = next(row for row, one in enumerate(self.units) if one.key == unit)
        return self.cells[int(self.number[row, self.classes.index(code)])]

    def label(self, code: str) -> str:
        """The name of a class or of anything above it."""
        return self.question.machine.book.vocabularies["gbt4754"].labels[code]

    def demo(self) -> bool:
        """Whether any layer that answers is a demonstration."""
        ground = self.question.screener.ground(self.question.on)
        return ground is not None and any(version.demo for version in ground.versions.values())


def chosen_classes(question: ClassQuestion, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The classes of the catalogue, or those under some codes or names.

    Errors: those of an industry in a project file; T005 (InputFault) where nothing is under it on the day.
    """
    book = question.machine.book
    classes = classes_of(book)
    if not names:
        return classes
    faults: list[Fault] = []
    above: set[str] = set()
    for name in names:
        found = {name} if name in book.vocabularies["gbt4754"].labels else read_industry(
            question.screener.law, name, Place("--industry"), faults
        )  # fmt: skip
        above |= found or set()
    if faults:
        raise InputFault(faults)
    chosen = tuple(code for code in classes if above & set(book.vocabularies["gbt4754"].ancestors(code)))
    if not chosen:
        raise InputFault(
            Fault(
                "T005",
                f"`{'、'.join(names)}` 之下没有行业小类",
                Place("--industry"),
                "写门类、大类、中类或小类的代码或名称",
            )
        )
    return chosen


def unit_atlas(
    question: ClassQuestion,
    *,
    industries: Sequence[str] = (),
    units: Sequence[str] = (),
    within: Any = None,
    within_name: str | None = None,
    say: Say | None = None,
    keep_shapes: bool = False,
) -> UnitAtlas:
    """The atlas of the question's workspace, or a part of it.

    industries : codes or names, also of divisions; units : codes, names, classes or subtypes of units; within : an area
    (degrees, EPSG:4490) – a unit with land in it is asked whole
    Errors: T003–T005 and those of industries (InputFault).
    """
    told: Say = say or (lambda what, done, whole: None)
    classes = chosen_classes(question, industries)
    rows = chosen_units(unit_layer(question.screener.ground(question.on)), units, within)
    count = 0

    def cut(more: int) -> None:
        nonlocal count
        count += more
        told("划分管控单元", count, len(rows))

    ground = unit_ground(question, rows, cut, keep_shapes)
    asked = 0

    def answered(more: int) -> None:
        nonlocal asked
        asked += more
        told("逐类作答", asked, len(classes) * len(ground.signatures))

    verdicts = class_verdicts(question, classes, ground.told, ground.signatures, answered)
    cells, number = _cells(question, ground, verdicts)
    filters = {"industry": list(industries), "unit": list(units), "within": [within_name] if within_name else []}
    return UnitAtlas(question, classes, ground, verdicts, cells, number, {k: v for k, v in filters.items() if v})


def _cells(
    question: ClassQuestion, ground: UnitGround, verdicts: Verdicts
) -> tuple[tuple[Cell, ...], npt.NDArray[np.int32]]:
    """The distinct cells, and which of them stands where."""
    rank = {value: place for place, (value, _) in enumerate(question.values)}
    rows, group = verdicts.groups
    known: dict[Cell, int] = {}
    number = np.empty((len(ground.units), len(group)), dtype=np.int32)
    for place, unit in enumerate(ground.units):
        mine = np.array([signature for signature, _ in unit.pieces])
        found, which = np.unique(rows[:, mine], axis=0, return_inverse=True)
        codes = [known.setdefault(_cell(verdicts.table, unit, told, rank), len(known)) for told in found.tolist()]
        number[place] = np.array(codes, dtype=np.int32)[which.reshape(-1)][group]
    return tuple(known), number


def _cell(table: Sequence[Verdict], unit: Unit, told: Sequence[int], rank: dict[str, int]) -> Cell:
    """One cell from the verdicts of the unit's pieces."""
    parts: dict[str, list[tuple[float, Verdict]]] = {}
    for (_, share), number in zip(unit.pieces, told, strict=True):
        parts.setdefault(table[number].decision, []).append((share, table[number]))
    # Undetermined stands above the mildest value and below all stricter ones: what is not known is no permission.
    order = {value: place + 0.5 if value == "undetermined" else float(place) for value, place in rank.items()}
    order["undetermined"] = 0.5
    made = [
        Part(
            decision,
            sum(share for share, _ in found),
            *(_union(found, name) for name in ("deciding", "open", "missing")),
        )
        for decision, found in parts.items()
    ]
    if len(made) == 1:  # a whole is a whole, whatever the last digit of the sum says
        made = [Part(made[0].decision, 1.0, *made[0].basis)]
    return Cell(tuple(sorted(made, key=lambda part: (-round(part.share, 12), -order[part.decision]))))


def _union(found: Sequence[tuple[float, Verdict]], name: str) -> tuple[str, ...]:
    """Rules or facts of several pieces, those of the larger pieces first."""
    return tuple(dict.fromkeys(item for _, verdict in found for item in getattr(verdict, name)))
