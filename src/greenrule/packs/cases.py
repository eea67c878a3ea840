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
`each` says of one fact which values let the first `yes` hold and which do not, a case for each of them::

        each: {industry: {yes: ["061", "062", "069"], no: ["07"]}}

`alone` names truths of which any one is enough for the first `yes` (the others of the list being false), and those that are not;
with none of them the rule does not hold::

        alone: {yes: [site.red_line, site.nature_reserve], no: [site.permanent_farmland]}

Both may name in `with` what else is changed in the first `yes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.core.errors import Fault, Place
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.packs.marked import Marked, load_marked, take
from greenrule.packs.slices import Slices
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
        entry, {"effect": "any"},
        {"base": "mapping", "on": "date", "yes": "sequence", "no": "sequence", "unknown": "sequence", "each": "mapping",
         "alone": "any"},
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
    first = next((case for case in out if case.expected is TRUE), None)
    if (found["each"] or found["alone"]) and first is None:
        told = f"规则 `{rule}` 没有 `yes` 的用例，`each`、`alone` 无从代入"
        faults.append(Fault("C005", told, entry.place, "先写一个 yes"))
    elif first is not None:
        out += _each(book, first, found["each"] or {}, faults)
        out += _alone(book, first, found["alone"], faults) if found["alone"] else []
    return out


def _each(book: Rulebook, first: Case, each: Mapping[str, Marked], faults: list[Fault]) -> list[Case]:
    """A case for each value of `each`: the first `yes` with one fact replaced."""
    out: list[Case] = []
    for name, entry in each.items():
        wanted = {"yes": "sequence", "no": "sequence", "with": "mapping"}
        found = take(entry, {}, wanted, faults=faults, what=f"用例 {first.rule} each ")
        start = _starting(book, first, found["with"], entry, faults)
        for word in ("yes", "no"):
            for item in found[word] or []:
                plain = {name: item.plain() if item.raw is None else item.text()}
                facts = {**start.facts, **read_facts_given(book, plain, item.place, faults)}
                out.append(replace(start, expected=_WORDS[word], facts=facts, place=item.place))
    return out


def _alone(book: Rulebook, first: Case, alone: Marked, faults: list[Fault]) -> list[Case]:
    """The first `yes` with none of the named truths, and with each of them alone."""
    wanted = {"yes": "texts", "no": "texts", "with": "mapping"}
    found = take(alone, {}, wanted, faults=faults, what=f"用例 {first.rule} alone ")
    start = _starting(book, first, found["with"], alone, faults)
    sides = {word: found[word] or [] for word in ("yes", "no")}
    names = [name for side in sides.values() for name in side]
    for name in names:
        if name not in book.facts or book.facts[name].kind.form != "truth":
            told = f"用例 {first.rule} 的 `alone` 里 `{name}` 不是真值事实"
            faults.append(Fault("C006", told, alone.place, "只写真值事实的编号"))
            return []
    none = {**start.facts, **dict.fromkeys(names, False)}
    out = [replace(start, expected=FALSE, facts=none)] if sides["yes"] else []
    for word, side in sides.items():
        out += [replace(start, expected=_WORDS[word], facts={**none, name: True}) for name in side]
    return out


def _starting(book: Rulebook, first: Case, extra: Mapping[str, Marked] | None, at: Marked, faults: list[Fault]) -> Case:
    """The situation that `each` and `alone` start from: the first `yes`, with the facts of `with`."""
    plain = {key: value.plain() if value.raw is None else value.text() for key, value in (extra or {}).items()}
    return replace(
        first, facts={**first.facts, **read_facts_given(book, plain, at.place, faults)}, missing=(), place=at.place
    )


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
    """All cases; each is asked of the part of the rulebook that its rule rests on."""
    slices = Slices(book)
    programs: dict[tuple[str, date], Program] = {}
    faults = []
    for case in cases:
        key = (case.rule, case.on)
        if key not in programs:
            programs[key] = Program(slices.of(case.rule), case.on)
        fault = check_case(programs[key], case)
        if fault:
            faults.append(fault)
    return faults
