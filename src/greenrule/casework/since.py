"""What has changed since a finding was given out: which of the rules, values and boundaries that it used are others now, and
what the same project would be told today.

The project is asked again with the law and the layers of the present; what a changed layer version does not change at the site is
no change.  Which item of the law changed is read off two editions (`packs.library.edition`), so that the packs of then need not be
at hand; without the edition of then only the packs as a whole can be named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from greenrule.casework.project import project_from
from greenrule.casework.report_words import VALUE_BY_DECISION, quantity, word
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault

#: Sorts of what may change → what people call them.
KINDS = {
    "rule": "规则", "parameter": "参数", "list": "名录", "definition": "定义", "pack": "政策包", "unit": "管控单元", "fact": "场址事实",
    "border": "边界存疑", "place": "行政区", "engine": "软件",
    "project": "项目",
}  # fmt: skip
#: How → what people call it.
CHANGES = {
    "added": "新增", "removed": "删去", "changed": "改动", "starts": "开始施行", "ends": "不再施行", "wording": "文字改动", "applies": "现在适用",
    "no_longer": "不再适用",
}  # fmt: skip

Finding = Mapping[str, Any]


@dataclass(frozen=True)
class Again:
    """A project asked again: its finding now, and what the layers of then and of now say of every site fact."""

    finding: dict[str, Any]
    placed_then: Mapping[str, bool | None]
    placed_now: Mapping[str, bool | None]


def ask_again(finding: Finding, screener: Screener, today: date) -> Again:
    """The same project with the law and the layers of the present, asked for today (or its own later day).

    Errors: those of a project that can no longer be read (a fact that is gone, a site outside the layers of now).
    """
    project = project_from(finding["project"], screener.law)
    on = max(project.on, today)
    present = replace(project, on=on, raw={**project.raw, "on": on.isoformat()})
    now = screener.screen(present, repair=True)
    layers = finding["versions"].get("layers") or {}
    if layers == now["versions"]["layers"]:
        return Again(now, {}, {})
    # Layers are never thrown away: those of then still answer.
    before = replace(screener, pinned=layers, _grounds={})
    then, later = (asker.inquire(one, repair=True).placed for asker, one in ((before, project), (screener, present)))
    return Again(now, {name: one.value for name, one in then.items()}, {name: one.value for name, one in later.items()})


def asked_on(finding: Finding) -> str:
    """The day for which a finding was asked, as it says itself."""
    return str(finding["project"]["on"])


def since(
    then: Finding, again: Again, before: Mapping[str, Any] | None, after: Mapping[str, Any], days: tuple[str, str]
) -> dict[str, Any] | None:
    """What differs between a finding and the same project asked again; None where nothing that it used has changed.

    before, after : the editions of the law of then (None: not kept) and of now
    days : the days for which the two were asked (ISO 8601)
    """
    now = again.finding
    outcome = list(_outcomes(then, now))
    items = [*_law(then, now, before, after, days), *_ground(then, again)]
    if not items and not outcome:
        return None
    if not items:  # no item is another, and yet other rules hold: it was asked as known on an earlier day
        ones, others = _live(then), _live(now)
        items = [_item("rule", id, others[id], "applies") for id in others if id not in ones]
        items += [_item("rule", id, ones[id], "no_longer") for id in ones if id not in others]
    if not items:  # nor that: another release of the software reckons otherwise
        one, other = then["versions"].get("engine"), now["versions"].get("engine")
        items = [_item("engine", "engine", "软件版本", "changed", one, other)]
    return {
        "items": items, "outcome": outcome, "law_kept": before is not None,
        "then": {"on": days[0], "decision": then["decision"], "label": word(VALUE_BY_DECISION["access"], then["decision"])},
        "now": {"on": days[1], "decision": now["decision"], "label": word(VALUE_BY_DECISION["access"], now["decision"])},
    }  # fmt: skip


def unreadable(then: Finding, faults: Iterable[Fault], days: tuple[str, str]) -> dict[str, Any]:
    """What to say where the project can no longer be asked: a fact that is gone, a site outside the layers of now."""
    told = "；".join(fault.message for fault in faults)
    said = VALUE_BY_DECISION["access"]
    return {
        "items": [_item("project", "project", "现在读不出", "changed", None, told)], "outcome": [], "law_kept": True,
        "then": {"on": days[0], "decision": then["decision"], "label": word(said, then["decision"])},
        "now": {"on": days[1], "decision": None, "label": "无法重新判定"},
    }  # fmt: skip


def change_key(found: Mapping[str, Any]) -> str:
    """What makes a change this one and no other: its items and outcome, not the day on which it was noticed."""
    told = json.dumps([found["items"], found["outcome"]], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def title(found: Mapping[str, Any]) -> str:
    """One line for an inbox.

    >>> title({"outcome": [], "items": [{"kind": "rule", "kind_label": "规则", "label": "甲", "change_label": "改动"}], "then": {"decision": "a"}, "now": {"decision": "a"}})
    '规则“甲”改动；结论不变'
    """
    first = found["items"][0]
    more = f"等 {len(found['items'])} 处" if len(found["items"]) > 1 else ""
    told = f"{first['kind_label']}“{first['label']}”{first['change_label']}{more}"
    then, now = found["then"], found["now"]
    if then["decision"] != now["decision"]:
        return f"{told}；准入结论由“{then['label']}”变为“{now['label']}”"
    changed = "、".join(row["label"] for row in found["outcome"])
    return f"{told}；{f'{changed}有变' if changed else '结论不变'}"


def _item(
    kind: str, id: str, label: str, change: str, before: str | None = None, after: str | None = None, cites: Iterable[str] = ()
) -> dict[str, Any]:  # fmt: skip
    return {
        "kind": kind, "kind_label": KINDS[kind], "id": id, "label": label, "change": change, "change_label": CHANGES[change],
        "before": before, "after": after, "cites": list(cites),
    }  # fmt: skip


# -- outcome -----------------------------------------------------------------------------------------------
def _outcomes(then: Finding, now: Finding) -> Iterator[dict[str, Any]]:
    for key, label, decision in (
        ("access", "准入结论", "access"), ("eia.form", "环评形式", "eia.form"), ("eia.route", "环评办理方式", "eia.route"),
        ("permit.class", "排污许可管理类别", "permit.class"), ("approver", "审批层级", "approver"), ("quota.needed", "总量指标", "quota.needed"),
        ("quota.timing", "总量指标落实时点", "quota.timing"), ("obligations", "义务", None), ("support", "支持", None),
    ):  # fmt: skip
        one, other = _value(then, key), _value(now, key)
        if one != other:
            words = VALUE_BY_DECISION.get(decision or "", {})
            row = {"decision": key, "label": label, "before": one, "after": other}
            if isinstance(one, list):  # what is collected is told by what came and what went
                gained = [word(words, part) for part in other if part not in one]
                lost = [word(words, part) for part in one if part not in other]
                yield {**row, "gained": gained, "lost": lost}
            else:
                yield {**row, "before_label": word(words, one), "after_label": word(words, other)}


def outcome_text(row: Mapping[str, Any]) -> str:
    """A row of the outcome as a line of text.

    >>> outcome_text({"label": "义务", "gained": ["甲"], "lost": ["乙", "丙"]})
    '义务：新增 甲；不再 乙、丙'
    """
    if "gained" not in row:
        return f"{row['label']}：{row['before_label']} → {row['after_label']}"
    parts = [f"{verb} {'、'.join(row[key])}" for key, verb in (("gained", "新增"), ("lost", "不再")) if row[key]]
    return f"{row['label']}：{'；'.join(parts)}"


def _value(finding: Finding, key: str) -> Any:
    match key:
        case "access":
            return finding["decision"]
        case "eia.form":
            return finding["eia"]["form"]
        case "eia.route":
            return finding["eia"]["routes"]
        case "permit.class":
            return finding["permit"]["class"]
        case "approver":
            return finding["approver"]["level"]
        case "quota.needed":
            return sorted(row["pollutant"] for row in finding["quota"]["needed"])
        case "quota.timing":
            return finding["quota"]["timing"]
    return sorted(row["title"] for row in finding[key])


# -- law ---------------------------------------------------------------------------------------------------
def _live(finding: Finding) -> dict[str, str]:
    """Rules that hold or may hold, by title."""
    return {row["rule"]: row["title"] for row in finding["reasons"] if row["state"] != "false"}


def _law(
    then: Finding, now: Finding, before: Mapping[str, Any] | None, after: Mapping[str, Any], days: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    ones, others = _live(then), _live(now)
    used = list(dict.fromkeys([*ones, *others]))
    if before is None:
        packs, present = then["versions"]["packs"], now["versions"]["packs"]
        for name in sorted({*packs, *present}):
            if packs.get(name) != present.get(name):
                yield _item("pack", name, name, "changed", packs.get(name), present.get(name))
        yield from (_item("rule", id, others[id], "applies") for id in others if id not in ones)
        yield from (_item("rule", id, ones[id], "no_longer") for id in ones if id not in others)
        return
    for id in used:
        yield from _rule(id, before["rules"].get(id), after["rules"].get(id), days)
    read: dict[str, dict[str, None]] = {"parameters": {}, "lists": {}, "definitions": {}}
    for law in (before, after):
        for id in used:
            for kind, names in law["rules"].get(id, {}).get("reads", {}).items():
                read[kind].update(dict.fromkeys(names))
    for name in read["parameters"]:
        yield from _parameter(name, before["parameters"].get(name), after["parameters"].get(name), days)
    for kind, singular in (("lists", "list"), ("definitions", "definition")):
        for name in read[kind]:
            one, other = before[kind].get(name), after[kind].get(name)
            if one is not None and other is not None and one["digest"] != other["digest"]:
                yield _item(singular, name, other["title"], "changed", cites=other["cites"])


def _rule(id: str, one: Any, other: Any, days: tuple[str, str]) -> Iterator[dict[str, Any]]:
    kept = other or one
    if kept is None:
        return
    label, cites = kept["title"], kept["cites"]
    if one is None or other is None:
        yield _item("rule", id, label, "added" if one is None else "removed", cites=cites)
    elif one["deciding"] != other["deciding"]:
        yield _item("rule", id, label, "changed", cites=cites)
    elif _holds(one, days[0]) != _holds(other, days[1]):
        starts = _holds(other, days[1])
        yield _item("rule", id, label, "starts" if starts else "ends", cites=cites,
                    after=f"自 {other['from']} 起" if starts else f"至 {other['to']} 止" if other["to"] else None)  # fmt: skip
    elif one["wording"] != other["wording"]:
        yield _item("rule", id, label, "wording", cites=cites)


def _holds(rule: Mapping[str, Any], day: str) -> bool:
    return (rule["from"] is None or rule["from"] <= day) and (rule["to"] is None or day <= rule["to"])


def _parameter(name: str, one: Any, other: Any, days: tuple[str, str]) -> Iterator[dict[str, Any]]:
    if one is None or other is None:  # came or went with the rule that reads it
        return
    before, after = _on(one, days[0]), _on(other, days[1])
    if before != after:
        yield _item("parameter", name, other["title"], "changed", before, after, other["cites"])


def _on(spec: Mapping[str, Any], day: str) -> str | None:
    """The value of a parameter on a day, with its unit."""
    if spec["table"]:
        return str(spec["table"])
    found = [value for first, value in spec["values"] if first <= day]
    return f"{found[-1]} {spec['unit'] or ''}".strip() if found and found[-1] is not None else None


# -- ground ------------------------------------------------------------------------------------------------
def _ground(then: Finding, again: Again) -> Iterator[dict[str, Any]]:
    now = again.finding
    ones, others = ({unit["code"]: unit for unit in finding["units"]} for finding in (then, now))
    for code in dict.fromkeys([*ones, *others]):
        one, other = ones.get(code), others.get(code)
        if one is None or other is None:
            kept = other or one or {}
            yield _item("unit", code, kept.get("name") or code, "added" if one is None else "removed")
        elif _demands(one) != _demands(other):
            keys = [key for key in {**one, **other} if _demands(one).get(key) != _demands(other).get(key)]
            before, after = ("；".join(str(unit.get(key) or "（空）") for key in keys) for unit in (one, other))
            yield _item("unit", code, other.get("name") or code, "changed", before, after)
    for name, (label, source) in {**_placed(then), **_placed(now)}.items():
        one, other = again.placed_then.get(name), again.placed_now.get(name)
        if one is not other:
            yield _item("fact", name, label, "changed", quantity(one), quantity(other), [source])
    for key, label in (("county", "县（市、区）"), ("city", "市")):
        one, other = ((finding["site"] or {}).get(key) for finding in (then, now))
        if one != other:
            yield _item("place", key, label, "changed", one, other)
    borders, nearby = _borders(then), _borders(now)
    for key in dict.fromkeys([*borders, *nearby]):
        if (key in borders) != (key in nearby):
            told = (nearby if key in nearby else borders)[key]
            yield _item("border", key, told, "added" if key in nearby else "removed")


def _demands(unit: Mapping[str, Any]) -> dict[str, Any]:
    """A unit without how much of the site lies in it: a border that was drawn a little otherwise changes nothing for a site in it."""
    return {key: value for key, value in unit.items() if key not in ("share", "area_m2")}


def _placed(finding: Finding) -> dict[str, tuple[str, str]]:
    """Facts that layers answered in rules that hold or may hold: label and kind of layer."""
    out: dict[str, tuple[str, str]] = {}
    for row in finding["reasons"]:
        for fact in row["facts"]:
            source = str(fact.get("from") or "")
            if source.startswith("layer:") and row["state"] != "false":
                out[fact["id"]] = (fact["label"], source.partition("@")[0].removeprefix("layer:"))
    return out


def _borders(finding: Finding) -> dict[str, str]:
    """Borders nearer than their layer is accurate, by the fact or unit that they leave open."""
    out: dict[str, str] = {}
    for doubt in finding["doubts"]:
        if doubt["kind"] == "boundary":
            key = str(doubt.get("unit") or doubt.get("fact") or doubt["message"])
            out[key] = doubt["message"]
    return out
