from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.packs.documents.normal import is_page_mark, normal_text, text_hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("到２０２５年", "到2025年"),
        ("ＰＭ２．５", "PM2.5"),
        ("PM_{2.5}", "PM2.5"),
        ("PM₂.₅", "PM2.5"),
        ("（一）甲，乙；丙：丁。", "(一)甲,乙;丙:丁."),
        ("“双控”", '"双控"'),
        ("《名录》", "«名录»"),
        ("〔2024〕", "[2024]"),
        ("２０２１－２０３０年", "2021—2030年"),
        ("———甲", "—甲"),
        ("Ⅲ类", "III类"),
        ("５％", "5%"),
        ("甲\n— 12 —\n乙", "甲乙"),
        ("甲　乙\t丙\u200b\xad丁\ufeff", "甲乙丙丁"),
        ("⺠生", "民生"),
        ("⽂件", "文件"),
    ],
)
def test_what_copies_change_is_taken_out(one: str, other: str) -> None:
    assert normal_text(one) == normal_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("35以下", "36以下"), ("禁止", "不禁止"), ("1.5", "15"), ("甲、乙", "甲乙"), ("2025-2030", "20252030")],
)
def test_wording_stays(one: str, other: str) -> None:
    assert normal_text(one) != normal_text(other)


def test_the_hash_is_plain_sha256() -> None:
    assert text_hash("到２０２５年。") == hashlib.sha256("到2025年.".encode()).hexdigest()


@pytest.mark.parametrize("line", ["12", "2025—2030年", "第3页所列项目", "3.5/10", "一、", "", "——————"])
def test_what_is_no_page_mark(line: str) -> None:
    assert not is_page_mark(line)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_white_space_and_nothing_invisible_is_left(text: str) -> None:
    told = normal_text(text)
    assert "".join(told.split()) == told
    assert told == told.replace("，", ",").replace("。", ".")
