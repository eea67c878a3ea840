"""Every answer of the API in English: no Chinese is left but what has to be, and each reason why some has to be is written down."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.web.english_world import APPLICANT, entered, furnish, place_names, texts

CHINESE = re.compile("[\u4e00-\u9fff]")
#: Shown beside its English wherever data are not official.
MARK = "演示数据（非官方）"
#: What a route has to be asked with to answer at all.
ASKED = {
    "/place": "lon=112.55&lat=37.87", "/place/rules": "lon=112.55&lat=37.87", "/places": "q=太原", "/industries": "q=焦",
    "/search": "q=焦化", "/filings/service-days": "year=2026", "/filings/service-days.ics": "year=2026", "/filings/cases/choices": "finding={finding}",
    "/filings/choices": "finding={finding}", "/filings/cases/{int:number}/contest": "fact=nature&value=upgrade",
}  # fmt: skip
#: Routes that give out papers and files, not JSON.
FILES = re.compile(r"\.\{fmt\}$|^/(problem-)?evidence/|/attachments/|/jobs/\{number\}/file$|\.ics$")
#: Why Chinese stays → where (route and path in the answer, as a pattern).
STAYS = {
    "what is sealed by its digest is Chinese": [r"/findings/\{name\} .*"],
    "files that Chinese platforms take in": [
        r"/exchange/(service-results|zoning-units) .*",
        r"/exchange/\{kind\}/schema .*",
    ],
    "names of organisations, people, projects, enterprises, files": [
        r"/filings/(cases/)?choices \.title",
        r".*\.standing\.duties\[\]",
        r".*(\.|\])(name|applicant|person|project|department|opened_by|who|user|organisation|file_name|folder|made_by|decided_by)(\[\])?",
    ],
    "names of places and control units": [
        r".*\.(city|county|place|places\[\]|feature|label)",
    ],
    "titles and numbers of documents and their clauses": [
        r".*(sources|clauses|cites|instruments|basis)(\[\])?\.(number|title|label|clause_label|note|superseded_by_title)",
    ],
    "what people wrote": [
        r"/(assignments|tasks)\S* .*\.(demand|text)",
        r"/filings/\S* .*\.(data\..*|question|paper|item|remark|evidence|reason|text)",
        r"/layer(s|-filings)\S* .*\.(reason|title|source|remark|paper)",
        r"/problems\S* .*\.(title|source|text)",
        r"/tracking/\S* .*sections\[\]\.text",
        r"/(jobs|filings)\S* .*asked\..*",
    ],
    "what the law of the land says and how it was read has a test of its own": [
        r"/(instruments|search|rules|place)\S* .*"
    ],
    "as it is written in a project, its English beside it": [r"/facts \.items\[\]\.unit"],
    "headings that a list may have in a file": [r"/layer-kinds .*\.aliases\[\]"],
    "names and texts of control units": [r"/layers/\{number\}/features .*\.cells\..*"],
    "the title of a paper that is Chinese": [r"/jobs/\{number\} \.result\.title"],
}


@pytest.fixture(scope="module")
def told(served: Any) -> list[tuple[str, str, str]]:
    """Every text of every JSON answer to a GET route in English, as route, path in the answer, text."""
    from django.contrib.auth import get_user_model
    from django.db import transaction
    from django.test import Client

    from greenrule.web.api import access
    from greenrule.web.doors import api_routes
    from greenrule.web.guard import Bucket

    client, own, found = Client(), Client(), []
    users = get_user_model()
    before, access.PUBLIC = access.PUBLIC, Bucket(rate=1000, burst=1000)
    with transaction.atomic():
        values = furnish(client, users.objects.get(username="admin"))
        own.force_login(users.objects.get(username=APPLICANT))
        for route in api_routes():
            if route.method == "GET" and not FILES.search(route.path):
                asker = own if route.permission == "filings.apply" else client
                for path in paths(route.path, values):
                    answer = asker.get(
                        f"/api/v1{path}?lang=en&{ASKED.get(route.path, '').format(finding=values['/findings/{name}'][0])}"
                    )
                    assert answer.status_code == 200, (path, answer.content.decode()[:300])
                    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                    found += [(route.path, where, text) for where, _, text in texts(json.loads(body))]
        transaction.set_rollback(True)
    access.PUBLIC = before
    return found


def paths(path: str, values: dict[str, list[str]]) -> list[str]:
    """A route with values put in."""
    if "{" not in path:
        return [path]
    known = max((name for name in values if path.startswith(name)), key=len)
    return [known.partition("{")[0] + value + path.removeprefix(known) for value in values[known]]


def test_no_chinese_is_left_without_a_reason(told: list[tuple[str, str, str]]) -> None:
    stays = [re.compile(pattern) for patterns in STAYS.values() for pattern in patterns]
    left: dict[str, set[str]] = {}
    names = [
        *entered(),
        *place_names(),
    ]  # what other tests of this server wrote, and places, stay as they are in any sentence
    for route, path, text in told:
        ours = text.replace(MARK, "")
        for name in names if CHINESE.search(ours) else ():
            ours = ours.replace(name, "")
        if CHINESE.search(ours) and not any(item.fullmatch(f"{route} {path}") for item in stays):
            left.setdefault(f"{route} {path}", set()).add(text[:90])
    assert not left, "\n".join(f"{where} {sorted(texts)[:4]}" for where, texts in left.items())


def test_every_reason_is_still_needed(told: list[tuple[str, str, str]]) -> None:
    places = {f"{route} {path}" for route, path, text in told if CHINESE.search(text.replace(MARK, ""))}
    idle = [pattern for patterns in STAYS.values() for pattern in patterns if not any(re.fullmatch(pattern, place) for place in places)]  # fmt: skip
    assert idle == []
