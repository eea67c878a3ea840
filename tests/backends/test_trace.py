"""What is said to have decided a rule is what a plain evaluation, node by node, finds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from greenrule.backends import scalar
from greenrule.backends.scalar import PATIENCE, Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.rules.nodes import Fact, Not, Or, Under
from tests.backends.plain import Plain
from tests.strategies import ON, book, chains, rule, worlds


def told(seen):
    """Truth and reasons as the plain evaluation writes them."""
    return seen.value, tuple(
        (read.sort, read.id, read.cite, read.value if read.sort == "parameter" else None) for read in seen.reads
    )


@given(book=chains(), world=worlds())
@settings(max_examples=400, deadline=None)
def test_reasons_are_those_of_a_plain_evaluation(book, world):
    """Truth, reasons and their order are the same for every rule, asked for the first time and when written as one function."""
    program, values = Program(book, ON), encode(book, world)
    for _ in range(PATIENCE + 1):
        answer = program.run(values)
        explanation, plain = explain(program, values, answer), Plain(program, values, answer)
        expected = {name: plain.rule(name) for name in book.rules}

        assert {name: told(seen) for name, seen in explanation.rules(book.rules).items()} == expected
        assert {name: told(explanation.rule(name)) for name in book.rules} == expected
    assert program.kept(values.get("industry^"), None).reasons is not None


@given(book=chains(), world=worlds())
@settings(max_examples=300, deadline=None)
def test_a_plan_written_as_one_function_answers_as_its_steps_do(book, world):
    """Truths, outcomes and floors; only what was asked for often enough is written as one function."""
    program, values = Program(book, ON), encode(book, world)
    for goal in (None, "access"):
        answers = [program.run(values, goal) for _ in range(PATIENCE + 1)]
        plan = program.kept(values.get("industry^"), goal)

        assert plan.fused is not None
        assert all(answer == answers[0] for answer in answers)
        assert list(answers[0].truths) == list(answers[-1].truths)


@given(book=chains(), world=worlds())
@settings(max_examples=100, deadline=None)
def test_an_answer_to_one_question_is_explained_as_the_whole(book, world):
    """What the question left out may hold all the same."""
    program, values = Program(book, ON), encode(book, world)
    whole, part = program.run(values), program.run(values, "access")

    assert not part.whole
    assert {n: told(s) for n, s in explain(program, values, part).rules(book.rules).items()} == {
        n: told(s) for n, s in explain(program, values, whole).rules(book.rules).items()
    }


def test_the_false_half_of_a_true_or_is_left_out():
    """What did not decide is not told."""
    linked = book(rule("r", Or((Fact("a"), Fact("b")))))
    program, values = Program(linked, ON), encode(linked, {"a": False, "b": True})

    assert told(explain(program, values, program.run(values)).rule("r")) == (2, (("fact", "b", None, None),))


def test_rules_that_are_not_in_force_are_false_without_reasons():
    """They are not law on the day."""
    linked = book(rule("r", Fact("a")))
    linked = replace(linked, validity={"r": (ON.replace(year=2030), None, ON, ON)})
    program, values = Program(linked, ON), encode(linked, {"a": True})

    assert told(explain(program, values, program.run(values)).rule("r")) == (0, ())


def test_plans_are_kept_up_to_a_number(monkeypatch):
    """A server that is asked about every industry of the catalogue does not grow without bound."""
    monkeypatch.setattr(scalar, "_KEPT", 3)
    linked = book(rule("r", Under("industry", ("11",))), rule("s", Not(Fact("a"))))
    program = Program(linked, ON)
    answers = [
        program.run(encode(linked, {"industry": frozenset({code})})).truths for code in ("1", "11", "2", "A", "11")
    ]

    assert len(program.plans) == 3
    assert answers[1] == answers[4] == {"r": 2, "s": 1}
