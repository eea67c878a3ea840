"""The rulebook that comes with the software, over random worlds of projects: every machine reads it alike."""

from __future__ import annotations

from random import Random

import pytest

from greenrule.casework.screening import Screener
from tests.cli.workspace import shared_law
from tests.cli.worlds import INDUSTRIES, ON, World
from tests.conformance.machines import MACHINES
from tests.conformance.test_generated import same


def random_worlds(count: int, seed: int) -> list[dict[str, object]]:
    """Projects of several industries of which little, much or all is known, at the thresholds of the rules."""
    law, random = shared_law(), Random(seed)
    world = World(Screener(law))
    out = []
    for number in range(count):
        known = world.described(random)
        industry = known.pop("industry")
        share = random.choice((0.02, 0.1, 0.5, 0.9, 1.0))
        for name in law.book.facts if number % 5 == 0 else ():  # what the industry does not concern, too
            if world.values.get(name):
                known[name] = random.choice(world.values[name])
        kept = {name: value for name, value in known.items() if random.random() < share}
        if number % 17:
            kept["industry"] = industry
        if number % 23 == 0:
            kept["industry"] = frozenset(
                {random.choice(INDUSTRIES)[: random.choice((2, 3))], random.choice(INDUSTRIES)}
            )
        out.append(kept)
    return out


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_random_projects(machine):
    """Truths of all rules, candidates, deciding and open rules, missing facts."""
    said = same(machine, shared_law().book, random_worlds(150, seed=3), ON)

    for decision in ("access", "eia.form", "permit.class", "approver", "quota.timing"):
        words = {reading.outcomes[decision].word for reading in said}
        assert "undetermined" in words, "the worlds know too much"
        assert len(words) > 1, "the worlds are too much alike"


@pytest.mark.long
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_many_random_projects(machine):
    """The same over more worlds."""
    same(machine, shared_law().book, random_worlds(4000, seed=8), ON)
