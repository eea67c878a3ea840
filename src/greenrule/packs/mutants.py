"""The mutation check: a rule that is changed a little must fail some case of its own.

A case suite that a wrong rule would also pass proves nothing.  Changed are comparisons (edge, opposite, the number by a
tenth), memberships (opposite, one code fewer), connectives (exchanged, one part fewer) and the steps of tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.core.errors import Fault
from greenrule.core.truth import Truth
from greenrule.core.units import factor
from greenrule.packs.cases import Case, check_case
from greenrule.packs.neighbours import neighbours
from greenrule.packs.slices import Slices
from greenrule.packs.thresholds import turns, unbounded
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Definition, Rule
from greenrule.rules.nodes import (
    OPPOSITE,
    Amount,
    And,
    Arithmetic,
    Compare,
    In,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip

#: The comparison that differs only exactly on the threshold.
_EDGE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
#: A threshold is held from both sides when a tenth more and a tenth less are both noticed.
_SHIFTS = (Fraction(9, 10), Fraction(11, 10))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of an expression: what was done, the changed whole, and the part that was left out, if one was."""

    text: str
    node: Node
    dropped: Node | None = None


def mutants(node: Node, book: Rulebook, on: date) -> Iterator[Mutant]:
    """All single changes of an expression; parameters have the value of the day."""
    match node:
        case Compare():
            for op in filter(None, (_EDGE.get(node.op), OPPOSITE[node.op])):
                yield Mutant(f"`{node.op}` → `{op}`", replace(node, op=op))
            # What a table gives out is a step, not a measure: its steps are moved instead.
            limit = None if isinstance(node.left, Table) else _amount(node.right, book, on)
            for share in _SHIFTS if limit is not None and limit.value else ():
                assert limit is not None
                moved = replace(limit, value=limit.value * share)
                yield Mutant(
                    f"`{float(limit.value):g} {limit.unit}` → `{float(moved.value):g}`", replace(node, right=moved)
                )
        case Not():
            yield Mutant("去掉 not", node.arg)
            for inner in mutants(node.arg, book, on):
                yield Mutant(inner.text, replace(node, arg=inner.node), inner.dropped)
        case And() | Or():
            other = Or if isinstance(node, And) else And
            yield Mutant(f"{type(node).__name__} → {other.__name__}", other(node.parts))
            for index, part in enumerate(node.parts):
                before, after = node.parts[:index], node.parts[index + 1 :]
                left = (*before, *after)
                yield Mutant(f"去掉 {name_of(part)}", left[0] if len(left) == 1 else replace(node, parts=left), part)
                for inner in mutants(part, book, on):
                    yield Mutant(inner.text, replace(node, parts=(*before, inner.node, *after)), inner.dropped)
        case Arithmetic() | Table() | Literal() | Undecided():
            # The opposite of what is always unknown is the same unknown: nothing could notice.
            return
        case In() | Under():
            yield Mutant(f"取反 {node.fact}", Not(node))
            if len(node.codes) > 1 and not (isinstance(node, Under) and node.listed is not None):
                for code in node.codes:
                    fewer = tuple(one for one in node.codes if one != code)
                    yield Mutant(f"{node.fact} 少了 {code}", replace(node, codes=fewer))
        case _:
            yield Mutant(f"取反 {name_of(node)}", Not(node))


def _amount(node: Node, book: Rulebook, on: date) -> Amount | None:
    if isinstance(node, Amount):
        return node
    if isinstance(node, Parameter):
        spec = book.parameters[node.id]
        value = spec.on(on)[0]
        return None if value is None else Amount(value / factor(spec.unit)[1], spec.unit)
    return None


def name_of(node: Node) -> str:
    """A short name of an expression for complaints."""
    name = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "fact", None)
    if name is None and isinstance(node, Not):
        return f"not {name_of(node.arg)}"
    if name is None and isinstance(node, Compare):
        return f"{name_of(node.left)} {node.op} …"
    return str(name or getattr(node, "rule", None) or type(node).__name__)


class Bench:
    """A rulebook with its cases, cut into the parts that single rules need; made once and asked for each rule.

    >>> Bench(book, cases).rule("eia-008-book-b")  # doctest: +SKIP
    []
    """

    def __init__(self, book: Rulebook, cases: Iterable[Case]) -> None:
        self.book = book
        self.cases: dict[str, list[Case]] = {}
        for case in cases:
            self.cases.setdefault(case.rule, []).append(case)
        self.slices = Slices(book)

    @cached_property
    def _readers(self) -> Mapping[str, tuple[str, ...]]:
        """Definition → rules with cases that read it otherwise than through a decision, those that need least first."""
        found: dict[str, list[str]] = {}
        for rule in self.cases:
            todo, seen = [rule], {rule}
            while todo:
                below = self.slices.reads(todo.pop()) - seen
                seen |= below
                todo += [name for name in below if name in self.book.rules or name in self.book.definitions]
            for name in seen & self.book.definitions.keys():
                found.setdefault(name, []).append(rule)
        return {
            name: tuple(sorted(rules, key=lambda rule: len(self.slices.needs[rule]))) for name, rules in found.items()
        }

    def readers(self, definition: str) -> tuple[str, ...]:
        """Rules with cases that rest on a definition."""
        return self._readers.get(definition, ())

    def unbounded(self, item: Rule | Definition) -> list[Fault]:
        """Thresholds of a rule that its cases, or of a definition that the cases of its readers, do not hold (C013)."""
        rules = [item.id] if isinstance(item, Rule) else self.readers(item.name)
        return list(unbounded(self.book, item, [case for rule in rules for case in self.cases.get(rule, ())]))

    def rule(self, name: str) -> list[Fault]:
        """What the cases of a rule lack (C010, C011) and its mutants that all of them still accept (C012)."""
        rule, own = self.book.rules[name], self.cases.get(name, [])
        faults = []
        for expected, word in ((Truth.TRUE, "yes"), (Truth.FALSE, "no"), (Truth.UNKNOWN, "unknown")):
            if not any(case.expected is expected for case in own):
                told = f"规则 `{name}` 没有 `{word}` 的用例"
                faults.append(Fault("C010", told, rule.at, "每条规则至少各一个 yes、no、unknown"))
        if not any(case.missing for case in own):
            told = f"规则 `{name}` 没有写明 `missing` 的用例"
            faults.append(Fault("C011", told, rule.at, "在一个 unknown 用例里写出缺少的事实"))
        if not own:
            return faults
        part = self.slices.of(name)
        for mutant in mutants(rule.when, self.book, own[0].on):
            changed = replace(part, rules={**part.rules, name: replace(rule, when=mutant.node)})
            if _notices(changed, own):
                continue
            example = None
            if mutant.dropped is not None:
                found = self._difference(part, changed, rule, mutant.dropped, own)
                if found is _SAME:
                    continue
                example = str(found)
            faults.append(_survivor(f"规则 `{name}`", mutant.text, rule, example))
        moved = _steps(part, rule.when)
        faults += [_survivor(f"规则 `{name}`", text, rule) for text, changed in moved if not _notices(changed, own)]
        return faults

    def definition(self, name: str) -> list[Fault]:
        """Mutants of a definition that the cases of all rules reading it still accept (C012)."""
        item = self.book.definitions[name]
        readers = self.readers(name)
        faults = []
        for mutant in mutants(item.body, self.book, self.cases[readers[0]][0].on if readers else date.max):
            for rule in readers:
                part = self.slices.of(rule)
                changed = replace(part, definitions={**part.definitions, name: replace(item, body=mutant.node)})
                if _notices(changed, self.cases[rule]):
                    break
            else:
                faults.append(_survivor(f"定义 `{name}`", mutant.text, item))
        return faults

    def _difference(self, part: Rulebook, changed: Rulebook, rule: Rule, dropped: Node, own: Iterable[Case]) -> object:
        """Facts near a case under which a rule without one part comes out otherwise; `_SAME` where none of them does.

        A part that says nothing new (`industry under 14 and industry under 1495`) is left out without any difference.
        """
        tried = False
        for case in own:
            one, other = Program(part, case.on), Program(changed, case.on)
            for facts in neighbours(self.book, dropped, case.facts):
                tried = True
                values = encode(self.book, facts)
                if one.run(values).truth(rule.id) is not other.run(values).truth(rule.id):
                    told = {name: value for name, value in facts.items() if case.facts.get(name) != value}
                    return (
                        "，".join(f"{name}: {_shown(value)}" for name, value in told.items())
                        + f"（其余同 {case.place}）"
                    )
        return _SAME if tried else "该部分为假、其余都成立的情形"


_SAME = object()


def _shown(value: object) -> str:
    return "、".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _survivor(what: str, text: str, item: object, example: str | None = None) -> Fault:
    help = f"加一个用例，如 {example}" if example else "在阈值两侧或该条件两侧各加一个用例"
    return Fault("C012", f"{what} 改了一处（{text}），所有用例仍然通过", item.at, help)  # type: ignore[attr-defined]


def _steps(part: Rulebook, when: Node) -> Iterator[tuple[str, Rulebook]]:
    """The part with one step of one table moved, for the tables that a condition looks up itself."""
    for name in dict.fromkeys(node.parameter for node in when.walk() if isinstance(node, Table)):
        spec = part.parameters[name]
        for index, point in enumerate(spec.table):
            for share in _SHIFTS if point.x and turns(part, when, name, index) else ():
                table = (*spec.table[:index], replace(point, x=point.x * share), *spec.table[index + 1 :])
                text = f"`${name}` 的第 {index + 1} 档移到 {float(share):g} 倍"
                yield text, replace(part, parameters={**part.parameters, name: replace(spec, table=table, tables=())})


def _notices(book: Rulebook, cases: Iterable[Case]) -> bool:
    programs: dict[date, Program] = {}
    for case in cases:
        if case.on not in programs:
            programs[case.on] = Program(book, case.on)
        if check_case(programs[case.on], replace(case, missing=())) is not None:
            return True
    return False
