"""What follows a decision: a commitment is checked until it is kept; the ledger says whom to call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.filing_world import World, accepted, make_world, send, step

pytestmark = pytest.mark.both


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


def codes(answer: Any) -> list[str]:
    return [fault["code"] for fault in answer.json()["faults"]]


def test_a_commitment_is_checked_until_it_is_kept(world: World) -> None:
    from greenrule.store.filings.models import Case

    case = step(world, "firm", accepted(world, "eia_form"), "committed").json()
    officer = world.client("officer")
    done = send(officer, f"/cases/{case['id']}/decision", {
        "version": case["version"], "decision": "approved", "reason": "已核实",
    }).json()  # fmt: skip
    assert done["standing"]["duties"] == ["事后核查：承诺的事项是否做到"]

    def to_check() -> list[int]:
        return [item["id"] for item in officer.get("/api/v1/filings/today?size=200").json()["checks"]["items"]]

    assert case["id"] in to_check()
    assert codes(step(world, "officer", done, "checked", result="未建防治设施")) == ["DSK053"]
    failed = step(world, "officer", done, "checked", result="未建防治设施", kept=False).json()
    assert failed["commitment"] == "failed"
    assert "不符合承诺" in failed["standing"]["duties"][0]
    assert case["id"] in to_check()
    failing = officer.get("/api/v1/filings/cases?commitment=failed&size=200").json()["items"]
    assert [item["id"] for item in failing] == [case["id"]]
    assert "不符合承诺" in officer.get("/api/v1/filings/ledger.csv?commitment=failed").content.decode("utf-8-sig")
    kept = step(world, "officer", failed, "checked", result="已建成", kept=True).json()
    assert (kept["commitment"], kept["standing"]["duties"]) == ("passed", [])
    assert case["id"] not in to_check()
    assert Case.objects.get(pk=case["id"]).accepted is not None
    assert codes(officer.get("/api/v1/filings/cases?commitment=maybe")) == ["DSK054"]


def test_the_ledger_names_whom_to_call(world: World) -> None:
    from greenrule.store.filings.models import Liaison

    case = accepted(world)
    office = world.organisations["county"]
    officer = Liaison.objects.create(organisation=office, person="=联络人", phone="0350-1", area=office.area)
    text = world.client("officer").get("/api/v1/filings/ledger.csv?size=200").content.decode("utf-8-sig")
    row = next(line for line in text.splitlines() if case["number"] in line)
    assert "'=联络人 0350-1" in row
    officer.delete()
