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
from greenrule.rules.nodes import (
    OPPOSITE,
    And,
    Arithmetic,
    Compare,
    In,
    Literal,
    Node,
    Not,
    Or,
    Table,
    Undecided,
    Under,
)

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
        case Arithmetic() | Table() | Literal() | Undecided():
            # The opposite of what is always unknown is the same unknown: nothing could notice.
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
            faults.append(
                Fault("C010", f"规则 `{rule.id}` 没有 `{word}` 的用例", rule.at, "每条规则至少各一个 yes、no、unknown")
            )
    if not any(case.missing for case in own):
        faults.append(
            Fault("C011", f"规则 `{rule.id}` 没有写明 `missing` 的用例", rule.at, "在一个 unknown 用例里写出缺少的事实")
        )
    part = slice_of(book, rule.id)
    for text, when in mutants(rule.when):
        changed = replace(part, rules={**part.rules, rule.id: replace(rule, when=when)})
        if not _notices(changed, own):
            faults.append(
                Fault(
                    "C012",
                    f"规则 `{rule.id}` 把 {text} 之后所有用例仍然通过",
                    rule.at,
                    "在阈值两侧或该条件两侧各加一个用例",
                )
            )
    return faults


def definition_survivors(book: Rulebook, name: str, cases: Iterable[Case]) -> list[Fault]:
    """Mutants of a definition that the cases of all rules reading it still accept (C012)."""
    item = book.definitions[name]
    readers = {rule.id for rule in book.rules.values() if name in _needed(book, rule.id)}
    own = [case for case in cases if case.rule in readers]
    slices = {rule: slice_of(book, rule) for rule in {case.rule for case in own}}
    faults = []
    for text, body in mutants(item.body):
        noticed = False
        for rule, part in slices.items():
            changed = replace(part, definitions={**part.definitions, name: replace(item, body=body)})
            if _notices(changed, [case for case in own if case.rule == rule]):
                noticed = True
                break
        if not noticed:
            faults.append(
                Fault("C012", f"定义 `{name}` 把 {text} 之后所有用例仍然通过", item.at, "给引用它的规则各加一个用例")
            )
    return faults


def _notices(book: Rulebook, cases: Iterable[Case]) -> bool:
    programs: dict[object, Program] = {}
    for case in cases:
        if case.on not in programs:
            programs[case.on] = Program(book, case.on)
        if check_case(programs[case.on], replace(case, missing=())) is not None:
            return True
    return False


def slice_of(book: Rulebook, rule: str) -> Rulebook:
    """The part of a rulebook that one rule needs: checking a mutant then costs microseconds, not the whole law."""
    wanted = _needed(book, rule)
    todo = {effect.decision for effect in book.rules[rule].effects}
    while todo:
        name = todo.pop()
        wanted.add(f"decision:{name}")
        base = book.decisions[name].base
        if base and f"decision:{base}" not in wanted:
            todo.add(base)
    return replace(
        book,
        rules={name: item for name, item in book.rules.items() if name in wanted},
        definitions={name: item for name, item in book.definitions.items() if name in wanted},
        decisions={name: item for name, item in book.decisions.items() if f"decision:{name}" in wanted},
        order=tuple(name for name in book.order if name in wanted),
    )


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
