"""The rulebook in the languages of three rule engines, as far as they can say it.

They know two truths, so only rules without open codes, `undecided` and decisions are taken, and every fact is given.
Each engine gets all rules as one list expression, compiled once where it can be; one call per rule is far slower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.backends.situation import Members
from greenrule.core.units import factor
from greenrule.rules import nodes as n
from greenrule.rules.book import Rulebook

_OPEN = (n.Undecided, n.Decided, n.Table, n.Day)


class Untranslatable(Exception):
    """A rule that a two-valued engine cannot say."""


class Translation:
    """Rules whose meaning survives: definitions and other rules written out, numbers as floats in base units."""

    def __init__(self, book: Rulebook, on: date, live: set[str]) -> None:
        self.book, self.on, self.live = book, on, live
        self.rules: dict[str, n.Node] = {}
        for name in book.order:
            if name in live:
                try:
                    self.rules[name] = self.plain_rule(name)
                except Untranslatable:
                    continue
        self.reads = sorted({fact for node in self.rules.values() for fact in _facts(node)})

    def plain_rule(self, name: str) -> n.Node:
        """A rule with its exceptions, free of names."""
        parts = [self.plain(self.book.rules[name].when)]
        parts += [n.Not(self.plain_rule(other)) for other in self.book.exceptions(name) if other in self.live]
        return n.both(tuple(parts))

    def plain(self, node: n.Node) -> n.Node:
        """The node with definitions, other rules and parameters written out; `Untranslatable` where that is impossible."""
        match node:
            case n.Defined(name=name):
                return self.plain(self.book.definitions[name].body)
            case n.Applies(rule=rule):
                if rule in self.rules:
                    return self.rules[rule]
                return self.plain_rule(rule) if rule in self.live else n.Literal(False)
            case n.Parameter(id=name):
                value, _ = self.book.parameters[name].on(self.on)
                if value is None:
                    raise Untranslatable(name)
                return n.Amount(Fraction(value))
            case n.Amount(value=value, unit=unit):
                return n.Amount(value * factor(unit)[1])
            case n.And(parts=parts):
                return n.both(tuple(self.plain(part) for part in parts))
            case n.Or(parts=parts):
                return n.either(tuple(self.plain(part) for part in parts))
            case n.Not(arg=arg):
                return n.Not(self.plain(arg))
            case n.Compare(op=op, left=left, right=right):
                return n.Compare(op, self.plain(left), self.plain(right))
            case n.Arithmetic(op=op, left=left, right=right):
                return n.Arithmetic(op, self.plain(left), self.plain(right))
            case n.Under(open_codes=codes) if codes:
                raise Untranslatable(node.fact)
        if isinstance(node, _OPEN):
            raise Untranslatable(type(node).__name__)
        return node

    def context(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """One fully known situation as the engines take it: flat names, bools, floats, strings, lists of ancestors."""
        out: dict[str, Any] = {}
        for fact in self.reads:
            form = self.book.facts[fact].kind.form
            value = values[fact]
            if form == "truth":
                out[flat(fact)] = value == 2
            elif form in ("quantity", "number"):
                out[flat(fact)] = float(value)
            elif form == "category":
                out[flat(fact)] = value
            if isinstance(found := values.get(f"{fact}^"), Members):
                out[flat(fact) + "__up"] = sorted(found.upward)
        return out

    # -- the three languages -------------------------------------------------------------------------------
    def zen(self) -> Callable[[dict[str, Any]], list[bool]]:
        """GoRules ZEN, one compiled list expression."""
        import zen

        words = {"and": " and ", "or": " or ", "not": "not ", "=": "==", "list": "some({up}, # in [{codes}])"}
        compiled = zen.compile_expression("[" + ", ".join(_text(node, words) for node in self.rules.values()) + "]")
        return lambda context: list(compiled.evaluate(context))

    def zen_decision(self) -> Callable[[dict[str, Any]], list[bool]]:
        """GoRules ZEN as most users run it: a decision graph with one expression node."""
        import json

        import zen

        words = {"and": " and ", "or": " or ", "not": "not ", "=": "==", "list": "some({up}, # in [{codes}])"}
        lines = [
            {"id": f"e{i}", "key": f"r{i}", "value": _text(node, words)} for i, node in enumerate(self.rules.values())
        ]
        graph = {
            "nodes": [
                {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
                {
                    "id": "ex",
                    "type": "expressionNode",
                    "name": "ex",
                    "position": {"x": 1, "y": 0},
                    "content": {"expressions": lines},
                },
                {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
            ],
            "edges": [
                {"id": "a", "type": "edge", "sourceId": "in", "targetId": "ex"},
                {"id": "b", "type": "edge", "sourceId": "ex", "targetId": "out"},
            ],
        }
        decision = zen.ZenEngine().create_decision(json.dumps(graph))
        names = [f"r{i}" for i in range(len(self.rules))]

        def ask(context: dict[str, Any]) -> list[bool]:
            found = decision.evaluate(context)["result"]
            return [found[name] for name in names]

        return ask

    def cel(self) -> Callable[[dict[str, Any]], list[bool]]:
        """Common Expression Language (Rust), one compiled list expression."""
        import cel

        words = {"and": " && ", "or": " || ", "not": "!", "=": "==", "list": "{up}.exists(code, code in [{codes}])"}
        program = cel.compile("[" + ", ".join(_text(node, words) for node in self.rules.values()) + "]")
        return lambda context: list(program.execute(context))

    def json_logic(self) -> Callable[[dict[str, Any]], list[bool]]:
        """JsonLogic in Python, a list of rules."""
        from json_logic import jsonLogic

        logic = [_logic(node) for node in self.rules.values()]
        return lambda context: [bool(item) for item in jsonLogic(logic, context)]


def flat(fact: str) -> str:
    """A fact id as an identifier of the engines (`capacity` and `capacity.added` may not be one inside the other)."""
    return "f_" + fact.replace(".", "__").replace("-", "_")


def _facts(node: n.Node) -> set[str]:
    return {
        item.id if isinstance(item, n.Fact) else item.fact
        for item in node.walk()
        if isinstance(item, n.Fact | n.In | n.Under)
    }


def _quoted(codes: tuple[str, ...]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _text(node: n.Node, words: Mapping[str, str]) -> str:
    """An expression for ZEN and CEL, which differ in a few words."""
    match node:
        case n.And(parts=parts):
            return "(" + words["and"].join(_text(part, words) for part in parts) + ")"
        case n.Or(parts=parts):
            return "(" + words["or"].join(_text(part, words) for part in parts) + ")"
        case n.Not(arg=arg):
            return f"{words['not']}({_text(arg, words)})"
        case n.Fact(id=name):
            return flat(name)
        case n.Literal(value=value):
            return "true" if value else "false"
        case n.Amount(value=value):
            return f"{float(value):.6f}" if abs(value) < 1e12 else f"{float(value):.1f}"
        case n.Compare(op=op, left=left, right=right) | n.Arithmetic(op=op, left=left, right=right):
            return f"({_text(left, words)} {op} {_text(right, words)})"
        case n.In(fact=name, codes=codes):
            return f"({flat(name)} in [{_quoted(codes)}])"
        case n.Under(fact=name, codes=codes):
            up = flat(name) + "__up"
            # One code is the common case, and both engines do it faster than a search for any of several.
            return f"('{codes[0]}' in {up})" if len(codes) == 1 else words["list"].format(up=up, codes=_quoted(codes))
    raise Untranslatable(type(node).__name__)


def _logic(node: n.Node) -> Any:
    """An expression for JsonLogic."""
    match node:
        case n.And(parts=parts):
            return {"and": [_logic(part) for part in parts]}
        case n.Or(parts=parts):
            return {"or": [_logic(part) for part in parts]}
        case n.Not(arg=arg):
            return {"!": [_logic(arg)]}
        case n.Fact(id=name):
            return {"var": flat(name)}
        case n.Literal(value=value):
            return value
        case n.Amount(value=value):
            return float(value)
        case n.Compare(op=op, left=left, right=right) | n.Arithmetic(op=op, left=left, right=right):
            return {op: [_logic(left), _logic(right)]}
        case n.In(fact=name, codes=codes):
            return {"in": [{"var": flat(name)}, list(codes)]}
        case n.Under(fact=name, codes=codes):
            up = {"var": flat(name) + "__up"}
            if len(codes) == 1:
                return {"in": [codes[0], up]}
            return {"some": [up, {"in": [{"var": ""}, list(codes)]}]}
    raise Untranslatable(type(node).__name__)
