"""From columns to the input planes of a program, and from a graph to the program itself.

The graph speaks of cuts, members and given truths; the wiring decides how each column's values become bits, replaces
the leaves by logic over those bits, and lays out what remains as a flat list of steps over registers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.graph import FALSE, TRUE, Graph
from greenrule.backends.columnar.lowering import Below, Given, Member, Stated
from greenrule.backends.columnar.numeric import Cut, Known, Line, Puzzle


@dataclass(frozen=True, slots=True)
class Plane:
    """Leaf of the wired graph: one input plane, by its register."""

    number: int


@dataclass
class Source:
    """Something that fills `count` planes, from register `first` on."""

    first: int
    count: int


@dataclass
class Truths(Source):
    """A truth column: its "may be true" (bit 0 of -1, 0, 1) and its "not known" (the sign)."""

    fact: str


@dataclass
class Ranked(Source):
    """Numbers against their cuts: one plane "is known", then one "reaches it" for each cut in their order."""

    line: Line
    cuts: tuple[tuple[Fraction, bool], ...]


@dataclass
class Looked(Source):
    """A category or set: one plane per question, answered once for each value of the dictionary."""

    fact: str
    questions: tuple[Hashable, ...]
    rows: dict[Any, int] = field(default_factory=dict)


@dataclass
class Puzzled(Source):
    """A comparison that is worked out for each distinct combination of its facts."""

    puzzle: Puzzle


@dataclass
class Wired:
    """A program for columns of one shape: where its input planes come from, and its steps (see `kernels.interpret`)."""

    sources: tuple[Source, ...]
    outputs: int
    registers: int
    code: npt.NDArray[np.int32]
    flips: npt.NDArray[np.uint64]


def wire(graph: Graph, outputs: Sequence[int], present: Mapping[str, type]) -> Wired:
    """The program that computes `outputs` from columns of the facts in `present`; all other facts are not known."""
    leaves = _reached(graph, outputs)
    sources, resolve = _sources(leaves, present)
    wired = Graph()
    literals = graph.rebuilt(outputs, lambda key: resolve(wired, key), wired)
    count = sum(source.count for source in sources)
    return _laid_out(wired, literals, tuple(sources), count)


def _reached(graph: Graph, outputs: Iterable[int]) -> list[Hashable]:
    needed = bytearray(len(graph))
    for literal in outputs:
        needed[literal >> 1] = 1
    for node in range(len(graph) - 1, 0, -1):
        if needed[node] and graph.inputs[node][0] >= 0:
            a, b = graph.inputs[node]
            needed[a >> 1] = needed[b >> 1] = 1
    return [key for node, key in graph.leaves.items() if needed[node]]


def _sources(
    leaves: Iterable[Hashable], present: Mapping[str, type]
) -> tuple[list[Source], Callable[[Graph, Any], int]]:
    truths: dict[str, None] = {}
    cuts: dict[Line, set[tuple[Fraction, bool]]] = {}
    questions: dict[tuple[str, str], dict[Hashable, None]] = {}
    puzzles: list[Puzzle] = []
    for leaf in leaves:
        match leaf:
            case Given(fact=fact) if fact in present:
                truths[fact] = None
            case Known(fact=fact) if fact in present:
                cuts.setdefault(fact, set())
            case Cut(line=line, bound=bound, strict=strict) if _all_present(line, present):
                cuts.setdefault(line, set()).add((bound, strict))
            case Member(fact=fact) | Stated(fact=fact) | Below(fact=fact) if fact in present:
                questions.setdefault((fact, getattr(leaf, "vocabulary", "")), {})[leaf] = None
            case Puzzle() if all(fact in present for fact in leaf.facts):
                puzzles.append(leaf)
    out: list[Source] = []
    where: dict[Hashable, Any] = {}
    first = 1  # behind the register that is false
    for fact in truths:
        out.append(Truths(first, 2, fact))
        where["truth", fact] = first
        first += 2
    for line, found in cuts.items():
        order = tuple(sorted(found))
        source = Ranked(first, len(order) + 1, line, order)
        out.append(source)
        where["rank", line] = source
        first += source.count
    for (fact, _), asked in questions.items():
        out.append(Looked(first, len(asked), fact, tuple(asked)))
        where.update({question: first + number for number, question in enumerate(asked)})
        first += len(asked)
    for puzzle in puzzles:
        out.append(Puzzled(first, 1, puzzle))
        where[puzzle] = first
        first += 1

    def resolve(graph: Graph, leaf: Any) -> int:
        match leaf:
            case Given(fact=fact, may=may):
                if fact not in present:
                    return TRUE if may else FALSE
                perhaps = graph.leaf(Plane(where["truth", fact]))
                return perhaps if may else graph.both(perhaps, graph.leaf(Plane(where["truth", fact] + 1)) ^ 1)
            case Known(fact=fact):
                return graph.leaf(Plane(where["rank", fact].first)) if fact in present else FALSE
            case Cut(line=line, bound=bound, strict=strict):
                if not _all_present(line, present):
                    return FALSE
                source = where["rank", line]
                return graph.leaf(Plane(source.first + 1 + source.cuts.index((bound, strict))))
            case Below(fact=fact, may=True) if fact not in present:
                return TRUE
        return graph.leaf(Plane(where[leaf])) if leaf in where else FALSE

    return out, resolve


def _all_present(line: Line, present: Mapping[str, type]) -> bool:
    return line in present if isinstance(line, str) else all(fact in present for fact, _ in line)


def _laid_out(graph: Graph, outputs: Sequence[int], sources: tuple[Source, ...], inputs: int) -> Wired:
    """Steps in depth-first order, so that intermediate planes die young; registers are taken again when they are free."""
    register = {0: 0} | {node: leaf.number for node, leaf in graph.leaves.items()}  # type: ignore[attr-defined]
    placed = bytearray(len(graph))
    for node in register:
        placed[node] = 1
    last: dict[int, int] = {}
    events: list[tuple[int, int]] = []  # (node, -1) computes it; (literal, output) writes it
    for number, literal in enumerate(outputs):
        stack = [literal >> 1]
        while stack:
            node = stack[-1]
            if placed[node]:
                stack.pop()
                continue
            waiting = [part >> 1 for part in graph.inputs[node] if not placed[part >> 1]]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            placed[node] = 1
            events.append((node, -1))
        events.append((literal, number))
    for time, (item, number) in enumerate(events):
        for node in (item >> 1,) if number >= 0 else (part >> 1 for part in graph.inputs[item]):
            last[node] = time
    free: list[int] = []
    used = 1 + inputs
    code, flips = [], []
    for time, (item, number) in enumerate(events):
        if number >= 0:
            code.append((0, register[item >> 1], 0, -2 - number))
            flips.append((item & 1, 0))
            reads: tuple[int, ...] = (item >> 1,)
        else:
            a, b = graph.inputs[item]
            reads = a >> 1, b >> 1
            # Never in place: the loop is vector instructions only where target and operands are apart.
            if free:
                target = free.pop()
            else:
                target, used = used, used + 1
            register[item] = target
            code.append((target, register[a >> 1], register[b >> 1], -1))
            flips.append((a & 1, b & 1))
        for node in dict.fromkeys(reads):
            if register[node] > inputs and last[node] == time:
                free.append(register[node])
    ones = np.uint64(0xFFFFFFFFFFFFFFFF)
    return Wired(
        sources, len(outputs), used, np.array(code, dtype=np.int32).reshape(-1, 4),
        np.array(flips, dtype=np.uint64).reshape(-1, 2) * ones,
    )  # fmt: skip
