"""Golden files of generated cases replayed on the scalar machine, and what they show counted, by rule and by clause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.backends.situation import encode
from greenrule.casework.boundary import Progress, carried, chosen, load_chapters, packs_of, place_of
from greenrule.casework.situation import Machine
from greenrule.core.errors import Fault
from greenrule.core.truth import Truth
from greenrule.packs.book import Law
from greenrule.packs.boundaries import Goal, Wording, condition, goals
from greenrule.packs.casebook import Chapter, fingerprint
from greenrule.packs.cases import CASE_DAY, Case
from greenrule.packs.measuring import Measure

_COUNTS = ("rules", "goals", "cases", "by_hand", "shown", "impossible", "undecided")


@dataclass
class Shown:
    """What the cases of one rule show: its goals, the generated cases, the goals shown by hand, those shown at all, those proved
    out of reach, those that the solver did not decide or that were not replayed, and those that are left."""

    rule: str
    goals: int = 0
    cases: int = 0
    by_hand: int = 0
    shown: int = 0
    impossible: int = 0
    undecided: int = 0
    open: list[str] = field(default_factory=list)


@dataclass
class Checked:
    """The golden files replayed: faults, how many cases, what is shown of each rule, and the goals that are not, with the reason."""

    faults: list[Fault] = field(default_factory=list)
    cases: int = 0
    rules: dict[str, Shown] = field(default_factory=dict)
    beyond: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def by_clause(self, law: Law) -> list[dict[str, Any]]:
        """A row for each clause that a rule cites first, in the order of instruments and clauses."""
        return counted(law, self.rules.values())


def counted(law: Law, rules: Iterable[Shown]) -> list[dict[str, Any]]:
    """Counts of rules added up by the clause that each cites first, in the order of instruments and clauses."""
    rows: dict[str, dict[str, Any]] = {}
    for shown in rules:
        cite = law.book.rules[shown.rule].cites[0]
        row = rows.setdefault(cite, {"clause": cite, **dict.fromkeys(_COUNTS, 0)})
        row["rules"] += 1
        for key in _COUNTS[1:]:
            row[key] += getattr(shown, key)
    order = {
        f"{name}#{clause}" if clause else name: number
        for number, (name, clause) in enumerate(
            (name, clause) for name in law.instruments for clause in ("", *law.instruments[name].clauses)
        )
    }
    return sorted(rows.values(), key=lambda row: order.get(row["clause"], len(order)))


def stated(law: Law, on: date = CASE_DAY) -> list[dict[str, Any]]:
    """The counts by clause as the golden files state them, nothing replayed: for pages.  `by_hand` is not counted."""
    machine = Machine(law, on)
    inside, lists = carried(law, machine.program.live)
    wording = Wording(law.book)
    chapters = load_chapters(law, [])
    out = []
    for name in chosen(law, machine.program.live):
        body = condition(law.book, name, inside.get(name, ()), machine.program.exceptions.get(name, ()))
        wanted = len(goals(law.book, body, lists.get(name, frozenset()), wording))
        chapter = chapters.get(name)
        if chapter is None:
            out.append(Shown(name, wanted))
            continue
        beyond, open_ = len(chapter.impossible), len(chapter.undecided)
        out.append(Shown(name, wanted, len(chapter.lines), 0, max(0, wanted - beyond - open_), beyond, open_))
    return counted(law, out)


def check(
    law: Law, by_hand: Iterable[Case] = (), *, only: Sequence[str] = (), every: bool = True, progress: Progress = None
) -> Checked:  # fmt: skip
    """Replay the golden files and measure them, without the solver.

    Unless `every`, only rules of packs whose golden files were made of these very packs: another pack may bring exceptions to them.

    C033 a rule without cases, or whose condition, words or effect changed since · C034 a case that comes out otherwise ·
    C035 a goal that no case shows and that was not proved out of reach · C036 a goal that the two machines do not agree on.
    """
    checked = Checked()
    found = load_chapters(law, checked.faults)
    hand: dict[str, list[Case]] = defaultdict(list)
    for case in by_hand:
        hand[case.rule].append(case)
    benches = {CASE_DAY: _Bench(law, CASE_DAY)}
    names = chosen(law, benches[CASE_DAY].machine.program.live, only)
    made_of = packs_of(law)
    kept = {
        place_of(law, name).parent
        for name, chapter in found.items()
        if name in law.book.rules and chapter.packs == made_of
    }
    for chapter in found.values() if not only and (every or kept) else ():
        if chapter.rule not in law.book.rules:
            help = "重新生成：greenrule pack cases --generate"
            checked.faults.append(Fault("C033", f"规则 `{chapter.rule}` 已不存在", chapter.at, help))
    for number, name in enumerate(names, 1):
        if every or place_of(law, name).parent in kept:
            chapter_ = found.get(name)
            day = chapter_.on if chapter_ is not None and chapter_.on is not None else CASE_DAY
            bench = benches[day] if day in benches else benches.setdefault(day, _Bench(law, day))
            checked.rules[name] = bench.rule(name, chapter_, hand[name], checked)
        if progress is not None:
            progress(number, len(names))
    return checked


class _Bench:
    """A law on one day, ready to measure what cases show of its rules."""

    def __init__(self, law: Law, on: date) -> None:
        self.book, self.machine = law.book, Machine(law, on)
        self.inside, self.lists = carried(law, self.machine.program.live)
        self.wording = Wording(law.book)

    def rule(self, rule: str, chapter: Chapter | None, hand: Sequence[Case], checked: Checked) -> Shown:
        """One rule's cases replayed and measured."""
        book, machine, faults = self.book, self.machine, checked.faults
        body = condition(book, rule, self.inside.get(rule, ()), machine.program.exceptions.get(rule, ()))
        wanted = goals(book, body, self.lists.get(rule, frozenset()), self.wording)
        measure = Measure(machine.program, rule, body)
        shown: dict[Goal, None] = {}
        for case in hand:
            if case.on == machine.on:
                shown.update(dict.fromkeys(measure.shown(encode(book, case.facts), wanted)))
        out = Shown(rule, len(wanted), len(chapter.lines) if chapter is not None else 0, len(shown))
        at = chapter.at if chapter is not None else book.rules[rule].at
        effect = "; ".join(str(item) for item in book.rules[rule].effects)
        if chapter is None or (chapter.fingerprint, chapter.effect) != (fingerprint(body, wanted), effect):
            why = "没有生成的用例" if chapter is None else "的条件、用语或效果在用例生成之后改过"
            help = f"看差异：greenrule pack cases --diff --only {rule}；写入：--generate"
            faults.append(Fault("C033", f"规则 `{rule}` {why}", at, help))
            out.shown = len(shown)
            return out
        for line in chapter.lines:
            values = machine.complete(line.facts)[0]
            truth, seen = measure.measured(values, [goal for goal in wanted if goal not in shown])
            checked.cases += 1
            if truth != line.expected:
                told = f"规则 `{rule}` 应为 {line.expected.word}，算得 {Truth(truth).word}（{line.why}）"
                faults.append(Fault("C034", told, line.at, "规则没有错的，重新生成；否则改规则"))
                continue
            shown.update(dict.fromkeys(seen))
        beyond, open_ = dict(chapter.impossible), dict(chapter.undecided)
        for label, reason in chapter.undecided:
            if "复算不符" in reason:
                faults.append(Fault("C036", f"规则 `{rule}` 的“{label}”：{reason}", at, "两个机器有一个错了，请报告"))
        for goal in wanted:
            if goal in shown:
                continue
            if goal.label in beyond or goal.label in open_:
                proved = goal.label in beyond
                checked.beyond.append((rule, goal.label, (beyond if proved else open_)[goal.label], proved))
                out.impossible += proved
                out.undecided += not proved
            else:
                out.open.append(goal.label)
                help = f"补齐：greenrule pack cases --generate --only {rule}"
                faults.append(Fault("C035", f"规则 `{rule}` 没有用例显示：{goal.label}", at, help))
        out.shown = len(shown)
        return out
