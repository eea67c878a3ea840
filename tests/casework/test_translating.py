"""A finding in English says what the Chinese one says: same codes, same numbers, same rules, other words."""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from greenrule.casework.printing import gathered
from greenrule.casework.project import read_projects
from greenrule.casework.questioning import question_in_english, unit_label
from greenrule.casework.report import render
from greenrule.casework.report_view import read
from greenrule.casework.screening import Screener, open_screener
from greenrule.casework.since_english import since_in_english
from greenrule.casework.translating import in_english
from greenrule.core.errors import EnvironmentFault
from greenrule.core.seal import digest
from greenrule.core.tongue import language, speaking
from greenrule.core.units import factor

CHINESE = re.compile("[\u4e00-\u9fff]")
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))
#: What stays the same whatever the language.
CODES = ("decision", "units", "versions", "digest", "project", "title")


@pytest.fixture(scope="module")
def screener(demo_workspace: Any) -> Screener:
    return open_screener(demo_workspace.path)


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def both(request: pytest.FixtureRequest, screener: Screener) -> tuple[dict[str, Any], dict[str, Any]]:
    finding = screener.screen(read_projects(request.param, screener.law)[0], everything=True)
    return finding, in_english(finding, screener.law)


def test_codes_and_order_are_the_same(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    finding, english = both
    for key in CODES:
        assert english[key] == finding[key], key
    for key in ("eia", "permit", "site"):
        assert [
            name for name, told in finding[key].items() if english[key][name] != told and name not in ("cites", "notes")
        ] == []
    assert [row["code"] for row in english["industries"]] == [row["code"] for row in finding["industries"]]
    for one, other in zip(english["reasons"], finding["reasons"], strict=True):
        assert [(cite["instrument"], cite["clause"], cite["number"]) for cite in one["cites"]] == [
            (cite["instrument"], cite["clause"], cite["number"]) for cite in other["cites"]
        ]
    for key, names in {"reasons": ("rule", "state", "value"), "missing": ("fact", "affects"), "obligations": ("rule",),
                       "turns": ("fact", "decision"), "boundaries": ("fact", "value", "distance_m")}.items():  # fmt: skip
        assert [[item[name] for name in names] for item in english[key]] == [
            [item[name] for name in names] for item in finding[key]
        ]


def test_the_sealed_finding_is_not_touched(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    finding, _ = both
    assert digest(finding) == finding["digest"]


def test_what_a_reader_needs_is_english(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Titles, duties, questions, labels of facts: none of them Chinese; citations, notes and industries may be."""
    _, english = both
    for item in [*english["obligations"], *english["support"]]:
        assert not CHINESE.search(item["title"] + item["text"] + (item["due"] or "")), item
    for item in english["missing"]:
        assert not CHINESE.search(item["label"] + item["question"]), item
    for item in english["reasons"]:
        assert not CHINESE.search(item["title"]), item["rule"]
        for fact in item["facts"]:
            assert not CHINESE.search(f"{fact['label']}{fact['unit'] or ''}"), fact


def test_the_text_has_english_headings_and_the_note(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, english = both
    text = render(english, "text", lang="en").decode()
    assert "stay Chinese" in text.replace("\n", " ")
    for line in text.splitlines():
        if set(line) == {"-"}:
            continue
        assert not re.match(r"^(?:结论|规则|依据|待补)", line.strip()), line
    assert language() == "zh"


def test_the_page_says_its_language_and_escapes(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, english = both
    page = render({**english, "title": "<b>x</b>"}, "html", lang="en").decode()
    assert '<html lang="en">' in page
    assert "<b>x</b>" not in page
    assert '<html lang="zh-CN">' in render(both[0], "html").decode()


def _strings(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*map(_strings, value.values()))
    return set().union(*map(_strings, value)) if isinstance(value, list | tuple) else set()


def _word_lines(data: bytes) -> list[str]:
    """Every line of a Word document: paragraphs, cells, header and footer."""
    import docx

    document = docx.Document(io.BytesIO(data))
    section = document.sections[0]
    found = [item.text for part in (document, section.header, section.footer) for item in part.paragraphs]
    found += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [line for text in found for line in text.splitlines()]


def test_word_says_nothing_chinese_of_its_own(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """What is left of the English document without the words of the finding has no Chinese, neither words nor marks."""
    finding, english = both
    with speaking("en"):
        report = read(english)
    lines = _word_lines(render(english, "docx", lang="en"))
    foreign = sorted((text for text in _strings(asdict(report)) if not text.isascii()), key=len, reverse=True)
    for line in lines:
        left = line
        for text in foreign:
            left = left.replace(text, "")
        assert not re.search("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", left), line
    assert report.reading[0] in lines
    assert any(finding["digest"] in line for line in lines)
    assert any(line.startswith("Page ") for line in lines)
    assert render(finding, "docx", lang="zh") != render(english, "docx", lang="en")


def test_the_pdf_carries_the_same_digest_and_says_which_text_holds(screener: Screener) -> None:
    from pypdf import PdfReader

    from greenrule.casework.report_pdf import find_fonts

    try:
        find_fonts()
    except EnvironmentFault:
        pytest.skip("no Chinese font is installed")
    finding = screener.screen(read_projects(EXAMPLES[0], screener.law)[0])
    told = {}
    for lang in ("zh", "en"):
        found, picture = gathered(finding, "pdf", screener, lang)
        assert picture is not None
        pages = PdfReader(io.BytesIO(render(found, "pdf", map_data=picture, lang=lang))).pages
        told[lang] = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
        assert finding["digest"] in told[lang].replace(" ", "")
    assert "The Chinese finding is the authoritative one" in told["en"]
    assert "What to file, and with whom" in told["en"]
    assert finding["project"]["name"] in told["en"].replace(" ", "")
    assert "authoritative" not in told["zh"]


def test_an_unknown_rule_fact_and_value_keep_what_they_have(screener: Screener) -> None:
    """A finding of other packs, or an older one."""
    strange = {
        "decision": "allowed", "reasons": [{"rule": "gone-1", "title": "旧规定", "facts": [{"id": "gone.fact", "label": "旧事实", "value": 3, "unit": "吨/年"}]}],
        "missing": [{"fact": "gone.fact", "label": "旧事实", "question": "多少？"}], "turns": [], "notices": ["别的"], "doubts": [{"message": "某"}],
    }  # fmt: skip
    english = in_english(strange, screener.law)
    assert english["reasons"][0]["title"] == "旧规定"
    assert english["missing"][0]["question"] == "多少？"
    json.dumps(english)


def test_every_fact_has_a_question_and_every_unit_a_label(screener: Screener) -> None:
    for spec in screener.law.book.facts.values():
        asked = question_in_english(screener.law, spec)
        assert asked.endswith(("?", "0.", "chosen.", "name)?"))
        assert not CHINESE.search(asked), asked
        if spec.unit:
            assert not CHINESE.search(unit_label(spec.unit)), spec.unit
            assert factor(spec.unit)


def test_a_border_in_doubt_is_told_among_the_changes(screener: Screener) -> None:
    label = screener.law.book.facts["site.red_line"].zh
    item = {
        "kind": "border", "kind_label": "边界存疑", "id": "site.red_line", "change": "added", "change_label": "新增", "before": None, "after": None, "cites": [],
        "label": f"“{label}”距边界 12.0 米，图层精度为 20 米；若边界移动，{screener.law.book.decisions['access'].zh}会改变",
    }  # fmt: skip
    side = {"on": "2026-11-21", "decision": "allowed", "label": "允许准入"}
    told = since_in_english({"items": [item], "outcome": [], "law_kept": True, "then": side, "now": side}, screener.law)
    assert not CHINESE.search(told["items"][0]["label"])
    assert "12.0 m from the border" in told["items"][0]["label"]
