"""In which language the server answers: what was asked for, said in the headers; the sealed finding stays Chinese."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

CHINESE = re.compile("[\u4e00-\u9fff]")
COKING = {
    "name": "某焦化项目", "on": "2026-11-21", "industry": "2521", "nature": "new",
    "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}, "facts": {"capacity": "106 万吨/年"},
}  # fmt: skip
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.4"}


def post(client: Any, path: str, body: object, **headers: str) -> Any:
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def kept(client: Any) -> str:
    name: str = post(client, "/findings?save=true", COKING).json()["id"]
    return name


@pytest.mark.parametrize(
    ("query", "header", "cookie", "told"),
    [
        ("", {}, None, "zh-CN"), ("", {"Accept-Language": "fr"}, None, "zh-CN"), ("", ENGLISH, None, "en"), ("", {}, "en", "en"),
        ("", ENGLISH, "zh-hans", "zh-CN"), ("?lang=zh", ENGLISH, "en", "zh-CN"), ("?lang=en", {}, "zh-hans", "en"),
        ("?lang=xx", ENGLISH, None, "zh-CN"),
    ],
)  # fmt: skip
def test_pages_heed_the_address_then_the_choice_then_the_browser(client: Any, kept: str, query: str, header: dict[str, str], cookie: str | None, told: str) -> None:  # fmt: skip
    if cookie:
        client.cookies["language"] = cookie
    page = client.get(f"/f/{kept}{query}", headers=header)
    assert page["Content-Language"] == told
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", page["Vary"]))
    assert f'<html lang="{told}">' in page.content.decode()


def test_the_api_heeds_no_cookie(client: Any) -> None:
    client.cookies["language"] = "en"
    answer = client.get("/api/v1/place?lon=112.55&lat=37.87")
    assert answer["Content-Language"] == "zh-CN"
    assert "Accept-Language" in answer["Vary"]


def test_a_place_is_told_in_english(client: Any) -> None:
    chinese = client.get("/api/v1/place?lon=112.55&lat=37.87").json()
    english = client.get("/api/v1/place?lon=112.55&lat=37.87", headers=ENGLISH).json()
    assert [unit["label"] for unit in english["units"]] == ["key control unit"] * len(english["units"])
    assert [unit["name"] for unit in english["units"]] == [unit["name"] for unit in chinese["units"]]
    rules = client.get("/api/v1/place/rules?lon=112.55&lat=37.87", headers=ENGLISH).json()["items"]
    assert rules
    for item in rules:
        assert not CHINESE.search(item["label"])
        for rule in item["rules"]:
            assert not CHINESE.search(rule["title"] + "".join(effect["decision_label"] + effect["label"] for effect in rule["effects"]))  # fmt: skip


def test_the_interview_asks_in_english_and_takes_the_same_answers(client: Any) -> None:
    said: dict[str, Any] = {"project": {"industry": "2521", "nature": "new"}, "placeless": True}
    for _ in range(6):
        chinese = post(client, "/interview", said).json()
        english = post(client, "/interview", said, **ENGLISH).json()
        assert english["project"] == chinese["project"]
        question = english["question"]
        if question is None:
            break
        assert [item["fact"] for item in question["items"]] == [item["fact"] for item in chinese["question"]["items"]]
        told = [question["title"], question["progress"], *english["possible"]["access"]]
        for item in question["items"]:
            told += [
                item["label"],
                item["question"],
                *item["unit_labels"],
                *(choice["label"] for choice in item["choices"]),
            ]
            told += [word for lead in item["leads_to"] for word in (lead["value"], *lead["possible"])]
            told += [why["title"] for why in item["why"]]
            assert len(item["unit_labels"]) == len(item["units"])
        assert not CHINESE.search(" ".join(told)), told
        said |= {"project": english["project"], "skip": True}
        said["project"] = post(client, "/interview", said).json()["project"]
        del said["skip"]


def test_faults_are_told_by_code_with_the_chinese_beside(client: Any) -> None:
    told = post(client, "/findings", {**COKING, "industry": "25219", "nature": "nw"}, **ENGLISH).json()
    assert told["title"] == "The input has faults"
    assert told["detail"] == told["faults"][0]["message"] == "There is no such industry"
    assert [fault["code"] for fault in told["faults"]] == ["P068", "J027"]
    assert "25219" in told["faults"][0]["original"]["message"]


def test_the_sealed_finding_is_chinese_whatever_was_asked(client: Any, kept: str) -> None:
    sealed = client.get(f"/api/v1/findings/{kept}")
    again = client.get(f"/api/v1/findings/{kept}?lang=en", headers=ENGLISH)
    assert again.content == sealed.content
    assert again["Content-Language"] == "zh-CN"
    paper = client.get(f"/f/{kept}/report.json?lang=en")
    assert paper["Content-Language"] == "zh-CN"
    assert json.loads(paper.content) == sealed.json()


def test_the_text_and_the_page_are_english_on_demand(client: Any, kept: str) -> None:
    text = client.get(f"/f/{kept}/report.text?lang=en")
    assert text["Content-Language"] == "en"
    assert "What to file, and with whom" in text.content.decode()
    page = client.get(f"/f/{kept}?lang=en").content.decode()
    assert 'href="?lang=zh"' in page
    assert "Address of this finding" in page
    for fmt in ("docx", "pdf"):
        assert f'href="/f/{kept}/report.{fmt}?lang=en"' in page
    assert "地址、二维码与核对" in client.get(f"/f/{kept}").content.decode()


def test_the_papers_are_english_on_demand(client: Any, kept: str) -> None:
    import docx

    for path in (f"/api/v1/findings/{kept}/report.docx", f"/f/{kept}/report.docx"):
        papers = {}
        for lang, told in (("zh", "zh-CN"), ("en", "en")):
            answer = client.get(f"{path}?lang={lang}")
            assert answer["Content-Language"] == told
            papers[lang] = [item.text for item in docx.Document(io.BytesIO(answer.content)).paragraphs]
        assert any("authoritative" in line for line in papers["en"])
        assert papers["en"][-1].split()[-1] == papers["zh"][-1].split()[-1]  # the digest
        assert f"{kept}-en.docx" in answer["Content-Disposition"]


def test_no_language_is_left_over_for_the_next_request(client: Any, kept: str) -> None:
    client.get(f"/f/{kept}?lang=en")
    assert "Content-Language" in client.get("/api/v1/health")
    assert post(client, "/findings", {"industry": "25219"}).json()["title"] == "输入有错"


def test_a_header_that_is_no_language_does_no_harm(client: Any) -> None:
    for value in ("*", ";;;q=", "en" * 400, "en;q=9, zh;q=-1", "\u00e9"):
        assert client.get("/api/v1/health", headers={"Accept-Language": value}).status_code == 200
