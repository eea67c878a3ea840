"""The API keeps to its own description, whatever it is asked (schemathesis makes the requests up)."""

from __future__ import annotations

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


def keeps_its_word(case: Any) -> None:
    """No failure of ours, and every refusal in the one shape."""
    answer = case.call()
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400:
        told = answer.json()
        assert told["status"] == answer.status_code
        assert answer.headers["content-type"][0] == "application/problem+json"
        assert all(set(fault) <= {"code", "message", "place", "help"} for fault in told.get("faults", ()))
