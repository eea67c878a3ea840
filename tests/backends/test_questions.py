"""Questions about all situations: proofs hold against brute force, witnesses replay, and what does not replay is raised."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.questions import Prover
from greenrule.backends.replay import Cone, Replay, Unreplayed, shrink
from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.thresholds import amounts, dip
from greenrule.core.truth import TRUE
from greenrule.core.units import Quantity
from greenrule.rules.book import DecisionSpec
from greenrule.rules.items import Effect
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Or,
    Undecided,
    Under,
)
from tests.strategies import DECISIONS as PLAIN
from tests.strategies import ON, book, rule, rulebooks

LEVEL = DecisionSpec("level", "层级", (("city", "市"), ("province", "省")), {"classify": None}, {"delegate": None})
FORM = DecisionSpec(
    "form",
    "形式",
    (("none", "无"), ("form", "表"), ("book", "书")),
    {"classify": None},
    {"exempt": "none"},
    default="none",
)
ROUTE = DecisionSpec("route", "方式", collect=True, verbs={"simplify": None})
DECISIONS = {**PLAIN, **{item.id: item for item in (LEVEL, FORM, ROUTE)}}


def mass(op: str, tonnes: int) -> Node:
    """A comparison of the mass with so many tonnes a year."""
    return Compare(op, Fact("mass"), Amount(Fraction(tonnes), "吨/年"))


def prover(*rules, **more) -> Prover:
    """A prover over a few rules."""
    return Prover(book(*rules, decisions=DECISIONS), ON, **more)


@pytest.fixture
def few() -> Prover:
    """Rules that stand to each other in every way that is asked about."""
    return prover(
        rule("big", mass(">=", 30), Effect("classify", "form", "book")),
        rule("large", mass(">=", 20), Effect("classify", "form", "form")),
        rule("small", mass("<", 20), Effect("classify", "form", "none")),
        rule("same", Not(mass("<", 30)), Effect("classify", "form", "book")),
        rule("odd", And((mass(">", 30), mass("<", 30))), Effect("simplify", "route", "quick")),
        rule("open", And((Fact("a"), Undecided("原文未定"))), Effect("simplify", "route", "slow")),
        rule("free", And((Fact("a"), mass(">=", 40))), Effect("exempt", "form")),
    )


@pytest.mark.parametrize(
    ("question", "claims", "verdict"),
    [
        ("never", ("odd",), "yes"), ("never", ("big",), "no"), ("never", ("open",), "yes"),
        ("always", (Or((mass("<", 20), mass(">=", 20))),), "yes"), ("always", ("big",), "no"),
        ("implies", ("big", "large"), "yes"), ("implies", ("large", "big"), "no"),
        ("disjoint", ("large", "small"), "yes"), ("disjoint", ("large", "big"), "no"),
        ("equivalent", ("big", "same"), "yes"), ("equivalent", ("big", "large"), "no"),
        ("dead", ("odd",), "yes"), ("dead", ("big",), "no"),
    ],
)  # fmt: skip
def test_questions_about_claims(few, question, claims, verdict):
    """Yes is a proof, no has a witness in which the scalar machine says so."""
    answer = getattr(few, question)(*claims)

    assert answer.verdict == verdict
    assert answer.proved is (verdict == "yes")
    assert (answer.witness is None) is answer.proved
    if answer.witness is not None:
        replay = Replay(few.program, encode(few.book, answer.witness.facts))
        assert {name: replay.truth(name).word for name in answer.witness.truths if name in few.book.rules} == {
            name: word for name, word in answer.witness.truths.items() if name in few.book.rules
        }


def test_a_rule_that_only_an_open_text_holds_back_says_so(few):
    """It is dead today; when the text is settled it may live."""
    assert few.dead("open").reason == "open"
    assert few.dead("odd").reason is None


def test_redundant_rules_add_nothing_whoever_else_speaks(few):
    """`same` says what `big` says; `large` is needed between 20 and 30; a milder rule is covered by a stricter one."""
    assert few.redundant("same", "form").proved
    assert few.redundant("large", "form").witness is not None
    assert few.covered_by("big", ["large", "same", "small"]) == ["large", "same"]
    with pytest.raises(LookupError):
        few.redundant("odd", "form")


def test_redundancy_of_rules_that_only_together_cover_one():
    """No single rule covers it, two do; in one industry as in several."""
    both = prover(
        rule("whole", Under("industry", ("1",)), Effect("classify", "form", "form")),
        rule("one", Under("industry", ("11",)), Effect("classify", "form", "book")),
        rule("two", Under("industry", ("12",)), Effect("classify", "form", "form")),
    )

    assert both.redundant("whole", "form").proved
    assert both.covered_by("whole", ["one", "two"]) == []
    assert both.covered_by("two", ["one", "whole"]) == ["whole"]
    assert both.redundant("one", "form").verdict == "no"


def test_a_gap_is_a_project_of_which_all_is_known_and_nothing_is_said():
    """Without a default; an open text is no gap."""
    spoken = prover(rule("r", Fact("a"), Effect("classify", "level", "city")))
    full = prover(
        *(
            rule(f"r{n}", part, Effect("classify", "level", "city"))
            for n, part in enumerate((Fact("a"), Not(Fact("a"))))
        )
    )
    asked = spoken.gap("level")

    assert asked.verdict == "yes"
    assert asked.witness is not None
    assert asked.witness.facts["a"] is False
    assert asked.witness.outcomes == {"level": "undetermined"}
    assert full.gap("level").proved
    assert spoken.gap("form").proved


def test_lower_relaxes_higher_where_the_result_is_milder_for_it(few):
    """An exemption by the lower instrument of what the higher one classifies."""
    higher = frozenset(few.book.rules) - {"free"}
    asked = few.relaxes("free", "form", higher)

    assert asked.verdict == "yes"
    assert asked.witness is not None
    assert asked.witness.outcomes == {"form": "none"}
    assert few.relaxes("free", "form", frozenset({"small"})).proved  # those rules alone would have said the same


def test_what_the_solver_does_not_decide_is_said_with_its_reason(few):
    """A limit of effort instead of time, so that no machine is too fast for the test."""
    few.solver.set("rlimit", 1)
    answer = few.disjoint("large", "big")

    assert answer.verdict == "undecided"
    assert not answer.proved
    assert answer.witness is None
    assert answer.reason


def test_an_amount_that_nobody_can_write_is_no_witness():
    """The square root of two is not a project's capacity."""
    x = Fact("count")
    square = Arithmetic("*", x, x)
    asked = prover(rule("r", Compare("==", square, Amount(Fraction(2))))).never("r")

    assert asked.verdict == "undecided"
    assert "count" in str(asked.reason)


def test_a_witness_that_does_not_replay_is_raised_not_shown(few):
    """One machine is made to lie: whichever it is, the reader must not see the witness."""
    honest = few.complete
    few.complete = lambda facts: {**honest(facts), "mass": 0}

    with pytest.raises(Unreplayed, match="Z001"):
        few.never("big")


def test_a_proof_names_what_it_rests_on():
    """Statements, kinds and derivations; nothing that is not needed."""
    state = {"b-needs-a": Or((Not(Fact("b")), Fact("a"))), "idle": Or((Not(Fact("c")), Fact("a")))}
    asked = prover(rule("r", And((Fact("b"), Not(Fact("a"))))), statements=state)

    assert asked.never("r").proved
    assert asked.rests_on(asked.pair("r").true) == ("state:b-needs-a",)
    assert prover(rule("r", And((Fact("b"), Not(Fact("a")))))).never("r").verdict == "no"


def test_codes_of_a_question_are_told_apart_when_named_beforehand():
    """`extra` for expressions that no rule holds."""
    node = Under("industry", ("111",))
    asked = prover(rule("r", Under("industry", ("1",))), extra=[node])

    assert asked.implies(node, "r").proved
    assert asked.implies("r", node).verdict == "no"


@given(book=rulebooks())
@settings(max_examples=40)
def test_proofs_hold_in_every_situation_that_can_be_written_down(book):
    """Against brute force over the facts' corner values: nothing that was proved never to happen happens."""
    asked = Prover(book, ON)
    names = list(book.rules)
    never = [name for name in names if asked.never(name, show=False).proved]
    apart = [pair for pair in itertools.combinations(names, 2) if asked.disjoint(*pair, show=False).proved]
    inside = [pair for pair in itertools.permutations(names, 2) if asked.implies(*pair, show=False).proved]
    program = Program(book, ON)
    for a, b, c in itertools.product((True, False), repeat=3):
        for m, o in itertools.product((0, 29, 30, 50, 60), repeat=2):
            world = {
                "a": a, "b": b, "c": c, "mass": Quantity(Fraction(m), "吨/年"), "other": Quantity(Fraction(o), "吨/年"),
                "count": Fraction(m, 10), "colour": ("red", "green", "blue")[m % 3], "day": date(2020, 1, 1 + o // 12),
                "industry": frozenset({("111", "112", "12", "21")[o % 4]}),
            }  # fmt: skip
            truths = Cone(program, names).run(encode(book, world)).truths
            holds = {name for name in names if truths[name] == 2}
            assert holds.isdisjoint(never)
            assert not any(holds >= set(pair) for pair in apart)
            assert not any(one in holds and other not in holds for one, other in inside)


@given(book=rulebooks(), data=st.data())
@settings(max_examples=60)
def test_a_cone_is_the_whole_rulebook_as_far_as_it_reaches(book, data):
    """Truths, outcomes and floors of what some rules rest on."""
    from tests.strategies import worlds

    program = Program(book, ON)
    values = encode(book, data.draw(worlds()))
    wanted = data.draw(st.sampled_from(sorted(book.rules)))
    whole, part = program.run(values), Cone(program, [wanted]).run(values)

    assert part.truths[wanted] == whole.truth(wanted)
    assert all(whole.outcomes[name] == outcome for name, outcome in part.outcomes.items())


def test_a_witness_is_as_short_and_plain_as_it_can_be():
    """Nothing that is not needed, whole numbers where they do, one industry of two."""
    facts = {
        "a": True,
        "b": True,
        "mass": Quantity(Fraction(91, 3), "吨/年"),
        "industry": frozenset({"111", "21"}),
        "count": Fraction(1, 7),
    }
    linked = book(rule("r", And((Fact("a"), mass(">=", 30), Under("industry", ("11",))))))
    program = Program(linked, ON)
    kept = shrink(facts, lambda few: program.run(encode(linked, few)).truth("r") is TRUE)

    assert kept == {"a": True, "mass": Quantity(Fraction(100), "吨/年"), "industry": frozenset({"111"})}


# -- holes in rows of thresholds ------------------------------------------------------------------------------------
def test_a_hole_between_two_thresholds_is_found_with_three_situations():
    """Told something below 20 and from 30 on, nothing between: a slip of whoever wrote the row."""
    holed = prover(
        rule("low", And((Fact("a"), mass("<=", 20))), Effect("classify", "form", "form")),
        rule("high", And((Fact("a"), mass(">", 30))), Effect("classify", "form", "form")),
    )
    answer, found = dip(holed, ["low", "high"], "form", "mass")

    assert answer.verdict == "yes"
    assert found is not None
    said = [Replay(holed.program, encode(holed.book, facts)).outcome("form").word for facts in found.situations]
    assert said == ["form", "none", "form"]
    assert [set(facts) for facts in found.situations] == [{"a", "mass"}] * 3


def test_a_row_without_a_hole_is_proved_so():
    """Steps that only rise, and a fall that does not rise again."""
    rising = prover(
        rule("low", mass(">", 20), Effect("classify", "form", "form")),
        rule("high", mass(">", 30), Effect("classify", "form", "book")),
    )
    falling = prover(rule("low", mass("<", 20), Effect("classify", "form", "form")))

    assert dip(rising, ["low", "high"], "form", "mass")[0].proved
    assert dip(falling, ["low"], "form", "mass")[0].proved
    assert amounts(rising, ["low", "high"]) == ["mass"]


def test_a_copy_of_an_amount_moves_with_it_where_it_must():
    """What is added is the whole of a new project: the hole is seen through the copy."""
    from greenrule.rules.book import Derivation

    linked = book(
        rule("low", And((In("colour", ("red",)), Compare("<=", Fact("other"), Amount(Fraction(20), "吨/年")))), Effect("classify", "form", "form")),
        rule("high", And((In("colour", ("red",)), mass(">", 30))), Effect("classify", "form", "form")),
        decisions=DECISIONS,
    )  # fmt: skip
    copied = replace(linked.facts["mass"], derive=(Derivation(Fact("other"), In("colour", ("red",))),))
    asked = Prover(replace(linked, facts={**linked.facts, "mass": copied}), ON)

    assert dip(asked, ["low", "high"], "form", "other")[0].verdict == "yes"
    assert dip(Prover(linked, ON), ["low", "high"], "form", "other")[0].proved


def test_literals_are_told_once_and_questions_asked_once_are_forgotten(few):
    """Thousands of questions must not make the solver slower."""
    before = len(few.solver.assertions())
    for _ in range(3):
        few.disjoint("large", "big", show=False)
    after = len(few.solver.assertions())
    few.check(few.pair("large").true, once=True)

    assert after - before <= 2
    assert len(few.solver.assertions()) == after
    assert few.check(z3.BoolVal(False), once=True)[0] == "unsat"
    assert few.pair(Applies("large")) == few.pair("large")
    assert few.always(Literal(True)).proved
