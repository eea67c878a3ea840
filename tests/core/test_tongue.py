"""The language that is spoken: the catalogue is whole, amounts keep their value, speaking ends with its block."""

from __future__ import annotations

import ast
import json
import re
import string
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework import report_words
from greenrule.core.tongue import amount, language, said, speaking, united, words

SOURCE = Path(__file__).resolve().parents[2] / "src" / "greenrule"
CHINESE = re.compile("[\u4e00-\u9fff]")


#: How the typesetting template says its own words.
TYPESET = re.compile(r'\b(?:said|filled)\("([^"]*)"(?:, "([^"]*)")?')


def _said() -> set[str]:
    """Every sentence that the source passes through `said`, the report's templates and the tables of report words."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("said", "said_later")
            ):
                constant = [item.value for item in node.args if isinstance(item, ast.Constant)]
                found |= {"：".join(reversed(constant))} if len(constant) == len(node.args) else set()
    template = (SOURCE / "casework" / "templates" / "report.html.j2").read_text(encoding="utf-8")
    found |= {match[2] for match in re.finditer(r"""_\((["'])(.*?)\1\)""", template)}
    typeset = (SOURCE / "casework" / "templates" / "report.typ").read_text(encoding="utf-8")
    found |= {f"{match[2]}：{match[1]}" if match[2] else match[1] for match in TYPESET.finditer(typeset)}
    for name, table in vars(report_words).items():
        if name.isupper() and isinstance(table, dict):
            found |= {label for label in table.values() if isinstance(label, str)}
    return {text for text in found if CHINESE.search(text)}


def test_everything_that_is_said_has_english() -> None:
    assert _said() - set(words()) == set()


def test_english_is_english_and_takes_the_same_parts() -> None:
    for chinese, english in words().items():
        parts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (chinese, english)]
        assert parts[0] == parts[1], chinese
        # The mark of demonstration data is shown as it must be, beside its English.
        assert not CHINESE.search(english.replace(report_words.DEMO, "")), chinese


def test_no_chinese_is_left_in_the_template_outside_the_catalogue() -> None:
    text = (SOURCE / "casework" / "templates" / "report.html.j2").read_text(encoding="utf-8")
    left = re.sub(r"\{#.*?#\}|_\(([\"']).*?\1\)", "", text, flags=re.DOTALL)
    assert not CHINESE.search(left)
    typeset = (SOURCE / "casework" / "templates" / "report.typ").read_text(encoding="utf-8")
    left = TYPESET.sub("", typeset).replace('author: "绿尺 Greenrule"', "")
    assert not re.search("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", left)


@given(number=st.integers(0, 10**7), scale=st.sampled_from([("", 1), ("万", 10**4), ("亿", 10**8)]))
def test_an_amount_keeps_its_value(number: int, scale: tuple[str, int]) -> None:
    told = amount(f"{number} {scale[0]}吨/年")
    assert Fraction(told.removesuffix(" t/year").replace(",", "")) == number * scale[1]


def test_speaking_ends_with_its_block_even_where_it_fails() -> None:
    try:
        with speaking("en"):
            assert said("是") == "yes"
            raise ValueError
    except ValueError:
        pass
    assert language() == "zh"
    assert said("是") == "是"


def test_the_files_of_the_catalogue_are_united(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"是": "yes", "否": "no"}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"是": "yes", "P001": {"message": "one"}}', encoding="utf-8")
    assert united(tmp_path) == {"是": "yes", "否": "no", "P001": {"message": "one"}}


@pytest.mark.parametrize("second", ['{"是": "is"}', '{"否": "no", "否": "not"}'])
def test_a_key_said_in_two_ways_is_refused(tmp_path: Path, second: str) -> None:
    (tmp_path / "a.json").write_text('{"是": "yes"}', encoding="utf-8")
    (tmp_path / "b.json").write_text(second, encoding="utf-8")
    with pytest.raises(ValueError, match="two ways"):
        united(tmp_path)


def test_every_file_of_the_catalogue_is_in_order() -> None:
    folder = SOURCE / "core" / "english"
    assert len(list(folder.rglob("*.json"))) > 8
    for path in folder.rglob("*.json"):
        keys = list(json.loads(path.read_text(encoding="utf-8")))
        assert keys == sorted(keys), path.name
