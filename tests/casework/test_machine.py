"""The machine over the real packs: explanations are those of a plain evaluation, and changing a fact is asking afresh."""

from __future__ import annotations

from random import Random

import pytest

from greenrule.backends.counterfactual import Counterfactuals
from greenrule.backends.scalar import PATIENCE
from greenrule.backends.situation import encode_one
from greenrule.backends.trace import explain
from greenrule.casework.screening import Screener
from tests.backends.plain import Plain
from tests.backends.test_trace import told
from tests.cli.workspace import shared_law
from tests.cli.worlds import INDUSTRIES, NATURES, World


@pytest.fixture(scope="module")
def world() -> World:
    return World(Screener(shared_law()))


def some(world: World, random: Random, count: int) -> dict[str, object]:
    """A project of which a number of things are known."""
    industry = random.choice(INDUSTRIES)
    names = random.sample(world.facts[industry], min(count, len(world.facts[industry])))
    return {"industry": frozenset([industry]), "nature": random.choice(NATURES), **{
        name: random.choice(world.values[name]) for name in names
    }}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_every_rule_of_the_packs_is_explained_as_a_plain_evaluation_does(seed, world):
    """Truth, reasons and their order: first asked, and when the industry's rules are written as one function."""
    random = Random(seed)
    values, _ = world.machine.complete(some(world, random, random.choice((0, 20, 60, 200))))
    program = world.machine.program
    for asked in range(PATIENCE + 1):
        answer = program.run(values)
        if asked in (0, PATIENCE):
            plain = Plain(program, values, answer)
            seen = explain(program, values, answer).rules(program.book.rules)
            assert {name: told(item) for name, item in seen.items()} == {name: plain.rule(name) for name in seen}


@pytest.mark.parametrize("seed", range(12))
def test_changing_one_fact_is_asking_afresh(seed, world):
    """Derived facts follow the change; what does not read it stays."""
    random = Random(seed)
    given = some(world, random, random.choice((0, 20, 60, 200)))
    values, _ = world.machine.complete(given)
    before = world.machine.program.run(values)
    (industry,) = given["industry"]
    sources = [name for name in world.facts[industry] if name in world.machine.derivations.sources]
    for name in random.sample(sources, 8) + random.sample(world.facts[industry], 8):
        value = random.choice(world.values[name])
        again = world.machine.changed(given, values, before, name, value)
        assert again.outcomes == world.machine.answer({**given, name: value}).outcomes, (name, value)


@pytest.mark.parametrize("seed", range(12))
def test_what_would_be_said_is_what_asking_afresh_says(seed, world):
    """Words of every decision, and of one; the situation is afterwards what it was."""
    random, machine = Random(seed), world.machine
    given = some(world, random, random.choice((0, 20, 60, 200)))
    values, _ = machine.complete(given)
    before = machine.program.run(values)
    otherwise = Counterfactuals(machine.program, machine.derivations, given, values, before)
    (industry,) = given["industry"]
    sources = [name for name in world.facts[industry] if name in machine.derivations.sources]
    said = {decision: outcome.word for decision, outcome in before.outcomes.items()}
    for name in [*random.sample(sources, 8), *random.sample(world.facts[industry], 16), "industry", "nature"]:
        some_values = world.values.get(name) or {"nature": NATURES}.get(
            name, [frozenset([code]) for code in INDUSTRIES]
        )
        for value in [*random.sample(some_values, min(3, len(some_values))), None]:
            entries = encode_one(world.book, world.book.facts[name], value)
            afresh = machine.answer({**given, name: value}).outcomes
            words = {
                decision: outcome.word for decision, outcome in afresh.items()
                if not world.book.decisions[decision].collect and outcome.word != said[decision]
            }  # fmt: skip
            assert otherwise.words(name, entries) == words, (name, value)
            for goal in ("access", "eia.form", "approver"):
                assert otherwise.outcomes_of(name, [entries], goal) == {afresh[goal].word}, (name, value, goal)
    assert (otherwise.values, otherwise.truths, otherwise.outcomes, otherwise.floors) == (
        values, before.truths, before.outcomes, before.floors,
    )  # fmt: skip


def test_what_follows_is_the_askers_own(world):
    """The facts completed last are remembered; what one asker does with the answer, the next does not see."""
    given = some(world, Random(3), 60)
    values, derived = world.machine.complete(given)
    kept = dict(values), dict(derived)
    values.clear()
    derived["industry"] = None
    assert world.machine.complete({**given, "no.such": None}) == kept
    name = next(name for name in given if given[name] is True or given[name] is False)
    other = world.machine.complete({**given, name: not given[name]})[0]
    assert other[name] != kept[0][name]
    assert world.machine.complete(given) == kept
