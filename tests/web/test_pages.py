"""Pages without script: a place, a project, a finding at its address; what they carry for safety."""

from __future__ import annotations

import re

import pytest


def test_a_place(client):
    page = client.get("/plain?lon=112.55&lat=37.87").content.decode()
    assert "太原市" in page
    assert "管控单元" in page
    assert "演示数据（非官方）" in page


@pytest.mark.parametrize("words", ["lon=x&lat=1", "lon=100&lat=30", "lon=112.55&lat=37.87&crs=nonsense"])
def test_a_place_that_is_none(client, words):
    answer = client.get(f"/plain?{words}")
    assert answer.status_code == 422
    assert "请先改正" in answer.content.decode()


def test_a_project_becomes_a_finding_with_an_address(client):
    answer = client.post("/plain/ask", {
        "name": "某焦化", "industry": "炼焦", "nature": "new", "lon": "112.55", "lat": "37.87", "crs": "cgcs2000",
        "facts": "生产能力：106 万吨/年\n\n",
    })  # fmt: skip
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    text = page.content.decode()
    assert "某焦化" in text
    assert "106" in text
    assert "/qr.svg" in text
    # The verdict comes first, the address and the code at the end; each citation opens its clause.
    assert text.index("某焦化") < text.index("/qr.svg")
    assert 'href="/law/sx-2024-7-air/24"' in text
    # One policy only, ours, and the report's own script and style sheet are allowed by what they are.
    assert "http-equiv" not in text
    assert page["Content-Security-Policy"].count("sha256-") == 2
    code = client.get(answer["Location"] + "/qr.svg")
    assert code["Content-Type"] == "image/svg+xml"


def test_what_is_wrong_in_a_form_is_told_and_nothing_is_lost(client):
    answer = client.post("/plain/ask", {"name": "某<焦化>", "industry": "25219", "nature": "new", "facts": "没有冒号"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "没有冒号" in text
    assert "某&lt;焦化&gt;" in text
    answer = client.post("/plain/ask", {"industry": "2521", "lon": "1x", "lat": "2"})
    assert "经度、纬度应是数" in answer.content.decode()
    answer = client.post("/plain/ask", {"industry": "2521", "geometry": "{"})
    assert "不是 GeoJSON" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(served):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/plain/ask", {"industry": "2521"}).status_code == 403


def test_what_is_not_there(client):
    assert "没有这一页" in client.get("/nowhere").content.decode()
    assert client.get("/f/Fnone").status_code == 404


def test_every_page_forbids_what_it_does_not_need(client):
    for path in ("/", "/plain", "/plain/ask", "/nowhere", "/api/v1/health", "/admin/login/"):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        # Nothing comes from another host.
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.content.decode())


def test_the_style_sheet_is_served(client):
    assert client.get("/static/greenrule/pages.css").status_code == 200


def test_citations_of_a_finding_open_their_clause(client):
    import re

    body = {"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new"}
    name = client.post("/api/v1/findings?save=true", body, content_type="application/json").json()["id"]
    page = client.get(f"/f/{name}").content.decode()
    links = set(re.findall(r'href="/law/([^"]+)"', page))
    assert "sx-2024-7-air/2" in links
    assert "data-clause" not in page
    for link in sorted(links)[::5]:
        assert client.get(f"/plain/law/{link}").status_code == 200
