"""The columnar machine: decisions for millions of projects, beside polars expressions, OpenFisca and ZEN."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from benchmarks import columnar_peers as peers
from benchmarks.measure import Check, Figure, Section, figures_of, memory_beyond
from benchmarks.sites import ON
from benchmarks.tables import whole_file
from benchmarks.translate import Translation, _facts
from greenrule.backends.columnar import Columnar, Columns
from greenrule.backends.columnar.columns import UNKNOWN, Coded, Scaled, on_one_step
from greenrule.backends.scalar import Program
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.rules import nodes as n
from greenrule.rules.book import Rulebook
from greenrule.rules.link import link

RULES, FACTS = 300, 60
#: 8 million projects in a second; 250 bytes for each
TARGET_S, TARGET_B = 1 / 8e6, 250.0
_DAY = date.fromisoformat(ON)
_CPU = "greenrule, CPU time of all cores"


def run(screener: Screener, quick: bool) -> Section:
    """A small rulebook beside the peers, the whole one beside the scalar machine, and a file from end to end."""
    section = Section(f"列式机：成百万个项目一起作答（{RULES} 条规则、{FACTS} 个事实，与全部规则）")
    program = screener.machine(_DAY).program
    task = chosen(program, Translation(program.book, _DAY, program.live))
    _small(section, task, quick)
    _whole(section, screener, quick)
    whole_file(section, screener, quick)
    section.notes.append(
        f"{RULES} 条规则取自现行规则库，恰好只问 {FACTS} 个事实，各决定取最严，另列 {len(task.collected)} 条只作收集的规则。"
        "每次都从内存里的列算到内存里的列，两个核都用；“每个项目”是总时间除以项目数。polars 的 null 就是“未知”，and、or、not "
        "与我们同为三值，所以两种情形都比；OpenFisca 与 ZEN 只有两值，只比全部已知的一种。行业、工程类别等已编成字典代码，"
        "成员表预先算好，各家都不计时；OpenFisca 的 set_input、ZEN 读入字典计入。ZEN 一次只答一个项目、只用一个核。"
    )
    return section


# -- the small rulebook -----------------------------------------------------------------------------------------
def chosen(program: Program, translation: Translation) -> peers.Task:
    """So many rules of the law in force that read so few facts: the facts by which most rules come in, one after another."""
    book = program.book
    strictest = {
        name for name, spec in book.decisions.items()
        if not spec.collect and spec.base is None and not any(voice.replaces for voice in program.speaking[name])
    }  # fmt: skip
    reads = {
        name: frozenset(_facts(node)) for name, node in translation.rules.items()
        if all(effect.decision in strictest or book.decisions[effect.decision].collect for effect in book.rules[name].effects)
    }  # fmt: skip
    facts: frozenset[str] = frozenset()
    while len(facts) < FACTS:
        gains = Counter(more - facts for more in reads.values() if more - facts and len(more | facts) <= FACTS)
        facts |= max(gains, key=lambda more: (gains[more] / len(more), sorted(more)))
    names = {name for name, read in reads.items() if read <= facts}
    while True:  # a rule comes with the rules that it speaks of
        needs = {name: _named(book, program, name) for name in names}
        lonely = {name for name, others in needs.items() if not others <= names}
        if not lonely:
            break
        names -= lonely
    for name in reversed([name for name in book.order if name in names]):
        if len(names) > RULES and not any(name in _named(book, program, other) for other in names):
            names.remove(name)
    small = _linked(book, program, names, facts)
    own = Program(small, _DAY)
    voices = {name: own.speaking[name] for name in small.decisions if name in strictest and own.speaking[name]}
    speaking = {voice.rule for spoken in voices.values() for voice in spoken}
    order = [name for name in translation.rules if name in names]
    collected = tuple(name for name in order if name not in speaking)
    if len(order) != RULES or len(facts) != FACTS:
        raise ValueError(f"{len(order)} rules over {len(facts)} facts")
    return peers.Task(small, {name: translation.rules[name] for name in order}, voices, collected)


def _named(book: Rulebook, program: Program, rule: str) -> set[str]:
    """The rules that a rule speaks of."""
    return {node.rule for node in book.rules[rule].when.walk() if isinstance(node, n.Applies)} | set(
        program.exceptions.get(rule, ())
    )


def _linked(book: Rulebook, program: Program, names: set[str], facts: frozenset[str]) -> Rulebook:
    rules = {
        name: replace(rule, unless=program.exceptions.get(name, ()), overrides=())
        for name, rule in book.rules.items() if name in names
    }  # fmt: skip
    definitions: dict[str, Any] = {}
    waiting: list[n.Node] = [rule.when for rule in rules.values()]
    while waiting:
        for node in waiting.pop().walk():
            if isinstance(node, n.Defined) and node.name not in definitions:
                definitions[node.name] = book.definitions[node.name]
                waiting.append(definitions[node.name].body)
    faults: list[Any] = []
    out = link(
        replace(
            book, rules=rules, definitions=definitions, endings={}, bounds={}, transitions=(), order=(),
            facts={name: replace(book.facts[name], derive=()) for name in book.facts if name in facts},
            validity={name: span for name, span in book.validity.items() if name in rules},
        ), faults,
    )  # fmt: skip
    if faults:
        raise ValueError("; ".join(map(str, faults)))
    return out


def random_columns(book: Rulebook, nodes: Sequence[n.Node], size: int, unknown: float, industries: bool) -> Columns:
    """Facts of random projects: amounts at, below and above the thresholds of the rules, codes that some rule names."""
    draw = np.random.default_rng(20261121)
    bounds: dict[str, set[Fraction]] = {}
    named: dict[str, set[str]] = {}
    for whole in nodes:
        for node in whole.walk():
            if isinstance(node, n.Compare) and isinstance(node.left, n.Fact) and isinstance(node.right, n.Amount):
                bounds.setdefault(node.left.id, set()).add(node.right.value)
            elif isinstance(node, n.Under):
                named.setdefault(node.fact, set()).update(node.codes)
    out = Columns(size)
    for spec in book.facts.values():
        hidden = draw.random(size, dtype=np.float32) < unknown
        if spec.kind.form == "truth":
            index = (draw.random(size, dtype=np.float32) < 0.2).astype(np.int8)
            index[hidden] = -1
            out.columns[spec.id] = Coded(index, (False, True))
        elif spec.kind.form in ("quantity", "number", "date"):
            some = {Fraction(_DAY.toordinal())} if spec.kind.form == "date" else bounds.get(spec.id, {Fraction(100)})
            values = sorted({value * part for value in some for part in (Fraction(1, 2), Fraction(1), Fraction(2))})
            found = on_one_step([(value.numerator, Fraction(1, value.denominator)) for value in values])
            assert found is not None
            numbers = np.array(found[0], dtype=np.int64)[draw.integers(0, len(values), size)]
            numbers[hidden] = UNKNOWN
            out.columns[spec.id] = Scaled(numbers, found[1])
        else:
            tree = book.vocabularies[spec.kind.vocab or ""]
            leaves = sorted(set(tree.labels) - set(tree.parent.values()))
            if spec.id == "industry" and industries:
                leaves = [code for code in leaves if not named["industry"].isdisjoint(tree.ancestors(code))]
            places = draw.integers(0, len(leaves), size).astype(np.int32)
            places[hidden] = -1
            kept = tuple(leaves) if spec.kind.form == "category" else tuple(frozenset((code,)) for code in leaves)
            out.columns[spec.id] = Coded(places, kept)
    return out


def ours(machine: Columnar, task: peers.Task) -> Callable[[Columns], dict[str, Any]]:
    """Decisions as columns of places, collected rules as columns of truths (0, 1, 2)."""
    from greenrule.backends.columnar.answers import Answers

    named = [item for item in machine.outcome_names() if item[0][1] in task.voices]
    named += [item for item in machine.truth_names() if item[0][1] in task.collected and item[0][0] != "floor"]

    def ask(columns: Columns) -> dict[str, Any]:
        answers = Answers(machine, columns, machine.planes(columns, named), True)
        return {name: answers.codes(name) for name in task.voices} | {
            name: answers.truth(name) for name in task.collected
        }

    return ask


def _small(section: Section, task: peers.Task, quick: bool) -> None:
    size = 40_000 if quick else 1_000_000
    some = 20_000 if quick else 100_000
    single = 200 if quick else 1_000
    nodes = list(task.nodes.values())
    for unknown, words in ((0.0, "事实全部已知"), (0.3, "三成事实未知")):
        columns = random_columns(task.book, nodes, size, unknown, True)
        ask = ours(Columnar(task.book, _DAY), task)
        query, facts = peers.polars(task, columns), peers.frame(columns)
        contenders: dict[str, tuple[Callable[[], Any], int]] = {
            "greenrule": (partial(ask, columns), size),
            "polars expressions": (partial(query, facts), size),
        }
        if not unknown:
            part = columns.taken(slice(0, some))
            contenders["OpenFisca-core"] = partial(peers.openfisca(task, part), peers.arrays(part)), some
            contenders["zen-engine"] = (
                partial(_each, peers.zen(task), peers.contexts(task, columns, range(single))),
                single,
            )
        found = {who: one() for who, (one, _) in contenders.items()}
        taken = {
            who: [_clocked(one) / many for _ in range(1 if quick else 5)] for who, (one, many) in contenders.items()
        }
        taken = {"greenrule": taken.pop("greenrule"), _CPU: [_worked(contenders["greenrule"][0]) / size], **taken}
        section.figures += figures_of(
            f"{RULES} 条规则，{words}：每个项目", taken, **({} if quick else {"target": TARGET_S, "bound": "median"})
        )
        section.checks += _compared(task, found, words)
        if unknown:
            what = f"{RULES} 条规则：输入之外的内存，每个项目"
            for who, target in (("greenrule", None if quick else TARGET_B), ("polars expressions", None)):
                more = memory_beyond(contenders[who][0])
                if more is None:
                    section.notes.append("这个系统不报进程内存的峰值，未测内存。")
                    break
                section.figures.append(Figure(what, who, round(more / size), unit="B", target=target, bound="median"))


def _each(ask: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [ask(item) for item in items]


def _compared(task: peers.Task, found: Mapping[str, Any], words: str) -> list[Check]:
    """Decisions and collected rules of each peer, row by row, beside ours."""
    mine = found["greenrule"]
    out = []
    names = [*task.voices, *task.collected]
    for who, theirs in found.items():
        if who == "greenrule":
            continue
        different = compared = 0
        for place, name in enumerate(names):
            if who == "polars expressions":
                column = theirs[name]
                said = column.to_numpy() if name in task.voices else column.cast(int).fill_null(-1).to_numpy()
            elif who == "OpenFisca-core":
                said = theirs[name].astype(np.int8)
            else:
                said = np.array([int(row[place]) for row in theirs])
            own = mine[name][: len(said)]
            # A truth is 0, 1, 2 with us and 0, null, 1 with them.
            known = own if name in task.voices else np.array([0, -1, 1], dtype=np.int8)[own]
            different += int((known != said).sum())
            compared += len(said)
        out.append(Check(f"{words}：决定与收集的规则，与 {who} 逐行相同", compared, different))
    return out


def _clocked(ask: Callable[[], Any]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def _worked(ask: Callable[[], Any]) -> float:
    """Seconds of processor time, of all threads: what waiting for others on the machine does not change."""
    start = time.process_time()
    ask()
    return time.process_time() - start


# -- the whole rulebook -----------------------------------------------------------------------------------------
def _whole(section: Section, screener: Screener, quick: bool) -> None:
    """All rules and facts, with what follows from facts; every decision, and every row of a sample beside the scalar machine."""
    machine: Machine = screener.machine(_DAY)
    size, sample = (20_000, 60) if quick else (200_000, 300)
    book = machine.program.book
    nodes = list(Translation(book, _DAY, machine.program.live).rules.values())
    columns = random_columns(book, nodes, size, 0.5, False)
    columnar = Columnar(screener.law.book, _DAY, program=machine.program)
    columnar.run(columns.taken(slice(0, 1)), truths=False)
    taken = [_clocked(lambda: columnar.run(columns, truths=False)) / size for _ in range(1 if quick else 5)]
    question = f"全部 {len(columnar.live)} 条规则、{len(book.facts)} 个事实（半数未知）：每个项目"
    answers = columnar.run(columns, truths=False)
    rows = random.Random(3).sample(range(size), sample)
    scalar, different = [], 0
    for row in rows:
        values, _ = machine.complete(_given(machine, columns, row))
        start = time.perf_counter()
        found = machine.program.run(values)
        scalar.append(time.perf_counter() - start)
        said = answers.answer(row)
        different += any(
            said.outcomes[name].candidates != outcome.candidates or set(said.outcomes[name].deciding) != set(outcome.deciding)
            for name, outcome in found.outcomes.items()
        )  # fmt: skip
    worked = [_worked(partial(columnar.run, columns, truths=False)) / size]
    section.figures += figures_of(
        question, {"greenrule": taken, _CPU: worked, "逐个作答（标量机，一个核，事实已推导）": scalar}
    )
    section.checks.append(Check("全部规则：抽样项目的每项决定与依据，与标量机相同", sample, different))
    more = memory_beyond(lambda: columnar.run(columns, truths=False))
    if more is not None:
        what = "全部规则：输入之外的内存，每个项目"
        target = None if quick else TARGET_B
        section.figures.append(Figure(what, "greenrule", round(more / size), unit="B", target=target, bound="median"))


def _given(machine: Machine, columns: Columns, row: int) -> dict[str, Any]:
    from greenrule.casework.planning import as_given

    return as_given(machine.program.book, columns.facts(row))
