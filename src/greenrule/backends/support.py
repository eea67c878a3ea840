"""What a decision still hangs on: the rules that may yet speak on it and the facts that these read.

This is the machine's own view (Kleene's logic): a superset of what really matters, and one that only shrinks as facts become
known.  `reach` is the same before anything is known: every fact that a rule may ever read, through definitions and references.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenrule.backends.scalar import Answer, Program, Step
from greenrule.backends.trace import Explanation, explain
from greenrule.rules.book import Rulebook


def open_rules(program: Program, answer: Answer, decision: str) -> tuple[str, ...]:
    """Unknown rules whose truth may still move the outcome of a decision, those of the decision below it included.

    `Outcome.open` names only rules that would add a value; a rule that would settle the matter belongs here too.
    """
    spec = program.book.decisions[decision]
    truths = answer.truths
    voices = [voice for voice in program.speaking[decision] if truths.get(voice.rule, 0)]
    sure = [voice for voice in voices if truths[voice.rule] == 2]
    maybe = [voice for voice in voices if truths[voice.rule] == 1]
    if spec.collect:
        return _each(voice.rule for voice in maybe)
    newest = max((voice.newness for voice in sure if voice.replaces), default=-1)
    found = [voice.rule for voice in maybe if voice.replaces and voice.newness >= newest]
    if newest >= 0:  # something replaces the first layer already: only what is as new may speak against it
        return _each(found)
    strict = [voice for voice in sure if not voice.replaces]
    loose = [voice for voice in maybe if not voice.replaces]
    least = [voice for voice in loose if voice.rule in answer.floors]
    low = max(
        (voice.rank for voice in (*strict, *least)), default=-1 if spec.default is None else spec.rank(spec.default)
    )
    found += [voice.rule for voice in loose if voice.rank > low or voice.rule in answer.floors]
    if spec.base is not None and not strict:
        found += open_rules(program, answer, spec.base)
    return _each(found)


def _each(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rules))


def open_facts(
    program: Program, values: Mapping[str, Any], answer: Answer, decision: str
) -> dict[str, tuple[str, ...]]:
    """Facts of which the outcome of a decision may still hang, each with the open rules that read it.

    A fact that is known is among them only where it is a set with a code that is coarser than a rule's.
    """
    return _open_facts(explain(program, values, answer), decision, set())


def _open_facts(explanation: Explanation, decision: str, seen: set[str]) -> dict[str, tuple[str, ...]]:
    program, answer = explanation.program, explanation.answer
    seen.add(decision)
    found: dict[str, list[str]] = {}
    for rule in open_rules(program, answer, decision):
        for read in explanation.rule(rule).reads:
            if read.sort == "fact" and (read.value is None or coarse(program.book, read.id, read.value)):
                found.setdefault(read.id, []).append(rule)
            elif read.sort == "decision" and read.id not in seen:
                for name, rules in _open_facts(explanation, read.id, seen).items():
                    found.setdefault(name, []).extend((rule, *rules))
    return {name: _each(rules) for name, rules in found.items()}


def coarse(book: Rulebook, fact: str, codes: Any) -> tuple[str, ...]:
    """Codes of a set fact that have finer ones below them; none for facts of another kind."""
    kind = book.facts[fact].kind
    if kind.form != "set" or not codes:
        return ()
    above = book.vocabularies[kind.vocab or ""].parent.values()
    return tuple(sorted(set(codes) & set(above)))


def reach(program: Program, plan: Iterable[Step]) -> dict[str, frozenset[str]]:
    """Every fact that each step of a plan may read, through definitions, references, exceptions and decisions."""
    found: dict[str, frozenset[str]] = {}
    for step in plan:  # in the order of evaluation: what a step needs stands before it
        name = f"decision:{step.decision}" if step.decision is not None else step.name
        inner = (found.get(other, frozenset()) for other in (*step.needs, *step.exceptions))
        found[name] = step.facts.union(*inner)
    return found
