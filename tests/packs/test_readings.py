from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import Law, load_book
from greenrule.packs.citing import citations, uncited_clauses
from greenrule.packs.readings import FILE, check_readings, confirm, load_readings

ONE, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def bound(pack: Path) -> Path:
    """The tiny pack with hashes: rule x-a and parameter limit cite clause 1, nothing cites 2 and 3."""
    path = pack / "instruments" / "x-1.yaml"
    head = path.read_text(encoding="utf-8").partition("clauses:")[0]
    rows = f"  - {{id: '1', label: 第1条, sha256: {ONE}}}\n  - {{id: '2', label: 第2条, sha256: {OTHER}}}\n  - {{id: '3', label: 第3条}}\n"
    path.write_text(f"{head}clauses:\n{rows}", encoding="utf-8")
    return pack


def law(pack: Path) -> Law:
    """The pack as it is now."""
    return load_book([pack])


def confirmed(pack: Path, *ids: str, everything: bool = False) -> None:
    """Write what `confirm` says."""
    for folder, text in confirm(law(pack), ids, (), everything).items():
        (folder / FILE).write_text(text, encoding="utf-8")


def codes(pack: Path) -> list[str]:
    """Codes of what the check finds."""
    return [fault.code for fault in check_readings(law(pack), citations(law(pack)))]


def test_what_was_never_confirmed_is_named(bound: Path) -> None:
    faults = check_readings(law(bound), citations(law(bound)))
    assert [(fault.code, fault.message.split("`")[1]) for fault in faults] == [("BND003", "x-a"), ("BND003", "limit")]
    assert all(fault.place is not None for fault in faults)


def test_confirming_all_leaves_nothing_to_say(bound: Path) -> None:
    confirmed(bound, everything=True)
    assert codes(bound) == []
    readings, _ = load_readings([bound])
    assert readings == {("rules", "x-a", "x-1#1"): ONE, ("parameters", "limit", "x-1#1"): ONE}
    before = (bound / FILE).read_text(encoding="utf-8")
    confirmed(bound, everything=True)
    assert (bound / FILE).read_text(encoding="utf-8") == before


def test_a_new_text_names_what_was_read_from_the_old_one(bound: Path) -> None:
    confirmed(bound, everything=True)
    path = bound / "instruments" / "x-1.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(ONE, "c" * 64), encoding="utf-8")
    assert codes(bound) == ["BND002", "BND002"]
    confirmed(bound, "x-a")  # one was read again, the other not yet
    faults = check_readings(law(bound), citations(law(bound)))
    assert [(fault.code, fault.message.split("`")[1]) for fault in faults] == [("BND002", "limit")]
    assert ONE[:12] in faults[0].message
    assert "c" * 12 in faults[0].message


def test_confirming_by_clause(bound: Path) -> None:
    for folder, text in confirm(law(bound), (), ["x-1#1"]).items():
        (folder / FILE).write_text(text, encoding="utf-8")
    assert codes(bound) == []


def test_a_reading_of_what_is_no_more(bound: Path) -> None:
    confirmed(bound, everything=True)
    path = bound / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("[x-a]", "[x-a, x-b]"), encoding="utf-8")
    assert codes(bound) == ["BND004"]
    confirmed(bound, "x-b")
    assert codes(bound) == []


def test_two_readings_of_one_citation(bound: Path) -> None:
    row = f"  - {{cite: 'x-1#1', sha256: {ONE}, rules: [x-a]}}\n"
    (bound / FILE).write_text(f"readings:\n{row}{row}", encoding="utf-8")
    with pytest.raises(InputFault, match="BND001"):
        load_readings([bound])


@pytest.mark.parametrize(("ids", "cites"), [(["x-z"], []), ([], ["x-1#9"]), ([], ["x-1#2"])])
def test_confirming_what_is_not_there(bound: Path, ids: list[str], cites: list[str]) -> None:
    with pytest.raises(InputFault, match="BND005"):
        confirm(law(bound), ids, cites)


def test_clauses_that_nothing_cites(bound: Path) -> None:
    found = uncited_clauses(law(bound), citations(law(bound)))
    assert [(item.clause, item.why) for item in found] == [("2", "没有说明"), ("3", "没有说明")]


def test_what_parameters_and_lists_cite_must_exist(pack: Path) -> None:
    path = pack / "parameters" / "limit.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("x-1#1", "x-1#7"), encoding="utf-8")
    lists = pack / "lists" / "heavy.yaml"
    lists.write_text(lists.read_text(encoding="utf-8").replace("note:", "cites: ['y-1#1'], note:"), encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        load_book([pack])
    assert sorted(fault.code for fault in caught.value.faults) == ["P023", "P024"]
