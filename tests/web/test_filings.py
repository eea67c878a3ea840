"""The officer's desk over the wire: from a finding to a decision, and everything that must not happen on the way."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest

from greenrule.core.clock import china_today
from tests.web.filing_world import World, accepted, make_world, opened, send, step

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def _unlimited(client: Any) -> None:
    """Visitors' rates are not what is tested here."""


def codes(answer: Any) -> list[str]:
    return [fault["code"] for fault in answer.json().get("faults", [])]


def test_the_path_from_a_finding_to_a_decision_against_it(world: World, client: Any) -> None:
    chosen = world.client("firm").get(f"/api/v1/filings/choices?finding={world.finding}").json()
    assert (chosen["area"], chosen["county"]) == ("140981", "原平市")
    assert [item["id"] for item in chosen["kinds"] if item["fits"]] == ["eia_book", "permit_key"]
    assert [item["area"] for item in chosen["handling"]][:2] == ["140981", "1409"]
    case = opened(world)
    assert case["state"] == "new"
    assert [item["event"] for item in case["steps"]] == ["withdrawn"]  # nobody has received it: it can be taken back

    case = step(world, "window", case, "received").json()
    assert case["number"].startswith("140981-")
    until = china_today() + timedelta(days=20)
    case = step(world, "window", case, "accepted_tolerant", items=["水土保持批复", "用地预审"], until=until).json()
    assert case["standing"]["owed"] == {"水土保持批复": str(until), "用地预审": str(until)}

    asked = [
        {"department": "原平市水利局（测试）", "until": until, "question": "取水"},
        {"department": "原平市林业局（测试）", "until": until + timedelta(days=5)},
    ]
    case = send(
        world.client("officer"), f"/cases/{case['id']}/opinions", {"version": case["version"], "departments": asked}
    ).json()
    assert [item["until"] for item in case["opinions"]] == [str(until), str(until + timedelta(days=5))]
    # Both departments answer with the case as they opened it; neither is in the other's way.
    for who in ("forest", "water"):
        answer = send(
            world.client(who), f"/cases/{case['id']}/opinion", {"says": "conditional", "opinion": "按批复取水"}
        )
        assert answer.status_code == 200, answer.content.decode()
    assert (
        send(world.client("water"), f"/cases/{case['id']}/opinion", {"says": "agree", "opinion": "x"}).status_code
        == 403
    )

    case = world.client("firm").get(f"/api/v1/filings/mine/{case['id']}").json()
    assert [item["says"] for item in case["opinions"]] == ["conditional", "conditional"]
    case = step(world, "firm", case, "followed_up", items=["水土保持批复"]).json()
    case = world.client("officer").get(f"/api/v1/filings/cases/{case['id']}").json()
    assert list(case["standing"]["owed"]) == ["用地预审"]
    assert "decided" in [item["event"] for item in case["steps"]]

    body = {"version": case["version"], "decision": "approved"}
    refused = send(world.client("officer"), f"/cases/{case['id']}/decision", body)
    assert (refused.status_code, codes(refused)) == (422, ["DSK052"])
    case = send(
        world.client("officer"), f"/cases/{case['id']}/decision", body | {"reason": "红线已依法调整，见省政府批复"}
    ).json()
    assert (case["state"], case["decision"], case["against_finding"]) == ("decided", "approved", True)
    assert case["events"][-1]["data"]["against_finding"] is True

    page = client.get(f"/f/{world.finding}").content.decode()
    assert "与本结论不一致" in page
    assert "红线已依法调整" in page
    sheet = world.client("officer").get("/api/v1/filings/ledger.xlsx?against=true")
    cells = [
        cell.value for row in openpyxl.load_workbook(io.BytesIO(sheet.content))["台账"].iter_rows() for cell in row
    ]
    assert "红线已依法调整，见省政府批复" in cells

    from greenrule.store.chain import verify
    from greenrule.store.desk.records import audit_lines
    from greenrule.store.filings.cases import altered

    assert verify(audit_lines()).faults == ()
    assert altered() == []


def test_a_wrong_step_is_refused_and_says_what_is_possible(world: World) -> None:
    case = opened(world)
    answer = step(world, "window", case, "accepted")
    assert (answer.status_code, codes(answer)) == (422, ["FIL005"])
    assert "现在可以：收件" in answer.json()["faults"][0]["help"]
    assert step(world, "window", case, "decided").status_code == 422  # a step of its own route
    case = step(world, "window", case, "received").json()
    assert codes(step(world, "window", case, "told_once")) == ["FIL003"]
    assert codes(step(world, "window", case, "nonsense")) == ["DSK048"]


def test_a_clock_is_not_moved_by_a_day_written_down_later(world: World) -> None:
    case = opened(world)
    old = china_today() - timedelta(days=30)
    assert codes(step(world, "window", case, "received", day=china_today() + timedelta(days=1))) == ["DSK011"]
    case = step(world, "window", case, "received", day=old).json()
    # Thirty days of silence are an acceptance, whatever anybody would like to have written then.
    assert case["state"] == "accepted"
    assert case["standing"]["deemed"]
    for event, rest in (("told_once", {"items": ["x"]}), ("accepted", {}), ("paused", {"reason": "x"})):
        answer = step(world, "window", case, event, day=old + timedelta(days=1), **rest)
        assert codes(answer) == ["DSK011"], event
    assert codes(step(world, "window", case, "told_once", items=["x"])) == ["FIL005"]
    listed = world.client("window").get("/api/v1/filings/cases?state=accepted&size=200").json()["items"]
    assert case["id"] in [item["id"] for item in listed]
    listed = world.client("window").get("/api/v1/filings/cases?state=received&size=200").json()["items"]
    assert case["id"] not in [item["id"] for item in listed]


def test_two_officers_at_once_one_hears_what_the_other_did(world: World) -> None:
    case = accepted(world)
    body = {"version": case["version"], "decision": "refused"}
    first = send(world.client("officer"), f"/cases/{case['id']}/decision", body)
    second = send(world.client("second"), f"/cases/{case['id']}/decision", body)
    assert (first.status_code, second.status_code) == (200, 409)
    assert "filing-officer：作出决定" in second.json()["detail"]
    assert len(world.client("officer").get(f"/api/v1/filings/cases/{case['id']}").json()["events"]) == 3


def test_who_is_let_in(world: World) -> None:
    case = step(world, "window", opened(world), "received").json()
    number = case["id"]
    assert world.client("rival").get(f"/api/v1/filings/mine/{number}").status_code == 404
    assert world.client("stranger").get(f"/api/v1/filings/cases/{number}").status_code == 403
    assert world.client("chief").get(f"/api/v1/filings/cases/{number}").status_code == 200
    assert number not in [
        item["id"] for item in world.client("stranger").get("/api/v1/filings/cases?size=200").json()["items"]
    ]
    assert step(world, "stranger", case, "accepted").status_code == 403
    assert step(world, "firm", case, "accepted").status_code == 422
    assert step(world, "rival", case, "withdrawn").status_code == 404
    body = {"version": case["version"], "decision": "approved", "reason": "x"}
    assert send(world.client("window"), f"/cases/{number}/decision", body).status_code == 403
    # A city may step in for its county, not the other way round.
    other = send(world.client("firm"), "/mine", {
        "finding": world.finding, "kind": "eia_book", "handling": world.organisations["city"].pk, "again": True,
    }).json()  # fmt: skip
    assert world.client("officer").get(f"/api/v1/filings/cases/{other['id']}").status_code == 200
    assert step(world, "officer", other, "received").status_code == 403
    assert step(world, "chief", other, "received").status_code == 200


def test_a_case_belongs_where_its_site_is(world: World) -> None:
    body = {"finding": world.finding, "kind": "eia_book"}
    elsewhere = send(world.client("firm"), "/mine", body | {"handling": world.organisations["elsewhere"].pk})
    assert codes(elsewhere) == ["DSK046"]
    assert codes(send(world.client("firm"), "/mine", body | {"area": "140105"})) == ["DSK045"]
    assert codes(send(world.client("firm"), "/mine", body | {"kind": "eia"})) == ["DSK040"]
    assert send(world.client("firm"), "/mine", body | {"finding": "F0"}).status_code == 404
    assert codes(send(world.client("firm"), "/mine", body | {"organisation": world.organisations["rival"].pk})) == [
        "DSK043"
    ]


def test_the_same_opening_twice_is_one_case(world: World) -> None:
    body = {"finding": world.finding, "kind": "permit_key", "again": True}
    one, two = (send(world.client("firm"), "/mine", body, **{"Idempotency-Key": "open-1"}).json() for _ in range(2))
    assert one["id"] == two["id"]
    # Without a key, and with nothing said of it, the case that is there already is told.
    third = send(world.client("firm"), "/mine", body | {"again": False})
    assert codes(third) == ["DSK074"]
    assert "在办理" in third.json()["detail"]


def test_a_contested_fact_shows_both_outcomes_until_it_is_decided(world: World, client: Any) -> None:
    case = accepted(world)
    claim = send(world.client("firm"), f"/cases/{case['id']}/claims", {
        "fact": "建设性质", "value": "upgrade", "evidence": "备案证写的是技术改造",
    })  # fmt: skip
    assert claim.status_code == 201, claim.content.decode()
    told = claim.json()
    assert [side["outcomes"]["access"]["value"] for side in told["outcomes"]["sides"]] == ["prohibited", "undetermined"]
    assert [item["decision"] for item in told["outcomes"]["differ"]] == ["access"]
    page = client.get(f"/f/{world.finding}").content.decode()
    assert "有争议" in page
    assert "若为 技术改造" in page
    again = send(
        world.client("officer"), f"/cases/{case['id']}/claims", {"fact": "nature", "value": "upgrade", "evidence": "x"}
    )
    assert codes(again) == ["DSK021"]
    same = send(
        world.client("officer"), f"/cases/{case['id']}/claims", {"fact": "nature", "value": "new", "evidence": "x"}
    )
    assert codes(same) == ["DSK061"]
    rival = send(
        world.client("rival"), f"/cases/{case['id']}/claims", {"fact": "nature", "value": "upgrade", "evidence": "x"}
    )
    assert rival.status_code == 403

    ruling = {"state": "upheld", "reason": "备案证属实", "version": case["version"]}
    assert send(world.client("window"), f"/claims/{told['id']}/decision", ruling).status_code == 403
    assert codes(send(world.client("officer"), f"/claims/{told['id']}/decision", ruling | {"reason": " "})) == [
        "DSK023"
    ]
    assert send(world.client("officer"), f"/claims/{told['id']}/decision", ruling).status_code == 200
    assert send(world.client("second"), f"/claims/{told['id']}/decision", ruling).status_code == 409
    now = world.client("officer").get(f"/api/v1/filings/cases/{case['id']}").json()
    assert now["finding"] == told["outcomes"]["sides"][1]["finding"]
    assert now["finding_says"] == "undetermined"
    assert now["claims"][0]["reason"] == "备案证属实"


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("图.png", b"\x89PNG\r\n\x1a\n0", 201), ("批复.pdf", b"%PDF-1.7", 201), ("x.pdf", b"<html>", 422), ("x.exe", b"%PDF-", 422),
        ("x.docx", b"PK\x03\x04", 422), ("x.pdf", b"", 422),
    ],
)  # fmt: skip
def test_files_are_what_they_say(world: World, name: str, data: bytes, status: int) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = opened(world)
    path = f"/api/v1/filings/cases/{case['id']}/attachments"
    answer = world.client("firm").post(path, {"file": SimpleUploadedFile(f"../{name}", data), "purpose": "申报材料"})
    assert answer.status_code == status, answer.content.decode()
    if status == 201:
        row = answer.json()
        assert row["name"] == name
        found = world.client("window").get(f"{path}/{row['id']}")
        assert found.content == data
        assert found["Content-Disposition"].startswith("attachment")
        assert world.client("rival").get(f"{path}/{row['id']}").status_code == 403


def test_a_file_that_was_changed_on_the_disk_is_not_given_out(world: World, served: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from greenrule.store.digests import place_of
    from greenrule.store.filings.attachments import FOLDER

    case = opened(world)
    path = f"/api/v1/filings/cases/{case['id']}/attachments"
    row = world.client("firm").post(path, {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4 mine")}).json()
    place_of(served.workspace / FOLDER, row["digest"]).write_bytes(b"%PDF-1.4 another")
    assert world.client("firm").get(f"{path}/{row['id']}").status_code == 503


def test_a_ledger_goes_in_whole_or_not_at_all(world: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    head = "收件号,项目名称,申请单位,辖区代码,办件种类,收件日期,受理日期,决定日期,决定\n"
    good = "旧-1,旧项目甲,丙公司,140981,环境影响报告表审批,2026-03-02,2026-03-04,2026-03-20,批准\n"
    other = "旧-2,旧项目乙,丙公司,140105,环境影响报告表审批,2026-03-02,,,\n"

    def load(text: str, **asked: Any) -> Any:
        query = "?dry=true" if asked.get("dry") else ""
        return world.client("window").post(
            f"/api/v1/filings/ledger{query}", {"file": SimpleUploadedFile("台账.csv", text.encode())}
        )

    refused = load(head + good + other)
    assert (refused.status_code, codes(refused)) == (422, ["DSK070"])
    assert "第 3 行" in refused.json()["detail"]
    assert load(head + good, dry=True).json() == {"rows": 1, "made": [], "dry": True}
    assert world.client("window").get("/api/v1/filings/cases?text=旧项目甲").json()["items"] == []
    made = load(head + good)
    assert made.status_code == 201, made.content.decode()
    (row,) = world.client("window").get("/api/v1/filings/cases?text=旧项目甲").json()["items"]
    assert (row["number"], row["state"], row["decision"], row["received"]) == (
        "旧-1",
        "decided",
        "approved",
        "2026-03-02",
    )
    assert codes(load(head + good)) == ["DSK071"]


def test_today_names_what_is_late_and_what_is_owed(world: World) -> None:
    case = step(world, "window", opened(world, "eia_form"), "received", day=china_today() - timedelta(days=60)).json()
    found = world.client("officer").get("/api/v1/filings/today").json()
    assert case["id"] in [item["id"] for item in found["late"]["items"]]
    assert found["late"]["count"] >= 1
    assert all(item["late"] for item in found["late"]["items"])
    tolerant = step(world, "window", step(world, "window", opened(world), "received").json(), "accepted_tolerant",
                    items=["水保"], until=china_today() + timedelta(days=3)).json()  # fmt: skip
    found = world.client("officer").get("/api/v1/filings/today?size=200").json()
    owed = {item["case"]["id"]: item["items"] for item in found["owed"]}
    assert owed[tolerant["id"]][0]["item"] == "水保"
    assert tolerant["id"] not in [
        item["case"]["id"] for item in world.client("stranger").get("/api/v1/filings/today").json()["owed"]
    ]


def test_service_days_and_their_reading(world: World, client: Any) -> None:
    path = "/api/v1/filings/service-days?year=2026&area=140981"
    assert client.get(path).json()["reading"] == "first"
    body = {"area": "1409", "reading": "full_week", "paper": "某通知"}
    assert send(world.client("officer"), "/service-days", body, "put").status_code == 403
    assert send(world.client("chief"), "/service-days", body, "put").status_code == 200
    found = client.get(path).json()
    assert (found["reading"], found["paper"]) == ("full_week", "某通知")
    from greenrule.store.filings.models import ServiceReading

    # A reading that is no longer offered is understood, and cannot be set again.
    ServiceReading.objects.filter(area="1409").update(reading="calendar_week")
    kept = client.get("/api/v1/filings/service-days?year=2026&area=140981").json()
    assert (kept["reading"], kept["reading_label"]) == ("first", "当月第一个星期二")
    assert codes(send(world.client("chief"), "/service-days", body | {"reading": "calendar_week"}, "put")) == ["DSK068"]
    early = send(world.client("chief"), "/service-days", body | {"reading": "week_of_first"}, "put")
    assert early.status_code == 200
    july = client.get("/api/v1/filings/service-days?year=2026&area=140981").json()["days"][6]
    assert (july["month"], july["day"]) == (7, "2026-06-30")
    assert client.get("/api/v1/filings/service-days?year=2026&area=1401").json()["reading"] == "first"
    assert client.get("/api/v1/filings/service-days.ics?year=2026&area=140981").content.startswith(b"BEGIN:VCALENDAR")
    assert client.get("/api/v1/filings/service-days?year=1999").status_code == 422


def test_lists_have_versions_and_history(world: World) -> None:
    body = {"name": "某重点项目", "listed": "city", "area": "1409", "paper": "测试〔2026〕1号"}
    assert send(world.client("officer"), "/key-projects", body).status_code == 403
    row = send(world.client("chief"), "/key-projects", body).json()
    off = send(world.client("chief"), f"/key-projects/{row['id']}", body | {"version": 1, "until": "2026-12-01"}, "put")
    assert off.status_code == 200
    assert send(world.client("chief"), f"/key-projects/{row['id']}", body | {"version": 1}, "put").status_code == 409
    from greenrule.store.filings.models import KeyProject

    history = KeyProject.objects.get(pk=row["id"]).history.order_by("history_id")
    assert [item.until for item in history] == [None, date(2026, 12, 1)]
    assert history[1].history_user.username == "filing-chief"
    officer = {"organisation": world.organisations["county"].pk, "person": "李四", "phone": "0350", "area": "140981"}
    assert send(world.client("officer"), "/liaisons", officer).status_code == 201
    case = opened(world)
    found = world.client("officer").get(f"/api/v1/filings/cases/{case['id']}").json()
    assert [item["person"] for item in found["liaisons"]] == ["李四"]


def test_projects_near_a_case(world: World) -> None:
    case, other = opened(world), opened(world)
    found = world.client("officer").get(f"/api/v1/filings/cases/{case['id']}/near").json()["items"]
    assert other["project"]["id"] in [item["id"] for item in found]
    assert all(item["distance_m"] == 0 for item in found)
    register = world.client("officer").get("/api/v1/filings/projects?text=某焦化&size=2").json()
    assert len(register["items"]) == 2
    after = world.client("officer").get(f"/api/v1/filings/projects?text=某焦化&after={register['next']}").json()
    assert not {item["id"] for item in after["items"]} & {item["id"] for item in register["items"]}
    one = world.client("officer").get(f"/api/v1/filings/projects/{case['project']['id']}").json()
    assert len(one["versions"]) == 1
    assert [item["id"] for item in one["cases"]] == [case["id"]]


def test_what_happened_is_not_rewritten(world: World) -> None:
    from django.db import DatabaseError, transaction

    from greenrule.store.filings.models import CaseEvent

    case = accepted(world)
    for change in (lambda rows: rows.update(day=date(2020, 1, 1)), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(CaseEvent.objects.filter(case=case["id"]))
