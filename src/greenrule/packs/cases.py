"""Cases a lawyer can read: for each rule facts under which it holds, does not hold, or cannot be told.

A case file says, per rule, the effect it is about, a `base` situation and variations of it::

    cases:
      m24-02-c:
        effect: delegate approver = city
        base: {industry: "0610", site.cross_city: true, capacity.added: 60 万吨/年}
        yes: [{}, {capacity.added: 89.9 万吨/年}]
        no: [{capacity.added: 90 万吨/年, why: 恰为 90 不小于 90}]
        unknown: [{capacity.added: "?", missing: [capacity.added]}]

`?` takes a fact away.  `missing` names facts that must be among those the unknown rule asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.core.errors import Fault, Place
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.packs.values import read_facts_given
from greenrule.rules.book import Rulebook

#: The day cases are asked for when they name none: after the code of 2026-08-15 came into force.
CASE_DAY = date(2026, 11, 21)
_WORDS = {"yes": TRUE, "no": FALSE, "unknown": UNKNOWN}


@dataclass(frozen=True, slots=True)
class Case:
    """One situation with the truth that a rule must have in it."""

    rule: str
    effect: str
    expected: Truth
    facts: Mapping[str, Any]
    on: date
    missing: tuple[str, ...]
    place: Place


def case_files(packs: Iterable[Path]) -> list[Path]:
    """The case files of packs; whole findings (`cases/findings`) are not of this kind and are left out."""
    return [
        path
        for folder in packs
        for path in sorted((folder / "cases").rglob("*.yaml"))
        if "findings" not in path.relative_to(folder).parts
    ]


def load_cases(book: Rulebook, paths: Iterable[Path], faults: list[Fault]) -> list[Case]:
    """Read case files; whatever cannot be read is collected."""
    out: list[Case] = []
    for path in sorted(paths):
        for rule, entry in load_marked(path).mapping()["cases"].mapping().items():
            if rule not in book.rules:
                faults.append(Fault("C001", f"用例的规则 `{rule}` 不存在", entry.place))
                continue
            out.extend(_of_rule(book, rule, entry, faults))
    return out


def _of_rule(book: Rulebook, rule: str, entry: Marked, faults: list[Fault]) -> list[Case]:
    found = take(
        entry, {"effect": "any"}, {"base": "mapping", "on": "date", "yes": "sequence", "no": "sequence", "unknown": "sequence"},
        faults=faults, what=f"用例 {rule} ",
    )  # fmt: skip
    if found["effect"] is None:
        return []
    effect = "; ".join(found["effect"].texts())
    base = dict(found["base"] or {})
    out = []
    for word, expected in _WORDS.items():
        for item in found[word] or []:
            given = {**base, **item.mapping()}
            given.pop("why", None)
            missing = given.pop("missing", None)
            day = given.pop("on", None)
            plain = {key: value.plain() if value.raw is None else value.text() for key, value in given.items()}
            facts = read_facts_given(book, plain, item.place, faults)
            out.append(Case(
                rule, effect, expected, {key: value for key, value in facts.items() if value is not None},
                day.date() if day else found["on"] or CASE_DAY, tuple(missing.texts()) if missing else (), item.place,
            ))  # fmt: skip
    return out


def check_case(program: Program, case: Case) -> Fault | None:
    """A fault when the rule does not come out as the case expects, with the effect that the case restates."""
    book = program.book
    rule = book.rules[case.rule]
    effect = "; ".join(str(item) for item in rule.effects)
    if effect != case.effect:
        return Fault("C002", f"规则 `{rule.id}` 的效果是 `{effect}`，用例写的是 `{case.effect}`", case.place)
    answer = program.run(encode(book, case.facts))
    got = answer.truth(rule.id)
    if got is not case.expected:
        return Fault("C003", f"规则 `{rule.id}` 应为 {case.expected.word}，算得 {got.word}", case.place)
    if case.missing:
        seen = explain(program, encode(book, case.facts), answer).rule(rule.id)
        asked = {read.id for read in seen.reads if read.value is None}
        absent = [name for name in case.missing if name not in asked]
        if absent:
            return Fault(
                "C004", f"规则 `{rule.id}` 没有问到 {'、'.join(absent)}，问的是 {'、'.join(sorted(asked))}", case.place
            )
    return None


def run_cases(book: Rulebook, cases: Iterable[Case]) -> list[Fault]:
    """All cases; programs are shared by day."""
    programs: dict[date, Program] = {}
    faults = []
    for case in cases:
        if case.on not in programs:
            programs[case.on] = Program(book, case.on)
        fault = check_case(programs[case.on], case)
        if fault:
            faults.append(fault)
    return faults
