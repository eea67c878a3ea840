"""The mutation check: a rule whose comparison or membership is flipped must fail some case of its own.

A case suite that a wrong rule would also pass proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from greenrule.backends.scalar import Program
from greenrule.core.errors import Fault
from greenrule.core.truth import Truth
from greenrule.packs.cases import Case, check_case
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule
from greenrule.rules.nodes import OPPOSITE, And, Arithmetic, Compare, In, Literal, Node, Not, Or, Table, Under

#: The comparison that differs only exactly on the threshold.
_EDGE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def mutants(node: Node) -> Iterator[tuple[str, Node]]:
    """All single flips of an expression: edge and opposite of comparisons, truth of atoms, and/or exchanged."""
    match node:
        case Compare():
            for op in filter(None, (_EDGE.get(node.op), OPPOSITE[node.op])):
                yield f"`{node.op}` → `{op}`", replace(node, op=op)
        case Not():
            yield "去掉 not", node.arg
            for text, inner in mutants(node.arg):
                yield text, replace(node, arg=inner)
        case And() | Or():
            other = Or if isinstance(node, And) else And
            yield f"{type(node).__name__} → {other.__name__}", other(node.parts)
            for index, part in enumerate(node.parts):
                for text, inner in mutants(part):
                    yield text, replace(node, parts=(*node.parts[:index], inner, *node.parts[index + 1 :]))
        case Arithmetic() | Table() | Literal():
            return
        case In() | Under():
            yield f"取反 {node.fact}", Not(node)
        case _:
            yield f"取反 {getattr(node, 'id', getattr(node, 'name', type(node).__name__))}", Not(node)


def survivors(book: Rulebook, rule: Rule, cases: Iterable[Case]) -> list[Fault]:
    """Mutants of a rule that all its cases still accept, and what its cases lack (C010–C012)."""
    own = [case for case in cases if case.rule == rule.id]
    faults = []
    for expected, word in ((Truth.TRUE, "yes"), (Truth.FALSE, "no"), (Truth.UNKNOWN, "unknown")):
        if not any(case.expected is expected for case in own):
            faults.append(Fault("C010", f"规则 `{rule.id}` 没有 `{word}` 的用例", rule.at, "每条规则至少各一个 yes、no、unknown"))
    if not any(case.missing for case in own):
        faults.append(Fault("C011", f"规则 `{rule.id}` 没有写明 `missing` 的用例", rule.at, "在一个 unknown 用例里写出缺少的事实"))
    for text, when in mutants(rule.when):
        changed = replace(book, rules={**book.rules, rule.id: replace(rule, when=when)})
        if not any(_fails(changed, case) for case in own):
            faults.append(Fault("C012", f"规则 `{rule.id}` 把 {text} 之后所有用例仍然通过", rule.at, "在阈值两侧或该条件两侧各加一个用例"))
    return faults


def _fails(book: Rulebook, case: Case) -> bool:
    program = Program(book, case.on)
    # Only this rule and what it reads are needed: the other rules cost most of the time.
    wanted = _needed(book, case.rule)
    program.steps = [step for step in program.steps if step.name in wanted or (step.decision and f"decision:{step.decision}" in wanted)]
    return check_case(program, replace(case, missing=())) is not None


def _needed(book: Rulebook, rule: str) -> set[str]:
    from greenrule.rules.link import reads

    todo, seen = [rule], set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        item = book.rules.get(name) or book.definitions.get(name)
        if item is not None:
            todo.extend(reads(book, item))
        elif name.startswith("decision:"):
            decision = book.decisions[name.removeprefix("decision:")]
            todo.extend(r.id for r in book.rules.values() if any(e.decision == decision.id for e in r.effects))
            if decision.base:
                todo.append(f"decision:{decision.base}")
    return seen
