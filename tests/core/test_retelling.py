"""Finished sentences are told again in English: recognised by their template, with what stands in their holes."""

from __future__ import annotations

import ast
import re
import string
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import Fault
from greenrule.core.retelling import fault_in_english, fault_json, retold, sentences
from greenrule.core.tongue import speaking

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile("[\u4e00-\u9fff]")
MARK = "演示数据（非官方）"


@cache
def _source() -> str:
    """All texts of the program, f-strings with `{}` for what is filled in."""
    found = []
    for path in (ROOT / "src" / "greenrule").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\0".join(found)


def _fixed(template: str) -> list[str]:
    return [literal for literal, _, _, _ in string.Formatter().parse(template) if CHINESE.search(literal)]


def test_what_is_recognised_is_what_the_program_says() -> None:
    """A sentence that is no longer made anywhere is none to keep: each fixed part of it stands in the source.

    Parts end at punctuation: what stands between two holes may be joined of texts that are said or not (`，已逾期`).
    """
    gone = {
        chinese: part
        for chinese in sentences()
        for piece in _fixed(chinese)
        for part in re.split(r"[，；：（）“”、\s的]+", piece)
        if CHINESE.search(part) and part not in _source()
    }
    assert gone == {}


def test_english_takes_the_same_parts_and_is_english() -> None:
    for chinese, english in sentences().items():
        one, other = ({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (chinese, english))
        assert one == other, chinese
        assert not CHINESE.search(english.replace(MARK, "")), chinese
        # A template that nearly anything fits would make English of what people wrote.
        assert len(re.sub(r"\{\w+\}", "", chinese).replace(" ", "")) >= 2 or chinese == "用 {names}", chinese


@given(name=st.text("abc·甲乙0123456789-", min_size=1, max_size=8), count=st.integers(0, 10**6))
def test_a_name_in_a_sentence_is_left_as_it_is(name: str, count: int) -> None:
    assert retold(f"没有编号为 {name} 的任务") == f"There is no task {name}"
    assert retold(f"一次进展最多附 {count} 个文件") == f"A progress report takes at most {count} files"


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("2026-10-31 为 81.5%，达到", "81.5% on 2026-10-31: met"),
        ("用煤等于 0 台：期限 2024-10-31 已过，没有报送数", "coal: 0 units: due on 2024-10-31, which has passed, and no number was reported"),
        ("可用：准入、环评形式", "Use one of: access, EIA form"),
        ("规则“用煤”改动等 3 处；准入结论由“禁止准入”变为“允许准入”", "Rule “coal”: changed, 3 changes in all; access was “prohibited”, now “allowed”"),
    ],
)  # fmt: skip
def test_what_stands_in_a_hole_is_told_again(chinese: str, english: str) -> None:
    assert retold(chinese, {"用煤": "coal"}) == english


def test_a_sentence_that_nobody_knows_has_no_english() -> None:
    assert retold("今天天气很好") is None


def test_a_fault_is_told_whole_where_its_sentences_are_known() -> None:
    fault = Fault("TSK001", "没有编号为 x 的任务", None, "相近的有：t-air-01、t-air-02")
    assert fault_json(fault)["message"] == "没有编号为 x 的任务"
    with speaking("en"):
        told = fault_json(fault)
    assert told == {"code": "TSK001", "message": "There is no task x", "help": "Near ones: t-air-01, t-air-02"}


def test_a_fault_that_is_told_by_its_code_keeps_the_chinese_beside() -> None:
    told = fault_in_english({"code": "TSK001", "message": "没有这样的任务 x", "help": "相近的有：y"})
    assert told["message"] == "There is no task of that number"
    assert told["help"] == "Near ones: y"
    assert told["original"] == {"message": "没有这样的任务 x", "help": "相近的有：y"}
    assert fault_in_english(told) == told


def test_what_is_longer_than_any_sentence_is_not_tried() -> None:
    """Somebody may write a text that nearly fits in very many ways."""
    sentence = "期限 2024-10-31 已过，没有报送数"
    assert retold(sentence) is not None
    assert retold(sentence.replace("2024", "为" * 2000)) is None
