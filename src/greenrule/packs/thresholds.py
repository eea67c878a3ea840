"""Every number that a rule compares with, and whether its cases stand on the number and close by on its other side.

The numbers are those of the rule's own condition and of the definitions it uses; a table counts with each of its steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

from greenrule.core.errors import Fault
from greenrule.core.units import Quantity, factor
from greenrule.packs.cases import Case
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Definition, Rule
from greenrule.rules.nodes import Amount, Arithmetic, Compare, Day, Defined, Fact, Node, Parameter, Table
from greenrule.rules.render import expression_text

#: How close to the number its other side must be tried, as a share of it.
NEAR = Fraction(1, 10)

Number = Fraction | date
_OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a condition: what is compared with it, how, and the number in base units (or a day)."""

    left: Node
    op: str
    limit: Number
    text: str

    def lacks(self, values: Iterable[Number]) -> str | None:
        """What no value tries: the number itself, or its other side close by; None where both are tried."""
        tried = list(values)
        if self.limit not in tried:
            return "恰为界限"
        below = any(_close(self.limit, value) and value < self.limit for value in tried)  # type: ignore[operator]
        above = any(_close(self.limit, value) and value > self.limit for value in tried)  # type: ignore[operator]
        if self.op in (">=", "<") and not below and self.limit != 0:
            return "略低于界限"
        if self.op in (">", "<=") and not above:
            return "略高于界限"
        return None if below or above or (self.limit == 0 and len(set(tried)) > 1) else "界限另一侧"


def _close(limit: Number, value: Number) -> bool:
    if isinstance(limit, date) or isinstance(value, date):
        return isinstance(limit, date) and isinstance(value, date) and abs(limit - value) <= timedelta(days=31)
    return abs(value - limit) <= abs(limit) * NEAR if limit else True


def thresholds(book: Rulebook, node: Node, on: date, opened: bool = False) -> Iterator[Threshold]:
    """The thresholds of an expression on a day, definitions opened; facts compared with facts have none.

    A zero inside a definition asks whether there is any at all: it counts with the definition, not with every rule.
    """
    for part in node.walk():
        if isinstance(part, Defined):
            yield from thresholds(book, book.definitions[part.name].body, on, True)
        elif isinstance(part, Compare):
            limit = _limit(book, part.right, on)
            if isinstance(part.left, Table):
                yield from _steps(book, part, part.left, limit)
            elif limit is not None and not (opened and limit == 0):
                yield Threshold(part.left, part.op, limit, expression_text(part))


def _steps(book: Rulebook, part: Compare, table: Table, limit: Number | None) -> Iterator[Threshold]:
    """The steps of a table at which the comparison turns."""
    for index, point in enumerate(book.parameters[table.parameter].table):
        if _turns(book, part, table, index, limit):
            yield Threshold(table.arg, ">=", point.x, expression_text(part))


def _turns(book: Rulebook, part: Compare, table: Table, index: int, limit: Number | None) -> bool:
    spec = book.parameters[table.parameter]
    if index == 0:
        return False
    if spec.shape == "lines" or limit is None:
        return True
    before, after = spec.table[index - 1].y, spec.table[index].y
    return bool(_OPERATORS[part.op](before, limit) != _OPERATORS[part.op](after, limit))


def turns(book: Rulebook, node: Node, table: str, index: int) -> bool:
    """Whether some comparison of an expression turns at one step of a table."""
    return any(
        _turns(book, part, part.left, index, _limit(book, part.right, date.max))
        for part in node.walk()
        if isinstance(part, Compare) and isinstance(part.left, Table) and part.left.parameter == table
    )


def _limit(book: Rulebook, node: Node, on: date) -> Number | None:
    if isinstance(node, Amount):
        return node.value * factor(node.unit)[1] if node.unit else node.value
    if isinstance(node, Parameter):
        return book.parameters[node.id].on(on)[0]
    return node.value if isinstance(node, Day) else None


def _worth(case: Case, node: Node) -> Number | None:
    """What an expression is worth in a case, in base units; None where a fact is missing."""
    if isinstance(node, Fact):
        value = case.facts.get(node.id)
        if value is None or isinstance(value, date):
            return value
        return value.base if isinstance(value, Quantity) else Fraction(value)
    if isinstance(node, Amount):
        return node.value * factor(node.unit)[1] if node.unit else node.value
    if isinstance(node, Arithmetic):
        left, right = _worth(case, node.left), _worth(case, node.right)
        if left is None or right is None or isinstance(left, date) or isinstance(right, date):
            return None
        return left + right if node.op == "+" else left - right if node.op == "-" else left * right
    return None


def unbounded(book: Rulebook, rule: Rule | Definition, cases: Iterable[Case]) -> Iterator[Fault]:
    """Thresholds of a rule, or of a definition, that the given cases do not hold from both sides (C013)."""
    own = list(cases)
    body, name = (rule.when, rule.id) if isinstance(rule, Rule) else (rule.body, rule.name)
    seen: set[Threshold] = set()
    for day in sorted({case.on for case in own}):
        for threshold in thresholds(book, body, day):
            if threshold in seen:
                continue
            seen.add(threshold)
            values = [value for case in own if case.on == day and (value := _worth(case, threshold.left)) is not None]
            want = threshold.lacks(values)
            if want:
                told = f"`{name}` 的界限 `{threshold.text}` 没有{want}的用例"
                yield Fault("C013", told, rule.at, "界限本身和另一侧一成以内各加一个用例")


def count(book: Rulebook, items: Iterable[Rule | Definition], on: date) -> int:
    """How many thresholds rules and definitions have of their own."""
    bodies = (item.when if isinstance(item, Rule) else item.body for item in items)
    return sum(
        len({found for part in body.walk() if isinstance(part, Compare) for found in thresholds(book, part, on)})
        for body in bodies
    )
