"""Findings in English over many industries and places: whatever Chinese is left belongs to a class that is stated here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenrule.casework.project import project_from, read_projects
from greenrule.casework.report import render
from greenrule.casework.screening import Screener, open_screener
from greenrule.casework.translating import in_english

CHINESE = re.compile("[\u4e00-\u9fff]")
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))
#: Industries over the whole classification, each asked with another nature at another of the examples' places.
INDUSTRIES = (
    "0313", "0321", "0411", "0610", "0810", "0912", "1011", "1351", "1461", "1511", "1711", "1819", "1910", "2110", "2211", "2319", "2511", "2521",
    "2614", "2621", "2631", "2651", "2710", "2822", "2911", "3011", "3041", "3072", "3110", "3140", "3211", "3360", "3391", "3411", "3612", "3731",
    "3841", "3973", "4210", "4411", "4412", "4413", "4415", "4417", "4511", "4620", "4720", "4813", "4852", "5311", "5942", "6513", "7010", "7723",
    "7724", "7810", "8411", "9021",
)  # fmt: skip
NATURES = ("new", "expand", "rebuild", "relocate", "upgrade")
#: What somebody wrote: the project as it was asked, its name, names of places, names and access lists of units.
WRITTEN = re.compile(
    r"\.project\b.*|\.title|\.site\.(?:county|city)|\.approver\.lead_city|\.units\.(?:name|county|city|town|source"
    r"|spatial_constraint|pollution_control|risk_control|resource_efficiency)"
)
#: Documents by number, and their Chinese title beside the English one.
DOCUMENT = re.compile(r".*\.cites\.(?:number|title_zh|superseded_by_title_zh)")
#: The mark of the demonstration, which stands in both languages.
DEMO = "演示数据（非官方）"


@pytest.fixture(scope="module")
def screener(demo_workspace: Any) -> Screener:
    return open_screener(demo_workspace.path)


@pytest.fixture(scope="module")
def findings(screener: Screener) -> list[dict[str, Any]]:
    """The examples as they are, and sixty projects of other industries at their places."""
    own = [read_projects(path, screener.law)[0] for path in EXAMPLES]
    known = screener.law.book.vocabularies["gbt4754"].labels
    asked = [
        project_from({"name": code, "on": "2026-11-21", "industry": code, "nature": NATURES[at % len(NATURES)],
                      "location": own[at % len(own)].raw["location"]}, screener.law)
        for at, code in enumerate(code for code in INDUSTRIES if code in known)
    ]  # fmt: skip
    assert len(asked) > 40
    return [screener.screen(project) for project in (*own, *asked)]


def texts(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of plain data with the keys that lead to it."""
    if isinstance(data, dict):
        for name, item in data.items():
            yield from texts(item, f"{key}.{name}")
    elif isinstance(data, list):
        for item in data:
            yield from texts(item, key)
    elif isinstance(data, str):
        yield key, data


def without_names(text: str, screener: Screener) -> str:
    """A text without the numbers and Chinese titles of documents, and without the mark of the demonstration."""
    for item in screener.law.instruments.values():
        text = text.replace(item.number or "\0", "").replace(item.title["zh"], "")
    return re.sub(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号", "", text.replace(DEMO, ""))


def test_what_is_left_in_chinese_has_its_reason(findings: list[dict[str, Any]], screener: Screener) -> None:
    asked, left = 0, {}
    for finding in findings:
        for key, text in texts(in_english(finding, screener.law)):
            asked += 1
            if (
                CHINESE.search(text)
                and not WRITTEN.fullmatch(key)
                and not DOCUMENT.fullmatch(key)
                and CHINESE.search(without_names(text, screener))
            ):
                left[text] = key
    assert asked > 100_000
    assert left == {}


def test_the_walk_would_see_what_is_left(findings: list[dict[str, Any]], screener: Screener) -> None:
    """In Chinese nearly every text has Chinese in it: the walk is not blind."""
    left = [
        key for key, text in texts(findings[0])
        if CHINESE.search(without_names(text, screener)) and not WRITTEN.fullmatch(key) and not DOCUMENT.fullmatch(key)
    ]  # fmt: skip
    assert {".reasons.note", ".reasons.sentence", ".doubts.message", ".missing.question", ".industries.name"} <= set(
        left
    )


def test_the_text_of_a_report_is_english(findings: list[dict[str, Any]], screener: Screener) -> None:
    """Every fifth finding as text: only names and numbers stay Chinese, however the lines are broken."""
    for finding in findings[::5]:
        english = in_english(finding, screener.law)
        written = {text for key, text in texts(english) if WRITTEN.fullmatch(key) or DOCUMENT.fullmatch(key)}
        signs = set("".join(written) + DEMO)
        report = render(english, "text", lang="en").decode()
        strange = {sign for sign in report if CHINESE.match(sign)} - signs
        assert not strange, strange


def test_english_says_nothing_where_the_finding_says_otherwise(screener: Screener) -> None:
    """A finding of an older edition keeps what it says: a note, a title, a reason that the packs no longer hold."""
    finding = {
        "decision": "allowed",
        "reasons": [
            {"rule": "quota-so2", "title": "旧题", "then": "旧文", "sentence": "旧句", "note": "旧注", "facts": []}
        ],
        "conflicts": [{"id": "quota-timing", "topic": "旧", "differ": "旧说", "reason": "旧由", "rules": []}],
        "doubts": [{"kind": "text", "message": "名录“环评告知承诺试点（文中未列小类）”未决：旧因"}],
    }
    english = in_english(finding, screener.law)
    assert [english["reasons"][0][key] for key in ("title", "then", "sentence", "note")] == [
        "旧题",
        "旧文",
        "旧句",
        "旧注",
    ]
    assert [english["conflicts"][0][key] for key in ("differ", "reason")] == ["旧说", "旧由"]
    assert english["doubts"][0]["message"].endswith("旧因")
