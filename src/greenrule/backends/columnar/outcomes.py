"""Decisions over bit planes: `greenrule.backends.decide`, for all projects at once.

Each candidate value is a plane, and so is each rule's "decides" and "leaves open"; the two files are tested equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from greenrule.backends.columnar.graph import FALSE, TRUE, Graph
from greenrule.backends.decide import Speaker
from greenrule.rules.book import DecisionSpec

Pair = tuple[int, int]


@dataclass(slots=True)
class Voices:
    """One decision: planes of its possible values (None: no value), of the rules that decide and of those that are open.

    `candidates` is empty for decisions that collect; `waiting` are those open rules whose value is certain without them.
    """

    candidates: dict[str | None, int] = field(default_factory=dict)
    deciding: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)

    def undecided(self, graph: Graph) -> int:
        """Where more than one value is possible."""
        several, some = FALSE, FALSE
        for plane in self.candidates.values():
            several = graph.any((several, graph.both(some, plane)))
            some = graph.any((some, plane))
        return several

    def among(self, graph: Graph, values: frozenset[str]) -> Pair:
        """Whether the decision comes out among the values: (it must, it may)."""
        if not self.candidates:
            return FALSE, FALSE
        inside = graph.any(plane for value, plane in self.candidates.items() if value in values)
        outside = graph.any(plane for value, plane in self.candidates.items() if value not in values)
        return graph.both(inside, outside ^ 1), graph.any((inside, self.candidates.get(None, FALSE)))


def combine(
    graph: Graph,
    spec: DecisionSpec,
    speaking: Sequence[Speaker],
    truths: Mapping[str, Pair],
    floors: Mapping[str, int],
    below: Mapping[str, Voices],
) -> Voices:
    """The planes of one decision from those of the rules that speak on it, in the order of `speaking`.

    truths : rule → (is true, may be true); floors : unknown "otherwise" rules of which it is sure that they or a stricter
    rule hold; below : decisions that came before
    """
    sure = [truths[voice.rule][0] for voice in speaking]
    maybe = [graph.both(truths[voice.rule][1], truths[voice.rule][0] ^ 1) for voice in speaking]
    out = Voices()
    if spec.collect:
        for voice, yes, perhaps in zip(speaking, sure, maybe, strict=True):
            _note(graph, out.deciding, voice.rule, yes)
            _note(graph, out.open, voice.rule, perhaps)
        return out
    heard = list(zip(speaking, sure, maybe, strict=True))
    _first(graph, spec, [item for item in heard if not item[0].replaces], floors, below, out)
    _second(graph, [item for item in heard if item[0].replaces], out)
    order = {value: rank for rank, (value, _) in enumerate(spec.values)}
    kept = {value: plane for value, plane in out.candidates.items() if plane != FALSE}
    out.candidates = dict(sorted(kept.items(), key=lambda item: -1 if item[0] is None else order[item[0]]))
    return out


def _note(graph: Graph, into: dict[str, int], rule: str, plane: int) -> None:
    into[rule] = graph.any((into.get(rule, FALSE), plane))


def _first(
    graph: Graph,
    spec: DecisionSpec,
    heard: Sequence[tuple[Speaker, int, int]],
    floors: Mapping[str, int],
    below: Mapping[str, Voices],
    out: Voices,
) -> None:
    """The strictest value among rules that hold, and the stricter ones that may."""
    ranks = [value for value, _ in spec.values]
    least = [floors.get(voice.rule, FALSE) for voice, _, _ in heard]
    #: where some rule of a rank, or of a higher one, is sure
    reached = [FALSE] * (len(ranks) + 1)
    at: list[list[int]] = [[] for _ in ranks]
    for (voice, yes, _), floor in zip(heard, least, strict=True):
        at[voice.rank] += [yes, floor]
    for rank in range(len(ranks) - 1, -1, -1):
        reached[rank] = graph.any((reached[rank + 1], *at[rank]))
    none = reached[0] ^ 1
    silent = FALSE
    if spec.base is not None:
        silent = graph.all(plane ^ 1 for _, yes, perhaps in heard for plane in (yes, perhaps))
        none = graph.both(none, silent ^ 1)
        base = below[spec.base]
        for value, plane in base.candidates.items():
            out.candidates[value] = graph.both(silent, plane)
        for into, planes in ((out.deciding, base.deciding), (out.open, base.open), (out.waiting, base.waiting)):
            for rule, plane in planes.items():
                _note(graph, into, rule, graph.both(silent, plane))
    start = {value: graph.both(reached[rank], reached[rank + 1] ^ 1) for rank, value in enumerate(ranks)}
    low = -1 if spec.default is None else spec.rank(spec.default)
    #: where the starting value lies below a rank, so that a rule of that rank that may hold matters
    under = [graph.any((graph.both(none, TRUE if rank > low else FALSE), graph.both(reached[0], reached[rank] ^ 1)))
             for rank in range(len(ranks))]  # fmt: skip
    if spec.default is not None:
        start[spec.default] = graph.any((start[spec.default], none))
    else:
        out.candidates[None] = graph.any((out.candidates.get(None, FALSE), none))
    for value, plane in start.items():
        out.candidates[value] = graph.any((out.candidates.get(value, FALSE), plane))
    for (voice, yes, perhaps), floor in zip(heard, least, strict=True):
        higher = graph.both(perhaps, under[voice.rank])
        out.candidates[voice.value] = graph.any((out.candidates.get(voice.value, FALSE), higher))
        _note(graph, out.deciding, voice.rule, graph.both(yes, start[voice.value]))
        waiting = graph.both(floor, start[voice.value])
        _note(graph, out.open, voice.rule, graph.any((higher, waiting)))
        if waiting != FALSE:
            _note(graph, out.waiting, voice.rule, waiting)


def _second(graph: Graph, heard: Sequence[tuple[Speaker, int, int]], out: Voices) -> None:
    """Rules that replace what stands so far: the newest that holds wins, as new or newer ones may yet."""
    order = sorted(heard, key=lambda item: (item[0].newness, item[0].rank, item[0].rule), reverse=True)
    taken, winners = FALSE, []
    for voice, yes, _ in order:
        winners.append((voice, graph.both(yes, taken ^ 1)))
        taken = graph.any((taken, yes))
    if taken != FALSE:
        for planes in (out.candidates, out.open, out.waiting):
            for key in planes:
                planes[key] = graph.both(planes[key], taken ^ 1)  # type: ignore[index]
        for voice, plane in winners:
            out.candidates[voice.value] = graph.any((out.candidates.get(voice.value, FALSE), plane))
            _note(graph, out.deciding, voice.rule, plane)
    before = dict(out.candidates)
    for voice, _, perhaps in heard:
        newer = graph.any(plane for other, plane in winners if other.newness > voice.newness)
        may = graph.all((perhaps, newer ^ 1))
        adds = graph.both(may, before.get(voice.value, FALSE) ^ 1)
        before[voice.value] = graph.any((before.get(voice.value, FALSE), may))
        _note(graph, out.open, voice.rule, adds)
    out.candidates = dict(before)
