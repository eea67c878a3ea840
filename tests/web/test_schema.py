"""The API keeps to its own description, whatever it is asked (schemathesis makes the requests up)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error


@pytest.fixture
def api_schema(served: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The description as the server gives it."""
    from greenrule.web.api import access
    from greenrule.web.application import application
    from greenrule.web.guard import Bucket

    monkeypatch.setattr(access, "PUBLIC", Bucket(rate=1e6, burst=1_000_000))
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def test_no_request_makes_it_fail(api_schema: Any) -> None:
    asked = 0
    for found in api_schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def ask(case: Any) -> None:
            keeps_its_word(case)

        ask()
        asked += 1
    assert asked >= 10


def _chinese(value: Any, where: str = "") -> list[str]:
    if isinstance(value, dict):
        return [
            text for key, item in value.items() for text in (*_chinese(key, where), *_chinese(item, f"{where}/{key}"))
        ]
    if isinstance(value, list):
        return [text for item in value for text in _chinese(item, where)]
    return [f"{where}: {value}"] if isinstance(value, str) and re.search("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", value) else []  # fmt: skip


def _nameless(value: Any) -> Any:
    """A description without the words for people."""
    if isinstance(value, dict):
        return {
            key: _nameless(item)
            for key, item in value.items()
            if key not in ("title", "summary", "description", "tags") or not isinstance(item, str | list)
        }
    return [_nameless(item) for item in value] if isinstance(value, list) else value


def test_the_description_is_english_on_demand_and_the_same_otherwise(client: Any) -> None:
    chinese = client.get("/api/v1/openapi.json").json()
    english = client.get("/api/v1/openapi.json?lang=en").json()
    assert english == client.get("/api/v1/openapi.json", headers={"Accept-Language": "en"}).json()
    assert chinese["info"]["title"] == "绿尺 Greenrule"
    assert _nameless(chinese) == _nameless(english)
    # How an amount is written in a project is Chinese input.
    assert {text.rpartition("/")[2] for text in _chinese(english)} == {"年"}, _chinese(english)
    for path, methods in english["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"][0].isupper(), where
            assert operation["summary"] != chinese["paths"][path][method]["summary"], where
            assert operation["tags"] != chinese["paths"][path][method]["tags"], where


def keeps_its_word(case: Any) -> None:
    """No failure of ours, and every refusal in the one shape."""
    answer = case.call()
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400:
        told = answer.json()
        assert told["status"] == answer.status_code
        assert answer.headers["content-type"][0] == "application/problem+json"
        assert all(set(fault) <= {"code", "message", "place", "help"} for fault in told.get("faults", ()))
