"""No question is ever asked that cannot matter, none that matters is left out, and the bound on what is to come holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.interview import Interview
from greenrule.casework.project import Project, project_from
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.core.errors import InputFault, Place
from greenrule.core.units import Quantity
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Effect
from greenrule.rules.nodes import And, Fact, Not, Or, Undecided
from tests.casework.laws import ON, law_of
from tests.cli.workspace import shared_law
from tests.cli.worlds import INDUSTRIES, NATURES
from tests.strategies import COLOUR, DERIVING, TREE, book, rule, rulebooks

LEAVES = sorted(set(TREE.labels) - set(TREE.parent.values()))
#: In this order what a fact follows from stands before it.
SOURCES_FIRST = ("a", "c", "mass", "colour", "count", "industry", "day", "b", "other")


def free(random: Random) -> dict[str, Any]:
    """A value for every fact of the generated rulebooks, as if none followed from another."""
    return {
        **{name: random.random() < 0.5 for name in "abc"},
        **{name: Quantity(Fraction(random.randint(0, 120), 2), "吨/年") for name in ("mass", "other")},
        "count": Fraction(random.randint(0, 18), 2), "colour": random.choice(sorted(COLOUR.labels)),
        "industry": frozenset(random.sample(LEAVES, random.choice((1, 1, 2)))), "day": date(2020, 1, random.randint(1, 8)),
    }  # fmt: skip


def grown(machine: Machine, given: Mapping[str, Any], choices: Mapping[str, Any], order: Any) -> dict[str, Any] | None:
    """Given facts with choices for the others, one by one and only for what does not follow; None if they contradict one another.

    It knows nothing of continuations: facts go through the front door of the machine.
    """
    facts = {name: value for name, value in given.items() if value is not None}
    for name in order:
        if name not in facts and name in choices and name not in machine.complete(facts)[1]:
            facts[name] = choices[name]
    return None if machine.derivations.contradictions(facts) else facts


def outcome(machine: Machine, facts: Mapping[str, Any], goal: str = "access") -> object:
    found = machine.answer(facts, goal).outcomes[goal]
    return found.candidates or (frozenset(found.collected), frozenset(found.open))


def raw(value: Any) -> Any:
    """A value as somebody types it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return str(value) if not isinstance(value, Fraction) else f"{float(value):g}"


def talk_of(rulebook: Rulebook, checklists: bool, known: dict[str, Any] | None = None, **options: Any) -> Interview:
    groups = {"g": ("一组", True)}
    law = law_of(rulebook, groups)
    project = Project("甲", ON, known or {}, None, {"name": "甲", "on": ON.isoformat()}, Place("project"))
    return Interview(Screener(law), project, checklists=checklists, **options)


def replayed(talk: Interview, name: str, order: Any) -> bool:
    """Whether the witness of a fact holds at the front door: two sets of facts that differ in one choice and come out differently."""
    witness = talk._witnesses[name]
    found = [
        grown(talk.machine, talk.standing.given, {**witness.choices, name: value}, order)
        for value in (witness.one, witness.other)
    ]
    assert not set(witness.choices) & talk.standing.skipped
    if None in found:
        return False
    return len({outcome(talk.machine, facts, talk.goals[0]) for facts in found if facts is not None}) == 2


@given(rulebook=rulebooks(DERIVING), seed=st.integers(0, 10**6), skips=st.sampled_from((0.0, 0.0, 0.3)))
@settings(max_examples=120)
def test_only_what_can_matter_is_asked_and_all_of_it(rulebook, seed, skips):
    """Every fact asked has two completions that differ in it alone; at the end no completion comes out otherwise."""
    random = Random(seed)
    talk = talk_of(rulebook, checklists=False)
    machine = talk.machine
    world = grown(machine, {}, free(random), SOURCES_FIRST)
    assert world is not None
    world.update({name: known.value for name, known in machine.complete(world)[1].items()})
    bounds: list[int | None] = []
    while (question := talk.question) is not None:
        assert len(question.facts) == 1
        assert replayed(talk, question.facts[0], SOURCES_FIRST), question.facts
        bounds.append(question.at_most)
        if random.random() < skips:
            talk.skip()
        else:
            talk.answer(raw(world[question.facts[0]]))
        assert len(bounds) <= len(DERIVING)
    assert talk.ending in ("decided", "settled", "text", "unknown")
    if not skips:
        assert all(bound is None or bound >= len(bounds) - place - 1 for place, bound in enumerate(bounds)), bounds
        assert talk.ending != "unknown"
    # Whatever the rest may be, it comes out the same.
    given_now, skipped = talk.standing.given, talk.standing.skipped
    ends = set()
    for _ in range(40):
        facts = grown(machine, given_now, {k: v for k, v in free(random).items() if k not in skipped}, SOURCES_FIRST)
        if facts is not None:
            ends.add(outcome(machine, facts))
    assert len(ends) <= 1, ends
    if not skips:
        assert outcome(machine, world) in ends or not ends
        if talk.ending == "decided":
            assert machine.answer(world, "access").outcomes["access"].value == talk.possible["access"][0]


@given(rulebook=rulebooks(), seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_a_question_taken_back_is_asked_again(rulebook, seed):
    """`back` restores what was known and the question, whatever was answered."""
    random = Random(seed)
    world = free(random)
    talk = talk_of(rulebook, checklists=False)
    asked = []
    while (question := talk.question) is not None:
        asked.append((question, talk.possible))
        if random.random() < 0.2:
            talk.skip()
        else:
            talk.answer(raw(world[question.facts[0]]))
    while asked:
        assert talk.back()
        question, possible = asked.pop()
        assert talk.question is not None
        assert (talk.question.facts, talk.question.number, talk.possible) == (question.facts, question.number, possible)
    assert not talk.back()


def test_contradictory_conditions_are_not_asked_about():
    """`a and not a` reads `a`, and the machine cannot tell; the solver can."""
    dead = And((Fact("a"), Not(Fact("a")), Fact("b")))
    talk = talk_of(book(rule("r", dead)), checklists=False)

    assert not talk.decided
    assert talk.question is None
    assert talk.ending == "settled"
    assert talk.settled is not None
    assert talk.settled.outcomes["access"].value == "allowed"


def test_what_a_stricter_rule_hides_is_not_asked_about():
    """The milder rule needs what makes the stricter one hold: its own fact can never show."""
    strict = rule("strict", Fact("a"))
    mild = rule("mild", And((Fact("a"), Fact("b"))), Effect("restrict", "access"))
    talk = talk_of(book(strict, mild), checklists=False)

    assert talk.question is not None
    assert talk.question.facts == ("a",)
    assert talk.question.at_most == 1  # the machine itself cannot see that b is idle
    talk.answer("否")
    assert (talk.question, talk.ending, talk.possible) == (None, "decided", {"access": ("allowed",)})


def test_text_that_is_open_ends_the_interview_and_is_named():
    """Where only the text is undecided, asking on is of no use."""
    talk = talk_of(book(rule("r", And((Fact("a"), Undecided("文中未明"))))), checklists=False)
    assert talk.question is not None
    talk.answer("是")

    assert talk.question is None
    assert talk.ending == "text"
    assert talk.possible == {"access": ("allowed", "prohibited")}


def test_what_nobody_knows_ends_the_interview_and_a_fact_that_then_matters_is_asked():
    """An answer to `a` would settle `a or not a`; as nobody knows it, `b` can."""
    always = Or((Fact("a"), Not(Fact("a")), Fact("b")))
    talk = talk_of(
        book(
            rule("r", And((always, Fact("c")))),
        ),
        checklists=False,
    )
    assert talk.question is not None
    assert talk.question.facts == ("c",)
    talk.answer("是")
    assert talk.question is None
    assert talk.ending == "settled"

    stated = talk_of(book(rule("r", And((always, Fact("c"))))), checklists=False, known={"a": None, "c": True})
    assert stated.question is not None
    assert stated.question.facts == ("b",)
    stated.skip()
    assert (stated.question, stated.ending) == (None, "unknown")


def test_a_fact_that_can_take_one_value_only_is_not_asked():
    """`b` is stated; it needs `a`; so `a` is known although nobody said so."""
    reads = rule("r", And((Fact("a"), Fact("b"))))
    talk = talk_of(book(reads, facts=DERIVING), checklists=False, known={"b": True})

    assert talk.question is None
    assert talk.possible == {"access": ("prohibited",)}
    assert talk.written()["facts"] == {"a": True}


def test_an_answer_that_contradicts_what_was_said_is_refused():
    """`b` follows from `a`; whoever answers in their own order is told, and nothing has changed."""
    rules = rule("r", And((Fact("b"), Fact("c")))), rule("s", And((Fact("a"), Fact("c"))))
    talk = talk_of(book(*rules, facts=DERIVING), checklists=False, known={"c": True})
    assert talk.question is not None
    assert talk.question.facts == ("a",)
    talk.standing.inquiry.given["b"] = True  # another door learnt it meanwhile
    with pytest.raises(InputFault) as error:
        talk.answer("否")

    assert [fault.code for fault in error.value.faults] == ["ASK005"]
    assert "“b（中）”为是，而由“a（中）”推得为否" in error.value.faults[0].message
    assert talk.standing.answers == {}


def grouped(*names: str) -> Interview:
    """An interview about three rules, each on a truth of one group."""
    facts = {name: replace(spec, group="g" if name in names else None, derive=()) for name, spec in DERIVING.items()}
    return talk_of(book(*(rule(name, Fact(name)) for name in names), facts=facts), checklists=True)


@pytest.mark.parametrize(
    ("said", "answers", "skipped"),
    [
        ("均无", {"a": False, "b": False, "c": False}, set()),
        ("b？", {"a": False, "c": False}, {"b"}),
        ("1, 3?", {"a": True, "b": False}, {"c"}),
        ({"a": "否", "b": None}, {"a": False}, {"b", "c"}),
        (["b", "c（中）"], {"a": False, "b": True, "c": True}, set()),
    ],
)
def test_checklists_take_numbers_names_words_and_doubts(said, answers, skipped):
    talk = grouped("a", "b", "c")
    question = talk.question
    assert question is not None
    assert (question.sort, question.facts, question.title) == ("checklist", ("a", "b", "c"), "一组")
    talk.answer(said)

    assert talk.standing.answers == answers
    assert talk.standing.skipped == skipped


def test_a_checklist_tells_all_that_it_does_not_understand():
    talk = grouped("a", "b", "c")
    with pytest.raises(InputFault) as error:
        talk.answer("9 乙 1")

    assert [fault.message for fault in error.value.faults] == ["`9` 不是这一题的选项", "`乙` 不是这一题的选项"]
    assert talk.standing.number == 1


# -- the real rulebook -----------------------------------------------------------------------------------------------------
def real_world(machine: Machine, industry: str, random: Random) -> dict[str, Any]:
    """Everything about a project of which most is as usual; facts that follow, follow."""
    from greenrule.casework.continuations import Continuations

    goals = ("access", "eia.form", "permit.class")
    given = {"industry": frozenset([industry]), "nature": random.choice(NATURES)}
    ways = Continuations(machine, given, goals)
    choices = {}
    for name in ways.names:
        spec = machine.book.facts[name]
        values = ways.choices(name)
        usual = spec.group == "conformity"
        choices[name] = (
            (random.random() < 0.1) != usual if spec.kind.form == "truth" else random.choice(values or (None,))
        )
    if "industry_catalogue.class" in choices:
        choices["industry_catalogue.class"] = "permitted"
    return ways.sound(choices).facts


@pytest.mark.parametrize(
    ("goal", "checklists"), [("access", True), ("access", False), ("permit.class", False), ("eia.form", True)]
)
def test_the_interview_ends_where_the_whole_questionnaire_would(goal, checklists):
    """Over the real rulebook: no question without a witness, the bound holds, and the verdict is that of all facts together."""
    random, screener = Random(11), Screener(shared_law())
    machine = screener.machine(ON)
    for industry in INDUSTRIES[::3]:
        world = real_world(machine, industry, random)
        start = {"industry": frozenset([industry]), "nature": world["nature"]}
        project = Project("甲", ON, start, None, {"name": "甲", "on": ON.isoformat(), "industry": [industry], "nature": world["nature"]},
                          Place("project"))  # fmt: skip
        talk = Interview(screener, project, (goal,), checklists=checklists)
        bounds: list[int] = []
        while (question := talk.question) is not None:
            order = talk.ways.names
            assert all(replayed(talk, name, order) for name in question.facts)
            assert question.at_most is not None
            bounds.append(question.at_most)
            if question.sort == "checklist":
                talk.answer({name: world.get(name) for name in question.facts})
            else:
                talk.answer(raw(world[question.facts[0]]))
        assert all(bound >= len(bounds) - place - 1 for place, bound in enumerate(bounds)), bounds
        whole = machine.answer(world, goal).outcomes[goal]
        if talk.ending == "decided":
            assert talk.possible[goal] == (whole.value,)
            finding = talk.finding()
            said = {
                "access": finding["decision"],
                "eia.form": finding["eia"]["form"],
                "permit.class": finding["permit"]["class"],
            }
            assert said[goal] == whole.value
        else:
            assert talk.ending in ("text", "settled")
            assert set(whole.candidates) <= set(talk.possible[goal])


@pytest.mark.parametrize("goal", ["access", "eia.form"])
@pytest.mark.parametrize("nature", [None, "new", "expand"])
def test_that_the_industry_matters_is_shown_by_going_through_it_a_few_times(goal, nature):
    """Nothing being known there are hundreds of values: walking from rule to rule asked for tens of thousands."""
    law = shared_law()
    talk = Interview(
        Screener(law), project_from({"name": "甲", **({"nature": nature} if nature else {})}, law), (goal,)
    )
    assert talk.question is not None
    assert talk.question.facts == ("industry",)
    values = talk.ways.choices("industry")
    assert talk._relevance.asked <= 4 * len(values)
    witness = talk._witnesses["industry"]
    said = [talk.ways.outcome(talk.ways.run(talk.ways.way({**witness.choices, "industry": value})))
            for value in (witness.one, witness.other)]  # fmt: skip
    assert tuple(said) == witness.outcomes
    assert said[0] != said[1]
