"""Generated rulebooks that use the whole language: derived facts, layered decisions, otherwise-rows, rules on decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from greenrule.rules.book import DecisionSpec, Derivation, FactSpec, Rulebook
from greenrule.rules.items import Definition, Effect, Rule
from greenrule.rules.kinds import Kind
from greenrule.rules.link import link
from greenrule.rules.nodes import (
    And,
    Applies,
    Arithmetic,
    Compare,
    Decided,
    Defined,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Table,
    Under,
)  # fmt: skip
from tests.strategies import _VALUES, COLOUR, FACTS, PARAMETERS, TREE, expressions, masses, numbers

_OPS = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
_LADDER = (("none", "无"), ("registration", "登记"), ("form", "表"), ("book", "书"))
DECISIONS = {
    spec.id: spec
    for spec in (
        DecisionSpec("access", "准入", (("allowed", "可"), ("restricted", "限"), ("prohibited", "禁")),
                     {"prohibit": "prohibited", "restrict": "restricted"}, default="allowed",
                     by_strength={"in_principle": {"prohibit": "restricted"}}),
        DecisionSpec("listed", "名录", _LADDER, {"classify": None}, default="none"),
        DecisionSpec("final", "形式", _LADDER, {"assess": None}, {"exempt": "none", "simplify": None}, default="registration",
                     base="listed"),
        DecisionSpec("level", "层级", (("county", "县"), ("city", "市"), ("province", "省")), {"classify": None}, {"delegate": None}),
        DecisionSpec("duties", "要求", (), {"require": None}, collect=True),
    )
}  # fmt: skip
_EFFECTS = st.one_of(
    st.builds(Effect, st.sampled_from(("prohibit", "restrict")), st.just("access")),
    st.builds(Effect, st.just("classify"), st.just("listed"), st.sampled_from([value for value, _ in _LADDER])),
    st.builds(Effect, st.just("assess"), st.just("final"), st.sampled_from([value for value, _ in _LADDER])),
    st.just(Effect("exempt", "final")),
    st.builds(Effect, st.just("simplify"), st.just("final"), st.sampled_from([value for value, _ in _LADDER])),
    st.builds(Effect, st.sampled_from(("classify", "delegate")), st.just("level"), st.sampled_from(("county", "city", "province"))),
    st.just(Effect("require", "duties")),
)  # fmt: skip


@st.composite
def _derivations(draw: st.DrawFn, spec: FactSpec) -> tuple[Derivation, ...]:
    """How a fact follows from others; it may lead round in circles, as packs may by mistake."""
    form = spec.kind.form
    out = []
    for _ in range(draw(st.integers(0, 2))):
        if form == "truth":
            value: Node = draw(st.one_of(st.booleans().map(Literal), expressions))
        elif form == "quantity":
            value = draw(masses)
        elif form == "number":
            value = draw(numbers)
        else:
            value = Fact(draw(st.sampled_from([name for name, other in FACTS.items() if other.kind == spec.kind])))
        out.append(Derivation(value, draw(st.one_of(st.none(), expressions))))
    return tuple(out)


#: What no cut on one column can say: products of facts, tables of sums, tables of tables' arguments on both sides.
_PUZZLES = st.one_of(
    st.builds(lambda op, x, y: Compare(op, Arithmetic("*", Fact("count"), x), y), _OPS, masses, masses),
    st.builds(lambda op, name, x, y: Compare(op, Table(name, x), y), _OPS, st.sampled_from(("stairs", "slope")), masses, numbers),
    st.builds(lambda op, x: Compare(op, Fact("day"), x), _OPS, st.just(Fact("day"))),
)  # fmt: skip

_NAMED = (
    Defined("named"),
    In("shade", ("red",)),
    Under("colour", ("red", "blue")),
    Not(Under("industry", ("11",), ("A",))),
)
EXTRA = {"shade": FactSpec("shade", Kind("category", vocab="colour"), "底色", "shade", "？")}
VALUES = {**_VALUES, "shade": st.sampled_from(sorted(COLOUR.labels))}


@st.composite
def wide_worlds(draw: st.DrawFn) -> dict[str, object]:
    """Facts of one situation; some are missing, some are said to be unknown."""
    return {name: draw(st.one_of(values, st.none())) for name, values in VALUES.items() if draw(st.booleans())}


@st.composite
def wide_rulebooks(draw: st.DrawFn) -> Rulebook:
    """A few rules over all decisions; later ones refer to earlier ones, to definitions and to decisions."""
    facts = {name: replace(spec, derive=draw(_derivations(spec)) if draw(st.integers(0, 2)) == 0 else ())
             for name, spec in {**FACTS, **EXTRA}.items()}  # fmt: skip
    definitions = {"named": Definition("named", "所称", draw(expressions))}
    rules: dict[str, Rule] = {}
    for number in range(draw(st.integers(1, 6))):
        name = f"r{number}"
        earlier = sorted(rules)
        parts: list[Node] = [draw(expressions)]
        if draw(st.booleans()):
            parts.append(draw(st.one_of(_PUZZLES, st.sampled_from(_NAMED))))
        for other in draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else ():
            parts.append(draw(st.sampled_from((Applies(other), Not(Applies(other))))))
        effects = tuple(draw(st.lists(_EFFECTS, min_size=1, max_size=2)))
        if number >= 4 and not any(effect.decision == "access" for effect in effects):
            parts.append(Decided("access", draw(st.sampled_from((("allowed",), ("restricted", "prohibited"))))))
        unless = tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))) if earlier and draw(
            st.integers(0, 3)) == 0 else ()  # fmt: skip
        when = parts[0] if len(parts) == 1 else And(tuple(parts))
        strength = draw(st.sampled_from(("mandatory", "in_principle")))
        rules[name] = Rule(name, f"规则{name}", "project", when, effects, "结果", strength, ("x#1",), unless=unless)
    linked = _linked(facts, definitions, rules)
    days = st.sampled_from((date(2020, 1, 1), date(2025, 6, 1), date(2027, 1, 1)))
    validity = {
        name: (draw(days), draw(st.one_of(st.none(), st.just(date(2026, 1, 1)))), draw(days), draw(days))
        for name in rules
    }
    return replace(linked, validity=validity if draw(st.booleans()) else {})


def _linked(facts, definitions, rules) -> Rulebook:
    """Linked; a rule on a decision that it leads round to is asked without it."""
    vocabularies = {"tree": TREE, "colour": COLOUR}
    faults: list = []
    linked = link(Rulebook(facts, PARAMETERS, {}, DECISIONS, vocabularies, definitions, rules), faults)
    if any(fault.code == "R025" for fault in faults):
        plain = {name: replace(rule, when=_without_decisions(rule.when)) for name, rule in rules.items()}
        faults = []
        linked = link(Rulebook(facts, PARAMETERS, {}, DECISIONS, vocabularies, definitions, plain), faults)
    assert not faults, [str(fault) for fault in faults]
    return linked


def _without_decisions(node: Node) -> Node:
    if isinstance(node, And):
        return And(tuple(part for part in node.parts if not isinstance(part, Decided)))
    return node
