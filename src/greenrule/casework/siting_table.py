"""The answer to "where could it be built" as plain data, as a table for people and as features for a GIS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from greenrule.casework.candidates import FORBIDDEN, NO_AREA, OUTSIDE, LeftOut, Ranking, Spot
from greenrule.casework.report_text import display_width
from greenrule.casework.report_words import DECISION, DEMO, ZONE_CLASS
from greenrule.casework.siting import Area, Siting
from greenrule.packs.book import Law
from greenrule.spatial.frame import Frame

#: What the columns of `Spot.near` are called.
NEAR = {"river_m": "距河流", "road_m": "距道路", "railway_m": "距铁路"}

#: Why a candidate is not in the list, in words.
LEFT_OUT = {
    NO_AREA: "没有面积", OUTSIDE: "在所问的范围之外", FORBIDDEN: "全部在禁止建设的地方", "behind": "排在后面（见 `--most`）",
}  # fmt: skip


def plain(siting: Siting, law: Law, ranking: Ranking, demo: bool, versions: dict[str, Any]) -> dict[str, Any]:
    """The whole answer without its shapes: totals, what each clause does to how much land, counties, spots."""
    whole = sum(area.area_m2 for area in siting.areas)
    return {
        "project": siting.project.name,
        "on": siting.project.on.isoformat(),
        "area_km2": _km2(whole),
        "totals": [{"decision": word, "label": DECISION[word], "area_km2": _km2(area), "share": round(area / whole, 6)}
                   for word, area in siting.totals().items()],
        "excluded": _by_rule(siting, law, "prohibited"),
        "conditions": _by_rule(siting, law, "restricted"),
        "undecided": _missing(siting, law),
        "counties": _by_county(siting),
        "candidates": [_spot(spot) for spot in ranking.spots],
        "left_out": [_left_out(item, law, siting) for item in ranking.left_out],
        "not_listed": {**ranking.counts, **({"behind": ranking.behind} if ranking.behind else {})},
        "asked_places": [{"fact": name, "label": law.book.facts[name].zh} for name in siting.relevant],
        "untold_places": [{"fact": name, "label": law.book.facts[name].zh} for name in siting.untold],
        "notices": [DEMO] if demo else [],
        "versions": versions,
    }  # fmt: skip


def _km2(area: float) -> float:
    return round(area / 1e6, 4)


def _by_rule(siting: Siting, law: Law, decision: str) -> list[dict[str, Any]]:
    """Each rule that makes a decision somewhere, with the land on which it does (rules overlap)."""
    land: dict[str, float] = {}
    for area in siting.areas:
        if area.verdict.decision == decision:
            for rule in area.verdict.deciding:
                land[rule] = land.get(rule, 0.0) + area.area_m2
    return [
        {"rule": rule, "title": law.book.rules[rule].title, "then": law.book.rules[rule].then,
         "cites": cites(law, siting, rule), "area_km2": _km2(land[rule])}
        for rule in sorted(land, key=lambda rule: (-land[rule], rule))
    ]  # fmt: skip


def cites(law: Law, siting: Siting, rule: str) -> list[dict[str, str | None]]:
    """The citations of a rule, as findings write them."""
    return cited(law, siting, law.book.rules[rule].cites)


def cited(law: Law, siting: Siting, clauses: Sequence[str]) -> list[dict[str, str | None]]:
    """Clauses as findings write them, on the day of the answer."""
    found = [law.instruments.resolve(cite, siting.project.on, siting.known) for cite in clauses]
    return [{"instrument": item.instrument, "clause": item.clause, "number": item.number or item.title,
             "clause_label": item.clause_label} for item in found]  # fmt: skip


def clause(cite: dict[str, str | None]) -> str:
    """A citation as people write it; an instrument cited whole has no clause."""
    return " ".join(part for part in (cite["number"], cite["clause_label"]) if part)


def _missing(siting: Siting, law: Law) -> list[dict[str, Any]]:
    """Facts whose absence leaves land undecided, with how much of it."""
    land: dict[str, float] = {}
    for area in siting.areas:
        if area.verdict.decision == "undetermined":
            for name in area.verdict.missing:
                land[name] = land.get(name, 0.0) + area.area_m2
    return [{"fact": name, "label": law.book.facts[name].zh, "question": law.book.facts[name].question,
             "area_km2": _km2(land[name])} for name in sorted(land, key=lambda name: (-land[name], name))]  # fmt: skip


def _by_county(siting: Siting) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for area in siting.areas:
        row = rows.setdefault((area.city, area.county), {})
        row[area.verdict.decision] = row.get(area.verdict.decision, 0.0) + area.area_m2
    return [{"city": city, "county": county, **{word: _km2(row.get(word, 0.0)) for word in DECISION}}
            for (city, county), row in rows.items()]  # fmt: skip


def _spot(spot: Spot) -> dict[str, Any]:
    return {
        "name": spot.name, "decision": spot.verdict.decision, "label": DECISION[spot.verdict.decision], "county": spot.county,
        "lon": round(spot.lon, 6), "lat": round(spot.lat, 6), "room_m": round(spot.room_m, 1), "area_km2": _km2(spot.area_m2),
        "unit": spot.unit, "unit_class": spot.unit_class, **spot.near, "deciding": list(spot.verdict.deciding),
        "missing": list(spot.verdict.missing), "confirmed": spot.confirmed, "row": spot.row, "notes": list(spot.notes),
    }  # fmt: skip


def _left_out(item: LeftOut, law: Law, siting: Siting) -> dict[str, Any]:
    return {
        "name": item.candidate.name, "row": item.candidate.row, "why": item.why, "label": LEFT_OUT[item.why],
        "notes": list(item.candidate.notes),
        "rules": [{"rule": rule, "title": law.book.rules[rule].title, "cites": cites(law, siting, rule)} for rule in item.rules],
    }  # fmt: skip


def not_listed(answer: dict[str, Any]) -> str:
    """How many candidates are not in the list, by reason, in words; empty where all are.

    >>> not_listed({"not_listed": {"outside": 3, "behind": 2}})
    '没有列入的候选 5 个：3 个在所问的范围之外，2 个排在后面（见 `--most`）'
    """
    counts = answer["not_listed"]
    told = "，".join(f"{counts[why]:,} 个{words}" for why, words in LEFT_OUT.items() if counts.get(why))
    return f"没有列入的候选 {sum(counts.values()):,} 个：{told}" if told else ""


def frame(siting: Siting, law: Law, demo: bool) -> Frame:
    """The areas as features: one per county and verdict, with the clauses, conditions and missing facts spelled out."""
    areas = siting.areas
    columns: dict[str, Sequence[Any]] = {
        "city": [area.city for area in areas],
        "county": [area.county for area in areas],
        "decision": [area.verdict.decision for area in areas],
        "decision_zh": [DECISION[area.verdict.decision] for area in areas],
        "rules": [";".join(area.verdict.deciding) for area in areas],
        "clauses": [_clauses(law, siting, area) for area in areas],
        "says": ["；".join(law.book.rules[rule].then for rule in area.verdict.deciding) for area in areas],
        "open_rules": [";".join(area.verdict.open) for area in areas],
        "missing": ["；".join(law.book.facts[name].zh for name in area.verdict.missing) for area in areas],
        "area_m2": [round(area.area_m2, 1) for area in areas],
        "notice": [DEMO if demo else "" for _ in areas],
    }
    geometry = np.empty(len(areas), dtype=object)
    geometry[:] = [area.geometry for area in areas]
    return Frame(geometry, columns, {"title": siting.project.name, "demo": demo})


def _clauses(law: Law, siting: Siting, area: Area) -> str:
    found = [clause(item) for rule in area.verdict.deciding for item in cites(law, siting, rule)]
    return "；".join(dict.fromkeys(found))


def text(answer: dict[str, Any], most: int = 12) -> str:
    """The answer for people."""
    lines = [f"在哪里可以建：{answer['project']}（{answer['on']}，{answer['area_km2']:,.0f} 平方公里）"]
    lines += [f"【{notice}】" for notice in answer["notices"]]
    lines.append("")
    for row in answer["totals"]:
        lines.append(f"  {_pad(row['label'], 14)}{row['area_km2']:>12,.1f} 平方公里  {row['share']:>7.2%}")
    for key, title in (
        ("excluded", "不得建设的地方，按条款（可重叠）"),
        ("conditions", "受限制的地方，按条款（可重叠）"),
    ):
        if answer[key]:
            lines += ["", title]
            for row in answer[key][:most]:
                where = "；".join(clause(item) for item in row["cites"])
                lines += [f"  {row['area_km2']:>12,.1f}  {row['title']}", f"  {'':>12}  {where}"]
            lines += _more(answer[key], most)
    if answer["undecided"]:
        lines += ["", "尚不能判定的地方，缺少的事实（可重叠）"]
        lines += [f"  {row['area_km2']:>12,.1f}  {row['question']}" for row in answer["undecided"][:most]]
        lines += _more(answer["undecided"], most)
    if answer["untold_places"]:
        lines += ["", "没有图层、只能问人的地方：" + "、".join(row["label"] for row in answer["untold_places"])]
    if answer["candidates"]:
        lines += ["", "候选（各取离变化线最远的一点，已在该点复审）"]
        for number, row in enumerate(answer["candidates"], 1):
            near = "，".join(f"{NEAR[key]} {row[key]:,.0f} 米" for key in NEAR if key in row)
            lines.append(
                f"  {number:>2}. {row['name']}（{row['county']}）  {row['label']}  {row['lon']:.5f}, {row['lat']:.5f}"
                f"  余地 {row['room_m']:,.0f} 米  可用 {row['area_km2']:,.2f} 平方公里"
            )
            unit = f"{ZONE_CLASS.get(row['unit_class'] or '', '无管控单元')} {row['unit'] or ''}".strip()
            lines.append(
                f"      {unit}" + (f"；{near}" if near else "") + ("" if row["confirmed"] else "；复审结论不同")
            )
            lines += [f"      第 {row['row']} 行：{'；'.join(row['notes'])}"] if row["notes"] else []
    if told := not_listed(answer):
        lines += ["", told]
    for row in answer["left_out"]:
        why = "；".join([row["label"], *row["notes"], *(f"{rule['title']}（{rule['rule']}）" for rule in row["rules"])])
        lines.append(f"  第 {row['row']} 行 {row['name']}：{why}")
    return "\n".join(lines)


def _more(rows: list[Any], most: int) -> list[str]:
    return [f"  {'':>12}  ……另有 {len(rows) - most} 项，见 --format json"] if len(rows) > most else []


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - display_width(text), 0)
