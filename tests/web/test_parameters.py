"""Parameters that are not what they should be are told in words of ours, each by the name that the asker gave it."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/place?lon=x", ["lat：没有给出", "lon：应是数"]),
        ("/place?lon=112&lat=37&on=gestern", ["on：应是日期，如 2026-11-21"]),
        ("/search?q=a&size=x", ["size：应是整数"]),
    ],
)
def test_a_wrong_parameter_is_told_in_chinese(client, path, told):
    found = client.get(f"/api/v1{path}")
    assert found.status_code == 422
    assert sorted(fault["message"] for fault in found.json()["faults"]) == told


def test_what_a_body_lacks_is_named_as_the_asker_names_it(client, token):
    head = {"Authorization": f"Bearer {token('tokens', 'screen')}"}
    found = client.post("/api/v1/tokens", json.dumps({"days": 9999}), content_type="application/json", headers=head)
    told = [fault["message"] for fault in found.json()["faults"]]
    assert "days：不应大于 366" in told
    assert "name：没有给出" in told
    assert not any("wanted" in text for text in told)


def test_in_english_the_original_names_what_is_wrong(client):
    found = client.get("/api/v1/place?lon=x&lat=37&lang=en").json()["faults"][0]
    assert found["original"]["message"].startswith("lon")
    assert "valid number" in found["original"]["message"]


def test_every_kind_of_error_in_the_table_is_one_that_the_reader_has():
    from typing import get_args

    from pydantic_core.core_schema import ErrorType

    from greenrule.web.api.parameters import _TOLD

    assert set(_TOLD) <= set(get_args(ErrorType))
