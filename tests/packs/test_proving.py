"""The examination of a rulebook: every kind of finding is found in a pack that has it, and what is kept is not new."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import Law, load_book
from greenrule.packs.proofs import load_conventions
from greenrule.packs.proving import Examination, Report

ON = date(2026, 11, 21)
_INSTRUMENT = (
    "id: {id}\nnumber: 某〔2024〕{n}号\nkind: {kind}\ntitle: {{zh: 文件{n}, en: Paper {n}}}\nissuer: 某厅\nissued: 2024-01-0{n}\n"
    "in_force: {{from: 2024-01-0{n}}}\nrecorded: 2024-01-0{n}\nquality: public_copy\nclauses:\n  - {{id: '1', label: 第1条, heading: 甲}}\n"
    "  - {{id: '2', label: 第2条, heading: 乙}}\n"
)
_DECISIONS = """decisions:
  access:
    label: 准入
    values: {allowed: 可, restricted: 限, prohibited: 禁}
    default: allowed
    verbs: {prohibit: prohibited, restrict: restricted}
  form:
    label: 形式
    values: {none: 无, form: 表, book: 书}
    default: none
    verbs: {classify: ~}
    replacing: {exempt: none, simplify: ~}
  approver:
    label: 层级
    values: {city: 市, province: 省}
    verbs: {classify: ~}
  obligations:
    label: 要求
    collect: true
    verbs: {require: ~, retire: ~}
"""
_PROOFS = """levels:
  - {name: 法律, kinds: [law]}
  - {name: 省厅文件, kinds: [provincial_policy]}
general: {facts: [industry, nature], reason: 人人都问}
opposed: [[retire, require]]
"""


def rule(name: str, when: str, effect: str, cites: str = "x-1#1", rest: str = "") -> str:
    """One rule as text."""
    return (
        f'rule {name} "规则{name}"\n  subject project\n  when {when}\n  effect {effect}\n  then "结果{name}"\n  strength mandatory\n'
        f"  cites {cites}\n{rest}\n"
    )


@pytest.fixture
def law_of(pack: Path):
    """A law of the small pack with other rules and the conventions of proofs."""

    def build(*rules: str, proofs: str = "", conflicts: str = "", worlds: str = "") -> Law:
        (pack / "rules" / "x.rules").write_text("\n".join(rules), encoding="utf-8")
        (pack / "cases" / "x.yaml").unlink(missing_ok=True)
        (pack / "decisions.yaml").write_text(_DECISIONS, encoding="utf-8")
        (pack / "instruments" / "l-1.yaml").write_text(_INSTRUMENT.format(id="l-1", n=1, kind="law"), encoding="utf-8")
        (pack / "instruments" / "x-1.yaml").write_text(
            _INSTRUMENT.format(id="x-1", n=2, kind="provincial_policy"), encoding="utf-8"
        )
        (pack / "proofs.yaml").write_text(_PROOFS + proofs, encoding="utf-8")
        for name, text in (("conflicts", conflicts), ("worlds", worlds)):
            if text:
                (pack / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_book([pack])

    return build


def examined(law: Law, *only: str) -> Report:
    """What comes out."""
    return Examination(law, ON, only=only).run()


def ids(report: Report) -> list[str]:
    """Names of findings."""
    return [item.id for item in report.findings]


def test_contradictions_between_instruments_on_one_matter(law_of):
    """Both speak of what is near; the lower one says less, which is told."""
    law = law_of(rule("a", "near", "prohibit access", "l-1#1"), rule("b", "near and nature is new", "restrict access"))
    report = examined(law, "contradiction")
    (found,) = report.findings

    assert found.id == "contradiction:access:a+b"
    assert found.said == ("prohibited", "restricted")
    assert "a 层级较高（法律），下位文件说得较轻" in str(found.remark)
    assert found.answer.witness is not None
    assert found.answer.witness.truths == {"a": "true", "b": "true"}
    assert report.new == [found]


def test_rules_about_different_matters_do_not_contradict(law_of):
    """One forbids what is near, one restricts what is large: both apply, the stricter prevails, and it is only counted."""
    report = examined(
        law_of(rule("a", "near", "prohibit access", "l-1#1"), rule("b", "added >= 90 万吨/年", "restrict access")),
        "contradiction",
    )

    assert ids(report) == []
    assert report.side_by_side == 1


def test_replacements_that_differ_contradict_even_within_one_instrument(law_of):
    """Two exceptions that come out differently."""
    law = law_of(rule("a", "near", "simplify form = form"), rule("b", "nature is new", "exempt form"))

    assert ids(examined(law, "contradiction")) == ["contradiction:form:a+b"]


def test_opposed_verbs_of_a_collecting_decision(law_of):
    """To be upgraded and to be phased out."""
    law = law_of(rule("a", "near", "retire obligations", "l-1#1"), rule("b", "near", "require obligations"))

    assert ids(examined(law, "contradiction")) == ["contradiction:obligations:a+b"]


def test_gaps_of_decisions_and_of_rows_of_thresholds(law_of):
    """Nobody says who approves; and exactly ninety thousand tonnes fall between two rows."""
    law = law_of(
        rule("a", "added > 9 万吨/年", "classify form = form", "l-1#2"), rule("b", "added < 9 万吨/年 and near", "classify form = form", "l-1#2"),
        rule("c", "near", "classify approver = city"),
    )  # fmt: skip
    report = examined(law, "gap")

    assert ids(report) == ["gap:approver", "gap:form:l-1#2+added"]
    assert [str(facts["added"]) for facts in report.findings[1].situations][1] == "90000 吨/年"


def test_dead_rules_and_conflicts_that_never_happen(law_of):
    """What a proof rests on is named."""
    conflicts = (
        "conflicts:\n  - {id: k, topic: 题, rules: [a, b], differ: 不同, resolved_by: newer, prefer: [a], reason: 因}\n"
    )
    worlds = "statements:\n  s: {holds: 'added <= 90 万吨/年', why: 没有更大的}\n"
    law = law_of(rule("a", "near", "prohibit access", "l-1#1"), rule("b", "not near", "restrict access"), rule("c", "added > 90 万吨/年", "prohibit access"),
                 conflicts=conflicts, worlds=worlds)  # fmt: skip
    report = examined(law, "dead")

    assert ids(report) == ["dead:c", "dead:conflict+k+a+b"]
    assert report.findings[0].rests_on == ("state:s",)
    assert all(item.answer.proved for item in report.findings)


def test_duplicates_and_redundant_rules_are_told_apart_and_once(law_of):
    """Two alike are one finding; one inside another names what covers it; a dead rule is not told again."""
    law = law_of(
        rule("a", "near", "prohibit access", "l-1#1"), rule("b", "not (not near)", "prohibit access"),
        rule("c", "near and nature is new", "restrict access"), rule("d", "near and not near", "prohibit access"),
    )  # fmt: skip
    report = examined(law, "redundant", "duplicate")
    whole = examined(law)

    assert ids(report) == ["duplicate:access:a+b", "redundant:access:c", "redundant:access:d"]
    assert report.findings[1].by == ("a", "b")
    assert [name for name in ids(whole) if name.endswith(":d")] == ["dead:d"]


def test_a_lower_instrument_that_relaxes_a_higher_one(law_of):
    """By replacing its result, or by an exception to its rule; the other way round is none."""
    law = law_of(
        rule("a", "near", "classify form = book", "l-1#1"), rule("b", "near and nature is new", "exempt form"),
        rule("c", "added > 9 万吨/年", "prohibit access", "l-1#1"), rule("d", "nature is new", "require obligations", rest="  overrides c\n"),
        rule("e", "near and nature is expand", "simplify form = book", "l-1#1"),
    )  # fmt: skip
    report = examined(law, "relaxes")

    assert ids(report) == ["relaxes:d+c", "relaxes:form:b"]
    assert report.findings[1].answer.witness.outcomes == {"form": "none"}  # type: ignore[union-attr]


def test_what_is_kept_or_registered_is_not_new_and_what_is_gone_is_told(law_of):
    """By its id, with a reason; a conflict of the register is known by its rules."""
    kept = "kept:\n  - findings: ['duplicate:access:a+b', 'dead:gone']\n    reason: 读过\n"
    conflicts = (
        "conflicts:\n  - {id: k, topic: 题, rules: [a, c], differ: 不同, resolved_by: newer, prefer: [a], reason: 因}\n"
    )
    law = law_of(rule("a", "near", "prohibit access", "l-1#1"), rule("b", "near", "prohibit access", "l-1#1"), rule("c", "near", "restrict access"),
                 proofs=kept, conflicts=conflicts)  # fmt: skip
    report = examined(law)
    known = {item.id: (item.known, item.why) for item in report.findings}

    assert known["duplicate:access:a+b"] == ("kept", "读过")
    assert known["contradiction:access:a+c"] == ("k", "因")
    assert report.stale == ["dead:gone"]
    assert known["redundant:access:c"] == ("k", "因")
    assert [item.id for item in report.new] == ["contradiction:access:b+c"]
    assert [item.subject for item in report.conflicts] == [("k", "a", "c")]
    assert examined(law, "dead").stale == ["dead:gone"]
    assert examined(law, "b").stale == []


def test_what_the_solver_does_not_decide_is_no_silence(law_of):
    """An undecided question is new until somebody keeps it."""
    law = law_of(rule("a", "near", "prohibit access", "l-1#1"), rule("b", "near", "restrict access"))
    asked = Examination(law, ON, only=["contradiction"])
    asked.prover.solver.set("rlimit", 1)
    report = asked.run()

    assert [item.id for item in report.undecided] == ["contradiction:access:a+b"]
    assert report.new == report.undecided
    assert report.findings == []


def test_names_that_nothing_has_are_told(law_of):
    """Of `--only`, and of everything in proofs.yaml."""
    law = law_of(rule("a", "near", "prohibit access"))
    with pytest.raises(InputFault, match="P124"):
        Examination(law, ON, only=["zz"])
    bad = law_of(
        rule("a", "near", "prohibit access"),
        proofs="kept:\n  - {findings: ['nonsense:a', 'dead:a', 'dead:a'], reason: 因}\n  - {findings: [dead:b]}\n",
    )
    (bad.folders[0] / "proofs.yaml").write_text(
        (bad.folders[0] / "proofs.yaml")
        .read_text(encoding="utf-8")
        .replace("kinds: [law]", "kinds: [lore]")
        .replace("[retire, ", "[retyre, "),
        encoding="utf-8",
    )
    with pytest.raises(InputFault) as raised:
        load_conventions(bad)
    told = [fault.code for fault in raised.value.faults]

    assert told.count("P123") == 4
    assert "P011" in told
