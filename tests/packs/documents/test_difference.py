from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.packs.documents.difference import Change, compare_texts, word_difference
from greenrule.packs.documents.normal import normal_text
from tests.packs.documents import paper
from tests.packs.documents.test_parse import parse, plain

OLD = (
    "一、甲\n（一）各地建立台账，按月报送，到2025年底前做到一户一档。\n（二）新建项目清洁运输比例不低于80%。\n"
    "二、乙\n（一）鼓励使用低挥发性涂料。\n（二）水质达标的断面次年减少采样。\n"
)


def changes(new: str, old: str = OLD) -> dict[tuple[str | None, str | None], Change]:
    """(old anchor, new anchor) → change, what stayed the same left out."""
    found = compare_texts(parse(new), parse(old))
    return {(change.old, change.new): change for change in found if change.what != "same"}


def kinds(new: str, old: str = OLD) -> dict[tuple[str | None, str | None], str]:
    """(old anchor, new anchor) → what became of it."""
    return {key: change.what for key, change in changes(new, old).items()}


def test_nothing_changed() -> None:
    assert kinds(OLD) == {}
    assert kinds(paper.full_width(OLD).replace("，", "，\n")) == {}


def test_a_number_changed() -> None:
    found = changes(OLD.replace("2025", "2027"))
    assert {key: change.what for key, change in found.items()} == {
        ("s1", "s1"): "inside",
        ("s1.c1", "s1.c1"): "changed",
    }
    assert [word for word in found["s1.c1", "s1.c1"].words if word[0] == "~"] == [("~", "2025", "2027")]


def test_a_clause_inserted_moves_the_others_and_changes_none() -> None:
    new = OLD.replace("（二）新建", "（二）每季公开一次全省排名和奖惩情况。\n（三）新建")
    assert kinds(new) == {("s1", "s1"): "inside", (None, "s1.c2"): "new", ("s1.c2", "s1.c3"): "moved"}


def test_a_clause_struck_out() -> None:
    new = OLD.replace("（一）鼓励使用低挥发性涂料。\n（二）水质", "（一）水质")
    assert kinds(new) == {("s2", "s2"): "inside", ("s2.c1", None): "gone", ("s2.c2", "s2.c1"): "moved"}


def test_a_clause_moved_and_changed_is_still_known() -> None:
    new = OLD.replace("（二）水质达标的断面次年减少采样。\n", "").replace("（二）新建", "（三）新建").replace(
        "二、乙", "三、丙\n（一）水质达标的断面，次年可以减少采样。\n二、乙"
    )  # fmt: skip
    assert kinds(new)["s2.c2", "s3.c1"] == "rewritten"


def test_a_heading_changed() -> None:
    found = changes(OLD.replace("一、甲", "一、甲乙"))
    assert {key: change.what for key, change in found.items()} == {("s1", "s1"): "changed"}
    assert found["s1", "s1"].words == (("=", "甲", "甲"), ("~", "", "乙"))


@settings(max_examples=30)
@given(st.text(alphabet="甲乙丙，。1２.%ab", max_size=40), st.text(alphabet="甲乙丙，。1２.%ab", max_size=40))
def test_words_put_together_give_both_texts(old: str, new: str) -> None:
    words = word_difference(old, new)
    assert normal_text("".join(was for _, was, _ in words)) == normal_text(old)
    assert normal_text("".join(now for _, _, now in words)) == normal_text(new)
    assert all(normal_text(was) == normal_text(now) for sign, was, now in words if sign == "=")


@settings(max_examples=20)
@given(paper.papers(), paper.papers())
def test_every_clause_of_both_texts_is_told_once(old: list[paper.Node], new: list[paper.Node]) -> None:
    before, after = parse(plain(old)), parse(plain(new))
    found = compare_texts(after, before)
    assert sorted(change.old for change in found if change.old) == sorted(p.anchor for p in before if p.kind != "p")
    assert sorted(change.new for change in found if change.new) == sorted(p.anchor for p in after if p.kind != "p")


@pytest.mark.parametrize("size", [40])
def test_many_changed_clauses_are_paired_by_likeness(size: int) -> None:
    old = "\n".join(f"第{paper.chinese_numeral(n)}条　第{n}号事项由甲机关办理，期限{n}日。" for n in range(1, size))
    new = "\n".join(f"第{paper.chinese_numeral(n + 1)}条　第{n}号事项由乙机关办理，期限{n}日。" for n in range(1, size))
    found = kinds("第一条　新增的一条，说别的事。\n" + new, old)
    assert found[None, "art1"] == "new"
    assert all(found[f"art{n}", f"art{n + 1}"] == "rewritten" for n in range(1, size))
