from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.core.truth import FALSE, TRUE, UNKNOWN
from greenrule.packs.instrument import InForce
from greenrule.packs.instruments import Instruments, load_instruments

OLD = """\
id: old
number: 甲〔2020〕1号
kind: law
title: {zh: 旧法, en: Old law}
issuer: 某机关
issued: 2020-01-01
in_force: {from: 2020-03-01}
recorded: 2020-01-01
quality: memory
absorbed_by: {id: new, from: 2026-08-15}
ranges:
  - {prefix: art, from: 1, to: 30, label: "第{n}条", sub: "第{n}款"}
"""
NEW = """\
id: new
number: unknown
kind: law
title: {zh: 新典, en: New code}
issuer: 某机关
issued: 2026-03-12
in_force: {from: 2026-08-15}
recorded: 2026-03-12
quality: memory
clauses:
  - {id: book1, label: 第一编, heading: 总则}
"""
UNDATED = """\
id: undated
number: unknown
kind: provincial_policy
title: {zh: 无日期的意见, en: Undated opinion}
issuer: unknown
issued: unknown
in_force: {from: unknown, not_before: 2024-03-06, not_after: 2024-10-11, reason: 文本未载日期}
recorded: 2024-10-11
quality: public_copy
clauses:
  - {id: "1", label: 第（一）条}
"""


def write(folder: Path, **files: str) -> Path:
    (folder / "instruments").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "instruments" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def register(tmp_path: Path) -> Instruments:
    return load_instruments([write(tmp_path, old=OLD, new=NEW, undated=UNDATED)])


def test_absorbed_from_the_day_and_only_once_it_could_be_known(register: Instruments) -> None:
    before = register.resolve("old#art24.2", date(2026, 8, 14))
    assert (before.in_force, before.superseded_by, before.clause_label) == (TRUE, None, "第24条第2款")
    after = register.resolve("old#art24", date(2026, 8, 15))
    assert (after.in_force, after.superseded_by) == (FALSE, "new")
    assert "条号对应关系不知" in (after.note or "")
    then = register.resolve("old#art24", date(2026, 8, 15), known=date(2026, 3, 11))
    assert (then.in_force, then.superseded_by) == (TRUE, None)
    assert register.resolve("old", date(2020, 2, 29)).in_force is FALSE


def test_an_unsure_successor_leaves_it_unknown(tmp_path: Path) -> None:
    unsure = OLD.replace("2026-08-15}", "2026-08-15, sure: false, reason: 转述}")
    register = load_instruments([write(tmp_path, old=unsure, new=NEW)])
    after = register.resolve("old", date(2026, 9, 1))
    assert (after.in_force, after.superseded_by) == (UNKNOWN, "new")
    assert "转述" in (after.note or "")


def test_not_recorded_before_it_was_published(register: Instruments) -> None:
    assert register.resolve("new#book1", date(2026, 9, 1), known=date(2026, 3, 11)).recorded is False
    assert register.resolve("new#book1", date(2026, 9, 1), known=date(2026, 3, 12)).recorded is True


def test_an_unknown_date_is_unknown_between_its_bounds(register: Instruments) -> None:
    days = (date(2024, 3, 5), date(2024, 3, 6), date(2024, 10, 10), date(2024, 10, 11))
    assert [register.resolve("undated#1", day).in_force for day in days] == [FALSE, UNKNOWN, UNKNOWN, TRUE]
    cited = register.resolve("undated#1", days[1])
    assert cited.text == "《无日期的意见》（文号不详）第（一）条"
    assert "文本未载日期" in (cited.note or "")
    assert cited.to_json()["in_force"] == "unknown"


@pytest.mark.parametrize(
    ("cite", "code", "said"),
    [
        ("odl#art1", "P023", "old"),
        ("old#art31", "P024", "art1—art30"),
        ("old#24", "P024", "art1—art30"),
        ("new#bok1", "P024", "book1"),
        ("old art1", "P022", "sx-2024-7-measures#24"),
        ("", "P022", "sx-2024-7-measures#24"),
    ],
)
def test_what_does_not_exist_is_a_fault_with_a_suggestion(
    register: Instruments, cite: str, code: str, said: str
) -> None:
    with pytest.raises(InputFault) as caught:
        register.resolve(cite, date(2024, 1, 1))
    (fault,) = caught.value.faults
    assert fault.code == code
    assert said in (fault.help or "")


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("id: old", "id: odl", "P021"),
        ("issued: 2020-01-01", "issued: spring", "P029"),
        ("recorded: 2020-01-01", "recorded: 2019-01-01", "P026"),
        ("from: 2020-03-01", "from: unknown", "P026"),
        ("from: 2020-03-01", "from: 2020-03-01, to: 2020-02-01", "P026"),
        ("id: new, from", "id: nwe, from", "P025"),
        ("kind: law", "kind: lwa", "P013"),
        ("quality: memory", "qualty: memory", "P010"),
    ],
)
def test_faults_of_a_file(tmp_path: Path, was: str, now: str, code: str) -> None:
    with pytest.raises(InputFault) as caught:
        load_instruments([write(tmp_path, old=OLD.replace(was, now), new=NEW)])
    assert code in {fault.code for fault in caught.value.faults}
    assert all("old.yaml" in str(fault.place) for fault in caught.value.faults)


def test_faults_of_clauses_and_of_every_file_at_once(tmp_path: Path) -> None:
    clauses = NEW + "  - {id: book1, label: 又一}\n  - {id: x, label: 丙, part_of: y, sha256: abc}\n"
    with pytest.raises(InputFault) as caught:
        load_instruments([write(tmp_path, old="id: [", new=clauses, undated="")])
    assert {fault.code for fault in caught.value.faults} >= {"P003", "P004", "P025", "P027", "P028"}


def test_the_same_instrument_in_two_packs(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with pytest.raises(InputFault, match="P020"):
        load_instruments([write(one, new=NEW), write(two, new=NEW)])


days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(days, st.integers(0, 4000), st.integers(0, 4000), days)
def test_bounds_bracket_every_date_they_allow(low: date, width: int, inside: int, on: date) -> None:
    span = InForce(None, None, low, low + timedelta(width))
    certain = InForce(low + timedelta(min(inside, width)))
    answer = span.at(on)
    assert answer is UNKNOWN or answer is certain.at(on)


@given(days, days, days)
def test_once_in_force_it_stays_so_until_its_last_day(first: date, on: date, later: date) -> None:
    span = InForce(first)
    if later >= on:
        assert span.at(later) >= span.at(on)
    assert InForce(first, on).at(on + timedelta(1)) is FALSE
