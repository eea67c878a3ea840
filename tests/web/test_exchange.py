"""Exchange files over the wire: checked, taken in whole, given out."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.casework.test_exchange import APPLICATIONS

pytestmark = pytest.mark.both


def sent(document: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("办件.json", json.dumps(document, ensure_ascii=False).encode())}


def test_applications_are_checked_taken_in_and_given_back(client, token):
    from greenrule.store.desk.models import Finding

    desk = {"Authorization": f"Bearer {token('law', 'filings.handle', 'findings')}"}
    assert client.post("/api/v1/exchange/check", sent(APPLICATIONS), headers=desk).json()["items"] == 2
    before = Finding.objects.count()
    wrong = deepcopy(APPLICATIONS)
    wrong["applications"][1]["project"]["industry"] = "25219"
    told = client.post("/api/v1/exchange/service-applications", sent(wrong), headers=desk)
    assert [fault["code"] for fault in told.json()["faults"]] == ["P068"]
    assert Finding.objects.count() == before
    made = client.post("/api/v1/exchange/service-applications", sent(APPLICATIONS), headers=desk)
    assert made.status_code == 201
    names = {item["finding"] for item in made.json()["items"]}
    results = client.get("/api/v1/exchange/service-results?size=1000", headers=desk).json()
    assert names <= {item["finding"] for item in results["results"]}
    other = client.post("/api/v1/exchange/service-applications", sent(results), headers=desk)
    assert other.json()["faults"][0]["code"] == "ADP002"


def test_units_go_out(client, token):
    desk = {"Authorization": f"Bearer {token('law', 'layers.read')}"}
    document = json.loads(client.get("/api/v1/exchange/zoning-units", headers=desk).content)
    assert document["layer"]["demo"] is True
    assert "HJZHGKDYBM" in document["features"][0]["properties"]
    told = client.get("/api/v1/exchange/zoning-units?version=99999", headers=desk)
    assert told.json()["faults"][0]["code"] == "ADP030"
    assert client.get("/api/v1/exchange/zoning-units/schema", headers=desk).json()["x-sure"] is False
