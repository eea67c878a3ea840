"""Saved findings and their audit: one digest everywhere, nothing rewritten, every change seen."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta, timezone

import pytest

from greenrule.casework.sealing import sealed
from greenrule.core.errors import InputFault
from greenrule.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def finding(title: str = "某焦化项目", decision: str = "restricted") -> dict:
    """A finding, sealed as screening seals it."""
    return sealed({"project": {"name": title}, "decision": decision, "reasons": [{"rule": "a", "share": 0.25}]})


def code(call, *rest) -> str:
    with pytest.raises(InputFault) as raised:
        call(*rest)
    return raised.value.faults[0].code


def tamper(workspace: Workspace, statement: str, *values: object) -> None:
    """Change the database behind the program's back."""
    connection = sqlite3.connect(workspace.path / "records.sqlite")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_list_audit_and_finding_name_the_same_digest(workspace):
    """The digest on a printed finding finds its row."""
    said = finding()

    name = workspace.save_finding(said, who="张三")

    (row,), (line,) = workspace.findings(), workspace.records.audit()
    assert row.digest == line.digest == said["digest"]
    assert (row.id, line.subject) == (name, name)
    assert (row.project, row.decision, row.who) == ("某焦化项目", "restricted", "张三")
    assert name[1:] in said["digest"]
    assert workspace.load_finding(name) == said


def test_saving_twice_keeps_one_finding_and_two_lines_of_audit(workspace):
    """Who saved it again is history as well."""
    first = workspace.save_finding(finding(), who="甲")
    again = workspace.save_finding(finding(), who="乙")

    assert first == again
    assert [row.who for row in workspace.findings()] == ["甲"]
    assert [line.who for line in workspace.records.audit()] == ["甲", "乙"]
    assert workspace.records.check() == []


def test_a_finding_with_a_digest_that_is_not_its_own_is_not_saved(workspace):
    """Changed after it was made."""
    said = finding()
    said["decision"] = "allowed"

    assert code(workspace.save_finding, said) == "W023"
    assert workspace.findings() == workspace.records.audit() == []


def test_times_are_kept_in_china_standard_time(workspace):
    """Whatever zone the caller counts in."""
    at = datetime(2026, 11, 20, 20, 0, tzinfo=timezone(timedelta(hours=0)))

    workspace.records.save_finding(finding(), who="甲", at=at)

    assert workspace.records.audit()[0].at == "2026-11-21T04:00:00+08:00"


def test_an_unknown_id_is_told_with_a_near_one(workspace):
    """One digit mistyped."""
    name = workspace.save_finding(finding())

    with pytest.raises(InputFault) as raised:
        workspace.load_finding(name[:-1] + "x")

    assert raised.value.faults[0].code == "W020"
    assert name in (raised.value.faults[0].help or "")


@pytest.mark.parametrize("table", ["finding", "audit", "layer_version"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET seq = 9", "DELETE FROM {}"])
def test_history_cannot_be_rewritten_by_accident(workspace, table, verb):
    """The database itself refuses."""
    workspace.save_finding(finding())
    statement = verb.format(table).replace("seq = 9", "digest = 'x'" if table == "finding" else "seq = 9")
    connection = sqlite3.connect(workspace.path / "records.sqlite")
    if table == "layer_version":
        connection.execute(
            "INSERT INTO layer_version (kind, sha256, title, source, complete, valid_from, recorded, demo, features)"
            " VALUES ('a', 'b', 'c', 'd', 1, '2021-01-01', '2021-01-01', 0, 1)"
        )
    try:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    finally:
        connection.close()


@pytest.mark.parametrize("change", [{"decision": "allowed"}, {"digest": "sha256:" + "0" * 64}, {"extra": 1}])
def test_a_changed_finding_is_not_given_out(workspace, change):
    """Content, digest, or something added."""
    said = finding()
    name = workspace.save_finding(said)
    tamper(workspace, "UPDATE finding SET body = ?", json.dumps({**said, **change}))

    assert code(workspace.load_finding, name) == "W021"
    assert [fault.code for fault in workspace.check()] == ["W021"]


def test_a_finding_whose_text_is_no_longer_json_is_told(workspace):
    """A cut page of the database."""
    name = workspace.save_finding(finding())
    tamper(workspace, "UPDATE finding SET body = substr(body, 1, 20)")

    assert code(workspace.load_finding, name) == "W021"


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"])
def test_a_break_in_the_audit_is_seen(workspace, statement):
    """A line changed or taken out."""
    for title in "甲乙丙":
        workspace.save_finding(finding(title), who="甲")
    assert workspace.check() == []

    tamper(workspace, statement)

    assert [fault.code for fault in workspace.check()] == ["W022"]
