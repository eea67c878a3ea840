"""The reader over the wire and as pages: tree, clause, search, ETags, the installation's own copy for people who have logged in."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.health.test_documents import SEEDS

API = "/api/v1"


def test_a_clause_has_what_rests_on_it_and_an_etag(client):
    first = client.get(f"{API}/instruments/sx-2024-7-measures/clauses/24")
    page = first.json()
    assert [rule["id"] for rule in page["rules"]][:2] == ["m24-24-a", "m24-24-b"]
    assert page["touching"][0]["ties"][0]["kind"] == "conflict"
    assert "text" not in page  # nothing of the document itself
    again = client.get(f"{API}/instruments/sx-2024-7-measures/clauses/24", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{API}/instruments/sx-2024-7-measures/clauses/24?on=2024-01-01")
    assert other["ETag"] != first["ETag"]
    assert (page["in_force"], other.json()["in_force"]) == ("true", "false")


def test_search_pages_through_everything_and_marks_by_offsets(client):
    seen, after = [], 0
    while after is not None:
        found = client.get(f"{API}/search?q=焦化&size=20&after={after}").json()
        seen += [(item["kind"], item["id"]) for item in found["items"]]
        after = found["next"]
        for item in found["items"]:
            for piece in item["snippets"]:
                assert {piece["text"][start:end] for start, end in piece["marks"]} == {"焦化"}
    assert len(seen) == len(set(seen)) == found["total"] == sum(item["count"] for item in found["kinds"])
    assert client.get(f"{API}/search?q=焦化&kind=rule&kind=task").json()["total"] < found["total"]


def test_search_says_what_it_does_not_know(client):
    assert client.get(f"{API}/search?q=焦化&kind=条文").json()["faults"][0]["code"] == "LAW003"
    assert client.get(f"{API}/search?q=焦化&instrument=none").status_code == 404
    assert client.get(f"{API}/search?q={'焦' * 300}").status_code == 422
    assert client.get(f"{API}/search?q=焦化项目能不能建在河谷").json()["exact"] is False


@pytest.mark.parametrize(
    "path", ["/instruments/none", "/instruments/none/clauses/1", "/instruments/sx-2024-7-air/clauses/99"]
)
def test_what_is_not_there(client, path):
    told = client.get(API + path)
    assert told.status_code == 404
    assert told.json()["faults"][0]["help"]


def test_the_own_copy_is_for_people_who_have_logged_in(client, served, monkeypatch):
    from django.contrib.auth import get_user_model

    from greenrule.web import reading

    source = next(iter(sorted(SEEDS.glob("000_*.txt"))), None)
    if source is None:
        pytest.skip("the documents lie beside the repository, and are not there")
    folder = Path(served.workspace) / "documents"
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_bytes(source.read_bytes())
    monkeypatch.setattr(reading, "_COPIES", None)
    address = f"{API}/instruments/sx-2024-7-measures/clauses/7/text"
    words = "告知承诺制"
    try:
        assert client.get(address).status_code == 401
        assert "自备" not in client.get("/plain/law/sx-2024-7-measures/7").content.decode()
        client.force_login(get_user_model().objects.get(username="admin"))
        copy = client.get(address).json()["copy"]
        assert copy["as_registered"] is True
        assert words in "".join(copy["text"])
        assert "自备" in client.get("/plain/law/sx-2024-7-measures/7").content.decode()
        assert client.get(f"{API}/instruments/gb-3095-2026/clauses/table1/text").json()["copy"] is None
    finally:
        (folder / "a.txt").unlink()


def test_every_document_and_its_links_open_without_script(client):
    front = client.get("/plain/law").content.decode()
    links = set(re.findall(r'href="(/plain/law/[^"]+)"', front))
    assert len(links) >= 50
    for link in sorted(links)[::9]:
        page = client.get(link).content.decode()
        for inner in sorted(set(re.findall(r'href="(/plain/law/[^"?]+)"', page)))[:4]:
            assert client.get(html.unescape(inner)).status_code == 200


def test_the_search_page_marks_and_escapes(client):
    page = client.get("/plain/law/search", {"q": "焦化"}).content.decode()
    assert "<mark>焦化</mark>" in page
    nasty = client.get(
        "/plain/law/search", {"q": "<script>alert(1)</script>", "after": "x", "kind": "'"}
    ).content.decode()
    assert "<script>" not in nasty
    assert client.get("/plain/law/none").status_code == 404
    assert client.get("/plain/law/sx-2024-7-air/99").status_code == 404
