"""What a correction of the observations does to a log of warnings: the log runs once more on the data as they are, from the first
day that changed; the log that was lived stays, and a record says which steps come out differently and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from greenrule.casework.warning_log import Kept, step_json
from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import LEVEL_WORDS, Edition
from greenrule.response.warning import ACTIONS, Step
from greenrule.response.warning_replay import Amended, Turn, amendments, resume, settled, turns


@dataclass
class Replayed:
    """A place's log on the data as they are now; `record` where a day that had been read before is another one."""

    steps: list[Step]
    kept: int
    record: dict[str, Any] | None


def replayed(
    place: str,
    kept: Kept,
    readings: Sequence[Reading],
    edition_of: Callable[[date], Edition],
    causes_of: Callable[[date], Mapping[str, Any]],
    why: Callable[[date, int], str],
    versions: Mapping[str, str],
) -> Replayed:
    """Work a place's log out on `readings`, keeping of the last replay what they do not touch.

    why : what happened to a day since an import.  Where the packs are others than those of the last replay nothing is kept.
    """
    before = kept.replay(place)
    readings = settled(before, readings)
    same_rules = not before or dict(kept.source.versions) == dict(versions)
    steps, untouched = resume(before if same_rules else [], readings, edition_of, causes_of, kept.within)
    changed = amendments(before, readings)
    turned = turns(before, steps) if before else []
    if not changed and not turned:
        return Replayed(steps, untouched, None)
    end = before[-1].at
    record = {
        "number": len(kept.revisions.get(place, ())) + 1, "imports_before": kept.source.imports,
        "rules_changed": not same_rules,
        "changed": [_changed(item, why, kept.source.imports) for item in changed],
        "kept": untouched, "replayed": sum(step.at <= end for step in steps[untouched:]),
        "steps": [_turned(item, changed) for item in turned],
        "old_steps": [step_json(step) for step in before[untouched:]],
    }  # fmt: skip
    return Replayed(steps, untouched, record)


def _changed(item: Amended, why: Callable[[date, int], str], since: int) -> dict[str, Any]:
    one = item.reading
    if one.observed:
        reason = why(one.start.date(), since)
    else:
        reason = "预报表里的值变了" if item.old is not None else "预报晚交"
    return {
        "day": one.start.date().isoformat(), "kind": "observed" if one.observed else "forecast",
        "issued": None if one.observed else one.known.isoformat(timespec="minutes"),
        "old": None if item.old is None else item.old.aqi, "new": None if item.new is None else item.new.aqi,
        "old_cause": None if item.old is None else item.old.cause, "new_cause": None if item.new is None else item.new.cause,
        "why": reason,
    }  # fmt: skip


def _turned(item: Turn, changed: Sequence[Amended]) -> dict[str, Any]:
    """A step before and after, and the changed days that were known at its moment, the nearest first."""
    known = [one.reading for one in changed if one.reading.known <= item.at]
    near = sorted(known, key=lambda one: abs(one.start - item.at))[:3]
    told = {"old": _brief(item.old), "new": _brief(item.new)}
    return {
        "at": item.at.isoformat(timespec="minutes"),
        **told,
        "because": sorted({one.start.date().isoformat() for one in near}),
    }


def _brief(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {"number": step.number, "action": step.action, "level": step.after.level, "why": step.why}


def record_lines(record: Mapping[str, Any]) -> list[str]:
    """A record's head and the days that changed, in words."""
    count = len(record["steps"])
    head = f"更正 {record['number']}：保留 {record['kept']} 步，重算 {record['replayed']} 步，{f'{count} 步结果不同' if count else '结果都没有变'}"
    if record["rules_changed"]:
        head += "（政策包与上次不同，从头重算）"
    lines = [head]
    for one in record["changed"][:10]:
        kind = "实测" if one["kind"] == "observed" else f"预报（{one['issued'].replace('T', ' ')} 发布）"
        values = (
            f"{_value(one['old'])}→{_value(one['new'])}"
            if one["old"] != one["new"]
            else f"{_value(one['new'])}，首要污染物变了"
        )
        lines.append(f"  {one['day']} {kind} AQI {values}：{one['why']}")
    if len(record["changed"]) > 10:
        lines.append(f"  另有 {len(record['changed']) - 10} 天，见 --format json")
    return lines


def _value(aqi: int | None) -> str:
    return "缺" if aqi is None else str(aqi)


def record_rows(record: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """(when, what was decided, what would be decided, the days behind it) of every step that comes out differently."""
    out = []
    for item in record["steps"]:
        at = datetime.fromisoformat(item["at"])
        days = "、".join(f"{date.fromisoformat(day):%m-%d}" for day in item["because"])
        out.append((f"{at:%m-%d %H:%M}", _decision(item["old"]), _decision(item["new"]), days))
    return out


def _decision(item: Mapping[str, Any] | None) -> str:
    if item is None:
        return "没有这一步"
    level = LEVEL_WORDS[item["level"]].removesuffix("预警")
    return f"第 {item['number']} 步 {ACTIONS[item['action']]}，{level if item['level'] else '无'}"
