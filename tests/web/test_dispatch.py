"""The task board over the wire: who assigns, who reports, what is kept, what the month's report says."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.both

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def send(client: Any, path: str, body: object, method: str = "post") -> Any:
    return getattr(client, method)(f"/api/v1{path}", json.dumps(body), content_type="application/json")


@pytest.fixture(scope="module")
def city(served: Any) -> dict[str, Any]:
    """A dispatcher and a department's person of Taiyuan, and somebody of another city."""
    from django.contrib.auth import get_user_model

    from greenrule.store.desk.models import Membership, Organisation

    users = get_user_model()
    made: dict[str, Any] = {}
    for name, area, level in (
        ("太原市调度", "1401", "city"),
        ("太原市某部门", "1401", "city"),
        ("大同市某局", "1402", "city"),
    ):
        made[name] = Organisation.objects.create(name=name, area=area, level=level, demo=True)
    for user, place, role in (
        ("dispatcher", "太原市调度", "dispatcher"), ("reporter", "太原市某部门", "department"), ("other", "大同市某局", "dispatcher")
    ):  # fmt: skip
        made[user] = users.objects.create_user(f"task-{user}")
        Membership.objects.create(user=made[user], organisation=made[place], role=role)
    return made


@pytest.fixture
def assigned(client: Any, city: dict[str, Any]) -> int:
    """An assignment of task 24 (two targets of Taiyuan) to the department; its history cannot be taken away, so tasks differ."""
    from greenrule.store.dispatch.models import TaskState

    number = (
        TaskState.objects.filter(task="t-air-24", organisation=city["太原市某部门"])
        .values_list("id", flat=True)
        .first()
    )
    if number is None:
        client.force_login(city["dispatcher"])
        told = send(
            client, "/tasks/t-air-24/assignments", {"organisations": [city["太原市某部门"].id], "demand": "按月报"}
        )
        assert told.status_code == 201
        number = told.json()["items"][0]["id"]
        client.logout()
    return number


def test_the_tasks_of_the_air_plan(client, city):
    client.force_login(city["dispatcher"])
    told = client.get("/api/v1/tasks?instrument=sx-2024-7-air&size=500").json()
    assert told["total"] == 42  # 38 tasks, four of them in two parts
    first = told["items"][0]
    assert first["sources"][0]["number"] == "晋政发〔2024〕7号"
    assert set(first["lights"]) == {"red", "amber", "unknown", "green"}
    paged, after = [], ""
    while after is not None:
        page = client.get(f"/api/v1/tasks?instrument=sx-2024-7-air&size=20&after={after}").json()
        paged += [item["id"] for item in page["items"]]
        after = page["next"]
    assert paged == [item["id"] for item in told["items"]]


def test_an_assignment_goes_to_ones_own_area_only_and_only_once(client, city, assigned):
    client.force_login(city["dispatcher"])
    told = send(client, "/tasks/t-air-24/assignments", {"organisations": [city["大同市某局"].id]})
    assert told.status_code == 403
    assert "辖区" in told.json()["detail"]
    again = send(client, "/tasks/t-air-24/assignments", {"organisations": [city["太原市某部门"].id]})
    assert [fault["code"] for fault in again.json()["faults"]] == ["TSK010"]
    none = send(client, "/tasks/t-air-24/assignments", {"organisations": [10**6, 10**6 + 1]})
    assert [fault["code"] for fault in none.json()["faults"]] == ["TSK013", "TSK013"]


def test_a_report_is_made_by_the_assignee_checked_whole_and_turns_the_light(client, city, assigned):
    path = f"/assignments/{assigned}/progress"
    client.force_login(city["dispatcher"])
    assert send(client, path, {"text": "x", "grade": "done"}).status_code == 403
    client.force_login(city["reporter"])
    wrong = send(client, path, {"text": " ", "grade": "fine", "figures": [
        {"target": "g-air-26", "value": "x", "as_of": "2999-01-01"}]})  # fmt: skip
    assert [fault["code"] for fault in wrong.json()["faults"]] == ["TSK030", "TSK031", "TSK032", "TSK011", "TSK012"]
    before = client.get(f"/api/v1/assignments/{assigned}").json()
    assert before["light"]["colour"] == "red"
    assert {item["id"] for item in before["targets"]} == {"g-air-24", "g-air-25"}
    made = send(client, path, {"text": "已完成清洁运输改造", "grade": "on_track", "figures": [
        {"target": "g-air-25", "value": "81.50", "as_of": "2026-10-31"}, {"target": "g-air-24", "value": 60, "as_of": "2026-10-31"}]})  # fmt: skip
    assert made.status_code == 201
    after = client.get(f"/api/v1/assignments/{assigned}").json()
    colours = {part["target"]: part["colour"] for part in after["light"]["parts"]}
    assert (colours["g-air-24"], colours["g-air-25"]) == ("green", "green")
    assert after["progress"][0]["figures"][0] == {"target": "g-air-25", "value": "81.50", "as_of": "2026-10-31"}
    # The deadline of the text that no target measures still waits for the dispatcher.
    assert after["light"]["colour"] == "red"
    client.force_login(city["dispatcher"])
    told = send(client, f"/assignments/{assigned}/assessments", {"grade": "done", "deadline": "2024-10-31"})
    assert told.status_code == 201
    assert client.get(f"/api/v1/assignments/{assigned}").json()["light"]["colour"] == "green"
    odd = send(client, f"/assignments/{assigned}/assessments", {"grade": "done", "deadline": "2024-10-30"})
    assert odd.json()["faults"][0]["code"] == "TSK014"


def test_evidence_is_kept_as_it_came_and_only_what_it_says_it_is(client, city, assigned):
    client.force_login(city["reporter"])
    made = send(client, f"/assignments/{assigned}/progress", {"text": "附照片", "grade": "behind"}).json()
    path = f"/api/v1/progress/{made['id']}/evidence"
    good = client.post(path, {"file": SimpleUploadedFile("..\\现场.png", PNG)})
    assert good.status_code == 201
    assert good.json()["name"] == "现场.png"
    back = client.get(good.json()["url"])
    assert back.content == PNG
    assert back["Content-Disposition"].startswith("attachment")
    wrong = client.post(path, {"file": SimpleUploadedFile("a.pdf", PNG)})
    assert [fault["code"] for fault in wrong.json()["faults"]] == ["TSK023"]
    script = client.post(path, {"file": SimpleUploadedFile("a.html", b"<script>")})
    assert [fault["code"] for fault in script.json()["faults"]] == ["TSK022"]
    for _ in range(9):
        assert client.post(path, {"file": SimpleUploadedFile("b.png", PNG)}).status_code == 201
    full = client.post(path, {"file": SimpleUploadedFile("c.png", PNG)})
    assert [fault["code"] for fault in full.json()["faults"]] == ["TSK029"]
    client.force_login(city["other"])
    assert client.get(good.json()["url"]).status_code == 403


def test_two_who_change_at_once_do_not_overwrite_each_other(client, city, assigned):
    client.force_login(city["dispatcher"])
    version = client.get(f"/api/v1/assignments/{assigned}").json()["version"]
    body = {"version": version, "deadline": "2026-12-20", "demand": "甲"}
    assert send(client, f"/assignments/{assigned}", body, "patch").status_code == 200
    late = send(client, f"/assignments/{assigned}", {**body, "demand": "乙"}, "patch")
    assert late.status_code == 409
    assert client.get(f"/api/v1/assignments/{assigned}").json()["demand"] == "甲"


def test_history_cannot_be_rewritten_around_the_models(served, city, client, assigned):
    from django.db import DatabaseError, connection, transaction

    client.force_login(city["reporter"])
    send(client, f"/assignments/{assigned}/progress", {"text": "留痕", "grade": "behind"})
    for statement in ("UPDATE dispatch_progress SET text = 'x'", "DELETE FROM dispatch_progress"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_another_city_sees_nothing_of_it(client, city, assigned):
    client.force_login(city["other"])
    assert client.get(f"/api/v1/assignments/{assigned}").status_code == 403
    assert client.get("/api/v1/assignments").json()["items"] == []


def test_the_monthly_report(client, city, assigned):
    client.force_login(city["reporter"])
    send(client, f"/assignments/{assigned}/progress", {"text": "=1+1 本月进展", "grade": "on_track"})
    from django.utils import timezone

    month = f"{timezone.localdate():%Y-%m}"
    told = client.get(f"/api/v1/dispatch/report.xlsx?month={month}&area=1401")
    book = openpyxl.load_workbook(io.BytesIO(told.content))
    assert book.sheetnames == ["说明", "各单位任务灯色", "红灯和黄灯任务", "本月报送的进展", "尚未分派的任务"]
    assert "太原市生态环境任务调度月报" in book["说明"]["A1"].value
    texts = [row[3] for row in book["本月报送的进展"].iter_rows(min_row=2, values_only=True)]
    assert "'=1+1 本月进展" in texts
    assert "演示数据（非官方）" in book["说明"]["A2"].value
    for fmt in ("docx", "html"):
        assert len(client.get(f"/api/v1/dispatch/report.{fmt}?month={month}").content) > 1000
    early = client.get("/api/v1/dispatch/report.html?month=2020-01").content.decode()
    assert "本月进展" in early
    assert "=1+1" not in early
    assert client.get("/api/v1/dispatch/report.xlsx?month=2999-01").json()["faults"][0]["code"] == "TSK042"
    assert client.get(f"/api/v1/dispatch/report.xlsx?month={month}&area=1402").status_code == 403
