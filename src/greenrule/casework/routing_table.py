"""The answer to "how should the line run" as plain data, as a table for people and as features for a GIS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from greenrule.casework.lineland import Land
from greenrule.casework.report_words import DECISION, DEMO
from greenrule.casework.routing import Route, Routing, Stretch
from greenrule.casework.siting_table import cites, clause
from greenrule.packs.book import Law
from greenrule.spatial.frame import Frame, as_geojson
from greenrule.spatial.patches import Metres


def plain(routing: Routing, land: Land, law: Law, demo: bool, versions: dict[str, Any]) -> dict[str, Any]:
    """The whole answer: routes with their stretches and approvals, or the barrier; lines as GeoJSON (EPSG:4490)."""
    siting = land.siting
    return {
        "project": siting.project.name,
        "on": siting.project.on.isoformat(),
        "cell_m": land.grid.cell_m,
        "routes": [_route(route, land, law) for route in routing.routes],
        "barrier": [
            {"where": item.where, "length_km": _km(item.length_m), "rules": [_rule(law, land, rule) for rule in item.rules]}
            for item in routing.barrier
        ],
        "remarks": routing.remarks,
        "notices": [DEMO] if demo else [],
        "versions": versions,
    }  # fmt: skip


def _km(metres: float) -> float:
    return round(metres / 1000, 3)


def _rule(law: Law, land: Land, rule: str) -> dict[str, Any]:
    item = law.book.rules[rule]
    return {"rule": rule, "title": item.title, "then": item.then, "cites": cites(law, land.siting, rule)}


def _route(route: Route, land: Land, law: Law) -> dict[str, Any]:
    return {
        "taste": route.taste, "length_km": _km(route.length_m), "restricted_km": _km(route.restricted_m),
        "undecided_km": _km(route.undecided_m), "cities": list(route.cities),
        "whole": {"decision": route.whole, "label": DECISION[route.whole], "deciding": list(route.whole_deciding)},
        "approvals": [{**_rule(law, land, rule), "asks": _asks(route, land, law, rule)} for rule in route.approvals],
        "stretches": [_stretch(item, land, law) for item in joined(route, land)],
        "line": as_geojson(route.line),
    }  # fmt: skip


def _asks(route: Route, land: Land, law: Law, rule: str) -> list[str]:
    """The questions on which a rule waits along a route; they name who answers."""
    waiting: dict[str, None] = {}
    for item in route.stretches:
        if rule in item.verdict.open:
            waiting.update(dict.fromkeys(item.verdict.missing))
    mentioned = land.facts_of(rule)
    return [law.book.facts[name].question for name in waiting if name in mentioned]


def joined(route: Route, land: Land) -> list[Stretch]:
    """Neighbouring stretches of one county about which the same is said, as one."""
    out: list[Stretch] = []
    for item in route.stretches:
        last = out[-1] if out else None
        if last is not None and last.county == item.county and land.asked(last.verdict) == land.asked(item.verdict):
            out[-1] = Stretch(last.start_m, max(last.end_m, item.end_m), last.county, last.verdict)
        else:
            out.append(item)
    return out


def _stretch(item: Stretch, land: Land, law: Law) -> dict[str, Any]:
    return {
        "from_km": _km(item.start_m), "to_km": _km(item.end_m), "county": item.county,
        "rules": [{"rule": rule, "title": law.book.rules[rule].title, "cites": cites(law, land.siting, rule),
                   "state": "true" if rule in item.verdict.deciding else "unknown"} for rule in land.asked(item.verdict)],
    }  # fmt: skip


def frame(routing: Routing, land: Land, law: Law, demo: bool) -> Frame:
    """The stretches of all routes as line features with their clauses."""
    shapes: list[Any] = []
    rows: list[dict[str, Any]] = []
    for number, route in enumerate(routing.routes, 1):
        metres = Metres(route.line)
        for item in joined(route, land):
            rules = land.asked(item.verdict)
            clauses = [clause(c) for rule in rules for c in cites(law, land.siting, rule)]
            shapes.append(metres.piece(item.start_m, item.end_m))
            rows.append({
                "route": number, "taste": route.taste, "from_km": _km(item.start_m), "to_km": _km(item.end_m),
                "county": item.county, "rules": ";".join(rules), "clauses": "；".join(dict.fromkeys(clauses)),
                "says": "；".join(law.book.rules[rule].then for rule in rules), "notice": DEMO if demo else "",
            })  # fmt: skip
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    columns: dict[str, Sequence[Any]] = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return Frame(geometry, columns, {"title": land.siting.project.name, "demo": demo})


def text(answer: dict[str, Any]) -> str:
    """The answer for people."""
    lines = [f"线路怎么走：{answer['project']}（{answer['on']}，{answer['cell_m']:g} 米格网求线，按图层原形核对）"]
    lines += [f"【{notice}】" for notice in answer["notices"]]
    if not answer["routes"]:
        lines += ["", "没有一条线路能不穿过禁止的地方。最少也要穿过："]
        for item in answer["barrier"]:
            if not item["rules"]:
                lines.append(f"  {item['length_km']:>8.2f} 公里  {item['where']}")
            for rule in item["rules"]:
                where = "；".join(clause(c) for c in rule["cites"])
                lines += [
                    f"  {item['length_km']:>8.2f} 公里  {item['where']}  {rule['title']}",
                    f"  {'':>8}        {where}",
                ]
        if not answer["barrier"]:
            lines.append("  两处之间没有连通的陆地（图层范围之外不能走）")
        lines += ["", *answer["remarks"]] if answer["remarks"] else []
        return "\n".join(lines)
    lines += ["", "  序  走法            全长/公里  限制区/公里  待论证区/公里  事项  整线结论"]
    for number, route in enumerate(answer["routes"], 1):
        lines.append(
            f"  {number:>2}  {route['taste']}{'　' * (7 - len(route['taste']))}{route['length_km']:>10.1f}{route['restricted_km']:>13.1f}"
            f"{route['undecided_km']:>15.1f}{len(route['approvals']):>6}  {route['whole']['label']}"
        )
    for number, route in enumerate(answer["routes"], 1):
        lines += ["", f"线路 {number}：{route['taste']}，经{'、'.join(route['cities'])}"]
        for item in route["stretches"]:
            says = "；".join(
                f"{rule['title']}{'' if rule['state'] == 'true' else '（待定）'}" for rule in item["rules"]
            )
            lines.append(f"  {item['from_km']:>7.1f}—{item['to_km']:<7.1f}{item['county']}  {says or '—'}")
    told: dict[str, dict[str, Any]] = {}
    for route in answer["routes"]:
        for item in route["approvals"]:
            told.setdefault(item["rule"], item)
    lines += ["", *answer["remarks"]] if answer["remarks"] else []
    if told:
        lines += ["", "沿线条款与须论证的事项"]
    for item in told.values():
        where = "；".join(clause(c) for c in item["cites"])
        lines += [f"  {item['title']}（{item['rule']}）：{item['then']}", f"      {where}"]
        lines += [f"      须答：{question}" for question in item["asks"]]
    return "\n".join(lines)
