"""Whatever can be said in the language means the same in the generated code and in the tracer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.backends.writer import lookup
from greenrule.core.truth import Truth
from greenrule.core.units import Quantity
from greenrule.rules.book import Point
from greenrule.rules.items import Effect
from greenrule.rules.nodes import Amount, Compare, Fact, Not, Table, Under
from tests.strategies import ON, PARAMETERS, book, expressions, rule, rulebooks, worlds

#: a table that knows nothing of any amount the tests use
BEYOND = (Point(Fraction(10**12), Fraction(0)),)


@given(book=rulebooks(), world=worlds())
@settings(max_examples=300, deadline=None)
def test_generated_code_and_tracer_agree(book, world):
    """Both readings of every rule give the same truth, exceptions and references included."""
    program = Program(book, ON)
    values = encode(book, world)
    answer = program.run(values)
    tracer = explain(program, values, answer)

    assert {name: tracer.rule(name).value for name in book.rules} == {
        name: int(answer.truth(name)) for name in book.rules
    }


@given(when=expressions, world=worlds(), more=worlds(complete=True))
@settings(max_examples=300, deadline=None)
def test_knowing_more_never_takes_back_a_verdict(when, world, more):
    """Kleene's law: a true or false answer stays when missing facts become known."""
    linked = book(rule("r", when))
    program = Program(linked, ON)
    before = program.run(encode(linked, world)).truth("r")
    after = program.run(encode(linked, {**more, **world})).truth("r")

    assert before is Truth.UNKNOWN or before is after


@given(when=expressions, world=worlds())
@settings(max_examples=200, deadline=None)
def test_negation_is_an_involution(when, world):
    """`not X` is 2 − x, whatever X is."""
    linked = book(rule("yes", when), rule("no", Not(when)))
    answer = Program(linked, ON).run(encode(linked, world))

    assert answer.truths.get("yes", 0) + answer.truths.get("no", 0) == 2


@given(when=expressions, world=worlds())
@settings(max_examples=200, deadline=None)
def test_the_trace_of_an_unknown_names_what_is_missing(when, world):
    """An unknown answer always has a missing fact, a parameter without value or an open text behind it."""
    linked = book(rule("r", when))
    program = Program(linked, ON)
    values = encode(linked, world)
    seen = explain(program, values, program.run(values)).rule("r")

    if seen.value == 1:
        coarse = any(read.id == "industry" for read in seen.reads)
        outside = any(read.sort == "parameter" for read in seen.reads)
        assert coarse or outside or any(read.value is None for read in seen.reads)


@given(when=expressions, world=worlds())
@settings(max_examples=200, deadline=None)
def test_the_deciding_facts_alone_give_the_same_answer(when, world):
    """What the trace calls deciding does decide: without all other facts the verdict is the same."""
    linked = book(rule("r", when))
    program = Program(linked, ON)
    values = encode(linked, world)
    seen = explain(program, values, program.run(values)).rule("r")
    deciding = {read.id for read in seen.reads if read.sort == "fact"}
    again = program.run(encode(linked, {name: value for name, value in world.items() if name in deciding}))

    assert int(again.truth("r")) == seen.value


@given(when=expressions, world=worlds())
@settings(max_examples=200, deadline=None)
def test_the_named_parameters_alone_give_the_same_answer(when, world):
    """A parameter that the trace does not name took no part: without its value the verdict is the same."""
    linked = book(rule("r", when))
    values = encode(linked, world)
    program = Program(linked, ON)
    seen = explain(program, values, program.run(values)).rule("r")
    named = {read.id for read in seen.reads if read.sort == "parameter"}
    fewer = {
        name: spec if name in named else replace(spec, values=(), table=spec.table and BEYOND)
        for name, spec in linked.parameters.items()
    }

    assert int(Program(replace(linked, parameters=fewer), ON).run(values).truth("r")) == seen.value


def test_what_a_table_gave_is_in_the_trace():
    """With the value it was looked up at, and where the table stands."""
    spec = replace(PARAMETERS["stairs"], cite="x#7")
    linked = book(rule("r", Compare("==", Table("stairs", Fact("mass")), Amount(Fraction(2)))))
    program = Program(replace(linked, parameters={**linked.parameters, "stairs": spec}), ON)
    values = encode(linked, {"mass": Quantity(Fraction(40), "吨/年")})
    seen = explain(program, values, program.run(values)).rule("r")

    assert [(read.sort, read.id, read.value, read.cite) for read in seen.reads] == [
        ("fact", "mass", 40_000, None), ("parameter", "stairs", 2, "x#7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        ({"111"}, Truth.TRUE),
        ({"11"}, Truth.TRUE),
        ({"1"}, Truth.UNKNOWN),
        ({"A"}, Truth.UNKNOWN),
        ({"12"}, Truth.FALSE),
        ({"2", "112"}, Truth.TRUE),
    ],
)
def test_a_coarse_code_decides_nothing_about_a_fine_one(given, truth):
    """A project that says only `1` may or may not be an `11`."""
    linked = book(rule("r", Under("industry", ("11",))))

    assert Program(linked, ON).run(encode(linked, {"industry": frozenset(given)})).truth("r") is truth


def test_open_codes_are_unknown():
    """What the text leaves open with 等 is unknown inside the bound, false outside."""
    linked = book(rule("r", Under("industry", ("111",), ("1",))))
    truths = [
        Program(linked, ON).run(encode(linked, {"industry": frozenset({code})})).truth("r").word
        for code in ("111", "12", "21")
    ]

    assert truths == ["true", "unknown", "false"]


def test_an_exception_turns_a_rule_off_and_an_unknown_exception_leaves_it_open():
    """`unless` with Kleene truth."""
    linked = book(rule("main", Fact("a"), unless=("but",)), rule("but", Fact("b"), Effect("restrict", "access")))
    program = Program(linked, ON)
    truth = [
        program.run(encode(linked, {"a": True, **more})).truth("main").word for more in ({"b": True}, {"b": False}, {})
    ]

    assert truth == ["false", "true", "unknown"]


@given(tonnes=st.integers(0, 200))
def test_thresholds_are_exact_in_any_unit(tonnes):
    """90 000 t is 9 万吨 and 90 000 000 kg, to the last bit."""
    linked = book(rule("r", Fact("a")))
    in_wan = encode(linked, {"mass": Quantity(Fraction(tonnes, 10_000), "万吨/年")})
    in_tonnes = encode(linked, {"mass": Quantity(Fraction(tonnes), "吨/年")})

    assert in_wan == in_tonnes


def test_steps_hold_from_their_point_and_lines_join():
    """The two shapes of a piecewise table, and unknown below the first point or beyond the last line."""
    assert [lookup(PARAMETERS["stairs"], x) for x in (-1, 0, 29_999, 30_000)] == [None, 1, 1, 2]
    assert [lookup(PARAMETERS["slope"], x) for x in (0, 30_000, 60_000, 60_001)] == [0, 3, 6, None]


def test_rules_answer_for_their_day_and_for_the_day_of_knowledge():
    """Two clocks: in force on a day, known on a day."""
    from dataclasses import replace

    linked = replace(
        book(rule("r", Fact("a"))),
        validity={"r": (date(2022, 1, 1), date(2025, 12, 31), date(2022, 4, 12), date(2022, 1, 1))},
    )
    live = [
        Program(linked, on, known).in_force("r")
        for on, known in (
            (date(2021, 12, 31), None),
            (date(2022, 1, 1), None),
            (date(2026, 1, 1), None),
            (date(2023, 1, 1), date(2022, 4, 11)),
        )
    ]

    assert live == [False, True, False, False]


def test_an_otherwise_row_is_a_floor_while_the_stricter_row_is_unknown():
    """其他 → 报告表: with the 报告书 row unknown the form is at least a 报告表."""
    from greenrule.rules.nodes import And, Applies
    from greenrule.rules.parser import parse_expression

    item = parse_expression("industry under 11 and a", "x", [])
    other = And((Under("industry", ("11",)), Not(Applies("strict"))))
    linked = book(rule("strict", item), rule("other", other, Effect("restrict", "access")))
    outcome = Program(linked, ON).run(encode(linked, {"industry": frozenset({"11"})})).outcomes["access"]

    assert outcome.candidates == ("restricted", "prohibited")
    assert Program(linked, ON).run(encode(linked, {})).outcomes["access"].candidates == (
        "allowed",
        "restricted",
        "prohibited",
    )


@given(
    book=rulebooks(),
    world=worlds(),
    other=worlds(complete=True),
    name=st.sampled_from(("a", "mass", "colour", "day", "count")),
)
@settings(max_examples=200)
def test_asking_again_after_one_change_is_asking_afresh(book, world, other, name):
    """`rerun` evaluates only what reads the fact, and gets the same answer as the whole rulebook."""
    program = Program(book, ON)
    before = program.run(encode(book, world))
    changed = encode(book, {**world, name: other[name]})
    again, afresh = program.rerun(changed, before, frozenset({name})), program.run(changed)

    assert again.outcomes == afresh.outcomes
    assert {rule: again.truth(rule) for rule in book.rules} == {rule: afresh.truth(rule) for rule in book.rules}


@given(book=rulebooks(), world=worlds())
@settings(max_examples=100)
def test_a_goal_gets_the_same_outcome_as_the_whole(book, world):
    """Leaving out what the decision does not rest on changes nothing about it."""
    values = encode(book, world)
    program = Program(book, ON)

    assert program.run(values, "access").outcomes["access"] == program.run(values).outcomes["access"]
