"""The same decisions in polars expressions and in OpenFisca: rules that survive translation, facts as arrays.

ZEN takes one project at a time; its list is that of `translate.py`, with the decisions added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import numpy as np

from benchmarks.translate import _text, flat
from greenrule.backends.columnar.columns import UNKNOWN, Coded, Columns, Scaled
from greenrule.backends.decide import Speaker
from greenrule.rules import nodes as n
from greenrule.rules.book import Rulebook


@dataclass
class Task:
    """What every contender computes: one value for each of `decisions`, and the truth of the rules in `collected`.

    nodes : rules as plain expressions (`translate.Translation`), amounts in base units
    """

    book: Rulebook
    nodes: dict[str, n.Node]
    voices: dict[str, tuple[Speaker, ...]]
    collected: tuple[str, ...]

    def below(self, fact: str, values: Sequence[Any], codes: Sequence[str]) -> list[bool]:
        """Which values of a dictionary lie at or below one of the codes."""
        tree, wanted = self.book.vocabularies[self.book.facts[fact].kind.vocab or ""], set(codes)
        return [any(not wanted.isdisjoint(tree.ancestors(code)) for code in _codes(value)) for value in values]

    def default(self, decision: str) -> int:
        """The value where no rule speaks, by its place; -1 for none."""
        spec = self.book.decisions[decision]
        return -1 if spec.default is None else spec.rank(spec.default)


def _codes(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def frame(columns: Columns) -> Any:
    """The facts as a polars frame: truths, dictionary codes, floats in base units; null where not known."""
    import polars as pl

    series = []
    for name, column in columns.columns.items():
        if isinstance(column, Coded) and column.values == (False, True):
            values = pl.Series(flat(name), column.index)
            series.append(pl.select(pl.when(values >= 0).then(values == 1)).to_series().alias(flat(name)))
        elif isinstance(column, Coded):
            values = pl.Series(flat(name), column.index.astype(np.int16))
            series.append(pl.select(pl.when(values >= 0).then(values)).to_series().alias(flat(name)))
        else:
            series.append(pl.Series(flat(name), decimals(column), nan_to_null=True))
    return pl.DataFrame(series)


def decimals(column: Any) -> Any:
    """A column of exact numbers as floats in base units, NaN where not known."""
    assert isinstance(column, Scaled)
    numbers, places = np.unique(column.numbers, return_inverse=True)
    exact = [float("nan") if number == UNKNOWN else float(number * column.step) for number in numbers.tolist()]
    return np.array(exact)[places]


def polars(task: Task, columns: Columns) -> Callable[[Any], Any]:
    """One lazy query; null is "not known" and its `and`, `or`, `not` are Kleene's, so it knows three truths as we do.

    A decision is null where a stricter rule may yet hold.
    """
    import polars as pl

    def expression(node: n.Node) -> Any:
        match node:
            case n.And(parts=parts):
                return reduce(and_, map(expression, parts))
            case n.Or(parts=parts):
                return reduce(or_, map(expression, parts))
            case n.Not(arg=arg):
                return ~expression(arg)
            case n.Fact(id=name):
                return pl.col(flat(name))
            case n.Literal(value=value):
                return pl.lit(value)
            case n.Amount(value=value):
                return pl.lit(float(value))
            case n.Compare(op=op, left=left, right=right) | n.Arithmetic(op=op, left=left, right=right):
                return _OPERATORS[op](expression(left), expression(right))
            case n.In(fact=name, codes=codes) | n.Under(fact=name, codes=codes):
                found = columns.columns[name]
                assert isinstance(found, Coded)
                inside = task.below(name, found.values, codes) if isinstance(node, n.Under) else [
                    value in codes for value in found.values]  # fmt: skip
                places = pl.Series([place for place, yes in enumerate(inside) if yes], dtype=pl.Int16)
                return pl.col(flat(name)).is_in(places.implode())
        raise TypeError(type(node).__name__)

    rules = {name: expression(node) for name, node in task.nodes.items()}
    out = []
    for decision, voices in task.voices.items():
        least = pl.lit(task.default(decision), pl.Int8)
        spoken = [(rules[voice.rule], pl.lit(voice.rank, pl.Int8)) for voice in voices]
        sure = pl.max_horizontal(least, *(pl.when(rule.fill_null(False)).then(rank) for rule, rank in spoken))
        most = pl.max_horizontal(least, *(pl.when(rule.fill_null(True)).then(rank) for rule, rank in spoken))
        out.append(pl.when(sure == most).then(sure).fill_null(-1).alias(decision))
    out += [rules[name].alias(name) for name in task.collected]
    return lambda facts: facts.lazy().select(out).collect()


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
}  # fmt: skip


def openfisca(task: Task, columns: Columns) -> Callable[[Any], dict[str, Any]]:
    """A tax-benefit system with one variable for each fact, rule and decision; lists of codes are tables of truths."""
    from openfisca_core.entities import Entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    period, entity = "2026", Entity("project", "projects", "project", "")
    system = TaxBenefitSystem([entity])

    def value(node: n.Node, project: Any, at: Any) -> Any:
        match node:
            case n.And(parts=parts):
                return reduce(and_, (value(part, project, at) for part in parts))
            case n.Or(parts=parts):
                return reduce(or_, (value(part, project, at) for part in parts))
            case n.Not(arg=arg):
                return ~value(arg, project, at)
            case n.Fact(id=name):
                return project(flat(name), at)
            case n.Literal(value=said):
                return np.bool_(said)
            case n.Amount(value=amount):
                return np.float32(float(amount))  # as OpenFisca keeps floats
            case n.Compare(op=op, left=left, right=right) | n.Arithmetic(op=op, left=left, right=right):
                return _OPERATORS[op](value(left, project, at), value(right, project, at))
            case n.In() | n.Under():
                return inside[node][project(flat(node.fact), at)]
        raise TypeError(type(node).__name__)

    inside: dict[n.Node, Any] = {}
    for whole in task.nodes.values():
        for node in whole.walk():
            if isinstance(node, (n.In, n.Under)) and node not in inside:
                found = columns.columns[node.fact]
                assert isinstance(found, Coded)
                said = task.below(node.fact, found.values, node.codes) if isinstance(node, n.Under) else [
                    item in node.codes for item in found.values]  # fmt: skip
                inside[node] = np.array(said, dtype=bool)

    def declare(name: str, kind: type, formula: Callable[..., Any] | None = None) -> None:
        fields: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR}
        if formula is not None:
            fields["formula"] = formula
        system.add_variable(type(name, (Variable,), fields))

    for name, column in columns.columns.items():
        declare(flat(name), float if isinstance(column, Scaled) else bool if column.values == (False, True) else int)
    place = {name: f"r{number}" for number, name in enumerate(task.nodes)}

    # A formula of two arguments is one without parameters, so what it is about comes from around it.
    def rule(node: n.Node) -> Callable[..., Any]:
        return lambda project, at: value(node, project, at)

    def strictest(decision: str, voices: Sequence[Speaker]) -> Callable[..., Any]:
        def formula(project: Any, at: Any) -> Any:
            found = np.full(project.count, task.default(decision), dtype=np.int32)
            for voice in voices:
                found = np.maximum(found, np.where(project(place[voice.rule], at), voice.rank, -1))
            return found

        return formula

    for name, node in task.nodes.items():
        declare(place[name], bool, rule(node))
    for number, (decision, voices) in enumerate(task.voices.items()):
        declare(f"d{number}", int, strictest(decision, voices))

    def ask(facts: Mapping[str, Any]) -> dict[str, Any]:
        size = len(next(iter(facts.values())))
        simulation = SimulationBuilder().build_default_simulation(system, count=size)
        for name, array in facts.items():
            simulation.set_input(name, period, array)
        out = {name: simulation.calculate(f"d{number}", period) for number, name in enumerate(task.voices)}
        return out | {name: simulation.calculate(place[name], period) for name in task.collected}

    return ask


def arrays(columns: Columns) -> dict[str, Any]:
    """The facts as OpenFisca takes them; every one must be known."""
    out: dict[str, Any] = {}
    for name, column in columns.columns.items():
        if isinstance(column, Coded):
            truth = column.values == (False, True)
            out[flat(name)] = column.index.astype(bool) if truth else column.index.astype(np.int32)
        else:
            out[flat(name)] = decimals(column)
    return out


def zen(task: Task) -> Callable[[Mapping[str, Any]], list[Any]]:
    """One compiled list: the strictest value of every decision by its place, then the rules that are collected."""
    import zen as engine

    words = {"and": " and ", "or": " or ", "not": "not ", "=": "==", "list": "some({up}, # in [{codes}])"}
    parts = []
    for decision, voices in task.voices.items():
        spoken = ", ".join(f"({_text(task.nodes[voice.rule], words)}) ? {voice.rank} : -1" for voice in voices)
        parts.append(f"max([{task.default(decision)}, {spoken}])")
    parts += [_text(task.nodes[name], words) for name in task.collected]
    compiled = engine.compile_expression("[" + ", ".join(parts) + "]")
    return lambda context: list(compiled.evaluate(context))


def contexts(task: Task, columns: Columns, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Single projects as ZEN takes them: flat names, floats, lists of ancestors."""
    out = []
    for row in rows:
        context: dict[str, Any] = {}
        for name, column in columns.columns.items():
            value, spec = column.at(row), task.book.facts[name]
            if spec.kind.form in ("quantity", "number"):
                context[flat(name)] = float(value)
            elif spec.kind.form == "truth":
                context[flat(name)] = value
            else:
                tree = task.book.vocabularies[spec.kind.vocab or ""]
                codes = _codes(value)
                if isinstance(value, str):
                    context[flat(name)] = value
                context[flat(name) + "__up"] = sorted({up for code in codes for up in tree.ancestors(code)})
        out.append(context)
    return out
