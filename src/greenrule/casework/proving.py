"""`pack prove` for readers: findings with their clauses, and witnesses as projects that anyone can screen.

Every witness goes through the door that projects go through: it is written as a project file, read again and answered again
before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.backends.replay import Unreplayed
from greenrule.casework.changes import shown
from greenrule.casework.project import project_from
from greenrule.casework.situation import Machine
from greenrule.casework.writing import write_bytes
from greenrule.core.units import number_text
from greenrule.packs.book import Law
from greenrule.packs.proofs import FINDINGS
from greenrule.packs.proving import Examination, Finding, Report

#: Said of kinds of axioms when a proof names what it rests on.
_AXIOMS = {"kind": "事实的取值", "derive": "推导", "state": "常理"}


@dataclass(frozen=True)
class Proofs:
    """An examination with its witnesses written as projects: finding id → one project, or three for a row of thresholds."""

    law: Law
    on: date
    report: Report
    projects: Mapping[str, tuple[Mapping[str, Any], ...]]


def examine(
    law: Law, on: date, known: date | None = None, *, timeout: float = 10.0, only: Iterable[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Proofs:  # fmt: skip
    """Examine a law on a day; errors are those of the packs, and `Unreplayed` where a witness does not come out again."""
    machine = Machine(law, on, known)
    examination = Examination(
        law,
        on,
        known,
        timeout=timeout,
        only=only,
        program=machine.program,
        complete=lambda facts: machine.complete(facts)[0],
    )
    report = examination.run(progress)
    projects = {item.id: tuple(_projects(law, on, machine, item)) for item in (*report.findings, *report.conflicts)}
    return Proofs(law, on, report, projects)


def _projects(law: Law, on: date, machine: Machine, finding: Finding) -> Iterable[Mapping[str, Any]]:
    witness = finding.answer.witness
    for number, facts in enumerate(finding.situations, 1):
        yield project_of(law, f"见证 {finding.id}（之{number}）", on, facts)
    if witness is None:
        return
    raw = project_of(law, f"见证 {finding.id}", on, witness.facts)
    answer = machine.answer(project_from(raw, law).facts)
    again = {rule: answer.truth(rule).word for rule in witness.truths if rule in law.book.rules}
    outcomes = {name: answer.outcomes[name].word for name in witness.outcomes}
    if any(witness.truths[rule] != word for rule, word in again.items()) or outcomes != dict(witness.outcomes):
        raise Unreplayed(finding.id, witness.facts)
    yield raw


def project_of(law: Law, name: str, on: date, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a project that `greenrule screen` reads; amounts are written exactly or the nearest 12 digits."""
    out: dict[str, Any] = {"name": name, "on": on.isoformat()}
    rest = dict(facts)
    if rest.get("industry"):
        out["industry"] = sorted(rest.pop("industry"))
    if rest.get("nature"):
        out["nature"] = rest.pop("nature")
    if rest:
        out["facts"] = {key: _written(value) for key, value in sorted(rest.items())}
    return out


def _written(value: Any) -> Any:
    return number_text(value) if isinstance(value, Fraction) else shown(value)


def save_projects(proofs: Proofs, folder: Path, new_only: bool = False) -> list[Path]:
    """Write every witness as a project file of its own, named after its finding."""
    import yaml

    out = []
    for finding in (*proofs.report.findings, *proofs.report.conflicts):
        if new_only and finding.known is not None:
            continue
        for number, project in enumerate(proofs.projects[finding.id], 1):
            several = f"-{number}" if len(proofs.projects[finding.id]) > 1 else ""
            path = folder / f"{file_name(finding.id)}{several}.yaml"
            head = f"# {title(finding)}：{line(proofs.law, finding)}\n"
            text = yaml.safe_dump(dict(project), allow_unicode=True, sort_keys=False, width=100)
            write_bytes(path, (head + text).encode())
            out.append(path)
    return out


def file_name(finding: str) -> str:
    """A finding's id as a file name."""
    return re.sub(r"[^A-Za-z0-9.+_-]", "_", finding)[:120]


# -- in words ----------------------------------------------------------------------------------------------------------
def title(finding: Finding) -> str:
    """The kind of finding, with the decision it is about."""
    return FINDINGS.get(finding.kind, "登记的冲突")


def line(law: Law, finding: Finding) -> str:
    """One finding in a Chinese sentence."""
    book = law.book
    decision = book.decisions[finding.decision] if finding.decision else None
    values = dict(decision.values) if decision else {}
    said = [
        f"“{values[value]}”" if value in values else VERBS_SAID.get(value or "", value or "") for value in finding.said
    ]
    what = f"“{decision.zh}”" if decision else ""
    rules = [f"{rule}（{cited(law, rule)}）" for rule in finding.rules]
    remark = f"；{finding.remark}" if finding.remark else ""
    match finding.kind:
        case "conflict":
            told = f"{rules[0]} 与 {rules[1]} " + ("从不同时成立" if finding.answer.proved else "可以同时成立")
        case "contradiction":
            told = f"{what}：{rules[0]} 说{said[0]}，{rules[1]} 说{said[1]}，可以同时成立"
        case "gap" if finding.subject:
            fact = book.facts[finding.subject[1]]
            told = f"{what}：随“{fact.zh}”增大，{finding.subject[0]} 的要求先降后升，中间有空档"
        case "gap":
            told = f"{what}：事实全部已知，仍没有规则作出规定"
        case "dead" if finding.subject[0] == "conflict":
            told = f"{rules[0]} 与 {rules[1]} 从不同时成立"
        case "dead":
            told = f"{rules[0]} 从不成立"
        case "duplicate":
            told = f"{what}：{rules[0]} 与 {rules[1]} 条件相同、所说相同"
        case "redundant":
            by = (
                f"，被 {'、'.join(finding.by[:3])}{' 等' if len(finding.by) > 3 else ''} 覆盖"
                if finding.by
                else "，被几条规则合起来覆盖"
            )
            told = f"{what}：{rules[0]} 说{said[0]}处处多余{by}"
        case _ if decision is not None:
            told = f"{what}：{rules[0]} 使结果降为{said[0]}，只按上位文件会更严"
        case _:
            told = f"{rules[0]} 免除了上位的 {rules[1]}"
    return told + remark


#: Verbs of collecting decisions as a reader would say them.
VERBS_SAID = {"retire": "淘汰", "require": "要求", "exempt": "豁免"}


def cited(law: Law, rule: str) -> str:
    """Where a rule stands: number or title of its first instrument, and the clause."""
    instrument, clause = law.instruments.find(law.book.rules[rule].cites[0])
    return f"{instrument.number or '《' + instrument.title['zh'] + '》'}{clause.label if clause else ''}"


def axiom_words(law: Law, name: str) -> str:
    """What a proof rests on, in words: 推导 锅炉…, 常理 park-provincial."""
    sort, _, rest = name.partition(":")
    fact = rest.partition(":")[0]
    label = law.book.facts[fact].zh if fact in law.book.facts else rest
    return f"{_AXIOMS.get(sort, sort)} {label}"


def witness_words(law: Law, project: Mapping[str, Any]) -> str:
    """A witness project on one line, in the vocabulary's Chinese labels."""
    book = law.book
    parts = []
    for code in project.get("industry", ()):
        parts.append(f"行业 {code} {book.vocabularies['gbt4754'].labels[code]}")
    if project.get("nature"):
        parts.append(book.vocabularies["nature"].labels[project["nature"]])
    for name, value in project.get("facts", {}).items():
        spec = book.facts[name]
        if spec.kind.form == "truth":
            parts.append(f"{spec.zh} {'是' if value else '否'}")
        elif spec.kind.form in ("category", "set"):
            labels = book.vocabularies[spec.kind.vocab or ""].labels
            codes = [value] if isinstance(value, str) else list(value)
            parts.append(f"{spec.zh} {'、'.join(labels[code] for code in codes) or '无'}")
        else:
            parts.append(f"{spec.zh} {value}")
    return "；".join(parts) or "任何项目"


def as_json(proofs: Proofs) -> dict[str, Any]:
    """The whole examination as plain data."""
    report = proofs.report
    return {
        "on": proofs.on.isoformat(),
        "packs": dict(proofs.law.versions),
        "questions": dict(report.questions),
        "checks": report.checks,
        "seconds": round(report.seconds, 3),
        "new": len(report.new),
        "findings": [_finding_json(proofs, item) for item in report.findings],
        "conflicts": [_finding_json(proofs, item) for item in report.conflicts],
        "undecided": [
            {"id": item.id, "kind": item.kind, "rules": list(item.rules), "reason": item.answer.reason}
            for item in report.undecided
        ],
        "stale": list(report.stale),
        "side_by_side": report.side_by_side,
    }


def _finding_json(proofs: Proofs, finding: Finding) -> dict[str, Any]:
    witness = finding.answer.witness
    return {
        "id": finding.id, "kind": finding.kind, "decision": finding.decision, "rules": list(finding.rules),
        "said": list(finding.said), "by": list(finding.by), "text": line(proofs.law, finding),
        "cites": {rule: list(proofs.law.book.rules[rule].cites) for rule in finding.rules},
        "proved": finding.answer.proved, "known": finding.known, "why": finding.why,
        "rests_on": [axiom_words(proofs.law, name) for name in finding.rests_on],
        "witness": {
            "projects": [dict(project) for project in proofs.projects.get(finding.id, ())],
            "truths": dict(witness.truths) if witness else {}, "outcomes": dict(witness.outcomes) if witness else {},
        },
    }  # fmt: skip
