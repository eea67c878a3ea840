"""Generated cases of a law: written by the solver, read once by a person, and checked ever after without the solver.

`generate` writes the chapters of rules into the golden files of their packs; `check` replays every case and measures, rule by rule and
clause by clause, what the cases show, those written by hand and those generated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.backends.questions import Prover
from greenrule.backends.situation import encode
from greenrule.casework.situation import Machine
from greenrule.casework.writing import write_bytes
from greenrule.core.errors import Fault
from greenrule.core.truth import Truth
from greenrule.packs.book import Law
from greenrule.packs.boundaries import Goal, Measure, carriers, condition, goals, list_carriers
from greenrule.packs.casebook import FOLDER, Chapter, book_files, fingerprint, read_book, write_book
from greenrule.packs.cases import CASE_DAY, Case
from greenrule.packs.generating import Generator, chapters
from greenrule.packs.worlds import load_statements, statement_nodes

Progress = Callable[[int, int], None] | None


@dataclass
class Shown:
    """What the cases of one rule show: its goals, those shown by hand, those shown at all, and those proved out of reach."""

    rule: str
    goals: int = 0
    by_hand: int = 0
    shown: int = 0
    impossible: int = 0
    undecided: int = 0
    open: list[str] = field(default_factory=list)


@dataclass
class Checked:
    """The golden files replayed: faults, cases, and what is shown of each rule."""

    faults: list[Fault]
    cases: int
    rules: dict[str, Shown]

    def by_clause(self, law: Law) -> list[dict[str, Any]]:
        """A row for each clause that a rule cites first, in the order of instruments and rules."""
        rows: dict[str, dict[str, Any]] = {}
        for name, shown in self.rules.items():
            cite = law.book.rules[name].cites[0]
            row = rows.setdefault(cite, {"clause": cite, **dict.fromkeys(_COUNTS, 0)})
            row["rules"] += 1
            for key in _COUNTS[1:]:
                row[key] += getattr(shown, key)
        order = {name: number for number, name in enumerate(law.instruments)}
        return sorted(rows.values(), key=lambda row: order[row["clause"].partition("#")[0]])


_COUNTS = ("rules", "goals", "by_hand", "shown", "impossible", "undecided")


def _inside(law: Law, live: Iterable[str]) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Rule → definitions whose parts, and lists whose codes, are shown by its cases."""
    out = []
    for found in (carriers(law.book, live), list_carriers(law.book, live)):
        turned: dict[str, set[str]] = defaultdict(set)
        for name, rule in found.items():
            turned[rule].add(name)
        out.append({rule: frozenset(names) for rule, names in turned.items()})
    return out[0], out[1]


def _order(law: Law, live: Iterable[str]) -> list[str]:
    alive = set(live)
    return [name for name in law.book.order if name in alive and name in law.book.rules]


def generate(
    law: Law, on: date = CASE_DAY, *, only: Sequence[str] = (), timeout: float = 10.0, progress: Progress = None
) -> dict[Path, list[Chapter]]:  # fmt: skip
    """Chapters for all rules in force on a day (or those whose id begins so), by the file they belong into.

    `Unreplayed` where the scalar machine does not confirm a case.
    """
    machine = Machine(law, on)
    live = machine.program.live
    prover = Prover(
        law.book, on, statements=statement_nodes(load_statements(law)), timeout=timeout, program=machine.program,
        complete=lambda facts: machine.complete(facts)[0],
    )  # fmt: skip
    carried, lists = _inside(law, live)
    generator = Generator(prover, lambda facts: machine.complete(facts)[0], carried, lists)
    wanted = [name for name in _order(law, live) if not only or name.startswith(tuple(only))]
    out: dict[Path, list[Chapter]] = defaultdict(list)
    for chapter in chapters(generator, wanted, progress):
        out[place_of(law, chapter.rule)].append(chapter)
    position = {name: number for number, name in enumerate(law.book.rules)}
    return {path: sorted(found, key=lambda chapter: position[chapter.rule]) for path, found in out.items()}


def place_of(law: Law, rule: str) -> Path:
    """The golden file of a rule: named after its file of rules, in the same pack."""
    at = law.book.rules[rule].at
    assert at is not None
    file = Path(str(at.file))
    return file.parent.parent / FOLDER / f"{file.stem}.cases"


def keep(law: Law, made: Mapping[Path, Sequence[Chapter]], on: date = CASE_DAY, whole: bool = True) -> list[Path]:
    """Write chapters into their files; when only some rules were made, the others stay as they are."""
    faults: list[Fault] = []
    written = []
    position = {name: number for number, name in enumerate(law.book.rules)}
    for path, fresh in made.items():
        kept = (
            {}
            if whole or not path.exists()
            else {chapter.rule: chapter for chapter in read_book(law.book, path, faults)[1]}
        )
        kept.update({chapter.rule: chapter for chapter in fresh})
        several = sorted((c for c in kept.values() if c.rule in position), key=lambda c: position[c.rule])
        write_bytes(path, write_book(several, on).encode())
        written.append(path)
    if whole:  # files of rules that are no more
        for path in book_files(law.folders):
            if path not in made:
                path.unlink()
    return written


def check(
    law: Law, by_hand: Iterable[Case] = (), *, only: Sequence[str] = (), progress: Progress = None
) -> Checked:  # fmt: skip
    """Replay the golden files and measure them, without the solver.

    C033 a rule without cases, or whose condition or effect has changed since · C034 a case that comes out otherwise ·
    C035 a goal that no case shows and that was not proved out of reach.
    """
    faults: list[Fault] = []
    found: dict[str, Chapter] = {}
    days: dict[str, date] = {}
    for path in book_files(law.folders):
        on, several = read_book(law.book, path, faults)
        for chapter in several:
            found[chapter.rule], days[chapter.rule] = chapter, on or CASE_DAY
    checked = Checked(faults, 0, {})
    hand: dict[str, list[Case]] = defaultdict(list)
    for case in by_hand:
        hand[case.rule].append(case)
    machines: dict[date, Machine] = {}
    insides: dict[date, Any] = {}
    main = machines.setdefault(CASE_DAY, Machine(law, CASE_DAY))
    names = [name for name in _order(law, main.program.live) if not only or name.startswith(tuple(only))]
    for chapter in found.values():
        if chapter.rule not in law.book.rules:
            faults.append(
                Fault(
                    "C033", f"规则 `{chapter.rule}` 已不存在", chapter.at, "重新生成：greenrule pack cases --generate"
                )
            )
    for number, name in enumerate(names, 1):
        day = days.get(name, CASE_DAY)
        machine = machines.setdefault(day, Machine(law, day)) if day not in machines else machines[day]
        if day not in insides:
            insides[day] = _inside(law, machine.program.live)
        checked.rules[name] = _check_rule(law, machine, insides[day], name, found.get(name), hand[name], checked)
        if progress is not None:
            progress(number, len(names))
    return checked


def _check_rule(
    law: Law, machine: Machine, inside: Any, rule: str, chapter: Chapter | None, hand: Sequence[Case], checked: Checked
) -> Shown:  # fmt: skip
    book, faults = law.book, checked.faults
    carried, lists = inside
    body = condition(book, rule, carried.get(rule, frozenset()), machine.program.exceptions.get(rule, ()))
    wanted = goals(book, body, lists.get(rule, frozenset()))
    measure = Measure(machine.program, rule, body)
    shown: dict[Goal, None] = {}
    for case in hand:
        if case.on == machine.on:
            shown.update(dict.fromkeys(measure.shown(encode(book, case.facts), wanted)))
    out = Shown(rule, len(wanted), len(shown))
    again = "重新生成后逐条再看：greenrule pack cases --generate"
    at = chapter.at if chapter is not None else book.rules[rule].at
    effect = "; ".join(str(item) for item in book.rules[rule].effects)
    if chapter is None or chapter.fingerprint != fingerprint(body) or chapter.effect != effect:
        told = "没有生成的用例" if chapter is None else "的条件或效果在用例生成之后改过"
        faults.append(Fault("C033", f"规则 `{rule}` {told}", at, again))
        return out
    for line in chapter.lines:
        values = machine.complete(line.facts)[0]
        truth = Truth(measure.truth(values))
        checked.cases += 1
        if truth is not line.expected:
            told = f"规则 `{rule}` 应为 {line.expected.word}，算得 {truth.word}（{line.why}）"
            faults.append(Fault("C034", told, line.at, "规则没有错的，重新生成；否则改规则"))
            continue
        shown.update(dict.fromkeys(measure.shown(values, wanted)))
    beyond = {label.partition("：由")[0] for label in chapter.impossible}
    open_ = {label for label, _ in chapter.undecided}
    for goal in wanted:
        if goal in shown:
            continue
        if goal.label in beyond:
            out.impossible += 1
        elif goal.label in open_:
            out.undecided += 1
        else:
            out.open.append(goal.label)
            faults.append(Fault("C035", f"规则 `{rule}` 没有用例显示：{goal.label}", at, again))
    out.shown = len(shown)
    return out
