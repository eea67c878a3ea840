"""Conflicts and givens of a pack are read strictly."""

from __future__ import annotations

import pytest

from greenrule.packs.book import load_book
from tests.packs.test_book import refused

ENTRY = "conflicts:\n  - {{id: c, topic: 甲, differ: 乙, resolved_by: {by}, reason: 丙, {sides}}}\n"


def write(pack, text: str) -> None:
    """A conflicts.yaml for the pack, and a second rule to disagree with."""
    (pack / "conflicts.yaml").write_text(text, encoding="utf-8")
    rules = pack / "rules" / "x.rules"
    rules.write_text(
        rules.read_text(encoding="utf-8") + rules.read_text(encoding="utf-8").replace("x-a", "x-b"), encoding="utf-8"
    )


def test_between_rules_or_between_clauses(pack):
    """Either is a conflict, with all its keys there."""
    write(pack, ENTRY.format(by="newer", sides="rules: [x-a, x-b], prefer: [x-a]"))
    found = load_book([pack]).conflicts

    assert found == (
        {"id": "c", "topic": "甲", "differ": "乙", "resolved_by": "newer", "reason": "丙", "rules": ["x-a", "x-b"], "clauses": [], "prefer": ["x-a"]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("by", "sides", "said"),
    [
        ("older", "rules: [x-a, x-b]", "P013"),
        ("newer", "rules: [x-a]", "P120"),
        ("newer", "rules: [x-a, x-a]", "P120"),
        ("newer", "rules: [x-a, x-b], clauses: ['x-1#1', 'x-1#1']", "P120"),
        ("newer", "rules: [x-a, x-b], prefer: [x-c]", "P120"),
        ("newer", "rules: [x-a, x-c]", "P055"),
        ("newer", "clauses: ['x-1#1', 'x-1#9']", "P024"),
    ],
)
def test_what_is_wrong_is_told(pack, by, sides, said):
    """One side only, a rule or clause that is not there, a way of resolving that is none."""
    write(pack, ENTRY.format(by=by, sides=sides))
    assert [line for line in refused(pack) if line.startswith(said)]


def test_the_same_id_twice(pack):
    """Findings name conflicts by id."""
    entry = ENTRY.format(by="newer", sides="rules: [x-a, x-b]")
    write(pack, entry + entry.partition("\n")[2])
    assert [line for line in refused(pack) if line.startswith("P120") and "两次" in line]


def test_a_given_is_a_last_derivation(pack):
    """What holds wherever the pack speaks need not be asked; what the writer says goes before it."""
    (pack / "givens.yaml").write_text("givens:\n  near: {value: false, reason: 处处不邻近}\n", encoding="utf-8")
    spec = load_book([pack]).book.facts["near"]

    assert [(item.value.value, item.when) for item in spec.derive] == [(False, None)]


@pytest.mark.parametrize("text", ["neer: {value: false, reason: 甲}", "added: {value: false, reason: 甲}"])
def test_a_given_is_a_declared_truth(pack, text):
    """Not a quantity, not a slip of the pen."""
    (pack / "givens.yaml").write_text(f"givens:\n  {text}\n", encoding="utf-8")
    assert [line for line in refused(pack) if line.startswith("P047")]
