"""What two laws say differently: rules, parameters, lists, definitions, decisions, one by one, and mixtures of the two.

Both are taken as they stand on their day (`greenrule.rules.clocks`), so two days, two known days and two editions of a
pack are compared alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.backends.situation import Members
from greenrule.core.errors import Place
from greenrule.core.units import factor, number_text
from greenrule.rules.book import FactSpec, ParameterSpec, Rulebook
from greenrule.rules.items import CodeList, Rule
from greenrule.rules.link import evaluation_order
from greenrule.rules.nodes import Fact, In, Node, Under, rewritten
from greenrule.rules.render import expression_text

KINDS = {
    "rule": "规则",
    "parameter": "参数",
    "list": "名录",
    "definition": "定义",
    "decision": "决定",
    "vocabulary": "词表",
    "fact": "事实",
}
CHANGES = {"added": "新增", "removed": "删去", "changed": "改动"}


@dataclass(frozen=True, slots=True)
class LawItem:
    """One item that two laws say differently: `before` and `after` in short words, with the clause it rests on.

    `wording` is true where only words changed that decide nothing (title, consequence, notes, citations).
    """

    kind: str
    id: str
    change: str
    zh: str
    before: str | None
    after: str | None
    cites: tuple[str, ...] = ()
    wording: bool = False
    at: Place | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Sort and id, as mixtures take them."""
        return self.kind, self.id

    def to_json(self) -> dict[str, Any]:
        """The item as plain data."""
        return {
            "kind": self.kind, "id": self.id, "change": self.change, "label": self.zh, "before": self.before,
            "after": self.after, "cites": list(self.cites), "wording": self.wording,
            "place": str(self.at) if self.at else None,
        }  # fmt: skip


def frozen(program: Program, names: Collection[str] | None = None) -> Rulebook:
    """The law of a program as a book without days: what is in force, parameters at their values; or only some `names`.

    `names` are rules and definitions (and `decision:` marks), as in `book.order`.
    """
    book = program.book
    rules = {
        name: rule for name, rule in book.rules.items() if name in program.live and (names is None or name in names)
    }
    rules = {name: _without(rule, rules) for name, rule in rules.items()}
    definitions = {name: item for name, item in book.definitions.items() if names is None or name in names}
    parameters = {}
    for name, spec in book.parameters.items():
        value, cite = spec.on(program.on)
        parameters[name] = replace(
            spec, values=() if value is None else ((date.min, value, cite or ""),), recorded=(), tables=()
        )  # fmt: skip
    return replace(
        book,
        rules=rules,
        definitions=definitions,
        parameters=parameters,
        validity={name: (date.min, None, date.min, book.validity[name][3]) for name in rules if name in book.validity},
        order=tuple(name for name in book.order if names is None or name in names),
        endings={},
        bounds={},
        transitions=(),
    )


def facts_read(node: Node) -> set[str]:
    """Facts that an expression names."""
    return {
        part.id if isinstance(part, Fact) else part.fact for part in node.walk() if isinstance(part, (Fact, In, Under))
    }


def sources(spec: FactSpec) -> set[str]:
    """Facts from which a fact can be derived."""
    return {
        name for item in spec.derive for part in (item.value, item.when) if part is not None for name in facts_read(part)
    }  # fmt: skip


def with_sources(book: Rulebook, names: Iterable[str]) -> set[str]:
    """Facts, and all from which they can be derived."""
    out, ahead = set(), list(names)
    while ahead:
        name = ahead.pop()
        if name not in out and name in book.facts:
            out.add(name)
            ahead += sources(book.facts[name])
    return out


def frozen_pair(before: Program, after: Program, names: Iterable[Collection[str]]) -> tuple[Rulebook, Rulebook]:
    """Two laws without days, only some `names` of each; facts that neither can feel are not derived any more.

    Both lose the same derivations: else a fact that only one of them reads would look like a change.
    """
    pair = [frozen(program, kept) for program, kept in zip((before, after), names, strict=True)]
    wanted: set[str] = set()
    for book in pair:
        bodies = [*(rule.when for rule in book.rules.values()), *(item.body for item in book.definitions.values())]
        wanted |= {name for body in bodies for name in facts_read(body)}
    wanted = {name for book in pair for name in with_sources(book, wanted)}
    one, other = (
        replace(book, facts={
            name: spec if not spec.derive or name in wanted else replace(spec, derive=()) for name, spec in book.facts.items()
        }) for book in pair
    )  # fmt: skip
    return one, other


def relevant(program: Program, found: Members | None, goal: str | None) -> set[str]:
    """Rules, definitions and decisions that a decision of a project of these industries rests on."""
    return {
        f"decision:{step.decision}" if step.decision is not None else step.name for step in program.plan(found, goal)
    }


def differences(before: Rulebook, after: Rulebook) -> list[LawItem]:
    """Everything that two frozen books say differently."""
    out: list[LawItem] = []
    lists = {
        name for name in {*before.lists, *after.lists}
        if _members(before.lists.get(name)) != _members(after.lists.get(name))
    }  # fmt: skip
    for name in sorted({*before.rules, *after.rules}):
        out += _rule(name, before, after)
    for name in sorted({*before.parameters, *after.parameters}):
        one, other = before.parameters.get(name), after.parameters.get(name)
        if _worth(one) != _worth(other):
            spec = other or one
            assert spec is not None
            cites = tuple(dict.fromkeys(cite for item in (other, one) if item for _, _, cite in item.values if cite))
            out.append(
                LawItem("parameter", name, _change(one, other), spec.zh, _said(one), _said(other), cites, at=spec.at)
            )
    for name in sorted(lists):
        item, new = before.lists.get(name), after.lists.get(name)
        kept = new or item
        assert kept is not None
        out.append(
            LawItem("list", name, _change(item, new), kept.title, _codes(item), _codes(new), kept.cites, at=kept.at)
        )
    for name in sorted({*before.definitions, *after.definitions}):
        one_body, other_body = before.definitions.get(name), after.definitions.get(name)
        if _bare(one_body.body if one_body else None) != _bare(other_body.body if other_body else None):
            definition = other_body or one_body
            assert definition is not None
            out.append(LawItem(
                "definition", name, _change(one_body, other_body), definition.title,
                expression_text(one_body.body) if one_body else None, expression_text(other_body.body) if other_body else None,
                at=definition.at,
            ))  # fmt: skip
    for kind, ones, others in (
        ("decision", before.decisions, after.decisions),
        ("vocabulary", before.vocabularies, after.vocabularies),
    ):
        for name in sorted({*ones, *others}):
            left, right = ones.get(name), others.get(name)
            if left != right:
                out.append(LawItem(kind, name, _change(left, right), getattr(right or left, "zh", name), None, None))
    for name in sorted({*before.facts, *after.facts}):
        mine, yours = before.facts.get(name), after.facts.get(name)
        if _derived(mine) != _derived(yours):
            fact = yours or mine
            assert fact is not None
            out.append(LawItem("fact", name, _change(mine, yours), fact.zh, None, None, at=fact.at))
    return out


def mixture(before: Rulebook, after: Rulebook, taken: Iterable[tuple[str, str]]) -> Rulebook:
    """The first frozen book with some items as the second has them, put in order anew (both are linked already).

    Items other than rules that only the second has come along: nothing reads them unless a taken rule does.
    """
    chosen = set(taken)
    parts: dict[str, dict[str, Any]] = {}
    for kind, field in (
        ("rule", "rules"), ("parameter", "parameters"), ("list", "lists"), ("definition", "definitions"),
        ("decision", "decisions"), ("vocabulary", "vocabularies"), ("fact", "facts"),
    ):  # fmt: skip
        ones, others = getattr(before, field), getattr(after, field)
        mixed = dict(ones)
        for name, item in others.items():
            if (kind, name) in chosen or (kind != "rule" and name not in ones):
                mixed[name] = item
        for name in ones:
            if (kind, name) in chosen and name not in others:
                del mixed[name]
        parts[field] = mixed
    lists = parts["lists"]
    for name, rule in parts["rules"].items():
        parts["rules"][name] = _without(replace(rule, when=_relisted(rule.when, lists)), parts["rules"])
    for name, definition in parts["definitions"].items():
        parts["definitions"][name] = replace(definition, body=_relisted(definition.body, lists))
    validity = {
        name: (after if ("rule", name) in chosen and name in after.validity else before).validity.get(name)
        or (date.min, None, date.min, date.min)
        for name in parts["rules"]
    }
    book = replace(
        before, rules=parts["rules"], parameters=parts["parameters"], lists=lists, definitions=parts["definitions"],
        decisions=parts["decisions"], vocabularies=parts["vocabularies"], facts=parts["facts"], validity=validity,
    )  # fmt: skip
    return replace(book, order=evaluation_order(book, []))


def _without(rule: Rule, rules: Collection[str]) -> Rule:
    """A rule that names only exceptions that are there: the others are not in force."""
    return replace(
        rule,
        unless=tuple(name for name in rule.unless if name in rules),
        overrides=tuple(name for name in rule.overrides if name in rules),
        replaces=(),
    )


def _relisted(node: Node, lists: dict[str, CodeList]) -> Node:
    def change(part: Node) -> Node:
        if not isinstance(part, Under) or part.listed is None or part.listed not in lists:
            return part
        found = lists[part.listed]
        return replace(part, codes=found.codes, open_codes=found.open_within)

    return rewritten(node, change)


def _change(before: object, after: object) -> str:
    return "added" if before is None else "removed" if after is None else "changed"


def _bare(node: Node | None) -> Node | None:
    """An expression without the codes of its lists, which are items of their own."""

    def change(part: Node) -> Node:
        return replace(part, codes=(), open_codes=()) if isinstance(part, Under) and part.listed is not None else part

    return None if node is None else rewritten(node, change)


def _weight(rule: Rule | None, book: Rulebook) -> Any:
    """What of a rule can decide something."""
    if rule is None:
        return None
    precedence = book.validity[rule.id][3] if rule.id in book.validity else None
    return (_bare(rule.when), rule.effects, rule.strength, set(book.exceptions(rule.id)), precedence)


def _rule(name: str, before: Rulebook, after: Rulebook) -> list[LawItem]:
    one, other = before.rules.get(name), after.rules.get(name)
    rule = other or one
    assert rule is not None
    heavy = _weight(one, before) != _weight(other, after)
    if not heavy and one == other:
        return []
    told = (_short(one), _short(other)) if heavy else (one.then if one else None, other.then if other else None)
    cites = tuple(dict.fromkeys([*(other.cites if other else ()), *(one.cites if one else ())]))
    return [LawItem("rule", name, _change(one, other), rule.title, *told, cites, not heavy, rule.at)]


def _short(rule: Rule | None) -> str | None:
    if rule is None:
        return None
    effects = "；".join(str(effect) for effect in rule.effects)
    return f"{expression_text(rule.when)} ⇒ {effects}（{rule.strength}）"


def _worth(spec: ParameterSpec | None) -> Any:
    return None if spec is None else (tuple(value for _, value, _ in spec.values), spec.table, spec.shape)


def _said(spec: ParameterSpec | None) -> str | None:
    if spec is None:
        return None
    scale = factor(spec.unit)[1] if spec.unit else 1
    if spec.table:
        return "、".join(f"{number_text(point.x)}→{number_text(point.y / scale)}" for point in spec.table)
    value = spec.values[0][1] if spec.values else None
    return "尚无值" if value is None else f"{number_text(value / scale)} {spec.unit}".strip()


def _members(item: CodeList | None) -> Any:
    return None if item is None else (item.vocab, frozenset(item.codes), frozenset(item.open_within))


def _codes(item: CodeList | None) -> str | None:
    if item is None:
        return None
    opened = f"；未决：{'、'.join(item.open_within)}" if item.open_within else ""
    return "、".join(item.codes[:12]) + ("…" if len(item.codes) > 12 else "") + opened


def _derived(spec: Any) -> Any:
    return None if spec is None else (spec.kind, spec.derive, spec.place)
