"""From rules that hold to decisions: strictest first, then replacements, conflicts kept in sight.

The outcome of a decision is a value, or the candidates between which missing facts would choose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from greenrule.rules.book import DecisionSpec, Rulebook


class Outcome(NamedTuple):
    """What came out for one decision.

    `value` is None while undetermined; `candidates` are all values still possible (one when decided);
    `deciding` and `open` are the rules that hold and that may hold; `clashes` are pairs of replacing rules that differ.
    """

    decision: str
    value: str | None
    candidates: tuple[str | None, ...]
    deciding: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    clashes: tuple[tuple[str, ...], ...] = ()
    collected: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        """The value as the finding writes it."""
        return self.value if self.value is not None else "undetermined"


@dataclass(frozen=True, slots=True)
class Speaker:
    """One rule's voice in one decision: the value it would give, on which layer, and how new its instrument is."""

    rule: str
    value: str
    replaces: bool
    newness: int
    rank: int = 0


def speakers(book: Rulebook, decision: DecisionSpec) -> tuple[Speaker, ...]:
    """All rules that may speak on a decision, with the value each would give."""
    out = []
    for rule in book.rules.values():
        for effect in rule.effects:
            if effect.decision != decision.id:
                continue
            replaces = effect.verb in decision.replacing
            verbs = decision.replacing if replaces else decision.verbs
            value = effect.value if effect.value is not None else verbs.get(effect.verb)
            value = decision.by_strength.get(rule.strength, {}).get(effect.verb, value)
            newness = book.validity[rule.id][3].toordinal() if rule.id in book.validity else 0
            rank = decision.rank(value) if value is not None and not decision.collect else 0
            out.append(Speaker(rule.id, value if value is not None else rule.id, replaces, newness, rank))
    return tuple(out)


def decide(
    decision: DecisionSpec, sure: Sequence[Speaker], maybe: Sequence[Speaker], outcomes: Mapping[str, Outcome],
    floors: Collection[str] = (),
) -> Outcome:  # fmt: skip
    """Combine the voices of the rules that hold (`sure`) and of those that may hold (`maybe`).

    `floors` are unknown "otherwise" rules of which it is sure that they or a stricter rule hold.
    """
    if decision.collect:
        collected = tuple((voice.value, voice.rule) for voice in sure)
        return Outcome(decision.id, None, (), tuple(v.rule for v in sure), tuple(v.rule for v in maybe), (), collected)
    if not sure and not maybe and decision.base is None:
        return Outcome(decision.id, decision.default, (decision.default,))
    if decision.replacing:
        strict, loose = [v for v in sure if not v.replaces], [v for v in maybe if not v.replaces]
    else:
        strict, loose = sure, maybe  # type: ignore[assignment]
    ranks, deciding, opening = _first_layer(decision, strict, loose, outcomes, floors)
    clashes: tuple[tuple[str, ...], ...] = ()
    if len(strict) < len(sure) or len(loose) < len(maybe):
        replacing, possible = [v for v in sure if v.replaces], [v for v in maybe if v.replaces]
        ranks, deciding, opening, clashes = _second_layer(replacing, possible, ranks, deciding, opening)
    ordered = tuple(ranks) if len(ranks) == 1 else tuple(sorted(ranks, key=ranks.__getitem__))
    value = ordered[0] if len(ordered) == 1 else None
    return Outcome(decision.id, value, ordered, tuple(deciding), tuple(opening), clashes)


#: Values that are still possible, each with its place in the order of strictness (-1: no value).
_Ranks = dict[str | None, int]


def _first_layer(
    decision: DecisionSpec, strict: Sequence[Speaker], loose: Sequence[Speaker], outcomes: Mapping[str, Outcome],
    floors: Collection[str],
) -> tuple[_Ranks, list[str], list[str]]:  # fmt: skip
    """The strictest of the rules that hold, and what is stricter still among those that may hold."""
    if decision.base is not None and not strict and not loose:
        below = outcomes[decision.base]
        ranks = {value: -1 if value is None else decision.rank(value) for value in below.candidates}
        return ranks, list(below.deciding), list(below.open)
    low = -1
    for voice in strict:
        if voice.rank > low:
            low = voice.rank
    least = [voice for voice in loose if voice.rule in floors] if floors else []
    for voice in least:
        if voice.rank > low:
            low = voice.rank
    if low < 0:
        start = decision.default
        low = -1 if start is None else decision.rank(start)
    else:
        start = decision.values[low][0]
    ranks = {start: low}
    opening = []
    for voice in loose:
        if voice.rank > low:
            ranks[voice.value] = voice.rank
            opening.append(voice.rule)
    opening += [voice.rule for voice in least if voice.value == start]
    return ranks, [voice.rule for voice in strict if voice.value == start], opening


def _second_layer(
    replacing: Sequence[Speaker], possible: Sequence[Speaker], ranks: _Ranks, deciding: list[str], opening: list[str]
) -> tuple[_Ranks, list[str], list[str], tuple[tuple[str, ...], ...]]:
    """The newest of the rules that replace what the first layer found, and newer ones that may."""
    clashes: tuple[tuple[str, ...], ...] = ()
    newest = -1
    if replacing:
        # Newer instrument first; among equally new ones the stricter value, so that the order of files never matters.
        winner = max(replacing, key=lambda voice: (voice.newness, voice.rank, voice.rule))
        newest = winner.newness
        clashes = tuple((winner.rule, voice.rule) for voice in replacing if voice.value != winner.value)
        ranks, deciding, opening = {winner.value: winner.rank}, [winner.rule, *deciding], []
    for voice in possible:
        if voice.newness >= newest and voice.value not in ranks:
            ranks[voice.value] = voice.rank
            opening.append(voice.rule)
    return ranks, deciding, opening, clashes
