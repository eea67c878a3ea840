"""The law reader in English: whatever Chinese is left belongs to a class that is stated here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from greenrule.core.tongue import speaking
from greenrule.web.reading import library

CHINESE = re.compile("[\u4e00-\u9fff]")
#: Numbers of documents, which are their names.
NUMBER = re.compile(r"[\u4e00-\u9fff]+(?:〔\d{4}〕|\d{4}年)?第?[\d一二三四五六七八九十百]+号(?:（\d{4}）)?")
#: Keys whose text stays Chinese: names of places, authorities, documents.
NAMES = frozenset(("title_zh", "number", "issuer", "places", "departments", "lead", "sha256"))


def left(data: Any, key: str = "") -> list[tuple[str, str]]:
    """Texts with Chinese that no class explains."""
    if isinstance(data, dict):
        return [one for name, item in data.items() if name not in NAMES for one in left(item, f"{key}.{name}")]
    if isinstance(data, list):
        return [one for item in data for one in left(item, key)]
    return [(key, data)] if isinstance(data, str) and CHINESE.search(without_numbers(data)) else []


def without_numbers(text: str) -> str:
    """A text without the numbers of documents."""
    for item in library().law.instruments.values():
        text = text.replace(item.number or "\0", "")
    return NUMBER.sub("", text)


#: Places are called by their names, wherever they stand.
PLACE = re.compile(r"\.places\.label|\.readings\.label")


def unexplained(data: Any) -> list[tuple[str, str]]:
    return [
        (key, text)
        for key, text in left(data)
        if not (PLACE.fullmatch(key) or (key.startswith(".whole") and PLACE.search(key)))
    ]


def test_every_document_is_told_in_english(client: Any) -> None:
    told = client.get("/api/v1/instruments", {"lang": "en"}).json()
    assert unexplained(told) == []
    for row in told["items"]:
        document = client.get(f"/api/v1/instruments/{row['id']}", {"lang": "en"})
        assert document["Content-Language"] == "en"
        assert unexplained(document.json()) == [], row["id"]


def test_clauses_and_all_that_rests_on_them_are_told_in_english(client: Any) -> None:
    """All clauses of the provincial documents and every twelfth item of the others."""
    shelf = library().shelf
    for item in shelf.law.instruments.values():
        clauses = list(shelf.clauses(item))
        for clause in clauses if item.id.startswith("sx-") else clauses[::12]:
            told = client.get(f"/api/v1/instruments/{item.id}/clauses/{clause}", {"lang": "en"}).json()
            places = {place["label"] for place in told["places"]}
            assert [row for row in unexplained(told) if row[1] not in places] == [], (item.id, clause)


def test_a_rule_is_told_in_english_and_another_language_has_another_tag(client: Any) -> None:
    english = client.get("/api/v1/rules/air-21-c", {"lang": "en"})
    assert unexplained(english.json()) == []
    assert english.json()["notes"]
    plain, asked = client.get("/api/v1/rules/air-21-c"), client.get("/api/v1/rules/air-21-c", HTTP_ACCEPT_LANGUAGE="en")
    assert plain["ETag"] != asked["ETag"]
    assert "燃煤锅炉" in plain.content.decode()
    assert (
        client.get("/api/v1/rules/air-21-c", HTTP_ACCEPT_LANGUAGE="zh", HTTP_IF_NONE_MATCH=asked["ETag"]).status_code
        == 200
    )


@pytest.mark.parametrize("words", ["coking", "photovoltaic", "loose coal", "ultra-low emission", "焦化"])
def test_search_finds_in_english_and_by_chinese_words(client: Any, words: str) -> None:
    told = client.get("/api/v1/search", {"q": words, "lang": "en"}).json()
    assert told["total"] > 3
    for hit in told["items"]:
        assert not CHINESE.search(hit["kind_label"])
        if hit["kind"] != "place":
            assert not CHINESE.search(hit["title"]), hit
    for label in told["fields"].values():
        assert not CHINESE.search(label)


def test_marks_of_an_english_hit_point_into_the_english(client: Any) -> None:
    told = client.get("/api/v1/search", {"q": "loose coal", "lang": "en"}).json()
    marked = [
        piece["text"][start:end] for hit in told["items"] for piece in hit["snippets"] for start, end in piece["marks"]
    ]
    assert marked
    # A snippet may end within a word that matches.
    assert all(
        word.startswith(mark.lower()) for mark in marked for word in ("loose", "coal") if word[0] == mark[0].lower()
    )
    assert {mark[0].lower() for mark in marked} == {"l", "c"}


def test_industries_are_found_by_their_english_names(client: Any) -> None:
    found = client.get("/api/v1/industries", {"q": "coking", "lang": "en"}).json()["items"]
    assert ("2521", "coking") in [(row["code"], row["name"]) for row in found]
    assert client.get("/api/v1/industries", {"q": "2521", "lang": "en"}).json()["items"][0]["name"] == "coking"
    assert client.get("/api/v1/industries", {"q": "2521"}).json()["items"][0]["name"] == "炼焦"


TAG = re.compile(r"<(?:script|style)[\s\S]*?</(?:script|style)>|<[^>]+>")


@pytest.mark.parametrize(
    "path", ["", "/sx-2024-7-measures", "/sx-2024-7-air/21.1", "/sx-zoning-opinion/8", "/search?q=coking"]
)
def test_plain_pages_are_english(client: Any, path: str) -> None:
    """Words of the page itself; what stays Chinese is the number, the Chinese title and issuer of a document, and names."""
    page = client.get(
        f"/plain/law{path}", {} if "?" in path else {"lang": "en"}, HTTP_ACCEPT_LANGUAGE="en"
    ).content.decode()
    assert '<html lang="en">' in page
    with speaking("en"):
        names = {item.title["zh"] for item in library().law.instruments.values()} | {
            item.issuer or "" for item in library().law.instruments.values()
        }
    names |= {name for task in library().shelf.coverage.tasks.values() for name in (*task.everyone, *task.places)}
    names |= {place for target in library().shelf.coverage.targets.values() for place in target.places}
    names |= {place.zh for place in library().shelf.gazetteer}
    for line in TAG.sub("\n", page).splitlines():
        for name in sorted(filter(None, names), key=len, reverse=True):
            line = line.replace(name, "")
        assert not CHINESE.search(without_numbers(line)), (path, line)
