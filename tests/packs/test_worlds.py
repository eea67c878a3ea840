"""Statements of what cannot be otherwise: read strictly, and true of what is already written."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import load_book
from greenrule.packs.worlds import load_statements


def test_statements_are_read_and_linked(pack: Path):
    """With their reason and their place."""
    (pack / "worlds.yaml").write_text(
        "statements:\n  s: {holds: added <= capacity, why: 新增不多于全部}\n", encoding="utf-8"
    )
    (found,) = load_statements(load_book([pack])).values()

    assert (found.id, found.why) == ("s", "新增不多于全部")
    assert str(found.at).endswith("worlds.yaml:2:6")


def test_everything_wrong_is_told_at_once(pack: Path):
    """A fact that is not there, kinds that do not compare, a rule, a missing reason."""
    (pack / "worlds.yaml").write_text(
        "statements:\n  a: {holds: nowhere, why: 甲}\n  b: {holds: added < capacity.power, why: 乙}\n"
        "  c: {holds: not applies(x-a), why: 丙}\n  d: {holds: near}\n  e: {holds: near and, why: 戊}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputFault) as raised:
        load_statements(load_book([pack]))

    assert sorted(fault.code for fault in raised.value.faults) == ["P011", "P122", "R002", "R012", "R013"]
    assert all(fault.place is not None and "worlds.yaml" in str(fault.place) for fault in raised.value.faults)


def test_a_statement_of_two_packs_is_told(pack: Path, tmp_path: Path):
    """The lower pack may not quietly change what the higher one says."""
    text = "statements:\n  s: {holds: near or not near, why: 甲}\n"
    (pack / "worlds.yaml").write_text(text, encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / "pack.toml").write_text('id = "other"\n', encoding="utf-8")
    (other / "worlds.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputFault, match="P121"):
        load_statements(load_book([pack, other]))
