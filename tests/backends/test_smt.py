"""The SMT machine says the same as the scalar machine, of every rule, decision and candidate, in every situation."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from types import SimpleNamespace

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.questions import Prover
from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.smt import Smt
from greenrule.backends.worlds import World, conj, disj, formula, known_facts, neg
from greenrule.casework.situation import Machine
from greenrule.core.units import Quantity
from greenrule.packs.book import default_packs
from greenrule.packs.compiled import load_law
from greenrule.rules.book import DatedTable, DecisionSpec, Derivation, Point, Rulebook
from greenrule.rules.items import Effect
from greenrule.rules.nodes import Amount, And, Applies, Compare, Fact, In, Literal, Not, Table, Under
from tests.strategies import FACTS, ON, PARAMETERS, book, expressions, rule, rulebooks, worlds

FORM = DecisionSpec("form", "形式", (("none", "无"), ("form", "表"), ("book", "书")), {"classify": None},
                    {"exempt": "none", "simplify": None}, default="form")  # fmt: skip
FINAL = DecisionSpec(
    "final", "终", FORM.values, {"require": None}, {"exempt": "none", "simplify": None}, base="form", default="none"
)
LEVEL = DecisionSpec("level", "层级", (("city", "市"), ("province", "省")), {"classify": None}, {"delegate": None})
TOLD = DecisionSpec("told", "告知", collect=True, verbs={"require": None})
SPOKEN = {"form": FORM, "final": FINAL, "level": LEVEL, "told": TOLD}
_PLAIN = st.sampled_from((Fact("a"), Fact("b"), Fact("c"), Not(Fact("a")), Literal(True)))
_VOICES = st.one_of(
    st.builds(lambda v: Effect("classify", "form", v), st.sampled_from(("none", "form", "book"))),
    st.builds(lambda v: Effect("simplify", "form", v), st.sampled_from(("none", "form", "book"))),
    st.builds(lambda v: Effect("require", "final", v), st.sampled_from(("none", "form", "book"))),
    st.builds(lambda v: Effect("simplify", "final", v), st.sampled_from(("none", "form"))),
    st.just(Effect("exempt", "final")),
    st.builds(lambda v: Effect("classify", "level", v), st.sampled_from(("city", "province"))),
    st.builds(lambda v: Effect("delegate", "level", v), st.sampled_from(("city", "province"))),
    st.just(Effect("require", "told")),
)


@st.composite
def deciding_books(draw: st.DrawFn) -> Rulebook:
    """Rules on decisions of every sort: layers, bases, no default, otherwise rows, exceptions, references to decisions, days of issue."""
    rules = []
    for number in range(draw(st.integers(2, 8))):
        when = draw(st.one_of(_PLAIN, _PLAIN, expressions))
        effect = draw(_VOICES)
        # What a decision rests on must not wait for that decision.
        free = [item.id for item in rules if not any(isinstance(node, (Applies, In)) for node in item.when.walk())]
        earlier = free if effect.decision in ("form", "level") else [item.id for item in rules]
        if earlier and draw(st.booleans()):
            when = And((when, Not(Applies(draw(st.sampled_from(earlier))))))
        if effect.decision in ("final", "told") and draw(st.booleans()):
            when = And((when, In("form", (draw(st.sampled_from(("none", "book"))),))))
        if effect.decision == "told" and draw(st.booleans()):
            when = And((when, In("level", ("city",))))
        others = (
            (draw(st.sampled_from(earlier)),) if earlier and effect.decision == "told" and draw(st.booleans()) else ()
        )
        rules.append(rule(f"r{number}", when, effect, unless=others))
    linked = book(*rules, decisions=SPOKEN)
    issued = {item.id: date(2020 + draw(st.integers(0, 2)), 1, 1) for item in rules}
    ends = {item.id: date(2025, 1, 1) if draw(st.integers(0, 5)) == 0 else None for item in rules}
    object.__setattr__(linked, "validity", {name: (day, ends[name], day, day) for name, day in issued.items()})
    return linked


def situation(smt: Smt, world: dict[str, object], sound: bool = False) -> z3.ModelRef:
    """The model in which exactly these facts are known (and what they tell holds together, if `sound`)."""
    solver = z3.Solver()
    solver.add(smt.axioms() if sound else [])
    for name, variable in smt.world.variables.items():
        solver.add(variable.known if name in world else z3.Not(variable.known))
        if name in world:
            solver.add(smt.world.equals(name, world[name]))
    assert solver.check() == z3.sat
    return solver.model()


def value(model: z3.ModelRef, part: object) -> bool:
    """A formula in a model."""
    return z3.is_true(model.eval(formula(part), model_completion=True))


def told(smt: Smt, model: z3.ModelRef) -> dict[str, object]:
    """Truths of all rules and candidates of all decisions, read from a model."""
    out: dict[str, object] = {}
    for name in smt.book.rules:
        pair = smt.rule(name)
        true, false = value(model, pair.true), value(model, pair.false)
        assert not (true and false), f"{name} is true and false at once"
        out[name] = 2 if true else 0 if false else 1
    for name, spec in smt.book.decisions.items():
        if not spec.collect:
            out[name] = {item for item, way in smt.can(name).items() if value(model, way)}
    return out


def answered(program: Program, values: dict[str, object]) -> dict[str, object]:
    """The same from the scalar machine."""
    answer = program.run(values)
    out: dict[str, object] = {name: int(answer.truth(name)) for name in program.book.rules}
    out.update(
        {name: set(answer.outcomes[name].candidates) for name, s in program.book.decisions.items() if not s.collect}
    )
    return out


@given(book=rulebooks(), world=worlds())
@settings(max_examples=80)
def test_both_machines_agree_on_every_rule_in_every_situation(book, world):
    """Unknown facts, coarse and several industries, tables, arithmetic, parameters of other days, exceptions."""
    smt = Smt(book, ON, incomplete=True, derive=False, world=World(book, leaves=False))

    assert told(smt, situation(smt, world)) == answered(smt.program, encode(book, world))


@given(book=deciding_books(), world=worlds())
@settings(max_examples=120)
def test_both_machines_agree_on_every_decision(book, world):
    """Layers, floors, bases, replacements by newness, values that nothing says, rules out of force."""
    smt = Smt(book, ON, incomplete=True, derive=False, world=World(book, leaves=False))

    assert told(smt, situation(smt, world)) == answered(smt.program, encode(book, world))


@pytest.mark.parametrize("days", [(1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 1, 2)])
def test_replacements_by_age_and_strictness_in_every_combination_of_truths(days):
    """Three replacing voices, each true, false and unknown, equally new and not."""
    effects = [Effect("simplify", "form", item) for item in ("book", "none", "form")]
    linked = book(*(rule(f"r{n}", Fact("abc"[n]), effect) for n, effect in enumerate(effects)), decisions=SPOKEN)
    issued = [date(2020, 1, day) for day in days]
    linked = replace(linked, validity={f"r{n}": (day, None, day, day) for n, day in enumerate(issued)})
    smt = Smt(linked, ON, incomplete=True)

    for truths in itertools.product((True, False, None), repeat=3):
        world = {name: truth for name, truth in zip("abc", truths, strict=True) if truth is not None}
        assert told(smt, situation(smt, world)) == answered(smt.program, encode(linked, world)), world


@given(book=deciding_books(), world=worlds(complete=True))
@settings(max_examples=40)
def test_a_world_in_which_all_is_known_needs_no_flags(book, world):
    """The classical reading is the incomplete one with everything known."""
    world = {**world, "industry": frozenset({"111"})}
    smt = Smt(book, ON)

    assert told(smt, situation(smt, world)) == answered(smt.program, encode(book, world))


@pytest.mark.parametrize("shape", ["stairs", "slope"])
@pytest.mark.parametrize("tonnes", [0, 15, 29, 30, 31, 59, 60, 61])
def test_tables_are_the_same_on_and_beside_their_points(shape, tonnes):
    """Steps and lines, at the points, between them and beyond the last."""
    world = {"mass": Quantity(Fraction(tonnes), "吨/年"), "count": Fraction(3, 2)}
    rules = [
        rule(f"r{n}", Compare(op, Table(shape, Fact("mass")), right))
        for n, (op, right) in enumerate(
            (op, right)
            for op in ("<", "==", ">")
            for right in (Fact("count"), *(Amount(Fraction(k)) for k in range(8)))
        )
    ]
    smt = Smt(book(*rules), ON, incomplete=True, derive=False)

    assert told(smt, situation(smt, world)) == answered(smt.program, encode(smt.book, world))


def test_a_table_and_a_derivation_are_those_of_the_day():
    """Two editions of a table, and a derivation that begins later, asked before and after: both machines look at the day."""
    table = replace(
        PARAMETERS["stairs"],
        tables=(
            DatedTable(None, (Point(Fraction(0), Fraction(1)), Point(Fraction(10_000), Fraction(2))), "x#1"),
            DatedTable(date(2024, 1, 1), PARAMETERS["stairs"].table, "x#2"),
        ),
    )
    facts = {**FACTS, "b": replace(FACTS["b"], derive=(Derivation(Literal(False), Not(Fact("a")), date(2024, 1, 1)),))}
    linked = book(rule("r", Compare("==", Table("stairs", Fact("mass")), Amount(Fraction(2)))), facts=facts)
    linked = replace(linked, parameters={**linked.parameters, "stairs": table})
    twenty = {"mass": Quantity(Fraction(20), "吨/年"), "a": False, "b": True}
    for on, holds, sound in ((date(2023, 12, 31), True, True), (date(2024, 1, 1), False, False)):
        prover = Prover(linked, on)
        for smt in (Smt(linked, on), prover.smt):
            stated = [smt.world.equals(name, value) for name, value in twenty.items()]
            solver = z3.Solver()
            solver.add(*stated, formula(smt.rule("r").true))
            assert (solver.check() == z3.sat) is holds
            assert Program(linked, on).run(encode(linked, twenty)).truth("r").word == ("true" if holds else "false")
        assert (prover.check(*stated, once=True)[0] == "sat") is sound


def test_facts_follow_from_facts_that_follow():
    """A chain of derivations written from its end to its beginning takes three rounds, and no more are made."""
    chain = {
        "a": (Derivation(Literal(True), Fact("b")),), "b": (Derivation(Literal(True), Fact("c")),),
        "c": (Derivation(Literal(True), Compare(">=", Fact("mass"), Fact("other"))),),
        "mass": (Derivation(Fact("other"), In("colour", ("red",))),),
    }  # fmt: skip
    linked = book(rule("r", Fact("a")))
    facts = {name: replace(spec, derive=chain.get(name, ())) for name, spec in linked.facts.items()}
    linked = replace(linked, facts=facts)
    smt = Smt(linked, ON, incomplete=True)
    more, less = Quantity(Fraction(9), "吨/年"), Quantity(Fraction(1), "吨/年")

    for world, expected in (
        ({"mass": more, "other": less}, "a b c mass"),
        ({"other": less, "colour": "red"}, "b c mass"),
    ):
        model = situation(smt, world, sound=True)
        _, derived = Machine(SimpleNamespace(book=linked), ON).complete(world)

        assert {name for name in chain if value(model, smt.known[name])} == set(expected.split())
        assert {name for name in chain if name in derived or name in world} == set(expected.split())


@pytest.fixture(scope="module")
def machine() -> Machine:
    """The rulebook of the software."""
    return Machine(load_law(default_packs()), ON)


@pytest.mark.parametrize("seed", range(6))
def test_both_machines_agree_on_the_whole_law_with_what_follows_from_known_facts(machine, seed):
    """Random sound worlds of which random parts are known: derived facts, truths and candidates are the same."""
    random = Random(seed)
    book = machine.law.book
    whole = Smt(book, ON, program=machine.program)
    partly = Smt(book, ON, incomplete=True, world=whole.world, program=machine.program)
    solver = z3.Solver()
    solver.add(whole.axioms())
    wishes = [
        variable.value if random.random() < 0.4 else z3.Not(variable.value) for variable in whole.world.variables.values()
        if variable.spec.kind.form == "truth"
    ] + [v.value >= random.choice((0, 1, 10**4, 10**9)) for v in whole.world.variables.values() if v.spec.kind.form == "quantity"]  # fmt: skip
    wishes += [
        random.choice(whole.world.variables["industry"].classes),
        random.choice(whole.world.variables["nature"].classes),
    ]
    random.shuffle(wishes)
    for wish in wishes:  # as many as can hold together
        if solver.check(wish) == z3.sat:
            solver.add(wish)
    share = random.choice((0.1, 0.5, 0.9))
    for variable in whole.world.variables.values():
        solver.add(variable.known == (random.random() < share or variable.spec.id == "industry"))
    assert solver.check() == z3.sat
    model = solver.model()
    given = known_facts(whole.world, model, {name: v.known for name, v in whole.world.variables.items()})
    values, derived = machine.complete(given)

    assert known_facts(whole.world, model, partly.known).keys() == given.keys() | derived.keys()
    assert all(whole.world.read(model, name) == known.value for name, known in derived.items())
    assert told(partly, model) == answered(machine.program, values)


def test_a_derivation_that_contradicts_is_no_world():
    """The axioms hold what follows from what: a new project adds capacity."""
    book = load_law(default_packs()).book
    smt = Smt(book, ON)
    solver = z3.Solver()
    solver.add(smt.axioms())
    new = smt.world.equals("nature", "new")

    assert solver.check(new, smt.world.equals("adds_capacity", True)) == z3.sat
    assert solver.check(new, smt.world.equals("adds_capacity", False)) == z3.unsat


def test_codes_that_no_rule_tells_apart_share_a_variable_and_new_questions_part_them():
    """`extra` names what a question asks beyond the rules."""
    linked = book(rule("r", Under("industry", ("1",))))
    plain, finer = World(linked), World(linked, [Under("industry", ("111",))])

    assert [set(codes) for codes in plain.classes["tree"].codes] == [{"111", "112", "12"}, {"21"}]
    assert {"111"} in [set(codes) for codes in finer.classes["tree"].codes]
    with pytest.raises(LookupError):
        Smt(linked, ON, world=plain).run(Under("industry", ("111",)))
    with pytest.raises(ValueError, match="1"):
        plain.equals("industry", frozenset({"1"}))


def test_a_world_reads_back_what_was_said_of_it():
    """Every kind of fact, from the facts' words to the solver and back."""
    linked = book(
        rule("r", Fact("a")), rule("s", Under("industry", ("111", "12"))), rule("t", Under("industry", ("B",)))
    )
    smt = Smt(linked, ON)
    said = {"a": True, "mass": Quantity(Fraction(7, 3), "吨/年"), "count": Fraction(5, 7), "colour": "green", "day": date(2020, 1, 3),
            "industry": frozenset({"111", "21"})}  # fmt: skip
    solver = z3.Solver()
    solver.add(smt.axioms())
    solver.add(*(smt.world.equals(name, item) for name, item in said.items()))
    assert solver.check() == z3.sat
    found = smt.world.facts(solver.model(), said)

    # No rule asks for colours: they are all one class, which its first code stands for.
    assert found == {**said, "colour": next(iter(linked.vocabularies["colour"].labels))}


def test_constants_fold():
    """Nothing that Python knows reaches the solver."""
    a = z3.Bool("a")

    assert conj(True, True) is True
    assert conj(a, False) is False
    assert disj(a, True) is True
    assert neg(neg(a)).eq(a)
