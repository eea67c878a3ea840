"""What projects of every class of industry are told on ground of every kind, asked by the columnar machine at once.

A class is asked as a project that says nothing but its industry, its nature and what is assumed of all: the project is read by
the reader of project files, so that an answer here is the answer of `greenrule screen` to that project.  Ground is what the
layers say of a place: the values of its place facts, None where no layer tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar import Coded, Columnar, Columns
from greenrule.backends.columnar.columns import Column
from greenrule.casework.agreeing import bearing_on, contradictions, overruled, overrulers
from greenrule.casework.batch_agreeing import forget
from greenrule.casework.project import Project, group_members, named_groups, project_from
from greenrule.casework.screening import Screener
from greenrule.casework.siting import Verdict, sources
from greenrule.casework.situation import Machine
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.packs.values import find_fact, read_facts_given

#: Rows that are asked at a time: bounds the memory of the planes.
_SLICE = 131_072

#: The values of the place facts that were asked, in their order.
Signature = tuple[bool | None, ...]


@dataclass
class ClassQuestion:
    """What is asked of every class: a decision on a day, and what is assumed of all projects.

    decision : one that takes a value; nature : code of the vocabulary; none_of : groups of facts of which all declare to have
    nothing; assumed : further facts by id, as a project file states them.  What follows from a class goes before what is
    assumed: where the two contradict each other, the assumption is set aside for that class.
    Errors: T001 (InputFault) for a decision that is unknown or collects, or a nature that is unknown.
    """

    screener: Screener
    on: date
    decision: str = "access"
    nature: str = "new"
    none_of: tuple[str, ...] = ()
    assumed: Mapping[str, str] = field(default_factory=dict)
    #: the assumptions as the asker wrote them, where groups of facts were named
    said: tuple[str, ...] = ()
    #: assumption → classes for which it was set aside
    set_aside: dict[str, list[str]] = field(default_factory=dict)
    _projects: dict[str, Project] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        book = self.screener.law.book
        single = [name for name, spec in book.decisions.items() if not spec.collect]
        faults = []
        if self.decision not in single:
            faults.append(Fault("T001", f"没有取一个值的决定 `{self.decision}`", None, f"可用：{'、'.join(single)}"))
        natures = book.vocabularies["nature"].labels
        if self.nature not in natures:
            faults.append(Fault("T001", f"没有建设性质 `{self.nature}`", None, f"可用：{'、'.join(natures)}"))
        if faults:
            raise InputFault(faults)
        self._assumed = read_facts_given(book, self.assumed, None, faults)
        if faults:
            raise InputFault(faults)

    @cached_property
    def events(self) -> frozenset[str]:
        """The days of a case that are assumed and on which a transition clause turns."""
        return frozenset(item.event for item in self.screener.law.book.transitions if item.event in self._assumed)

    @cached_property
    def machine(self) -> Machine:
        """The scalar machine of the day."""
        return self.screener.machine(self.on, self.events)

    @cached_property
    def columnar(self) -> Columnar:
        """The columnar machine of the day."""
        machine = self.machine
        return Columnar(self.screener.law.book, self.on, self.screener.known, machine.program, self.events)

    def project(self, code: str) -> Project:
        """The project that stands for a class; it has no place."""
        if code not in self._projects:
            raw = {
                "name": code, "on": self.on.isoformat(), "industry": code, "nature": self.nature,
                "none_of": list(self.none_of), "facts": self._agreeing(code),
            }  # fmt: skip
            self._projects[code] = project_from({key: value for key, value in raw.items() if value}, self.screener.law)
        return self._projects[code]

    def _agreeing(self, code: str) -> dict[str, str]:
        """The assumptions that a project of a class can state; the others are set aside."""
        law, kept = self.screener.law, dict(self._assumed)
        own = {"industry": frozenset((code,)), "nature": self.nature}
        while kept and (against := [name for name, _ in contradictions(law, self.on, {**own, **kept})]):
            mine = [name for name in against if name in kept]
            for name in mine or list(kept)[-1:]:  # a statement that names none of them: the last one gives way
                kept.pop(name, None)
                self.set_aside.setdefault(name, []).append(code)
        return {name: raw for name, raw in self.assumed.items() if name in kept}

    @cached_property
    def values(self) -> tuple[tuple[str, str], ...]:
        """What may come out: the decision's values, mildest first, and `undetermined`."""
        return (*self.machine.book.decisions[self.decision].values, ("undetermined", "尚不能判定"))

    @cached_property
    def reads(self) -> frozenset[str]:
        """The facts that the decision rests on, with those from which they may follow."""
        found: set[str] = set()
        for step in self.machine.program.plan(None, self.decision):
            for name in step.facts:
                sources(self.machine, name, found)
        return frozenset(found)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Place facts that the decision rests on, in the vocabulary's order; those too by which layers overrule an assumption."""
        book, law = self.machine.book, self.screener.law
        groups = named_groups(law, list(self.none_of), Place("none_of"), [])
        assumed = {*self._assumed, *(spec.id for group in groups for spec in group_members(law, group))} & self.reads
        told = [name for name, spec in book.facts.items() if spec.place is not None]
        wanted = self.reads.union(*overrulers(law, self.on, assumed, told).values())
        return tuple(name for name in told if name in wanted)


def assumptions(law: Law, pairs: Sequence[str], at: Place) -> dict[str, str]:
    """`fact=value` or `group=value` as facts by id; a group stands for all its yes-or-no facts that are not named themselves.

    Errors: T002 without `=`, J020 and J02x for names and values (InputFault, all at once).
    """
    faults: list[Fault] = []
    single: dict[str, str] = {}
    grouped: dict[str, str] = {}
    groups = {**{label: name for name, (label, _) in law.groups.items()}, **{name: name for name in law.groups}}
    for pair in pairs:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not sign or not value:
            faults.append(
                Fault("T002", f"`{pair}` 不是“事实=值”", at, "写成 事实=值 或 组=是，如 两高项目=否、符合性=是")
            )
            continue
        spec = find_fact(law.book, name, value)
        if spec is None and name in groups:
            members = [one for one in group_members(law, groups[name]) if one.kind.form == "truth" and not one.fixed]
            grouped |= {one.id: value for one in members}
        else:
            single[name if spec is None else spec.id] = value
    found = {**grouped, **single}
    read_facts_given(law.book, found, at, faults)
    if faults:
        raise InputFault(list({(fault.code, fault.message): fault for fault in faults}.values()))
    return found


@dataclass(frozen=True)
class Verdicts:
    """`number` (classes, signatures) int32: which of `table` a class is told on ground of a kind."""

    table: tuple[Verdict, ...]
    number: npt.NDArray[np.int32]

    @cached_property
    def groups(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Classes that are told the same everywhere: one row of `number` per group, and the group of every class."""
        rows, group = np.unique(self.number, axis=0, return_inverse=True)
        return rows, group.reshape(-1)


def class_verdicts(
    question: ClassQuestion,
    classes: Sequence[str],
    told: Sequence[str],
    signatures: Sequence[Signature],
    done: Callable[[int], None] | None = None,
) -> Verdicts:
    """Ask for every class on every kind of ground.

    told : the place facts of which the signatures hold the values; a layer's word goes before what is assumed
    done : is told how many more answers there are
    """
    book, machine = question.machine.book, question.columnar
    wanted = question.reads | set(question.places)
    facts = [
        {name: value for name, value in question.project(code).facts.items() if name in wanted} for code in classes
    ]
    group, gone = _overruled(question, facts, told, signatures)
    own = Columns.of(book, facts)
    ground = {
        name: np.array([-1 if one[place] is None else int(bool(one[place])) for one in signatures], dtype=np.int8)
        for place, name in enumerate(told) if name in wanted
    }  # fmt: skip
    named = _named(machine, question.decision)
    names = [name for name, _ in named]
    order = {name: place for place, name in enumerate(book.facts)}
    values = [value for value, _ in book.decisions[question.decision].values]
    known: dict[Verdict, int] = {}
    number = np.zeros((len(classes), len(signatures)), dtype=np.int32)
    many = max(1, _SLICE // max(len(signatures), 1))
    for first in range(0, len(classes) if signatures else 0, many):
        rows = np.arange(first, min(first + many, len(classes)))
        columns = _crossed(own, rows, ground, len(signatures))
        for name in {name for number in set(group[rows].tolist()) for name in gone[number]}:
            nowhere = np.zeros(len(signatures), dtype=np.bool_)
            lost = np.concatenate([gone[number].get(name, nowhere) for number in group[rows].tolist()])
            forget(columns, name, np.flatnonzero(lost))
        found = machine.planes(columns, named).distinct(names)
        verdicts = [_verdict(frozenset(some), order, values) for some in found.sets()]
        codes = np.array([known.setdefault(verdict, len(known)) for verdict in verdicts], dtype=np.int32)
        number[rows] = codes[found.codes].reshape(len(rows), len(signatures))
        if done is not None:
            done(columns.size)
    return Verdicts(tuple(known), number)


def _overruled(
    question: ClassQuestion, facts: Sequence[Mapping[str, Any]], told: Sequence[str], signatures: Sequence[Signature]
) -> tuple[npt.NDArray[np.int64], list[dict[str, npt.NDArray[np.bool_]]]]:
    """Classes that say the same of what layers could overrule (a number each), and per number: fact → grounds where they do."""
    law, day = question.screener.law, question.on
    loose = overrulers(law, day, {name for some in facts for name, value in some.items() if value is not None}, told)
    if not loose:
        return np.zeros(len(facts), dtype=np.int64), [{}]
    bearing = bearing_on(law, day, {*loose, *told})
    numbers: dict[frozenset[tuple[str, Any]], int] = {}
    mine = [frozenset((name, value) for name, value in some.items() if name in bearing) for some in facts]
    group = np.array([numbers.setdefault(some, len(numbers)) for some in mine], dtype=np.int64)
    gone: list[dict[str, npt.NDArray[np.bool_]]] = []
    for some in numbers:
        lost: dict[str, npt.NDArray[np.bool_]] = {}
        for place, signature in enumerate(signatures):
            layer = {name: value for name, value in zip(told, signature, strict=True) if value is not None}
            for item in overruled(law, day, {**dict(some), **layer}, layer):
                lost.setdefault(item.fact, np.zeros(len(signatures), dtype=np.bool_))[place] = True
        gone.append(lost)
    return group, gone


def _named(machine: Columnar, decision: str) -> list[tuple[tuple[Any, ...], int]]:
    """Planes of one decision: its possible values, the rules that decide it and that leave it open, what is missing."""
    voices = machine.lowered.voices[decision]
    out: list[tuple[tuple[Any, ...], int]] = [
        (("candidate", decision, value), plane) for value, plane in voices.candidates.items()
    ]
    out += [item for item in machine.voice_names((decision,)) if item[0][0] in ("deciding", "open")]
    return out + machine.missing_names((decision,))


def _verdict(names: frozenset[tuple[Any, ...]], order: Mapping[str, int], values: Sequence[str]) -> Verdict:
    parts: dict[str, list[Any]] = {"candidate": [], "deciding": [], "open": [], "missing": []}
    for name in names:
        parts[name[0]].append(name[-1])
    possible = parts["candidate"]
    decided = len(possible) == 1 and possible[0] in values
    return Verdict(
        possible[0] if decided else "undetermined",
        tuple(sorted(parts["deciding"])),
        tuple(sorted(parts["open"])),
        tuple(sorted(parts["missing"], key=order.__getitem__)),
    )


def _crossed(own: Columns, rows: npt.NDArray[Any], ground: Mapping[str, npt.NDArray[np.int8]], width: int) -> Columns:
    """Every one of some classes on every ground; row = class · width + ground."""
    size = len(rows) * width
    columns: dict[str, Column] = {}
    for name, column in own.columns.items():
        if isinstance(column, Coded):
            index = column.index[rows]
            if (index == index[0]).all():
                columns[name] = Coded(np.broadcast_to(index[:1], size), column.values)
            else:
                columns[name] = Coded(np.repeat(index, width), column.values)
        else:
            columns[name] = type(column)(np.repeat(column.numbers[rows], width), column.step)
    for name, index in ground.items():
        told = np.tile(index, len(rows))
        said = columns.get(name)
        if isinstance(said, Coded):  # what the project says counts where the layers are silent
            assumed = np.array([*(int(bool(value)) for value in said.values), -1], dtype=np.int8)[said.index]
            told = np.where(told < 0, assumed, told)
        columns[name] = Coded(told, (False, True))
    return Columns(size, columns)
