"""What turns a decision: every turn is confirmed at the front door, none is missing, and "nothing can" is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.derive import same
from greenrule.casework.limits import limits
from greenrule.casework.regions import Regions
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.casework.turning import Turning
from greenrule.casework.turns import Turnings
from greenrule.core.errors import InputFault
from greenrule.core.units import Quantity
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Amount, And, Arithmetic, Compare, Fact, In, Not, Or, Under
from tests.casework.laws import ON, law_of
from tests.casework.test_interview import SOURCES_FIRST, free, grown
from tests.cli.workspace import shared_law
from tests.cli.worlds import World, of
from tests.strategies import DERIVING, book, rule, rulebooks

_COSTS = {"a": 1, "b": 2, "c": 3, "mass": 2, "other": 4, "count": 2, "colour": 5, "day": 3}
COSTLY = {
    name: replace(spec, cost=_COSTS.get(name), fixed=name == "industry", act="move" if name in "ac" else None)
    for name, spec in DERIVING.items()
}


def amount(tonnes: float) -> Quantity:
    return Quantity(Fraction(tonnes), "吨/年")


def turned(machine: Machine, facts: Mapping[str, Any], target: str) -> bool:
    return machine.answer(facts, "access").outcomes["access"].value == target


def after(machine: Machine, stated: Mapping[str, Any], item: Any) -> dict[str, Any] | None:
    """A turn carried out by hand: stated facts with the changes and the conditions, sources first; None if it contradicts itself."""
    changes = {change.fact: change.after for change in item.changes}
    conditions = {condition.fact: condition.value for condition in item.conditions}
    kept = {name: value for name, value in stated.items() if name not in changes}
    return grown(machine, kept, {**changes, **conditions}, SOURCES_FIRST)


def feasible(machine: Machine, stated: Mapping[str, Any], target: str, most: int) -> Iterator[frozenset[str]] | None:
    """Sets of stated facts whose change can bring the target about, by trying everything; None where that is too much."""
    regions = Regions.of_steps(machine.book, ON, machine.program.steps)
    read = [name for name in SOURCES_FIRST if name in regions.bounds or name in ("a", "b", "c")]
    values = {name: regions.of(name) for name in read}
    free_names = [name for name in read if name not in stated]
    movable = [name for name in read if name in stated and not machine.book.facts[name].fixed]
    whole = 1
    for name in (*movable, *free_names):
        whole *= len(values[name]) + 1
    if whole > most:
        return None

    def sets() -> Iterator[frozenset[str]]:
        for changed in chain.from_iterable(combinations(movable, count) for count in range(len(movable) + 1)):
            kept = {name: value for name, value in stated.items() if name not in changed}
            options = [[value for value in values[name] if not same(value, stated.get(name))] for name in changed]
            options += [list(values[name]) for name in free_names]
            for picked in product(*options):
                facts = grown(machine, kept, dict(zip((*changed, *free_names), picked, strict=True)), SOURCES_FIRST)
                if facts is not None and turned(machine, facts, target):
                    yield frozenset(changed)
                    break

    return sets()


@given(
    rulebook=rulebooks(COSTLY),
    seed=st.integers(0, 10**6),
    target=st.sampled_from(("allowed", "restricted", "prohibited")),
)
@settings(max_examples=60)
def test_turns_are_confirmed_and_none_is_missing(rulebook: Rulebook, seed: int, target: str) -> None:
    """Beside trying everything: each turn comes out, each set that can is found or contains one that is, and a proof holds."""
    machine = Machine(law_of(rulebook), ON)
    stated = grown(machine, {}, free(Random(seed)), SOURCES_FIRST)
    assert stated is not None
    result = Turning(machine, stated, "access", target).run(most=200)
    assert result.ending in ("all", "none", "already")
    if result.ending == "already":
        assert turned(machine, stated, target)
        return
    assert not turned(machine, stated, target)
    found = [frozenset(change.fact for change in item.changes) for item in result.turns]
    assert len(found) == len(set(found))
    for item in result.turns:
        facts = after(machine, stated, item)
        assert item.verified
        assert facts is not None
        assert turned(machine, facts, target), item
    tried = feasible(machine, stated, target, 4000)
    for changed in tried or ():
        assert any(smaller <= changed for smaller in found), (changed, found)
    if not any(item.conditions for item in result.turns):
        assert [item.cost for item in result.turns] == sorted(item.cost for item in result.turns)
        assert not any(one < other for one in found for other in found)


@given(rulebook=rulebooks(COSTLY), seed=st.integers(0, 10**6))
@settings(max_examples=40)
def test_every_amount_that_the_inequality_allows_will_do(rulebook: Rulebook, seed: int) -> None:
    """小于 90 万吨/年 is a promise about every amount below."""
    machine, random = Machine(law_of(rulebook), ON), Random(seed)
    stated = grown(machine, {}, free(random), SOURCES_FIRST)
    assert stated is not None
    for target in ("allowed", "prohibited"):
        for item in Turning(machine, stated, "access", target).run().turns:
            for change in item.changes:
                if change.fact in ("mass", "other", "count"):
                    for value in drawn(change.within, random, change.fact):
                        moved = replace(change, after=value)
                        others = tuple(moved if one is change else one for one in item.changes)
                        facts = after(machine, stated, replace(item, changes=others))
                        assert facts is not None, (change.within, value)
                        assert turned(machine, facts, target), (change.within, value)


def drawn(within: str, random: Random, fact: str) -> list[Any]:
    """Amounts that an inequality allows: its ends where they belong to it, and some inside."""
    low, high, low_in, high_in = Fraction(0), Fraction(400), True, True
    for part in within.split("且"):
        word, _, rest = part.partition(" ")
        if word == "任何数值":
            continue
        number = Fraction(rest.split(" ")[0])
        if word in ("不小于", "大于", "等于"):
            low, low_in = number, word != "大于"
        if word in ("不超过", "小于", "等于"):
            high, high_in = number, word != "小于"
    points = [low + (high - low) * Fraction(random.randint(1, 99), 100) for _ in range(3)]
    points += [low] * low_in + [high] * high_in
    return [amount(point) if fact != "count" else point for point in points]


def test_an_amount_goes_to_the_nearest_value_beyond_the_threshold():
    """Both directions, ends that belong and ends that do not, in the unit in which it was written."""
    strict = Compare(">=", Fact("mass"), Amount(Fraction(30), "吨/年"))
    machine = Machine(law_of(book(rule("r", strict), facts=COSTLY)), ON)
    [item] = Turning(machine, {"mass": Quantity(Fraction(106), "吨/年")}, "access", "allowed").run().turns
    assert [(change.within, str(change.after)) for change in item.changes] == [("小于 30 吨/年", "29 吨/年")]
    [item] = Turning(machine, {"mass": Quantity(Fraction(1), "公斤/年")}, "access", "prohibited").run().turns
    assert [(change.within, str(change.after)) for change in item.changes] == [
        ("不小于 30000 公斤/年", "30000 公斤/年")
    ]

    band = Or(
        (
            Compare("<", Fact("mass"), Amount(Fraction(20), "吨/年")),
            Compare(">", Fact("mass"), Amount(Fraction(50), "吨/年")),
        )
    )
    machine = Machine(law_of(book(rule("r", band), facts=COSTLY)), ON)
    [item] = Turning(machine, {"mass": amount(80)}, "access", "allowed").run().turns
    assert [(change.within, str(change.after)) for change in item.changes] == [
        ("不小于 20 吨/年且不超过 50 吨/年", "50 吨/年")
    ]


def test_a_sum_moves_the_threshold_of_each_part():
    total = Arithmetic("+", Fact("mass"), Fact("other"))
    machine = Machine(law_of(book(rule("r", Compare(">", total, Amount(Fraction(50), "吨/年"))), facts=COSTLY)), ON)
    stated = {"mass": amount(40), "other": amount(30), "colour": "blue", "c": True}
    found = Turning(machine, stated, "access", "allowed").run()

    assert [[change.fact for change in item.changes] for item in found.turns] == [["mass"], ["other"]]
    assert all(item.verified for item in found.turns)
    for item, rest in zip(found.turns, (30, 40), strict=True):
        assert item.changes[0].after.base + amount(rest).base <= amount(50).base


def test_limits_take_the_side_from_which_one_comes():
    found = limits(Fraction(100), [Fraction(10), Fraction(60)], Fraction(1), lambda x: x < 60)
    assert found is not None
    assert found.words(str) == "小于 60"
    assert found.amount == 59
    found = limits(Fraction(5), [Fraction(10), Fraction(60)], Fraction(1), lambda x: x > 60)
    assert found is not None
    assert (found.words(str), found.amount) == ("大于 60", 61)
    assert limits(Fraction(5), [Fraction(10)], Fraction(1), lambda x: False) is None


def test_acts_cost_once_and_fixed_facts_stay():
    """`a` and `c` move together: 3 and 1; the industry cannot change."""
    both = Or((Fact("a"), Fact("c"), Compare(">", Fact("mass"), Amount(Fraction(1), "吨/年"))))
    machine = Machine(law_of(book(rule("r", And((both, Under("industry", ("11",))))), facts=COSTLY)), ON)
    stated = {"a": True, "c": True, "mass": amount(9), "industry": frozenset({"111"})}
    [item] = Turning(machine, stated, "access", "allowed").run().turns
    assert {change.fact for change in item.changes} == {"a", "c", "mass"}
    assert item.cost == 3 + 1 + 2  # moving costs as much as its dearest fact, and 1 for the other

    found = Turning(machine, stated, "access", "allowed", keep=["mass"]).run()
    assert (found.ending, found.turns) == ("none", [])
    assert found.wall is not None
    assert (found.wall.rules, set(found.wall.facts)) == (("r",), {"industry", "mass"})


def test_nothing_can_where_one_of_two_rules_always_holds():
    """No single rule holds with the fixed facts alone; the proof says which facts it rests on."""
    rules = (
        rule("r", And((Fact("a"), Under("industry", ("11",))))),
        rule("s", And((Not(Fact("a")), Under("industry", ("1",))))),
    )
    machine = Machine(law_of(book(*rules, facts=COSTLY)), ON)
    found = Turning(machine, {"a": True, "industry": frozenset({"111"})}, "access", "allowed").run()

    assert found.ending == "none"
    assert found.wall is not None
    assert (found.wall.rules, found.wall.facts) == ((), ("industry",))


def test_what_follows_moves_with_its_source_and_is_told():
    """`other` is `mass` where it is red: only `mass` is changed."""
    over = Compare(">", Fact("other"), Amount(Fraction(10), "吨/年"))
    machine = Machine(law_of(book(rule("r", over), facts=COSTLY)), ON)
    stated = {"mass": amount(40), "other": amount(40), "colour": "red", "c": True}
    found = Turning(machine, stated, "access", "allowed").run()

    assert [change.fact for change in found.turns[0].changes] == ["mass"]
    assert [(name, str(value)) for name, _, value in found.turns[0].follows] == [("other", "10 吨/年")]


def test_a_category_names_every_value_that_will_do():
    machine = Machine(law_of(book(rule("r", In("colour", ("red",))), facts=COSTLY)), ON)
    [item] = Turning(machine, {"colour": "red"}, "access", "allowed").run().turns
    assert item.changes[0].within == "green或blue"


def test_what_nobody_stated_is_a_condition():
    """That unknown facts are as usual is to be found out; that they are otherwise is a premise and costs."""
    rules = rule("r", And((Fact("a"), Not(Fact("b"))))), rule("s", Fact("c"))
    facts = {**COSTLY, "b": replace(COSTLY["b"], derive=(), fixed=True)}  # what nobody can change is luck
    changed, lucky = (
        Turning(Machine(law_of(book(*rules, facts=facts)), ON), {"a": True}, "access", "allowed").run().turns
    )

    assert ([change.fact for change in changed.changes], changed.cost) == (["a"], 3)
    assert [(one.fact, one.value, one.usual) for one in changed.conditions] == [("c", False, True)]
    assert (lucky.changes, lucky.cost) == ((), 10)
    assert {one.fact: (one.value, one.usual) for one in lucky.conditions} == {"b": (True, False), "c": (False, True)}


def test_contradictory_facts_are_refused():
    machine = Machine(law_of(book(rule("r", Fact("b")), facts=COSTLY)), ON)
    with pytest.raises(InputFault) as error:
        Turning(machine, {"a": False, "b": True}, "access", "allowed")
    assert [fault.code for fault in error.value.faults] == ["ASK005"]


# -- the real rulebook -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def world() -> World:
    return World(Screener(shared_law()))


def test_turns_come_out_when_screened_and_agree_with_the_finding(world):
    """Single changes of a finding are turns, and turns of one change without conditions are in the finding; all come out again."""
    random, singles, sets = Random(17), 0, 0
    for _ in range(8):
        known = world.described(random)
        finding = world.screener.screen(of(known))
        if finding["decision"] not in ("prohibited", "restricted"):
            continue
        told = {(item["fact"], item["decision"]) for item in finding["turns"]}
        for target in ("allowed", "restricted"):
            if target == finding["decision"]:
                continue
            result = Turning(world.machine, known, "access", target).run(most=12)
            for item in result.turns:
                assert item.verified
                again = {
                    **known,
                    **{c.fact: c.after for c in item.changes},
                    **{c.fact: c.value for c in item.conditions},
                }
                for name in (name for name, _, _ in item.follows):
                    again.pop(name, None)
                assert world.screener.screen(of(again))["decision"] == target
                sets += 1
            mine = {item.changes[0].fact for item in result.turns if len(item.changes) == 1 and not item.conditions}
            assert {fact for fact, word in told if word == target} <= {
                c.fact for i in result.turns for c in i.changes if len(i.changes) == 1
            }
            assert mine <= {fact for fact, word in told if word == target}
            singles += len(mine)
    assert sets > 3
    assert singles > 0


def test_the_solver_says_when_it_gives_up(world):
    known = world.described(Random(2))
    result: Turnings | None = None
    for _ in range(10):
        finding = world.screener.screen(of(known))
        if finding["decision"] == "prohibited":
            result = Turning(world.machine, known, "access", "allowed", patience_s=0.001).run()
            break
        known = world.described(Random(finding["digest"]))
    assert result is not None
    assert (result.ending, result.turns) == ("timeout", [])
