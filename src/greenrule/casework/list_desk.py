"""The desk of the reduction list: the shares of the day, the check, the cheapest choice of measures or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.casework.list_file import ListFile, read_list
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.seal import digest
from greenrule.packs.book import Law
from greenrule.packs.compiled import load_law
from greenrule.packs.episodes import load_episodes
from greenrule.response.cut_model import build
from greenrule.response.cut_reasons import Reasons, reasons
from greenrule.response.cut_solver import Answer, losses, solve, with_choice
from greenrule.response.episode_rules import LEVEL_WORDS, LEVELS
from greenrule.response.list_checks import KINDS, Complaint, check_list, percent
from greenrule.response.reduction_list import POLLUTANT_WORDS, Demand, ListRules, ReductionList, Share


@dataclass
class Ground:
    """What a list is held against on a day."""

    law: Law
    rules: ListRules
    demands: dict[str, Demand]
    on: date
    doubts: list[str]


@dataclass
class Checked:
    """A list with its complaints and shares."""

    file: ListFile
    ground: Ground
    complaints: list[Complaint]
    shares: list[Share]

    @property
    def wrong(self) -> list[Complaint]:
        """Complaints that are findings, not open questions."""
        return [item for item in self.complaints if item.kind != "doubt"]


@dataclass
class Optimised:
    """An answer (or why there is none), the list that it makes, and the check of that list."""

    file: ListFile
    ground: Ground
    answer: Answer
    gap: float
    losses: Mapping[str, int]
    chosen: int
    reasons: Reasons | None
    checked: Checked | None
    burdens: tuple[tuple[str, int, int], ...]
    trade: bool


def ground(on: date | None = None, packs: Sequence[Path] = (), trade: bool = True) -> Ground:
    """The shares in force on a day, with their doubts.  H052: none is registered for that day."""
    law = load_law(packs or None)
    episodes = load_episodes(law.folders, law.instruments)
    rules = episodes.list_rules
    day = on or china_today()
    demands: dict[str, Demand] = {}
    doubts: list[str] = []
    kinds = (("share", "最低减排比例"), ("trade", "二氧化硫与氮氧化物折抵"))
    for level in LEVELS:
        found = []
        for kind, label in kinds:
            spec = law.book.parameters.get(f"air_response.{kind}_{level}")
            value, cite = spec.on(day) if spec is not None else (None, None)
            found.append((value, cite))
            if spec is not None and not spec.sure and spec.note and value is not None:
                doubts.append(f"{label}：{spec.note}")
        (share, cite), (traded, other) = found
        if share is not None:
            cites = tuple(dict.fromkeys(item for item in (cite, other) if item))
            demands[level] = Demand(share, traded if trade else None, cites)
    if len(demands) < len(LEVELS) or rules is None:
        raise InputFault(
            Fault(
                "H052",
                f"{day} 没有登记应急减排的最低比例",
                Place("--on"),
                "换一个日子；比例见参数 air_response.share_*",
            )
        )
    if rules.note:
        doubts.append(rules.note)
    return Ground(law, rules, demands, day, list(dict.fromkeys(doubts)))


def check_file(file: ListFile, on_ground: Ground) -> Checked:
    """Check a list that was read."""
    complaints, reached = check_list(file.listed, on_ground.demands, on_ground.rules, file.permits, on_ground.on)
    return Checked(file, on_ground, complaints, reached)


def open_list(path: Path, on_ground: Ground, options: Path | None = None, permits: Path | None = None) -> ListFile:
    """Read a list by the rules of the day."""
    return read_list(path, on_ground.rules, options, permits)


def optimise_file(
    file: ListFile,
    on_ground: Ground,
    days: Mapping[str, Fraction] | None = None,
    fairness: Fraction | None = None,
    gap: float = 0.01,
    seconds: float = 60.0,
    trade: bool = True,
    order: bool = True,
) -> Optimised:
    """The measures of least loss that reach the shares at every level.

    `days` of each level in the loss (one each where not given); `fairness` how strongly past burdens count (1 where the file
    holds burdens, else 0).  H053: no options to choose from.
    """
    listed = file.listed
    if not listed.options:
        raise InputFault(Fault("H053", "没有备选措施可选", None, "在工作簿里加“备选措施”表，或用 --options 文件"))
    weight = fairness if fairness is not None else Fraction(1 if listed.burden else 0)
    counted = {level: Fraction(1) for level in LEVELS} | dict(days or {})
    demands = (
        on_ground.demands if trade else {level: replace(item, traded=None) for level, item in on_ground.demands.items()}
    )
    used = replace(on_ground, demands=demands)
    model = build(listed, demands, used.rules.grades, used.rules.exemptions, counted, weight, trade, order)
    answer = solve(model, gap, seconds)
    if answer.status in ("infeasible", "unknown") and not len(answer.chosen):
        why = reasons(model, seconds) if answer.status == "infeasible" else None
        return Optimised(file, used, answer, gap, {}, 0, why, None, (), trade)
    result = ListFile(_own_kept(listed, with_choice(model, answer.chosen), used.rules), file.permits, file.notes)
    checked = check_file(result, used)
    burdens = _burdens(listed, model, answer)
    return Optimised(
        result, used, answer, gap, losses(model, answer.chosen), len(answer.chosen), None, checked, burdens, trade
    )


def _own_kept(old: ReductionList, new: ReductionList, rules: ListRules) -> ReductionList:
    """Grades that decide for themselves keep what they said they would do, without its being counted."""
    by_id = old.by_id
    before = {item.key: item for item in old.processes}
    processes = []
    for item in new.processes:
        grade = rules.grades.get(by_id[item.enterprise].grade)
        said = before[item.key].measures
        if grade is not None and grade.own and not item.measures:
            said = {level: m for level, m in said.items() if any(word in m.text for word in rules.own_words)}
            item = replace(item, measures={level: replace(m, cut=(0, 0, 0, 0)) for level, m in said.items()})
        processes.append(item)
    return replace(new, processes=tuple(processes))


def _burdens(listed: ReductionList, model: Any, answer: Answer) -> tuple[tuple[str, int, int], ...]:
    """(enterprise, past loss, new loss of a day of each level) of those who lose most in all, ten at most."""
    new: dict[str, int] = {}
    for column in answer.chosen:
        id = model.options[int(model.option_of[column])].process[0]
        new[id] = new.get(id, 0) + int(model.yuan[column])
    names = {item.id: item.name for item in listed.enterprises}
    rows = [(names[id], listed.burden.get(id, 0), value) for id, value in new.items()]
    return tuple(sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))[:10])


def share_json(item: Share) -> dict[str, Any]:
    """A share as plain data, in whole grams."""
    return {
        "level": item.level, "pollutant": item.pollutant, "cut_g": item.cut, "base_g": item.base, "share": percent(item.value),
        "needed": percent(item.needed), "met": item.met, "lacking_g": item.lacking,
    }  # fmt: skip


def checked_json(checked: Checked) -> dict[str, Any]:
    """The check as one sealed document."""
    told: dict[str, Any] = {
        "on": checked.ground.on.isoformat(), "enterprises": len(checked.file.listed.enterprises), "processes": len(checked.file.listed.processes),
        "permits": len(checked.file.permits) if checked.file.permits is not None else None,
        "shares": [share_json(item) for item in checked.shares],
        "complaints": [
            {"kind": item.kind, "label": KINDS[item.kind], "message": item.message, "help": item.help, "row": item.row or None, "table": item.table or "减排清单",
             "level": item.level, "enterprise": item.enterprise} for item in checked.complaints
        ],
        "doubts": checked.ground.doubts, "notes": checked.file.notes, "versions": dict(checked.ground.law.versions),
    }  # fmt: skip
    told["digest"] = digest(told)
    return told


def optimised_json(found: Optimised) -> dict[str, Any]:
    """The answer as one sealed document."""
    told: dict[str, Any] = {
        "on": found.ground.on.isoformat(), "status": found.answer.status, "gap_asked": found.gap, "gap_proven": round(found.answer.gap, 8),
        "loss_yuan_per_day": dict(found.losses), "measures": found.chosen,
        "traded": found.trade, "doubts": found.ground.doubts, "notes": found.file.notes, "versions": dict(found.ground.law.versions),
        "reasons": None, "check": None,
    }  # fmt: skip
    if found.reasons is not None:
        told["reasons"] = {
            "core": [{"id": r.group.id, "words": r.group.words, "asked": r.asked, "reachable": r.reachable, "enterprises": list(r.group.names)} for r in found.reasons.core],
            "short": [{"id": r.group.id, "words": r.group.words, "asked": r.asked, "reachable": r.reachable} for r in found.reasons.short],
            "whole_choices_only": not found.reasons.whole,
        }  # fmt: skip
    if found.checked is not None:
        told["check"] = checked_json(found.checked)
        told["measures_by_level"] = [
            {"enterprise": p.enterprise, "line": p.line, "process": p.name, "level": level, "text": m.text, "cut_g": list(m.cut)}
            for p in found.file.listed.processes for level, m in p.measures.items()
        ]  # fmt: skip
    told["digest"] = digest(told)
    return told


def level_word(level: str) -> str:
    """黄色预警, …"""
    return LEVEL_WORDS[LEVELS.index(level) + 1]


def pollutant_word(pollutant: str) -> str:
    """二氧化硫, …"""
    return POLLUTANT_WORDS[pollutant]
