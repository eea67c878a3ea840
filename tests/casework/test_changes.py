"""What would decide and what would turn it are claims: each is put to the machine again through the front door."""

from __future__ import annotations

from random import Random

import pytest

from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault
from greenrule.packs.values import read_value
from tests.cli.workspace import shared_law
from tests.cli.worlds import World, of

COUNT = 16


@pytest.fixture(scope="module")
def world() -> World:
    return World(Screener(shared_law()))


def test_what_would_turn_it_does(world):
    """The project with that one fact as the finding writes it comes out as the finding says it would."""
    random, claims = Random(5), 0
    for _ in range(COUNT):
        known = world.described(random)
        finding = world.screener.screen(of(known))
        for turn in finding["turns"]:
            faults: list[Fault] = []
            value = read_value(world.book, world.book.facts[turn["fact"]], turn["to"], None, faults)
            assert faults == []
            assert turn["decision"] != finding["decision"]
            assert world.screener.screen(of({**known, turn["fact"]: value}))["decision"] == turn["decision"], turn
            claims += 1
    assert claims > 0


def test_what_would_decide_does(world):
    """Every outcome named for a missing fact comes out for one of its values, and no other does."""
    random, claims = Random(7), 0
    for _ in range(COUNT):
        known = world.described(random)
        finding = world.screener.screen(of(known))
        # What decided is what is worth asking for: forget it.
        facts = [fact["id"] for reason in finding["reasons"] if reason["decision"] == "access" and reason["state"] == "true"
                 for fact in reason["facts"] if fact["id"] in known and fact["id"] not in ("industry", "nature")]  # fmt: skip
        for name in dict.fromkeys(facts):
            less = {key: value for key, value in known.items() if key != name}
            for item in world.screener.screen(of(less))["missing"]:
                if item["fact"] == name and item["would_decide"]:
                    answers = {
                        world.screener.screen(of({**less, name: value}))["decision"] for value in world.values[name]
                    }
                    assert answers == set(item["would_decide"]), name
                    claims += 1
    assert claims > 0
