"""Cases find wrong rules, and the mutation check finds cases that find nothing."""

from __future__ import annotations

from pathlib import Path

from greenrule.packs.book import load_book
from greenrule.packs.cases import load_cases, run_cases
from greenrule.packs.mutants import Bench, mutants
from greenrule.rules.parser import parse_expression
from tests import strategies
from tests.packs.test_book import spoil

EACH = """    each:
      added: {yes: [90 万吨/年], no: [80 万吨/年]}
    alone: {yes: [near]}
"""


def outcome(pack: Path) -> list[str]:
    """Codes of the faults of all cases."""
    book = load_book([pack]).book
    faults: list = []
    cases = load_cases(book, pack.glob("cases/*.yaml"), faults)
    return [fault.code for fault in (*faults, *run_cases(book, cases))]


def test_a_sound_pack_passes(pack):
    """No faults, and no mutant survives but the open half of the list."""
    assert outcome(pack) == []


def test_a_wrong_comparison_a_wrong_effect_and_a_wrong_name_fail(pack):
    """What cases are for."""
    spoil(pack, "rules/x.rules", ">=", ">")
    assert set(outcome(pack)) == {"C003"}


def test_the_effect_is_restated(pack):
    """A flipped effect fails every case."""
    spoil(pack, "cases/x.yaml", "effect: prohibit access", "effect: restrict access")
    assert set(outcome(pack)) == {"C002"}


def test_facts_that_do_not_exist_are_faults_of_the_case(pack):
    """With their place."""
    spoil(pack, "cases/x.yaml", "near: 否", "naer: 否")
    assert "J020" in outcome(pack)


def test_missing_facts_must_be_asked_for(pack):
    """An unknown verdict names the fact it waits for."""
    spoil(pack, "cases/x.yaml", "missing: [near]", "missing: [added]")
    assert outcome(pack) == ["C004"]


def test_every_comparison_and_connective_has_mutants():
    """The flips that are tried."""
    node = parse_expression("a and (mass < 30 吨/年 or not b) and industry under {11, 12}", "x", [])
    texts = [mutant.text for mutant in mutants(node, strategies.book(), strategies.ON)]

    assert texts == [
        "And → Or", "去掉 a", "取反 a", "去掉 Or", "Or → And", "去掉 mass < …", "`<` → `<=`", "`<` → `>=`", "`30 吨/年` → `27`",
        "`30 吨/年` → `33`", "去掉 not b", "去掉 not", "取反 b", "去掉 industry", "取反 industry", "industry 少了 11", "industry 少了 12",
    ]  # fmt: skip


def test_a_parameter_is_moved_as_its_value():
    """Whether the number stands in the rule or beside it, both sides must be tried."""
    node = parse_expression("mass >= $limit", "x", [])
    texts = [mutant.text for mutant in mutants(node, strategies.book(), strategies.ON)]

    assert texts == ["`>=` → `>`", "`>=` → `<`", "`50 吨/年` → `45`", "`50 吨/年` → `55`"]


def test_a_survivor_is_named(pack):
    """Without a case on the threshold itself, `>=` against `>` goes unnoticed."""
    spoil(pack, "cases/x.yaml", "added: 90 万吨/年", "added: 95 万吨/年")
    book = load_book([pack]).book
    cases = load_cases(book, pack.glob("cases/*.yaml"), [])
    bench = Bench(book, cases)

    assert "规则 `x-a` 改了一处（`>=` → `>`），所有用例仍然通过" in [fault.message for fault in bench.rule("x-a")]
    assert [fault.code for fault in bench.unbounded(book.rules["x-a"])] == ["C013"]


def test_a_survivor_comes_with_an_example(pack):
    """Of a part that no case needs, the facts that would tell are named."""
    spoil(pack, "cases/x.yaml", ", {near: 否}]", "]")
    spoil(pack, "cases/x.yaml", "{near: '?', missing: [near]}, ", "")
    book = load_book([pack]).book
    faults = Bench(book, load_cases(book, pack.glob("cases/*.yaml"), [])).rule("x-a")
    helps = [fault.help for fault in faults if "去掉 near" in fault.message]

    assert helps
    assert str(helps[0]).startswith("加一个用例，如 near: False（其余同 ")


def test_a_part_that_says_nothing_new_is_no_survivor(pack):
    """`a and a` without one `a` is the same rule: no case could notice, and none is asked for."""
    book = load_book([pack]).book
    before = {fault.message for fault in Bench(book, load_cases(book, pack.glob("cases/*.yaml"), [])).rule("x-a")}
    spoil(pack, "rules/x.rules", "when ", "when near and ")
    book = load_book([pack]).book
    after = {fault.message for fault in Bench(book, load_cases(book, pack.glob("cases/*.yaml"), [])).rule("x-a")}

    assert not [message for message in after - before if "去掉 near" in message]


def test_each_and_alone_make_a_case_of_every_value(pack):
    """Codes restated one by one, and truths of which any one is enough."""
    book = load_book([pack]).book
    path = pack / "cases" / "x.yaml"
    before = len(load_cases(book, [path], []))
    path.write_text(path.read_text(encoding="utf-8") + EACH, encoding="utf-8")
    faults: list = []
    cases = load_cases(book, [path], faults)

    assert not faults
    assert len(cases) == before + 2 + 2
    assert [fault.code for fault in run_cases(book, cases)] == []


def test_alone_takes_truths_only(pack):
    """A quantity cannot stand alone."""
    path = pack / "cases" / "x.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "    alone: {yes: [added]}\n", encoding="utf-8")

    assert outcome(pack) == ["C006"]
