"""Packs are read whole or refused with everything that is wrong, each at its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import load_book, pack_digest


def spoil(pack: Path, name: str, old: str, new: str) -> None:
    """Replace a piece of one file."""
    path = pack / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(pack: Path) -> list[str]:
    """First lines of the faults, without the folder."""
    with pytest.raises(InputFault) as caught:
        load_book([pack])
    return [str(fault).splitlines()[0].replace(f"{pack}/", "") for fault in caught.value.faults]


def test_a_sound_pack_is_linked_and_dated(pack):
    """Rules take their dates from the instrument they cite."""
    law = load_book([pack])

    assert law.book.validity["x-a"] == (date(2024, 1, 2), None, date(2024, 1, 2), date(2024, 1, 2))
    assert list(law.versions) == ["tiny"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "facts/base.yaml",
            "question: 邻近？",
            "qestion: 邻近？",
            "P010 facts/base.yaml:13:34 事实 near 的键 `qestion` 不认识",
        ),
        (
            "facts/base.yaml",
            "kind: truth",
            "kind: thruth",
            "P013 facts/base.yaml:13:16 `kind` 的值 `thruth` 不在可用的值里",
        ),
        ("facts/base.yaml", "unit: 千瓦", "unit: 千瓦瓦", "P040 facts/base.yaml:5:19 不认识的单位 `千瓦瓦`"),
        (
            "facts/base.yaml",
            "when: nature is new",
            "when: nature is nwe",
            "R019 facts/base.yaml:12:33 没有名为 `nwe` 的词表 `nature` 的代码",
        ),
        ("parameters/limit.yaml", "value: 90", "value: ninety", "P045 parameters/limit.yaml:6:35 `ninety` 不是数"),
        (
            "parameters/limit.yaml",
            "万吨/年",
            "公里",
            "R012 rules/x.rules:3:34 不能比较：左边是量（[mass]/[civil_year]），右边是量（[length]）",
        ),
        (
            "lists/heavy.yaml",
            ", note: 等字未尽",
            "",
            "P046 lists/heavy.yaml:2:10 名录 heavy 有未决部分，却没有说明理由",
        ),
        ("rules/x.rules", "x-1#1", "x-1#7", "P024 rules/x.rules:1:6 `x-1` 没有条款 `7`"),
        ("rules/x.rules", "x-1#1", "y-1#1", "P023 rules/x.rules:1:6 没有文件 `y-1`"),
        (
            "decisions.yaml",
            "prohibit: prohibited",
            "prohibits: prohibited",
            "R022 rules/x.rules:4:19 决定 `access` 不用动词 `prohibit`",
        ),
    ],
)
def test_a_slip_is_shown_at_its_line(pack, name, old, new, said):
    """Code, file, line, column."""
    spoil(pack, name, old, new)

    assert any(line.startswith(said) for line in refused(pack)), refused(pack)


def test_a_name_used_twice_is_refused(pack):
    """Two rules of the same id, in two files."""
    (pack / "rules" / "y.rules").write_text((pack / "rules" / "x.rules").read_text(encoding="utf-8"), encoding="utf-8")

    assert any(line.startswith("P052 rules/y.rules:1:6 规则 `x-a` 重复") for line in refused(pack))


def test_all_files_are_read_before_complaining(pack):
    """Faults of several files come in one go."""
    spoil(pack, "facts/base.yaml", "question: 邻近？", "qestion: 邻近？")
    spoil(pack, "rules/x.rules", "x-1#1", "y-1#1")

    assert {line.split()[0] for line in refused(pack)} >= {"P010", "P023"}


def test_a_users_list_fills_in_what_the_pack_leaves_open(pack, tmp_path):
    """Lists of the workspace come after those of the packs."""
    own = tmp_path / "own.yaml"
    own.write_text("lists:\n  heavy: {vocab: gbt4754, label: 重, codes: ['25']}\n", encoding="utf-8")
    book = load_book([pack], [own]).book

    assert (book.lists["heavy"].codes, book.lists["heavy"].open_within) == (("25",), ())


def test_the_digest_covers_rules_and_not_cases(pack):
    """Changing a case does not change the law; changing a rule does."""
    before = pack_digest(pack)
    spoil(pack, "cases/x.yaml", "yes: [{}]", "yes: [{}, {}]")
    same = pack_digest(pack)
    spoil(pack, "rules/x.rules", "不予准入", "不准")

    assert before == same != pack_digest(pack)
