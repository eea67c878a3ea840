"""The golden files of generated cases: current, replayed, and a change of anything they rest on is noticed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from greenrule.backends.scalar import Program
from greenrule.casework.boundary import differences, generate, keep, load_chapters, packs_of, place_of, texts
from greenrule.casework.boundary_check import check, stated
from greenrule.packs.book import Law, load_book
from greenrule.packs.cases import CASE_DAY, case_files, load_cases
from greenrule.rules.nodes import Not
from tests.cli.workspace import ROOT, shared_law

#: A few rules with codes, a threshold, an exception and definitions.
ONLY = ("m24-02-a", "m24-24-")


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The packs in a place of their own, so that their golden files can be spoilt."""
    base = tmp_path_factory.mktemp("packs")
    for name in ("cn", "cn-shanxi"):
        shutil.copytree(ROOT / "packs" / name, base / name)
    return load_book([base / "cn", base / "cn-shanxi"])


@pytest.fixture
def golden(law: Law) -> Iterator[Path]:
    """The golden file of the decisive rules, put right again afterwards."""
    path = place_of(law, "m24-24-b")
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def codes(law: Law, only: tuple[str, ...] = ONLY) -> list[tuple[str, int | None]]:
    """Faults of a check, each with its line."""
    return [(fault.code, fault.place.line if fault.place else None) for fault in check(law, only=only).faults]


def test_the_golden_files_of_both_packs_hold_and_show_everything_that_can_be_shown() -> None:
    """Every rule in force, every goal: shown, or out of reach for a reason; the page counts what the check counts."""
    law = shared_law()
    checked = check(law, load_cases(law.book, case_files(law.folders), []))

    assert [str(fault) for fault in checked.faults] == []
    assert checked.rules.keys() == Program(law.book, CASE_DAY).live
    assert all(item.goals == item.shown + item.impossible + item.undecided for item in checked.rules.values())
    assert all(reason for _, _, reason, _ in checked.beyond)
    keys = ("clause", "rules", "goals", "cases")
    assert [[row[key] for key in keys] for row in stated(law)] == [
        [row[key] for key in keys] for row in checked.by_clause(law)
    ]


def test_regenerating_changes_nothing_where_nothing_changed(law: Law) -> None:
    """The solver is asked again about a few rules: the files are what it would write."""
    made = generate(law, only=ONLY)
    wanted = texts(law, made, whole=False)

    assert differences(wanted) == []
    assert keep(wanted) == []


def test_another_condition_is_stale_and_its_difference_is_shown(law: Law, golden: Path) -> None:
    """A rule turned over: the check names it, the diff has its old lines and new ones, and writing them puts it right."""
    rule = law.book.rules["m24-24-b"]
    turned = replace(law, book=replace(law.book, rules={**law.book.rules, rule.id: replace(rule, when=Not(rule.when))}))

    assert [code for code, _ in codes(turned, ("m24-24-b",))] == ["C033"]
    wanted = texts(turned, generate(turned, only=("m24-24-b",)), whole=False)
    shown = differences(wanted)
    assert any(line.startswith("-= m24-24-b ") for line in shown)
    assert any(line.startswith("+= m24-24-b ") for line in shown)
    others = [line[1:] for line in shown if line.startswith(("+= ", "-= "))]
    assert {line.split()[1] for line in others} == {"m24-24-b"}
    assert keep(wanted) == [golden]
    assert codes(turned, ("m24-24-b",)) == []


def test_a_case_turned_over_a_case_lost_and_a_rule_that_is_no_more(law: Law, golden: Path) -> None:
    """Each is told with its line."""
    lines = golden.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("= m24-24-b "))
    no = next(number for number in range(start, len(lines)) if lines[number].startswith("- "))

    golden.write_text("\n".join([*lines[:no], "+" + lines[no][1:], *lines[no + 1 :]]), encoding="utf-8")
    assert ("C034", no + 1) in codes(law, ("m24-24-b",))
    end = next(number for number in range(start, len(lines)) if not lines[number])
    sure = [line for line in lines[start:end] if not line.startswith("?")]
    golden.write_text("\n".join([*lines[:start], *sure, *lines[end:]]), encoding="utf-8")
    assert set(codes(law, ("m24-24-b",))) == {("C035", start + 1)}
    golden.write_text("\n".join([*lines, "= m24-none 00000000 prohibit access"]), encoding="utf-8")
    assert codes(law, ()) == [("C033", len(lines) + 1)]


def test_a_file_that_is_gone_is_missed(law: Law, golden: Path) -> None:
    """The other files of the pack are there: its rules lack their cases, and say how to get them."""
    golden.unlink()
    found = check(law, only=("m24-24-b",), every=False).faults

    assert [fault.code for fault in found] == ["C033"]
    assert "--only m24-24-b" in str(found[0])


def test_a_case_that_the_machines_disagreed_on_is_not_let_by(law: Law, golden: Path) -> None:
    """A goal marked as not replayed fails the check even though nothing else does."""
    text = golden.read_text(encoding="utf-8")
    rule = re.search(r"^= m24-24-b .*\n# .*\n(\+ .*\n)", text, re.M)
    assert rule is not None
    golden.write_text(
        text.replace(rule[1], f"{rule[1]}~ 某处：恰为界值 | 求解器给出的情形在标量机上复算不符（某处）\n"),
        encoding="utf-8",
    )

    assert [code for code, _ in codes(law, ("m24-24-b",))] == ["C036"]


def test_rules_of_other_packs_are_left_alone_unless_asked_for(law: Law) -> None:
    """Files that were made of other packs say nothing of these; whoever asks for all of them is told what lacks cases."""
    other = replace(law, versions={**law.versions, "my-county": "sha256:0"})

    assert packs_of(other) == ("cn", "cn-shanxi", "my-county")
    assert check(other, every=False, only=ONLY).rules == {}
    assert check(other, only=ONLY).rules.keys() == check(law, every=False, only=ONLY).rules.keys()
    assert load_chapters(law, []).keys() == load_chapters(other, []).keys()
