"""Exchange files: what goes out comes in again unchanged, every fault is told with its path, nothing is taken in by halves."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.exchange import KINDS, read_document, schema
from greenrule.casework.exchange_files import (
    import_units,
    or_refused,
    read_applications,
    results_document,
    units_document,
)
from greenrule.casework.screening import open_screener
from greenrule.core.errors import InputFault
from greenrule.store.workspace import Workspace

APPLICATIONS = {
    "format": "greenrule-exchange", "version": 1, "kind": "service-applications", "made": "2026-11-20", "notice": "演示数据（非官方）",
    "applications": [
        {"number": "SX-1", "matter": "环评审批", "submitted": "2026-11-18", "applicant": {"name": "甲公司", "code": "91140100MA0000000X"},
         "project": {"industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}},
        {"number": "SX-2", "submitted": "2026-11-19", "applicant": {"name": "乙公司"}, "project": {"industry": "3011", "nature": "expand"}},
    ],
}  # fmt: skip


def encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def codes(error: pytest.ExceptionInfo[InputFault]) -> list[str]:
    return [fault.code for fault in error.value.faults]


@pytest.fixture(scope="module")
def units(demo_workspace):
    """The demonstration's units of two counties as an exchange file."""
    whole = units_document(demo_workspace, demo_workspace.layers()["control_unit"], date(2026, 11, 20))
    return {
        **whole,
        "features": [item for item in whole["features"] if item["properties"]["county_code"] in ("140105", "140106")],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas_and_say_whose_reading_they_are(kind):
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["x-sure"] is False


def test_units_come_back_as_they_went(units, demo_workspace, tmp_path):
    document = read_document(encoded(units), "单元.json")
    assert document["notice"] == "演示数据（非官方）"
    assert {item["properties"]["ZHGKDYFL"] for item in document["features"]} <= {"1", "2", "3"}
    fresh = Workspace.create(tmp_path / "w")
    version = or_refused(import_units(fresh, document, "单元.json"), "单元.json")
    back = fresh.read(version)
    origin = demo_workspace.read(demo_workspace.layers()["control_unit"])
    rows = {code: row for row, code in enumerate(origin.columns["code"])}
    for row, code in enumerate(back.columns["code"]):
        for name in ("name", "class", "subtype", "county", "spatial_constraint"):
            assert back.columns[name][row] == origin.columns[name][rows[code]], (code, name)
        assert shapely.equals_exact(back.geometry[row], origin.geometry[rows[code]], tolerance=1e-9)
    assert fresh.layers() == {}  # a draft takes no part in answers


def test_units_with_an_overlap_are_refused_whole(units, tmp_path):
    wrong = deepcopy(units)
    wrong["features"].append(deepcopy(wrong["features"][0]))
    wrong["features"][-1]["properties"]["HJZHGKDYBM"] = "ZH14010520999"
    fresh = Workspace.create(tmp_path / "w")
    with pytest.raises(InputFault) as error:
        or_refused(import_units(fresh, read_document(encoded(wrong), "x"), "x"), "x")
    assert set(codes(error)) == {"LAY020"}
    assert fresh.versions() == []


def test_every_fault_has_its_path():
    wrong = deepcopy(APPLICATIONS)
    wrong["applications"][0]["applicant"] = {"nam": "甲", "code": "x"}
    wrong["applications"][1]["submitted"] = "昨天"
    wrong["made"] = 5
    with pytest.raises(InputFault) as error:
        read_document(encoded(wrong), "办件.json")
    told = [(str(fault.place), fault.message) for fault in error.value.faults]
    assert set(codes(error)) == {"ADP013"}
    assert any("applications[0].applicant 缺少 `name`" in said for _, said in told)
    assert any("不认识的键 `nam`" in said for _, said in told)
    assert any(place.endswith("#applications[0].applicant.code") for place, _ in told)
    assert any("applications[1].submitted" in said and "不是日期" in said for _, said in told)
    assert any(place.endswith("#made") for place, _ in told)
    assert any(fault.help == "是否想写 `name`？" for fault in error.value.faults)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"{", "ADP011"), (b"\xff\xfe", "ADP011"), (b'{"a": 1, "a": 2}', "ADP011"), (b'{"a": NaN}', "ADP011"), (b"[" * 200_000, "ADP011"),
     (b"[]", "ADP012"), (b'{"format": "other", "kind": "zoning-units"}', "ADP012"), (b'{"format": "greenrule-exchange", "kind": "x"}', "ADP012")],
)  # fmt: skip
def test_what_is_no_exchange_file(data, code):
    with pytest.raises(InputFault) as error:
        read_document(data, "x.json")
    assert codes(error) == [code]


@settings(max_examples=60)
@given(st.data())
def test_a_document_that_is_bent_anywhere_is_told_never_broken(data):
    bent = deepcopy(APPLICATIONS)
    node, steps = bent, data.draw(st.integers(0, 5))
    for _ in range(steps):
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            node[key] = data.draw(st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just([]), st.just({})))
            break
        node = node[key]
    faults = []
    try:
        read_document(encoded(bent), "x.json")
    except InputFault as error:
        faults = list(error.faults)
    assert all(fault.code in ("ADP012", "ADP013") and fault.help for fault in faults)


def test_applications_become_findings_or_none(demo_workspace):
    screener = open_screener(demo_workspace.path)
    found = read_applications(read_document(encoded(APPLICATIONS), "x"), screener, "x")
    assert [number for number, _ in found] == ["SX-1", "SX-2"]
    assert found[0][1]["project"]["name"] == "甲公司"
    assert found[0][1]["project"]["on"] == "2026-11-18"
    wrong = deepcopy(APPLICATIONS)
    wrong["applications"][0]["project"]["industry"] = "25219"
    wrong["applications"][1] |= {
        "number": "SX-1",
        "submitted": "2026-11-21",
        "project": {"industry": "3011", "nature": "nw", "location": {"file": "/etc/passwd"}},
    }
    with pytest.raises(InputFault) as error:
        read_applications(read_document(encoded(wrong), "x"), screener, "x")
    assert codes(error) == ["P068", "ADP020", "ADP022", "ADP021"]


def test_results_keep_to_their_own_schema(demo_workspace):
    screener = open_screener(demo_workspace.path)
    found = read_applications(APPLICATIONS, screener, "x")
    document = results_document(
        [(number, "F" + finding["digest"][7:23], finding) for number, finding in found], date(2026, 11, 20)
    )
    again = read_document(encoded(document), "x")
    assert [item["digest"] for item in again["results"]] == [finding["digest"] for _, finding in found]
    assert again["results"][0]["missing"]


def test_saving_several_findings_is_one_step(tmp_path, demo_workspace):
    found = [finding for _, finding in read_applications(APPLICATIONS, open_screener(demo_workspace.path), "x")]
    fresh = Workspace.create(tmp_path / "w")
    with pytest.raises(InputFault, match="W023"):
        fresh.save_findings([found[0], {**found[1], "digest": "sha256:" + "0" * 64}])
    assert fresh.findings() == []
    assert len(fresh.save_findings(found)) == 2
    assert fresh.check() == []
