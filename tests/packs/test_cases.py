"""Cases find wrong rules, and the mutation check finds cases that find nothing."""

from __future__ import annotations

from pathlib import Path

from greenrule.packs.book import load_book
from greenrule.packs.cases import load_cases, run_cases
from greenrule.packs.mutants import mutants, survivors
from greenrule.rules.parser import parse_expression
from tests.packs.test_book import spoil


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
    node = parse_expression("a and (mass < 3 吨/年 or not b)", "x", [])
    texts = [text for text, _ in mutants(node)]

    assert texts == ["And → Or", "取反 a", "Or → And", "`<` → `<=`", "`<` → `>=`", "去掉 not", "取反 b"]


def test_a_survivor_is_named(pack):
    """Without a case on the threshold itself, `>=` against `>` goes unnoticed."""
    spoil(pack, "cases/x.yaml", "added: 90 万吨/年", "added: 95 万吨/年")
    book = load_book([pack]).book
    cases = load_cases(book, pack.glob("cases/*.yaml"), [])
    faults = [fault.message for fault in survivors(book, book.rules["x-a"], cases)]

    assert faults == ["规则 `x-a` 把 `>=` → `>` 之后所有用例仍然通过"]
