"""Reasons not to lean on an answer, even where it is decided: open texts, near borders, layers against the writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from greenrule.backends.trace import Seen
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule

_TRUE = 2
#: What is told of a document that does not say when it begins.
NOT_DATED = "所依据文件的施行日期原文未载，按已施行处理"


def _text(rule: str | None, message: str) -> dict[str, Any]:
    return {"kind": "text", "rule": rule, "message": message, "distance_m": None}


def text_doubts(
    rules: Iterable[Rule],
    seen: Mapping[str, Seen],
    undated: Callable[[Rule], bool],
    told: Collection[str | None] = (),
) -> list[dict[str, Any]]:
    """What the texts leave open in the rules that hold or may hold, and documents whose first day is not stated.

    undated : whether a rule rests on a document whose first day is not stated
    told : texts that the finding says once for all rules that they bind
    """
    out = []
    for rule in rules:
        out += [
            _text(rule.id, mark[1]) for mark in seen[rule.id].marks if mark[0] == "text" and mark[1] not in told
        ]  # fmt: skip
        if seen[rule.id].value == _TRUE and undated(rule):
            out.append(_text(rule.id, NOT_DATED))
    return out


def boundary_doubts(book: Rulebook, boundaries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Boundaries nearer than the layer is accurate, where turning the fact turns a decision."""
    out = []
    for item in boundaries:
        reach, away = item["accuracy_m"], item["distance_m"]
        # The border between two features of one zone is no border of the zone.
        on_border = item["on_boundary"] and (away is None or abs(away) < 0.05)
        if not on_border and (reach is None or away is None or abs(away) >= reach):
            continue
        zh = "、".join(book.decisions[d].zh for d in item["would_become"])
        where = "恰在边界上" if on_border or away is None else f"距边界 {abs(away):.1f} 米"
        accuracy = "图层未说明精度" if reach is None else f"图层精度为 {reach:g} 米"
        out.append({"kind": "boundary", "rule": None, "fact": item["fact"], "distance_m": away,
                    "message": f"“{item['label']}”{where}，{accuracy}；若边界移动，{zh}会改变"})  # fmt: skip
    return out


def unit_doubts(
    unsure: Iterable[tuple[Mapping[str, Any], float, float | None]], units: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Control units whose border lies nearer than the layer is accurate: the site may or may not be in them.

    unsure : the unit, signed distance and accuracy in metres; units : those that the finding lists
    """
    listed = {unit["code"] for unit in units}
    out = []
    for unit, away, accuracy in unsure:
        told = f"{unit.get('code')} {unit.get('name') or ''}".strip()
        side = "恰在界上" if abs(away) < 0.05 else f"在界内 {-away:.1f} 米" if away < 0 else f"在界外 {away:.1f} 米"
        counted = "已计入" if unit.get("code") in listed else "未计入"
        why = f"图层精度为 {accuracy:g} 米" if accuracy is not None else "图层未说明精度"
        out.append({"kind": "boundary", "rule": None, "fact": None, "unit": unit.get("code"), "distance_m": away,
                    "message": f"管控单元 {told}：场址{side}，{why}，是否涉及不能确定；本结论{counted}该单元"})  # fmt: skip
    return out


def layer_doubts(
    book: Rulebook, remarks: Iterable[str], contradictions: Sequence[tuple[str, Any, Any]]
) -> list[dict[str, Any]]:
    """Where the layers do not reach, and where the writer says otherwise than they do."""
    out: list[dict[str, Any]] = [
        {"kind": "layer", "rule": None, "distance_m": None, "message": remark} for remark in remarks
    ]
    for name, written, found in contradictions:
        out.append({"kind": "layer", "rule": None, "fact": name, "distance_m": None,
                    "message": contradiction(book, name, written, found)})  # fmt: skip
    return out


def contradiction(book: Rulebook, name: str, written: Any, found: Any) -> str:
    """A fact of which the project says one thing and a layer another, or (None) something that cannot stand beside it."""
    own, other = (
        ({True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)) for value in (written, found)
    )
    if found is None:
        return f"“{book.facts[name].zh}”项目填报为{own}，与图层判定的场址情况不能同时成立；按图层判定，此项按未知处理"
    return f"“{book.facts[name].zh}”项目填报为{own}，图层判定为{other}；按图层判定"


def datum_doubt(about: str, readings: Mapping[str, str]) -> list[str]:
    """What to say where reference systems (their names → what is answered, in words) lead to different answers."""
    if len(set(readings.values())) < 2:
        return []
    told = "；".join(f"按 {crs} 为 {said}" for crs, said in readings.items())
    return [f"坐标系未注明，不同坐标系{about}不同：{told}。请注明坐标系。"]


def outside_doubt(crs: str) -> str:
    """What to say of a reference system by which the site would lie outside the layers."""
    return f"坐标系未注明，按 {crs} 场址在已加载图层的范围之外。请注明坐标系。"
