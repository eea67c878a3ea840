"""The planner's path over the wire: import, checks, difference, filing with the level above, publication; problems to closure."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from greenrule.core.clock import china_today

pytestmark = pytest.mark.both

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def send(client: Any, path: str, body: object, method: str = "post") -> Any:
    return getattr(client, method)(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def work(client: Any, told: Any) -> dict[str, Any]:
    """Do what was queued, in this process; the job as it is then."""
    from django.conf import settings

    from greenrule.store.planning import jobs
    from greenrule.store.planning.models import Job
    from greenrule.web import job_process
    from greenrule.web.works import WORKS

    assert told.status_code == 202, told.content.decode()
    Job.objects.filter(state="queued").exclude(id=told.json()["id"]).update(state="failed")  # what other tests left
    job = jobs.claim()
    assert job is not None
    assert job.id == told.json()["id"]
    from pathlib import Path

    from greenrule.core.errors import InputFault

    try:
        outcome = WORKS[job.kind][1](
            job, Path(settings.WORKSPACE), lambda stage, done: jobs.tell(job.id, job.attempt, stage, done)
        )
        job_process._finish(job.id, job.attempt, outcome)
    except InputFault as error:
        jobs.fail(job.id, job.attempt, error.faults)
    found: dict[str, Any] = client.get(f"/api/v1/jobs/{job.id}").json()
    return found


@pytest.fixture(scope="module")
def people(served: Any) -> dict[str, Any]:
    """A planner of Taiyuan, one of the province, an inspector of the city."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Membership, Organisation

    users = get_user_model()
    made: dict[str, Any] = {}
    for name, area, level, user, role in (
        ("省生态环境厅（演示）", "14", "province", "province", "planner"), ("太原市生态环境局（演示）", "1401", "city", "city", "planner"),
        ("太原市执法队（演示）", "1401", "city", "inspector", "inspector"),
    ):  # fmt: skip
        made[name] = Organisation.objects.create(name=name, area=area, level=level, demo=True)
        made[user] = users.objects.create_user(f"plan-{user}")
        Membership.objects.create(user=made[user], organisation=made[name], role=role)
    return made


@pytest.fixture(scope="module")
def units(served: Any) -> list[dict[str, Any]]:
    """The units of one city as GeoJSON features, as they are published."""
    from greenrule.spatial.frame import as_geojson
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(served.workspace)
    frame = workspace.read(workspace.layers()["spring_area"])
    return [
        {"type": "Feature", "geometry": as_geojson(shape), "properties": frame.row(row)}
        for row, shape in enumerate(frame.geometry)
    ]


def geojson(features: list[dict[str, Any]]) -> SimpleUploadedFile:
    data = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
    return SimpleUploadedFile("泉域.geojson", data)


def uploaded(client: Any, features: list[dict[str, Any]], **more: str) -> Any:
    return client.post(
        "/api/v1/layers",
        {"kind": "spring_area", "title": "泉域新方案", "demo": "true", "file": geojson(features), **more},
    )


def test_from_import_to_publication(client, served, people, units):
    from greenrule.store.workspace import Workspace

    client.force_login(people["province"])
    before = client.get("/api/v1/layers?kind=spring_area").json()["items"][-1]["seq"]
    done = work(client, uploaded(client, units[1:]))
    assert done["state"] == "done", done
    assert done["result"]["checks"]["errors"] == 0
    new = done["result"]["version"]
    row = client.get(f"/api/v1/layers/{new}").json()
    assert (row["state"], row["published"], row["area"]) == ("checked", before, "14")

    diff = work(client, client.post(f"/api/v1/layers/{before}/diff/{new}"))
    gone = units[0]["properties"]["name"]
    assert diff["result"]["removed"] == [gone]
    assert {piece["properties"]["old"] for piece in diff["result"]["map"]["features"]} == {gone}
    assert diff["result"]["map"]["features"][0]["properties"]["area_km2"] > 0
    assert client.get(diff["file"]["url"])["Content-Disposition"].endswith('.gpkg"')

    early = send(client, f"/layers/{new}/steps", {"state": "published", "paper": "晋政发〔2026〕1号"})
    assert early.json()["faults"][0]["code"] == "PLD049"
    # Nobody stands above the province here: the paper of the filing is written down.
    told = send(client, f"/layers/{new}/filings", {"occasion": "dynamic", "reason": "泉域边界调整"})
    assert told.json()["faults"][0]["code"] == "PLD042"
    assert send(client, f"/layers/{new}/steps", {"state": "filed", "paper": "环函〔2026〕1号"}).status_code == 201
    done = work(client, send(client, f"/layers/{new}/steps", {"state": "published", "paper": "晋政发〔2026〕1号"}))
    assert done["state"] == "done", done
    assert done["result"]["steps"][0]["state"] == "published"
    assert Workspace.open(served.workspace).layers()["spring_area"].seq == new


def test_a_layer_with_faults_stays_out_and_says_where(client, served, people, units):
    from greenrule.store.workspace import Workspace

    client.force_login(people["province"])
    count = len(Workspace.open(served.workspace).versions())
    far = json.loads(json.dumps(units[0]))
    far["geometry"] = {"type": "Polygon", "coordinates": [[[10, 10], [11, 10], [11, 11], [10, 10]]]}
    done = work(client, uploaded(client, [far, units[1]]))
    wrong = done["faults"] or done["result"]["checks"]["findings"]
    assert wrong
    assert done["result"] is None or done["result"]["version"] is None
    assert len(Workspace.open(served.workspace).versions()) == count
    told = client.post("/api/v1/layers", {"kind": "nonsense", "file": geojson(units)})
    assert told.json()["faults"][0]["code"] == "LAY010"
    told = client.post("/api/v1/layers", {"kind": "spring_area", "file": SimpleUploadedFile("a.exe", b"MZ")})
    assert told.json()["faults"][0]["code"] == "PLD010"


def test_an_edited_list_becomes_a_new_draft(client, served, people):
    client.force_login(people["province"])
    version = client.get("/api/v1/layers?kind=spring_area").json()["items"][-1]["seq"]
    page = client.get(f"/api/v1/layers/{version}/features?size=2").json()
    key = page["items"][0]["key"]
    assert len(page["items"]) == 2
    assert page["next"] == 2
    wrong = work(
        client, send(client, f"/layers/{version}/edits", {"edits": {"没有的": {"name": "x"}, key: {"code": "y"}}})
    )
    assert [fault["code"] for fault in wrong["faults"]] == ["PLD022", "PLD021"]  # by the names of the features
    done = work(client, send(client, f"/layers/{version}/edits", {"edits": {key: {"remark": "改过"}}}))
    made = client.get(f"/api/v1/layers/{done['result']['version']}").json()
    assert (made["state"], made["edited_from"]) == ("checked", version)
    cells = client.get(f"/api/v1/layers/{made['seq']}/features?size=1").json()["items"][0]["cells"]
    assert cells["remark"] == "改过"
    assert client.get(f"/api/v1/layers/{version}/features?size=1").json()["items"][0]["cells"]["remark"] != "改过"


def test_a_city_files_with_the_province_and_is_answered(client, served, people):
    from dataclasses import replace

    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(served.workspace)
    version = workspace.layers()["built_up_area"]
    frame = workspace.read(version)
    rows = [row for row, city in enumerate(frame.columns["city"]) if city == "太原市"]
    columns = {name: [values[row] for row in rows] for name, values in frame.columns.items()}
    columns["county_code"] = ["140105"] * (len(rows) - 1) + ["140106"]
    draft = workspace.import_frame(
        "built_up_area", replace(frame, geometry=frame.geometry[rows], columns=columns), title="太原市建成区", source="测试",
        accuracy_m=None, complete=False, valid_from=version.valid_from, demo=True, draft=True,
    )  # fmt: skip
    client.force_login(people["city"])
    assert client.get(f"/api/v1/layers/{draft.seq}").json()["area"] == "1401"
    body = {"occasion": "dynamic", "reason": "城市规划修编"}
    by_hand = send(client, f"/layers/{draft.seq}/steps", {"state": "filed", "paper": "自己写的"})
    assert by_hand.json()["faults"][0]["code"] == "PLD046"
    filing = send(client, f"/layers/{draft.seq}/filings", body).json()
    assert filing["organisation"]["name"] == "省生态环境厅（演示）"
    path = f"/layer-filings/{filing['id']}/answer"
    good = {"state": "acknowledged", "paper": "晋环函〔2026〕9号", "version": 1}
    assert send(client, path, good).status_code == 403
    client.force_login(people["province"])
    assert send(client, path, {"state": "returned", "version": 1}).json()["faults"][0]["code"] == "PLD045"
    returned = send(client, path, {"state": "returned", "remark": "缺图例", "version": 1})
    assert returned.json()["state"] == "returned"
    assert send(client, path, good).status_code == 409
    client.force_login(people["city"])
    assert client.get(f"/api/v1/layers/{draft.seq}").json()["state"] == "draft"
    assert send(client, f"/layers/{draft.seq}/filings", body).json()["faults"][0]["code"] == "PLD047"
    send(client, f"/layers/{draft.seq}/steps", {"state": "checked"})
    again = send(client, f"/layers/{draft.seq}/filings", body).json()
    client.force_login(people["province"])
    assert send(client, f"/layer-filings/{again['id']}/answer", good).json()["state"] == "acknowledged"
    assert client.get(f"/api/v1/layers/{draft.seq}").json()["state"] == "filed"


SPOTS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"图斑编号": f"TB{number}", "问题": "疑似新增开挖", "发现日期": "2026-10-31"},
         "geometry": {"type": "Polygon", "coordinates": [[[x, 37.86], [x + 0.004, 37.86], [x + 0.004, 37.864], [x, 37.864], [x, 37.86]]]}}
        for number, x in enumerate((112.55, 112.56))
    ],
}  # fmt: skip


def spots(client: Any, found: dict[str, Any], name: str = "图斑.geojson") -> Any:
    data = json.dumps(found, ensure_ascii=False).encode()
    return client.post(
        "/api/v1/problems/import", {"source": "省卫星遥感 2026 年第 4 期", "file": SimpleUploadedFile(name, data)}
    )


def test_a_problem_from_the_image_to_closure(client, served, people):
    from greenrule.store.desk.models import Organisation
    from greenrule.store.planning.models import Problem

    client.force_login(people["inspector"])
    bad = json.loads(json.dumps(SPOTS))
    bad["features"][0]["properties"] |= {"图斑编号": "", "发现日期": "2999-01-01"}
    bad["features"][1]["geometry"]["coordinates"] = [[[100, 30], [100.1, 30], [100.1, 30.1], [100, 30]]]
    done = work(client, spots(client, bad))
    assert {fault["code"] for fault in done["faults"]} == {"PLD031", "PLD032", "PLD033"}
    assert client.get("/api/v1/problems").json()["items"] == []
    done = work(client, spots(client, SPOTS))
    assert done["result"]["problems"] == 2
    again = work(client, spots(client, SPOTS))
    assert [fault["code"] for fault in again["faults"]] == ["PLD050"]
    listed = client.get("/api/v1/problems").json()
    item = listed["items"][0]
    assert listed["counts"]["found"] == 2
    assert item["units"]
    assert 0.999 < sum(unit["share"] for unit in item["units"]) < 1.001
    assert item["place"].startswith("太原市")
    number = item["id"]

    def step(state: str, version: int, **more: Any) -> Any:
        return send(
            client, f"/problems/{number}/steps", {"state": state, "text": f"{state} 情况", "version": version, **more}
        )

    assert step("closed", 1).json()["faults"][0]["code"] == "PLD051"
    assert step("assigned", 1).json()["faults"][0]["code"] == "PLD053"
    team, soon = people["太原市执法队（演示）"].id, str(china_today() + timedelta(days=20))
    far = Organisation.objects.create(name="忻州市某局（演示）", area="1409", level="city")
    firm = Organisation.objects.create(name="某公司（演示）", sort="enterprise", area="1401", level="city")
    for other in (far, firm):
        assert step("assigned", 1, organisation=other.id, deadline=soon).json()["faults"][0]["code"] == "PLD058"
    assert step("assigned", 1, organisation=team, deadline="2026-01-01").json()["faults"][0]["code"] == "PLD059"
    assert step("assigned", 1, organisation=team, deadline=soon).status_code == 201
    assert step("checked", 1).status_code == 409
    assert client.get("/api/v1/problems?late=true").json()["items"] == []
    Problem.objects.filter(id=number).update(deadline="2026-01-01")
    assert client.get("/api/v1/problems?late=true").json()["items"][0]["id"] == number
    assert step("checked", 2).status_code == 201
    rectified = step("rectified", 3)
    assert step("closed", 4).json()["faults"][0]["code"] == "PLD054"
    path = f"/api/v1/problem-steps/{rectified.json()['id']}/evidence"
    kept = client.post(path, {"file": SimpleUploadedFile("复绿.png", PNG)})
    assert client.get(kept.json()["url"]).content == PNG
    assert step("closed", 4).status_code == 201
    found = client.get(f"/api/v1/problems/{number}").json()
    assert [item["state"] for item in found["steps"]] == ["found", "assigned", "checked", "rectified", "closed"]
    # It comes up again: assigned anew, and what the first rectification showed closes nothing.
    assert [item["state"] for item in found["may_follow"]] == ["assigned"]
    assert step("assigned", 5, organisation=team, deadline=soon).status_code == 201
    assert step("checked", 6).status_code == 201
    assert step("rectified", 7).status_code == 201
    assert step("closed", 8).json()["faults"][0]["code"] == "PLD054"


def test_a_spot_is_not_taken_twice(client, served, people):
    client.force_login(people["inspector"])
    found = json.loads(json.dumps(SPOTS))
    for place, item in enumerate(found["features"]):
        item["properties"]["图斑编号"] = f"ONCE{place}"
    assert work(client, spots(client, found))["state"] == "done"
    found["features"][1]["properties"]["图斑编号"] = "ONCE2"
    # Another file, one spot of which is known: told by its number, and nothing of the file gets in.
    again = work(client, spots(client, found, "第二批.geojson"))
    assert [fault["code"] for fault in again["faults"]] == ["PLD057"]
    assert "ONCE0" in again["faults"][0]["message"]
    numbers = [item["number"] for item in client.get("/api/v1/problems?size=500").json()["items"]]
    assert "ONCE2" not in numbers
    # A fault names the file as it was called, not as it is kept.
    found["features"][0]["properties"]["图斑编号"] = ""
    torn = work(client, spots(client, found, "第三批.geojson"))
    assert torn["faults"][0]["place"].startswith("第三批.geojson")
    # A filter by unit fills its page and loses nothing.
    unit = client.get("/api/v1/problems").json()["items"][0]["units"][0]["code"]
    fits = [item["id"] for item in client.get(f"/api/v1/problems?unit={unit}&size=500").json()["items"]]
    walked, after = [], 0
    while after is not None:
        page = client.get(f"/api/v1/problems?unit={unit}&size=1&after={after}").json()
        walked += [item["id"] for item in page["items"]]
        after = page["next"]
    assert walked == fits
    assert len(fits) > 1


def draft(*files: tuple[str, str]) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files:
            archive.writestr(name, text)
    return SimpleUploadedFile("草案.zip", out.getvalue())


def test_a_draft_with_faults_is_told_whole_and_a_bad_archive_is_refused(client, people):
    client.force_login(people["province"])
    toml = 'id = "draft"\nparent = "cn-shanxi"\ntitel = "x"\n'
    done = work(
        client,
        client.post(
            "/api/v1/packs/plan", {"file": draft(("d/pack.toml", toml), ("d/rules/a.rules", "rule nonsense {"))}
        ),
    )
    assert done["state"] == "failed"
    assert len(done["faults"]) >= 2
    assert any("titel" in fault["message"] for fault in done["faults"])
    outside = work(client, client.post("/api/v1/packs/plan", {"file": draft(("../pack.toml", toml), ("a.sh", "x"))}))
    assert [fault["code"] for fault in outside["faults"]] == ["PLD071", "PLD071"]
    torn = work(client, client.post("/api/v1/packs/plan", {"file": SimpleUploadedFile("a.zip", b"PK\x03\x04junk")}))
    assert [fault["code"] for fault in torn["faults"]] == ["PLD070"]


def test_a_draft_is_planned_against_the_stored_projects(client, people):
    project = {
        "name": "推演项目",
        "industry": "2521",
        "nature": "new",
        "location": {"point": [112.55, 37.87], "crs": "cgcs2000"},
    }
    name = send(client, "/findings?save=true", project).json()["id"]
    client.force_login(people["province"])
    toml = 'id = "draft"\nparent = "cn-shanxi"\nversion = "1"\nlanguages = ["zh"]\nhorizon = 2026-11-21\ntitle = {zh = "空草案"}\n'
    told = client.post("/api/v1/packs/plan", {"file": draft(("d/pack.toml", toml)), "atlas": "false"})
    done = work(client, told)
    assert done["state"] == "done", done["faults"]
    assert done["result"]["projects"]["flipped"] == 0
    assert name in {point["properties"]["id"] for point in done["result"]["map"]["features"]}
    assert done["file"]["name"].endswith(".xlsx")


@pytest.mark.parametrize("kind", ["annual", "five_year"])
def test_the_tracking_reports_say_what_nobody_wrote(client, people, kind):
    client.force_login(people["city"])
    from django.utils import timezone

    year = timezone.localdate().year
    path = f"/tracking/{kind}/1401/{year}"
    assert send(client, path, {"section": "nothing", "text": "x"}, "put").json()["faults"][0]["code"] == "PLD062"
    send(client, path, {"section": "application", "text": "旧"}, "put")
    assert send(client, path, {"section": "application", "text": "园区规划用了单元清单。"}, "put").status_code == 200
    assert [item["text"] for item in client.get(f"/api/v1{path}").json()["sections"]][1] == "园区规划用了单元清单。"
    done = work(client, send(client, f"{path}/report", {"form": "html"}))
    page = b"".join(client.get(done["file"]["url"]).streaming_content).decode()
    assert "太原市生态环境分区管控" in page
    assert "园区规划用了单元清单。" in page
    assert "（没有填写：" in page
    assert "重点管控单元" in page
    assert ("逐年变化" in page) == (kind == "five_year")
    assert send(client, f"/tracking/{kind}/1402/{year}/report", {}).status_code == 403
    assert send(client, f"/tracking/{kind}/1401/2999/report", {}).json()["faults"][0]["code"] == "PLD061"
