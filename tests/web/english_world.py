"""A server with something in every room, made once and rolled back, and the values that its routes are asked with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.web.test_planning import PNG, SPOTS, draft, send, spots, work

CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
#: Whose own filings are asked for.
APPLICANT = "english-applicant"
PROJECT = {
    "name": "某焦化项目", "on": "2024-03-01", "industry": "2521", "nature": "new",
    "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}, "facts": {"capacity": "106 万吨/年"},
}  # fmt: skip


def made(answer: Any) -> dict[str, Any]:
    """What was made, as the API tells it."""
    assert answer.status_code in (200, 201), answer.content.decode()[:500]
    found: dict[str, Any] = answer.json()
    return found


def furnish(client: Any, admin: Any) -> dict[str, list[str]]:
    """Fill every room through its own doors; name of a value in a path → values to ask with."""
    from greenrule.store.desk.models import Finding, Membership, Organisation
    from greenrule.store.filings.models import Case
    from greenrule.store.planning.models import LayerFiling, LayerFilingStep
    from greenrule.store.watching.hooks import Hook
    from greenrule.web.filing_demo import fill_demo

    client.force_login(admin)
    fill_demo()
    finding = made(send(client, "/findings?save=true", PROJECT))["id"]
    made(send(client, f"/findings/{finding}/watch", {}, "put"))
    place = Organisation.objects.filter(area__startswith="14").first()

    # The task board: a report with a number and a file, a grade.
    assignment = made(send(client, "/tasks/t-air-24/assignments", {"organisations": [place.id], "demand": "按月报"}))["items"][0]["id"]  # fmt: skip
    progress = made(send(client, f"/assignments/{assignment}/progress", {
        "text": "附照片", "grade": "behind", "figures": [{"target": "g-air-25", "value": "81.50", "as_of": "2026-10-31"}],
    }))  # fmt: skip
    evidence = made(client.post(f"/api/v1/progress/{progress['id']}/evidence", {"file": SimpleUploadedFile("现场.png", PNG)}))  # fmt: skip
    made(send(client, f"/assignments/{assignment}/assessments", {"grade": "done", "deadline": "2024-10-31"}))

    # The planner's desk: problems with steps, jobs done and failed, a layer before the level above.
    jobs = [work(client, spots(client, SPOTS))]
    assert jobs[0]["state"] == "done", jobs[0]
    wrong = json.loads(json.dumps(SPOTS))
    wrong["features"][0]["properties"] |= {"图斑编号": "", "发现日期": "2999-01-01"}
    jobs.append(work(client, spots(client, wrong)))
    assert jobs[1]["state"] == "failed"
    problem = client.get("/api/v1/problems").json()["items"][0]["id"]
    made(send(client, f"/problems/{problem}/steps", {"state": "assigned", "text": "限期", "version": 1, "organisation": place.id, "deadline": "2099-01-01"}))  # fmt: skip
    made(send(client, f"/problems/{problem}/steps", {"state": "checked", "text": "属实", "version": 2}))
    step = made(send(client, f"/problems/{problem}/steps", {"state": "rectified", "text": "复绿", "version": 3}))
    shown = made(client.post(f"/api/v1/problem-steps/{step['id']}/evidence", {"file": SimpleUploadedFile("复绿.png", PNG)}))  # fmt: skip
    layers = [item["seq"] for item in client.get("/api/v1/layers").json()["items"]]
    toml = 'id = "draft"\nparent = "cn-shanxi"\nversion = "1"\nlanguages = ["zh"]\nhorizon = 2026-11-21\ntitle = {zh = "空草案"}\n'
    jobs.append(work(client, client.post("/api/v1/packs/plan", {"file": draft(("d/pack.toml", toml)), "atlas": "false"})))  # fmt: skip
    jobs.append(work(client, send(client, f"/layers/{layers[0]}/check", {})))
    jobs.append(work(client, send(client, "/tracking/annual/1401/2026/report", {"form": "html"})))
    made(send(client, "/tracking/annual/1401/2026", {"section": "application", "text": "用了单元清单。"}, "put"))
    from django.utils import timezone

    filing = LayerFiling.objects.create(layer_version=layers[0], area="14", occasion="dynamic", reason="调整", organisation=place)  # fmt: skip
    LayerFilingStep.objects.create(filing=filing, state="submitted", at=timezone.now(), who="甲")

    hook = Hook.objects.create(owner=admin, name="测试", url="https://example.org/in", events=["*"])
    cases = [str(number) for number in Case.objects.values_list("id", flat=True)]
    own = Case.objects.exclude(project__organisation=None).first()
    applicant = type(admin).objects.create_user(APPLICANT)
    Membership.objects.create(user=applicant, organisation=own.project.organisation, role="applicant")
    return {
        "/findings/{name}": [finding, *Finding.objects.values_list("id", flat=True)[:4]],
        "/filings/cases/{int:number}": cases, "/filings/mine/{int:number}": [str(own.id)],
        "/filings/projects/{int:number}": [str(number) for number in Case.objects.values_list("project_id", flat=True)[:3]],
        "/assignments/{number}": [str(assignment)], "/evidence/{number}": [str(evidence["id"])], "/tasks/{name}": ["t-air-24", "t-air-01"],
        "/jobs/{number}": [str(job["id"]) for job in jobs], "/layers/{number}": [str(seq) for seq in layers[:3]],
        "/problems/{number}": [str(problem)], "/problem-evidence/{number}": [str(shown["id"])], "/hooks/{uid}": [str(hook.uid)],
        "/exchange/{kind}": ["service-applications", "service-results", "zoning-units"],
        "/tracking/{kind}/{area}/{year}": ["annual/1401/2026", "five_year/14/2026"],
        "/rules/{name}": ["air-01-b", "tx22-09-a"], "/instruments/{name}": ["sx-2024-7-measures", "sx-2024-7-air"],
        "/instruments/{name}/clauses/{clause}": ["sx-2024-7-measures/clauses/24"],
    }  # fmt: skip


def texts(data: Any, key: str = "", path: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text of an answer: where it stands, under which key, and the text."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from texts(value, str(name), f"{path}.{name}")
    elif isinstance(data, list):
        for item in data:
            yield from texts(item, key, f"{path}[]")
    elif isinstance(data, str):
        yield path, key, data


def entered() -> list[str]:
    """What other tests of this server have put into its tables: names of people, places and projects; the longest first."""
    from django.contrib import admin
    from django.db.models import CharField, TextField

    found: set[str] = set()
    for model in admin.site._registry:
        for column in model._meta.concrete_fields:
            if isinstance(column, CharField | TextField):
                found |= {
                    text
                    for text in model._default_manager.values_list(column.name, flat=True)
                    if text and len(text) < 300
                }
    return sorted((text for text in found if CHINESE.search(text)), key=len, reverse=True)


@lru_cache(maxsize=1)
def place_names() -> list[str]:
    """Names of places, which are Chinese in every language; the longest first."""
    from greenrule.packs.book import load_book
    from greenrule.packs.places import load_places

    places = load_places(load_book().folders)
    names = {name for item in places for name in (item.zh, *item.aliases)}
    return sorted((name for name in names if CHINESE.search(name)), key=len, reverse=True)
