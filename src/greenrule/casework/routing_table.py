"""The answer to "how should the line run" as plain data, as a table for people and as features for a GIS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from greenrule.casework.line_exceptions import line_exceptions
from greenrule.casework.lineland import Land
from greenrule.casework.report_words import DECISION, DEMO
from greenrule.casework.routing import Route, Routing, Stretch
from greenrule.casework.siting_table import cited, cites, clause
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
        "everywhere": _everywhere(routing, land, law),
        "exceptions": _exceptions(routing, land, law),
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
        "whole": {"decision": route.whole, "label": DECISION[route.whole], "deciding": list(route.whole_deciding),
                  "open": list(route.whole_open)},
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


def _everywhere(routing: Routing, land: Land, law: Law) -> list[dict[str, Any]]:
    """Rules that bear on a line as a whole and stand at none of its stretches: each once, with the facts it waits for."""
    waiting: dict[str, tuple[str, ...]] = {}
    for route in routing.routes:
        told = {**dict.fromkeys(route.whole_deciding, ()), **route.whole_open}
        for rule, facts in told.items():
            if rule not in route.approvals:
                waiting[rule] = tuple(dict.fromkeys((*waiting.get(rule, ()), *facts)))
    return [
        {**_rule(law, land, rule), "state": "unknown" if any(rule in route.whole_open for route in routing.routes) else "true",
         "missing": list(facts), "asks": [law.book.facts[name].question for name in facts]}
        for rule, facts in waiting.items()
    ]  # fmt: skip


def _exceptions(routing: Routing, land: Land, law: Law) -> list[dict[str, Any]]:
    """On what terms clauses that routes or the barrier meet let a line through, and whether it could keep off them.

    `without` are the numbers of the routes that do; `round_km` is the length of the line that does where no route of the
    answer does: null where there is none, absent where it was not sought.
    """
    met = [rule for route in routing.routes for rule in route.approvals]
    met += [rule for item in routing.barrier for rule in item.rules]
    out = []
    for rule, items in line_exceptions(law).items():
        if rule not in met:
            continue
        without = [number for number, route in enumerate(routing.routes, 1) if rule not in route.approvals]
        row: dict[str, Any] = {"rule": rule, "title": law.book.rules[rule].title, "without": without, "terms": [
            {"fact": item.fact, "label": law.book.facts[item.fact].zh, "says": item.says, "authority": item.authority,
             "cites": cited(law, land.siting, item.cites), "sure": item.sure, "note": item.note} for item in items]}  # fmt: skip
        if rule in routing.round_m:
            length = routing.round_m[rule]
            row["round_km"] = None if length is None else _km(length)
        out.append({**row, "avoidable": avoidable(row, bool(routing.routes))})
    return out


def avoidable(row: dict[str, Any], routes: bool) -> str:
    """What the search says of whether such land can be kept off, in words; the authority decides."""
    if not routes:
        return "穿过禁止的地方最少的走法也经过它（按已加载的图层）"
    if row["without"]:
        return f"线路 {'、'.join(map(str, row['without']))} 不经过：其余线路说不上无法避让"
    if row.get("round_km") is not None:
        return f"另有不经过的线路，长 {row['round_km']:.1f} 公里：说不上无法避让"
    return "没有不经过的线路（按已加载的图层和所问的范围）"


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
        lines += _terms(answer)
        lines += ["", *answer["remarks"]] if answer["remarks"] else []
        return "\n".join(lines)
    lines += ["", "  序  走法            全长/公里  限制区/公里  待论证区/公里  事项  整线结论"]
    for number, route in enumerate(answer["routes"], 1):
        lines.append(
            f"  {number:>2}  {route['taste']}{'　' * (7 - len(route['taste']))}{route['length_km']:>10.1f}{route['restricted_km']:>13.1f}"
            f"{route['undecided_km']:>15.1f}{len(route['approvals']):>6}  {route['whole']['label']}{_waiting(route)}"
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
        lines += [line for item in told.values() for line in _told(item)]
    lines += _terms(answer)
    if answer["everywhere"]:
        lines += ["", "整线的条款（不分地段，不使哪一段更难走）"]
        lines += [line for item in answer["everywhere"] for line in _told(item)]
    return "\n".join(lines)


def _waiting(route: dict[str, Any]) -> str:
    """How many rules the verdict of the whole line waits for."""
    count = len(route["whole"]["open"])
    return f"（待定 {count} 条）" if count else ""


def _told(item: dict[str, Any]) -> list[str]:
    """A rule with its clause and what it waits for."""
    where = "；".join(clause(c) for c in item["cites"])
    open_yet = "（待定）" if item.get("state") == "unknown" else ""
    lines = [f"  {item['title']}（{item['rule']}）{open_yet}：{item['then']}", f"      {where}"]
    return lines + [f"      须答：{question}" for question in item["asks"]]


def _terms(answer: dict[str, Any]) -> list[str]:
    """On what terms a line may run there all the same."""
    lines = []
    for row in answer["exceptions"]:
        lines += ["", f"{row['title']}（{row['rule']}）的例外：须无法避让，由有权机关认定"]
        for item in row["terms"]:
            where = "；".join(clause(c) for c in item["cites"])
            lines += [f"  {item['label']}：{item['says']}", f"      {item['authority']}", f"      {where}"]
        lines += [f"  ※ {note}" for note in dict.fromkeys(item["note"] for item in row["terms"]) if note]
        lines.append(f"  能否避让：{row['avoidable']}")
    return lines
