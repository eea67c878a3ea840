"""What the audit of the dependencies says to what it may hear."""

from __future__ import annotations

import json

from tools.audit_dependencies import judged


def test_a_vulnerability_fails_and_silence_is_not_success() -> None:
    rows = [
        {"name": "a", "version": "1", "vulns": []},
        {"name": "b", "version": "2", "vulns": [{"id": "X", "fix_versions": []}]},
    ]
    assert judged(json.dumps({"dependencies": rows}), "") == (1, "b 2: X (mended in no version yet)")
    assert judged(json.dumps({"dependencies": rows[:1]}), "")[0] == 0
    for nothing in ("", "[]", "{}", "not json"):
        assert "NOT audited" in judged(nothing, "")[1]
