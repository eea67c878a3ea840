"""The chain of the audit: altered, removed, moved, added lines show by themselves; a tail that was cut off by an anchor."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from greenrule.cli.main import main
from greenrule.core.errors import InputFault
from greenrule.store.chain import Anchor, AuditRow, chained, read_anchors, verify
from greenrule.store.workspace import Workspace

WORDS = st.text(min_size=0, max_size=6)


def chain_of(entries: list[tuple[str, str, str, str, str]]) -> list[AuditRow]:
    rows, last = [], ""
    for number, entry in enumerate(entries, 1):
        last = chained(last, entry)
        rows.append(AuditRow(number, *entry, last))
    return rows


chains = st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS), min_size=2, max_size=8).map(chain_of)


@given(chains)
def test_a_chain_as_it_was_written_is_whole(rows: list[AuditRow]) -> None:
    found = verify(rows, [Anchor(row.seq, row.chain) for row in rows])
    assert found.faults == ()
    assert (found.lines, found.head) == (len(rows), Anchor(rows[-1].seq, rows[-1].chain))


@given(chains, st.data())
def test_any_word_that_was_altered_shows(rows: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    word = data.draw(st.sampled_from(["at", "who", "action", "subject", "digest", "chain"]))
    rows[at] = replace(rows[at], **{word: getattr(rows[at], word) + "x"})
    assert [fault.code for fault in verify(rows).faults][:1] == ["W022"]


@given(chains, st.data())
def test_a_line_that_was_removed_shows_unless_it_was_the_last(rows: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 2))
    assert verify(rows[:at] + rows[at + 1 :]).faults


@given(chains, st.data())
def test_lines_that_changed_places_show(rows: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 2))
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    assert verify(rows).faults


@given(chains, st.data())
def test_a_tail_that_was_cut_off_shows_by_the_anchor_only(rows: list[AuditRow], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(rows) - 1))
    anchor = Anchor(rows[-1].seq, rows[-1].chain)
    assert verify(rows[:kept]).faults == ()
    assert [fault.code for fault in verify(rows[:kept], [anchor]).faults] == ["OPS002"]


@given(chains)
def test_a_chain_made_anew_shows_by_the_anchor_only(rows: list[AuditRow]) -> None:
    anchor = Anchor(rows[-1].seq, rows[-1].chain)
    anew = chain_of([("forged", row.who, row.action, row.subject, row.digest + "!") for row in rows])
    assert verify(anew).faults == ()
    assert [fault.code for fault in verify(anew, [anchor]).faults] == ["OPS001"]


def test_anchors_are_read_and_all_that_are_none_are_told() -> None:
    assert read_anchors("# a\n\n7:" + "0" * 64 + "  2026-11-25\n") == [Anchor(7, "0" * 64)]
    with pytest.raises(InputFault) as error:
        read_anchors("x\n7:00\n")
    assert [fault.code for fault in error.value.faults] == ["OPS003", "OPS003"]


# -- by force, on the file -----------------------------------------------------------------------------------------
@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """A workspace with five lines of audit."""
    place = tmp_path / "w"
    workspace = Workspace.create(place)
    for number in range(5):
        workspace.records.save_finding({"decision": "allowed", "project": {"name": f"项目{number}"}}, who="甲")
    return place


def by_force(place: Path, *statements: str) -> None:
    """As somebody with the file would: the triggers are dropped first."""
    with sqlite3.connect(place / "records.sqlite") as connection:
        connection.execute("DROP TRIGGER audit_keeps_update")
        connection.execute("DROP TRIGGER audit_keeps_delete")
        for statement in statements:
            connection.execute(statement)


def asked(*words: str) -> tuple[int, dict]:
    done = CliRunner().invoke(main, ["audit", "verify", "--format", "json", *words])
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else {}


FORCED: dict[str, Callable[[], tuple[str, ...]]] = {
    "altered": lambda: ("UPDATE audit SET who = '乙' WHERE seq = 2",),
    "removed": lambda: ("DELETE FROM audit WHERE seq = 2",),
    "swapped": lambda: (
        "UPDATE audit SET seq = 100 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 100",
    ),
}


@pytest.mark.parametrize("how", FORCED)
def test_what_was_done_by_force_is_found_and_where(audited: Path, how: str) -> None:
    assert asked("-w", str(audited))[0] == 0
    by_force(audited, *FORCED[how]())
    code, told = asked("-w", str(audited))
    assert code == 1
    assert not told["whole"]
    place = 3 if how == "removed" else 2
    assert told["faults"][0]["code"] == "W022"
    assert f"第 {place} 行" in told["faults"][0]["message"]


def test_a_cut_tail_is_found_by_the_anchor_that_was_printed(audited: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["audit", "anchor", "-w", str(audited)])
    kept = tmp_path / "anchors.txt"
    kept.write_text("# kept elsewhere\n" + run.stdout, encoding="utf-8")
    assert asked("-w", str(audited), "--anchors", str(kept))[0] == 0
    by_force(audited, "DELETE FROM audit WHERE seq = 5")
    assert asked("-w", str(audited))[0] == 0  # the chain alone does not show it
    code, told = asked("-w", str(audited), "--anchors", str(kept))
    assert (code, [fault["code"] for fault in told["faults"]]) == (1, ["OPS002"])


def test_a_broken_chain_gets_no_anchor(audited: Path) -> None:
    by_force(audited, "DELETE FROM audit WHERE seq = 1")
    done = CliRunner().invoke(main, ["audit", "anchor", "-w", str(audited)])
    assert done.exit_code == 1
    assert "W022" in done.stderr
    assert ":" not in done.stdout


def test_the_list_and_a_file_that_is_not_there(audited: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "list", "-w", str(audited), "--last", "2", "--format", "json"])
    assert [row["seq"] for row in json.loads(done.stdout)] == [4, 5]
    done = CliRunner().invoke(main, ["audit", "verify", "-w", str(audited), "--anchors", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "OPS004" in done.stderr
