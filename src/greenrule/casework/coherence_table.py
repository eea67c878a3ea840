"""Disagreeing neighbours as plain data, as a table for people, and as border lines for a GIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from greenrule.casework.atlas_file import value_words
from greenrule.casework.coherence import LISTS, RANKS, Coherence, Pair, Parting
from greenrule.casework.report_text import wrap
from greenrule.casework.report_words import DEMO, ZONE_CLASS
from greenrule.spatial.borders import STEP_M, joined_lines
from greenrule.spatial.frame import Frame

_ACROSS = {"county": "县界", "city": "市界"}


def plain(found: Coherence, demo: bool) -> dict[str, Any]:
    """The whole comparison without its lines."""
    question = found.question
    law, book = question.screener.law, question.machine.book
    values = value_words(question.decision, question.values)
    length = sum(border.length_m for border in found.borders)
    return {
        "on": question.on.isoformat(), "decision": question.decision, "decision_label": book.decisions[question.decision].zh,
        "across": found.across, "across_label": _ACROSS[found.across], "classes": len(found.classes),
        "neighbours": len(found.borders), "border_km": _km(length), "disagreeing": len(found.pairs),
        "differing_km": _km(sum(pair.differing_m for pair in found.pairs)), "unclear_km": _km(found.unclear_m),
        "facing": [[_unit(found, row) for row in pair] for pair in found.facing], "gap_m": found.gap_m, "step_m": STEP_M,
        "values": values, "pairs": [_pair(found, pair) for pair in found.pairs],
        "assumed": {
            "nature": question.nature, "nature_label": book.vocabularies["nature"].labels[question.nature],
            "none_of": {name: law.groups[name][0] for name in question.none_of}, "facts": dict(question.assumed),
            "said": list(question.said), "set_aside": {name: sorted(codes) for name, codes in sorted(question.set_aside.items())},
        },
        "facts": {name: book.facts[name].zh for name in {*question.assumed, *question.set_aside}},
        "notices": [DEMO] if demo else [], "versions": question.screener.versions(question.on),
    }  # fmt: skip


def _km(metres: float) -> float:
    return round(metres / 1e3, 3)


def _unit(found: Coherence, row: int) -> dict[str, Any]:
    said = found.frame.row(row)
    return {
        "unit": found.keys[row],
        **{name: said.get(name) for name in ("name", "class", "subtype", "city", "county")},
    }


def _pair(found: Coherence, pair: Pair) -> dict[str, Any]:
    cities = found.frame.columns.get("city")
    return {
        "units": [_unit(found, pair.one), _unit(found, pair.other)],
        "city_line": bool(cities and cities[pair.one] != cities[pair.other]),
        "border_km": _km(pair.border.length_m), "differing_km": _km(pair.differing_m), "classes": len(pair.classes),
        "opposed": len(pair.opposed), "opposed_km": _km(pair.opposed_m), "steps": pair.steps, "lists": [LISTS[name] for name in pair.lists],
        "partings": [_parting(found, item) for item in pair.partings],
    }  # fmt: skip


def _parting(found: Coherence, item: Parting) -> dict[str, Any]:
    book, machine = found.question.machine.book, found.question.machine
    names = book.vocabularies["gbt4754"].labels
    return {
        "decisions": list(item.decisions), "length_km": _km(item.length_m),
        "rules": [
            [{"rule": rule, "title": book.rules[rule].title,
              "clauses": list(dict.fromkeys(machine.citation(cite).text for cite in book.rules[rule].cites))} for rule in side]
            for side in item.rules
        ],
        "facts": [{"fact": name, "label": book.facts[name].zh, "values": [one, other]} for name, one, other in item.facts],
        "classes": [{"code": code, "name": names[code]} for code in item.classes],
    }  # fmt: skip


def frame(found: Coherence, answer: Mapping[str, Any]) -> Frame:
    """The stretches of border along which neighbours disagree: one feature per pair, in the ranking's order."""
    pairs, told = found.pairs, answer["pairs"]

    def both(name: str, side: int) -> list[Any]:
        return [item["units"][side][name] for item in told]

    def main(item: Mapping[str, Any]) -> Mapping[str, Any]:
        parting: Mapping[str, Any] = item["partings"][0]
        return parting

    columns: dict[str, Sequence[Any]] = {
        "rank": list(range(1, len(pairs) + 1)),
        "unit_1": both("unit", 0), "name_1": both("name", 0), "class_1": both("class", 0), "county_1": both("county", 0),
        "unit_2": both("unit", 1), "name_2": both("name", 1), "class_2": both("class", 1), "county_2": both("county", 1),
        "city_line": ["是" if item["city_line"] else "否" for item in told],
        "border_m": [round(pair.border.length_m, 1) for pair in pairs], "differ_m": [round(pair.differing_m, 1) for pair in pairs],
        "classes": [item["classes"] for item in told], "opposed": [item["opposed"] for item in told],
        "steps": [item["steps"] for item in told],
        "decision_1": [answer["values"][main(item)["decisions"][0]] for item in told],
        "decision_2": [answer["values"][main(item)["decisions"][1]] for item in told],
        "because": [_because(main(item)) for item in told],
        "notice": ["；".join(answer["notices"]) for _ in told],
    }  # fmt: skip
    geometry = np.empty(len(pairs), dtype=object)
    geometry[:] = [joined_lines([stretch.line for stretch in pair.differing]) for pair in pairs]
    return Frame(
        geometry, columns, {"title": f"{answer['across_label']}两侧结论不同的界线", "demo": bool(answer["notices"])}
    )


def _because(parting: Mapping[str, Any]) -> str:
    """In which place facts the two sides differ, in words."""
    words = {True: "是", False: "否", None: "不知道"}
    return "；".join(
        f"{fact['label']}：{words[fact['values'][0]]}／{words[fact['values'][1]]}" for fact in parting["facts"]
    )


def text(answer: Mapping[str, Any], most: int = 10, by: str = "severity") -> str:
    """The comparison for people, 100 columns wide."""
    from greenrule.casework.atlas_text import assumed_words

    values = answer["values"]
    lines = [
        f"{answer['across_label']}两侧的一致性：{answer['decision_label']}，{answer['classes']:,} 个行业小类（{answer['on']}）"
    ]
    lines += [f"【{notice}】" for notice in answer["notices"]]
    for line in assumed_words(answer):
        lines += wrap(line, 100)
    lines += ["", f"隔{answer['across_label'][0]}相邻的管控单元 {answer['neighbours']:,} 对，共用界线 {answer['border_km']:,.1f} 公里；"
              f"结论不同的 {answer['disagreeing']:,} 对，沿界线 {answer['differing_km']:,.1f} 公里"]  # fmt: skip
    if answer["unclear_km"]:
        lines.append(f"两侧分不清的零碎界线 {answer['unclear_km']:,.3f} 公里，未比较")
    if answer["facing"]:
        lines += wrap(
            f"另有 {len(answer['facing'])} 对单元隔界相距不超过 {answer['gap_m']:g} 米或互相重叠而没有共用的边，未比较：先用 layer gates 查空隙与重叠",
            100,
        )
    if answer["pairs"]:
        lines += ["", f"按{RANKS[by]}排"]
    for number, pair in enumerate(answer["pairs"][:most], 1):
        one, other = pair["units"]
        line = "市界" if pair["city_line"] else "县界"
        opposed = (
            f"，其中 {pair['opposed']:,} 个一侧最宽一侧最严（{pair['opposed_km']:.2f} 公里）" if pair["opposed"] else ""
        )
        lines.append(f"{number:>3}. {_place(one)} ｜ {_place(other)}（{line}）")
        lines.append(
            f"     界线 {pair['border_km']:.2f} 公里，其中 {pair['differing_km']:.2f} 公里两侧不同；{pair['classes']:,} 个小类{opposed}"
        )
        for parting in pair["partings"][:2]:
            a, b = (values[decision] for decision in parting["decisions"])
            names = "、".join(f"{item['code']} {item['name']}" for item in parting["classes"][:3])
            more = f" 等 {len(parting['classes'])} 类" if len(parting["classes"]) > 3 else ""
            lines += [
                "     " + row for row in wrap(f"{a} ｜ {b}：{names}{more}（{parting['length_km']:.2f} 公里）", 95)
            ]
            lines += ["       " + row for row in wrap(_because(parting), 93)]
            for side in parting["rules"]:
                for rule in side[:2]:
                    lines += ["       " + row for row in wrap(f"{rule['title']}，{'；'.join(rule['clauses'])}", 93)]
        if len(pair["partings"]) > 2:
            lines.append(f"     ……另有 {len(pair['partings']) - 2} 种不同，见 --format json")
    if len(answer["pairs"]) > most:
        lines.append(f"     ……另有 {len(answer['pairs']) - most} 对，见 --format json 或 --out")
    return "\n".join(lines)


def _place(unit: Mapping[str, Any]) -> str:
    return f"{unit['unit']} {unit['county'] or ''}{ZONE_CLASS.get(unit['class'] or '', unit['class'] or '')}"
