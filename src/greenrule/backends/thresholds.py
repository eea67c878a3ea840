"""A row of thresholds with a hole in it: a project that is told more when smaller and when larger, and less in between.

`greenrule.backends.questions` asks about one situation; here three are asked about that differ in one amount only.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import z3

from greenrule.backends.decide import Speaker
from greenrule.backends.questions import Answer, Prover
from greenrule.backends.replay import Replay, Unreplayed
from greenrule.backends.situation import Value
from greenrule.backends.worlds import Formula, conj, disj, formula, neg
from greenrule.core.truth import FALSE, TRUE
from greenrule.rules.nodes import Fact


@dataclass(frozen=True, slots=True)
class Dip:
    """Three situations, alike but for one amount (and what it is a copy of), smallest first."""

    fact: str
    situations: tuple[Mapping[str, Value], ...]


def dip(prover: Prover, rules: Collection[str], decision: str, fact: str) -> tuple[Answer, Dip | None]:
    """Whether, as one amount grows, what these rules say on a decision grows milder and then as strict again as before.

    The answer's verdict is *yes* with the three situations, each replayed on the scalar machine, or *no*, proved.
    """
    start = time.perf_counter()
    about = (decision, fact, *sorted(rules))
    voices = [voice for voice in prover.program.speaking[decision] if voice.rule in rules]
    linked = _linked(prover, fact)
    copies = [
        [(prover.smt.world.variables[name].value, z3.Real(f"{name}~{turn}")) for name in linked] for turn in (1, 2)
    ]
    x = prover.smt.world.variables[fact].value
    middle, top = (next(new for old, new in pairs if old.eq(x)) for pairs in copies)
    touched = prover.axioms_on(linked)
    wanted: list[Formula] = [x < middle, middle < top]
    # A copy moves with the amount, or stays as it is; whether it must move the axioms say.
    wanted += [
        z3.Or(new == old, z3.And(old == x, new == moved))
        for pairs, moved in zip(copies, (middle, top), strict=True) for old, new in pairs if not old.eq(x)
    ]  # fmt: skip
    wanted += [z3.substitute(holds, *pairs) for pairs in copies for holds in touched]
    ways = []
    for rank in sorted({voice.rank for voice in voices}):
        sure, maybe = _at_least(prover, voices, rank)
        ways.append(conj(sure, neg(_moved(maybe, copies[0])), _moved(sure, copies[1])))
    told, model = prover.check(*wanted, disj(*ways), most=1, once=True)
    seconds = time.perf_counter() - start
    if model is None:
        proved = told == "unsat"
        return Answer(
            "dip", about, "no" if proved else "undecided", proved, reason=None if proved else told, seconds=seconds
        ), None
    base = prover.smt.world.facts(model)
    world = prover.smt.world
    turns = [base] + [
        {**base, **{name: world.read_as(model, name, new) for name, (_, new) in zip(linked, pairs, strict=True)}}
        for pairs in copies
    ]  # fmt: skip
    if not _dips([prover.replay(turn) for turn in turns], voices):
        raise Unreplayed(f"{decision} 随 {fact}", base)
    likely = {name for turn in turns for name in prover.replay(turn).deciding(sorted(rules))} | set(linked)
    few = [{name: value for name, value in turn.items() if name in likely} for turn in turns]
    if not _dips([prover.replay(turn) for turn in few], voices):
        few = turns
    for name in list(few[0]):
        fewer = [{key: value for key, value in turn.items() if key != name} for turn in few]
        if _dips([prover.replay(turn) for turn in fewer], voices):
            few = fewer
    return Answer("dip", about, "yes", seconds=time.perf_counter() - start), Dip(fact, tuple(few))


def amounts(prover: Prover, rules: Collection[str]) -> list[str]:
    """Amounts that rules read in their conditions or through definitions."""
    book = prover.book
    found: dict[str, None] = {}
    for rule in rules:
        for name in sorted(prover.mentioned(rule)):
            if book.facts[name].kind.form in ("quantity", "number"):
                found[name] = None
    return list(found)


def _at_least(prover: Prover, voices: Collection[Speaker], rank: int) -> tuple[Formula, Formula]:
    pairs = [prover.pair(voice.rule) for voice in voices if voice.rank >= rank]
    return disj(*(pair.true for pair in pairs)), disj(*(pair.possible for pair in pairs))


def _moved(part: Formula, pairs: list[tuple[z3.ArithRef, z3.ArithRef]]) -> Formula:
    return z3.substitute(formula(part), *pairs)


def _linked(prover: Prover, fact: str) -> list[str]:
    """The amount with all amounts that are copies of it or that it copies: they move together."""
    facts = prover.book.facts
    form = facts[fact].kind
    found, todo = {fact}, [fact]
    while todo:
        name = todo.pop()
        for spec in facts.values():
            for item in spec.derive:
                if isinstance(item.value, Fact) and spec.kind == form and name in (spec.id, item.value.id):
                    new = {spec.id, item.value.id} - found
                    found |= new
                    todo += new
    return sorted(found)


def _dips(seen: list[Replay], voices: Collection[Speaker]) -> bool:
    for rank in {voice.rank for voice in voices}:
        heard = [[turn.truth(voice.rule) for voice in voices if voice.rank >= rank] for turn in seen]
        if TRUE in heard[0] and TRUE in heard[2] and all(truth is FALSE for truth in heard[1]):
            return True
    return False
