"""Which facts are missing: asked of the same lowered rulebook, from the rules down to the facts.

A fact is missing where it is not known and an unknown rule comes down to it through parts that are unknown themselves:
what `greenrule.backends.trace` names, for all projects at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenrule.backends.columnar.graph import FALSE

if TYPE_CHECKING:
    from greenrule.backends.columnar.lowering import Lowering


def missing_planes(lowering: Lowering, decisions: tuple[str, ...] | None) -> dict[str, int]:
    """Fact → plane of the projects of which it is missing.

    With `decisions` None for any rule that may hold; else only for the open rules of those decisions that more than one
    value is possible for (of decisions that collect: all their open rules).
    """
    graph, out = lowering.graph, lowering.out
    reached = [FALSE] * len(lowering.seen)
    if decisions is None:
        for number in lowering.of_rule.values():
            reached[number] = lowering.seen[number].unknown
    else:
        for decision in decisions:
            voices = out.voices[decision]
            several = voices.undecided(graph) if voices.candidates else 1
            for rule, plane in voices.open.items():
                number = lowering.of_rule[rule]
                reached[number] = graph.any((reached[number], graph.both(plane, several)))
    found: dict[str, list[int]] = {}
    for number in range(len(lowering.seen) - 1, -1, -1):
        here, seen = reached[number], lowering.seen[number]
        if here == FALSE:
            continue
        for part in seen.parts:
            unknown = lowering.seen[part].unknown
            reached[part] = graph.any((reached[part], graph.both(here, unknown)))
        if seen.decision is not None and seen.decision in out.voices:
            for rule, plane in out.voices[seen.decision].open.items():
                part = lowering.of_rule[rule]
                reached[part] = graph.any((reached[part], graph.both(here, plane)))
        for fact in seen.facts:
            found.setdefault(fact, []).append(here)
    order = {name: place for place, name in enumerate(lowering.book.facts)}
    return {
        fact: graph.both(graph.any(found[fact]), lowering.missing(fact))
        for fact in sorted(found, key=order.__getitem__)
    }
