"""Generated rulebooks, expressions and incomplete worlds, shared by the property tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from greenrule.core.units import Quantity
from greenrule.rules.book import DecisionSpec, Derivation, FactSpec, ParameterSpec, Point, Rulebook, Vocabulary
from greenrule.rules.items import CodeList, Definition, Effect, Rule
from greenrule.rules.kinds import NUMBER, TRUTH, Kind
from greenrule.rules.link import link
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Fact,
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

MASS = Kind("quantity", dimension="[mass]/[civil_year]")
ON = date(2026, 11, 21)
TREE = Vocabulary("tree", {c: c for c in ("A", "1", "11", "111", "112", "12", "B", "2", "21")},
                  {"1": "A", "11": "1", "111": "11", "112": "11", "12": "1", "2": "B", "21": "2"})  # fmt: skip
COLOUR = Vocabulary("colour", {c: c for c in ("red", "green", "blue")})


def _fact(name: str, kind: Kind, unit: str = "") -> FactSpec:
    return FactSpec(name, kind, f"{name}（中）", name, f"{name}？", unit)


FACTS = {
    spec.id: spec
    for spec in (
        _fact("a", TRUTH), _fact("b", TRUTH), _fact("c", TRUTH), _fact("mass", MASS, "吨/年"), _fact("other", MASS, "吨/年"),
        _fact("count", NUMBER), _fact("colour", Kind("category", vocab="colour")), _fact("industry", Kind("set", vocab="tree")),
        _fact("day", Kind("date")),
    )
}  # fmt: skip
PARAMETERS = {
    "limit": ParameterSpec("limit", MASS, "限值", "吨/年", ((date(2020, 1, 1), Fraction(50_000), "x#1"),)),
    "later": ParameterSpec("later", MASS, "将来的限值", "吨/年", ((date(2030, 1, 1), Fraction(1), "x#1"),)),
    "stairs": ParameterSpec("stairs", NUMBER, "阶梯", "", table=(Point(Fraction(0), Fraction(1)), Point(Fraction(30_000), Fraction(2))), argument=MASS),
    "slope": ParameterSpec("slope", NUMBER, "折线", "", table=(Point(Fraction(0), Fraction(0)), Point(Fraction(60_000), Fraction(6))), shape="lines",
                           argument=MASS),
}  # fmt: skip
DECISIONS = {
    "access": DecisionSpec("access", "准入", (("allowed", "可"), ("restricted", "限"), ("prohibited", "禁")),
                           {"prohibit": "prohibited", "restrict": "restricted"}, default="allowed"),
}  # fmt: skip

#: Decisions that build on one another, replace and collect.
CHAIN = {
    **DECISIONS,
    "form": DecisionSpec("form", "形式", (("low", "低"), ("mid", "中"), ("high", "高")), {"classify": None}, {"exempt": "low", "simplify": None}, "low"),
    "final": DecisionSpec("final", "最终形式", (("low", "低"), ("mid", "中"), ("high", "高")), {}, {"simplify": None}, "low", base="form"),
    "route": DecisionSpec("route", "方式", (("quick", "快"),), {"simplify": None}, collect=True),
}  # fmt: skip
LISTS = {
    "open": CodeList("open", "tree", "未列全的名录", ("112",), ("11", "21")),
    "shut": CodeList("shut", "tree", "列全的名录", ("12", "2")),
}

amounts = st.integers(0, 60).map(lambda n: Amount(Fraction(n), "吨/年"))
masses = st.recursive(
    st.one_of(
        st.just(Fact("mass")), st.just(Fact("other")), amounts, st.just(Parameter("limit")), st.just(Parameter("later"))
    ),
    lambda inner: (
        st.builds(Arithmetic, st.sampled_from("+-"), inner, inner)
        | st.builds(lambda n, x: Arithmetic("*", Amount(Fraction(n)), x), st.integers(0, 3), inner)
    ),
    max_leaves=3,
)
numbers = st.one_of(
    st.just(Fact("count")), st.integers(0, 9).map(lambda n: Amount(Fraction(n))),
    st.builds(Table, st.sampled_from(("stairs", "slope")), st.sampled_from((Fact("mass"), Fact("other")))),
)  # fmt: skip
_OPS = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
_CODES = st.lists(st.sampled_from(sorted(TREE.labels)), min_size=1, max_size=3, unique=True).map(tuple)
atoms = st.one_of(
    st.sampled_from((Fact("a"), Fact("b"), Fact("c"))),
    st.builds(Compare, _OPS, masses, masses),
    st.builds(Compare, _OPS, numbers, numbers),
    st.builds(lambda op, n: Compare(op, Fact("day"), Day(date(2020, 1, 1 + n))), _OPS, st.integers(0, 5)),
    st.builds(In, st.just("colour"), st.lists(st.sampled_from(sorted(COLOUR.labels)), min_size=1, max_size=2, unique=True).map(tuple)),
    st.builds(Under, st.just("industry"), _CODES),
    st.booleans().map(Literal),
    st.just(Undecided("原文未定")),
)  # fmt: skip
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)
_VALUES = {
    "a": st.booleans(), "b": st.booleans(), "c": st.booleans(),
    "mass": st.integers(0, 60).map(lambda n: Quantity(Fraction(n), "吨/年")),
    "other": st.integers(0, 60).map(lambda n: Quantity(Fraction(n), "吨/年")),
    "count": st.integers(0, 9).map(Fraction), "colour": st.sampled_from(sorted(COLOUR.labels)),
    "industry": st.frozensets(st.sampled_from(sorted(TREE.labels)), min_size=1, max_size=2),
    "day": st.integers(1, 6).map(lambda n: date(2020, 1, n)),
}  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, complete: bool = False) -> dict[str, object]:
    """Facts of one situation; some are missing unless `complete`."""
    return {name: draw(values) for name, values in _VALUES.items() if complete or draw(st.booleans())}


def rule(name: str, when: Node, *effects: Effect, **rest: object) -> Rule:
    """A rule that says little more than its condition."""
    return Rule(
        name,
        f"规则{name}",
        "project",
        when,
        effects or (Effect("prohibit", "access"),),
        "结果",
        "mandatory",
        ("x#1",),
        **rest,
    )  # type: ignore[arg-type]


#: The same facts, some of which follow from others: `b` needs `a`; `other` is `mass` where it is red, and nought without `c`.
DERIVING = {
    **FACTS,
    "b": replace(FACTS["b"], derive=(Derivation(Literal(False), Not(Fact("a"))),)),
    "other": replace(FACTS["other"], derive=(Derivation(Fact("mass"), In("colour", ("red",))),
                                             Derivation(Amount(Fraction(0), "吨/年"), And((Not(Fact("c")), Not(In("colour", ("red",)))))))),
}  # fmt: skip


def book(
    *rules: Rule,
    decisions: dict[str, DecisionSpec] | None = None,
    definitions: tuple[Definition, ...] = (),
    facts: dict[str, FactSpec] = FACTS,
) -> Rulebook:
    """A linked rulebook over the facts of this file; it must have no faults."""
    faults: list = []
    linked = link(
        Rulebook(
            facts,
            PARAMETERS,
            LISTS,
            decisions or DECISIONS,
            {"tree": TREE, "colour": COLOUR},
            {d.name: d for d in definitions},
            {r.id: r for r in rules},
        ),
        faults,
    )
    assert not faults, [str(fault) for fault in faults]
    return linked


@st.composite
def rulebooks(draw: st.DrawFn, facts: dict[str, FactSpec] = FACTS) -> Rulebook:
    """A few rules; later ones may refer to earlier ones and be exceptions to them."""
    rules: list[Rule] = []
    for number in range(draw(st.integers(1, 4))):
        when = draw(expressions)
        earlier = [r.id for r in rules]
        if earlier and draw(st.booleans()):
            when = And((when, Applies(draw(st.sampled_from(earlier)))))
        overrides = (
            (draw(st.sampled_from(earlier)),) if earlier and draw(st.booleans()) and not isinstance(when, And) else ()
        )
        verb = draw(st.sampled_from(("prohibit", "restrict")))
        rules.append(rule(f"r{number}", when, Effect(verb, "access"), overrides=overrides))
    return book(*rules, facts=facts)


_EFFECTS = (Effect("prohibit", "access"), Effect("restrict", "access"), Effect("classify", "form", "mid"), Effect("classify", "form", "high"),
            Effect("exempt", "form"), Effect("simplify", "final", "mid"), Effect("simplify", "route", "quick"))  # fmt: skip


@st.composite
def chains(draw: st.DrawFn) -> Rulebook:
    """Rulebooks with everything in them: definitions, lists, exceptions, otherwise rows, decisions that others read."""
    listed = st.sampled_from((Under("industry", (), (), "open"), Under("industry", (), (), "shut")))
    definitions: list[Definition] = []
    for number in range(draw(st.integers(0, 2))):
        body = draw(expressions)
        if definitions and draw(st.booleans()):
            body = Or((Fact(definitions[0].name), body))
        definitions.append(Definition(f"d{number}", f"定义{number}", body))
    rules: list[Rule] = []
    for number in range(draw(st.integers(1, 6))):
        effect = draw(st.sampled_from(_EFFECTS))
        before = [r for r in rules if _rank(r) <= _rank_of(effect)]
        parts = [draw(st.one_of(expressions, listed))]
        parts += [Fact(draw(st.sampled_from(definitions)).name)] if definitions and draw(st.booleans()) else []
        parts += (
            [draw(st.sampled_from((Not(Applies(before[-1].id)), Applies(before[0].id))))]
            if before and draw(st.booleans())
            else []
        )
        lower = [name for name in ("access", "form") if _ORDER.index(name) < _rank_of(effect)]
        if lower and draw(st.booleans()):
            decision = draw(st.sampled_from(lower))
            values = [name for name, _ in CHAIN[decision].values]
            parts.append(
                In(decision, tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))))
            )
        draw(st.randoms()).shuffle(parts)
        joined = draw(st.sampled_from((And, Or)))
        when = parts[0] if len(parts) == 1 else joined(tuple(parts))
        unless = (draw(st.sampled_from(before)).id,) if before and draw(st.booleans()) else ()
        rules.append(rule(f"r{number}", when, effect, unless=unless))
    return book(*rules, decisions=CHAIN, definitions=tuple(definitions))


_ORDER = ("access", "form", "final", "route")


def _rank_of(effect: Effect) -> int:
    return _ORDER.index(effect.decision)


def _rank(item: Rule) -> int:
    return _rank_of(item.effects[0])
