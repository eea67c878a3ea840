"""The rules alone, for one project: verdicts, and verdicts with reasons; beside an interpreter and three rule engines."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from benchmarks.interpreter import Interpreter, Terse
from benchmarks.measure import Check, Section, figures_of, turns
from benchmarks.sites import ON, point_projects
from benchmarks.translate import Translation
from greenrule.backends.fusing import fuse
from greenrule.backends.scalar import PATIENCE, Answer, Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.casework.screening import Screener
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Amount, Compare, Fact

REASONS_TARGET_S = 300e-6
#: Each sample is asked this often in a row, by every contender: microseconds are not measured one at a time.
LOOPS = 5


def real(screener: Screener, count: int) -> list[dict[str, Any]]:
    """Situations as a screening meets them: a few stated facts, site facts from layers, most others unknown."""
    machine = screener.machine(date.fromisoformat(ON))
    return [machine.complete(screener.inquire(project).given)[0] for project in point_projects(screener, count, seed=5)]


def full(book: Rulebook, count: int) -> list[dict[str, Any]]:
    """Situations in which every fact is known, with amounts at, just above and below the thresholds of the rules."""
    rng = random.Random(7)
    bounds: dict[str, list[Fraction]] = {}
    for rule in book.rules.values():
        for node in rule.when.walk():
            if isinstance(node, Compare) and isinstance(node.left, Fact) and isinstance(node.right, Amount):
                bounds.setdefault(node.left.id, []).append(node.right.value * factor(node.right.unit)[1])
    out = []
    for _ in range(count):
        facts: dict[str, Any] = {}
        for spec in book.facts.values():
            vocabulary = book.vocabularies[spec.kind.vocab] if spec.kind.vocab else None
            if spec.kind.form == "truth":
                facts[spec.id] = rng.random() < 0.2
            elif spec.kind.form == "quantity":
                step = factor(spec.unit)[1]
                base = rng.choice(bounds.get(spec.id, [Fraction(100) * step])) * rng.choice((Fraction(1, 2), 1, 1, 2))
                facts[spec.id] = Quantity(base / step, spec.unit)
            elif spec.kind.form == "number":
                facts[spec.id] = Fraction(rng.randint(0, 20))
            elif spec.kind.form == "date":
                facts[spec.id] = date.fromisoformat(ON)
            elif vocabulary is not None:
                leaves = sorted(set(vocabulary.labels) - set(vocabulary.parent.values()))
                facts[spec.id] = (
                    rng.choice(leaves) if spec.kind.form == "category" else frozenset((rng.choice(leaves),))
                )
        out.append(encode(book, facts))
    return out


def reasons(program: Program) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """All rules that hold or may hold, each with what decided it: what a finding asks of the machine."""

    def ask(values: Mapping[str, Any]) -> dict[str, Any]:
        return explain(program, values, program.run(values)).live()

    return ask


def without_index(book: Rulebook, on: date) -> Callable[[Mapping[str, Any]], Answer]:
    """The machine without its industry index: every rule asks for the industry, as the engines' have to."""
    program = Program(book, on)
    everything = fuse(program, program.plan(None), None, Answer, settled=False)
    return lambda values: everything(values.get)


def same_rules(book: Rulebook, on: date, names: Collection[str]) -> Callable[[Mapping[str, Any]], Answer]:
    """The same with only these rules and no decisions: exactly what the engines do."""
    program = Program(book, on)
    kept = tuple(
        step
        for step in program.plan(None)
        if step.decision is None and (step.name in names or step.name in book.definitions)
    )
    only = fuse(program, kept, None, Answer, settled=False)
    return lambda values: only(values.get)


def run(screener: Screener, quick: bool) -> Section:
    """Verdicts and reasons for real and for fully known situations."""
    on = date.fromisoformat(ON)
    book = screener.law.book
    program = screener.machine(on).program
    section = Section("只算规则：一个项目过一遍全部规则")
    _real(section, program, book, on, real(screener, 20 if quick else 100))
    _engines(section, program, book, on, full(book, 20 if quick else 100))
    return section


def _real(section: Section, program: Program, book: Rulebook, on: date, situations: list[dict[str, Any]]) -> None:
    why, told, terse = reasons(program), Interpreter(book, on, program.live), Terse(book, on, program.live)
    plain = without_index(book, on)
    for values in situations * (PATIENCE + 1):  # written as one function, as for an industry that is often asked for
        program.run(values)
        plain(values)
    live = [len(why(values)) for values in situations]
    asked = f"{len(program.live)} 条规则，部分事实未知"
    full_answers: dict[str, Callable[[Any], Any]] = {"greenrule": why, "plain Python interpreter": told.run}
    taken = turns(full_answers, situations, LOOPS)
    section.figures += figures_of(f"{asked}：结论与理由", taken, target=REASONS_TARGET_S, bound="median")
    verdicts: dict[str, Callable[[Any], Any]] = {
        "greenrule": program.run,
        "greenrule, industry index off": plain,
        "plain Python interpreter": terse.run,
    }
    section.figures += figures_of(f"{asked}：只要结论", turns(verdicts, situations, LOOPS))
    wrong_truth = wrong_reads = pairs = 0
    for values in situations:
        answer, seen, spelled = program.run(values), why(values), told.run(values)
        brief = terse.run(values)
        wrong_truth += any(not answer.truths.get(r, 0) == t == brief[r][0] for r, (t, _) in spelled.items())
        for name, item in seen.items():
            pairs += 1
            wrong_reads += {read.id for read in item.reads if read.sort == "fact"} != spelled[name][1]
    section.checks.append(Check("每条规则的真值与解释器相同（项目数）", len(situations), wrong_truth))
    section.checks.append(Check("起决定作用的事实与解释器相同（项目×规则）", pairs, wrong_reads))
    section.notes.append(
        f"部分事实未知：六类行业的随机点位，{min(live)}—{max(live)} 条规则为真或未知并给出理由。解释器为本目录 interpreter.py，"
        "给出全部规则的真值与决定性事实（不含参数出处）；决定的合并与 greenrule 共用同一函数。"
        f"每个样本连问 {LOOPS} 次取平均。"
    )


def _engines(section: Section, program: Program, book: Rulebook, on: date, situations: list[dict[str, Any]]) -> None:
    translation = Translation(book, on, program.live)
    contexts = {id(values): translation.context(values) for values in situations}
    plain = without_index(book, on)
    engines: dict[str, Callable[[dict[str, Any]], list[bool]]] = {}
    makers = {"zen-engine, compiled list": translation.zen, "zen-engine, decision graph": translation.zen_decision,
              "common-expression-language": translation.cel, "json-logic-qubit": translation.json_logic}  # fmt: skip
    for who, make in makers.items():
        try:
            engines[who] = make()
        except ImportError as error:
            section.notes.append(f"{who} 未安装，未测（{error}）。")
    same = same_rules(book, on, translation.rules)
    contenders: dict[str, Callable[[dict[str, Any]], Any]] = {
        "greenrule, the same rules, index off": same,
        "greenrule, all rules and decisions": program.run,
        "greenrule, all rules and decisions, index off": plain,
    }
    for who, ask in engines.items():
        contenders[who] = lambda values, ask=ask: ask(contexts[id(values)])  # type: ignore[misc]
    for ask in contenders.values():
        for values in situations * (PATIENCE + 1):
            ask(values)
    question = f"{len(translation.rules)} 条两值规则，全部事实已知：只要结论"
    section.figures += figures_of(question, turns(contenders, situations, LOOPS))
    names = list(translation.rules)
    for who, ask in engines.items():
        wrong = 0
        for values in situations:
            truths, fewer = program.run(values).truths, same(values).truths
            wrong += sum(
                not (truths.get(name, 0) == 2) == (fewer.get(name, 0) == 2) == said
                for name, said in zip(names, ask(contexts[id(values)]), strict=True)
            )
        section.checks.append(
            Check(f"可翻译的规则的结论与 {who} 相同（项目×规则）", len(names) * len(situations), wrong)
        )
    section.notes.append(
        f"全部事实已知：引擎只有两值逻辑，只能表达 {len(names)}/{len(program.live)} 条规则（名录未列全、原文未决、引用决定的除外），"
        "不知“未知”，不合并决定，不给理由。倍数对“同样的规则、关闭行业索引”一行，它与引擎一样逐条算每条规则；另两行多算其余规则和全部决定。"
        "引擎的表达式由我们翻译成一个列表，行家或能写得更快；数量换成基本单位的浮点数和祖先代码表的准备不计时，"
        "引擎读入字典的时间计入。"
    )
