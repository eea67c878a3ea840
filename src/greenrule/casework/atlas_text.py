"""The atlas as plain data and as a short table for people: how many cells say what, where, by which clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.atlas_file import clauses
from greenrule.casework.report_text import display_width, pad, wrap
from greenrule.casework.report_words import ZONE_CLASS
from greenrule.casework.unit_atlas import Cell, UnitAtlas

#: So many cells are written out one by one; more are told in sums (the Parquet file has them all).
WRITTEN = 5_000
#: So many cells are listed for people.
_LISTED = 40
_WIDTH = 100


def plain(atlas: UnitAtlas, told: Mapping[str, Any]) -> dict[str, Any]:
    """The atlas as plain data: sums by decision, class of unit and division, rules and facts by cells; few cells one by one.

    told : its head (`atlas_file.head`)
    """
    values = list(told["values"])
    decided = np.array([values.index(cell.decision) for cell in atlas.cells], dtype=np.int64)[atlas.number]
    partly = np.array([len(cell.parts) > 1 for cell in atlas.cells])[atlas.number]
    kinds = [unit.kind or "" for unit in atlas.units]
    divisions = [division(atlas, code) for code in atlas.classes]
    small = decided.size <= WRITTEN
    return {
        **{name: told[name] for name in told if name not in ("format", "version", "rules", "industry_table", "unit_table")},
        "cells_total": int(decided.size), "cells_in_parts": int(partly.sum()),
        "totals": _counted(decided, told),
        "by_unit_class": [
            {"class": kind, "label": ZONE_CLASS.get(kind, kind or "未分类"), "units": kinds.count(kind),
             "cells": int(decided[rows].size), "cells_in_parts": int(partly[rows].sum()), "totals": _counted(decided[rows], told)}
            for kind in sorted(set(kinds), key=lambda kind: (list(ZONE_CLASS).index(kind) if kind in ZONE_CLASS else 9, kind))
            for rows in [np.flatnonzero(np.array(kinds) == kind)]
        ],
        "by_division": [
            {"code": code, "name": atlas.label(code) if code else "", "classes": divisions.count(code),
             "cells": int(decided[:, columns].size), "totals": _counted(decided[:, columns], told)}
            for code in dict.fromkeys(divisions) for columns in [np.flatnonzero(np.array(divisions) == code)]
        ],
        "rules": _rules(atlas, told), "missing": _missing(atlas, told),
        "cells": [cell_row(atlas, told, row, column) for column in range(len(atlas.classes)) for row in range(len(atlas.units))]
        if small else None,
    }  # fmt: skip


def division(atlas: UnitAtlas, code: str) -> str:
    """The division (two digits) of a class."""
    above = atlas.question.machine.book.vocabularies["gbt4754"].ancestors(code)
    return next((one for one in above if len(one) == 2 and one.isdigit()), "")


def cell_row(atlas: UnitAtlas, told: Mapping[str, Any], row: int, column: int) -> dict[str, Any]:
    """One cell as plain data."""
    unit, code = atlas.units[row], atlas.classes[column]
    cell = atlas.cells[int(atlas.number[row, column])]
    return {
        "industry": code, "industry_name": atlas.label(code), "unit": unit.key, "unit_name": unit.name, "decision": cell.decision,
        "parts": [{"decision": part.decision, "share": round(part.share, 6), "deciding": list(part.deciding), "open": list(part.open),
                   "missing": list(part.missing), "clauses": clauses(told, part.deciding or part.open)} for part in cell.parts],
    }  # fmt: skip


def _counted(decided: npt.NDArray[Any], told: Mapping[str, Any]) -> dict[str, int]:
    found = np.bincount(decided.reshape(-1), minlength=len(told["values"]))
    return {value: int(count) for value, count in zip(told["values"], found.tolist(), strict=True)}


def _weights(atlas: UnitAtlas) -> Iterable[tuple[Cell, int]]:
    """The distinct cells with how often each stands in the matrix."""
    return zip(atlas.cells, np.bincount(atlas.number.reshape(-1), minlength=len(atlas.cells)).tolist(), strict=True)


def _rules(atlas: UnitAtlas, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules that decide, per decision, with the cells in which they do: whole or in part."""
    whole: Counter[tuple[str, str]] = Counter()
    partly: Counter[tuple[str, str]] = Counter()
    for cell, count in _weights(atlas):
        for place, part in enumerate(cell.parts):
            for rule in part.deciding if part.decision != "undetermined" else ():
                (partly if place else whole)[part.decision, rule] += count
    order = {value: -place for place, value in enumerate(told["values"])}
    return [
        {"rule": rule, "decision": decision, **told["rules"][rule], "cells": whole[decision, rule], "cells_in_part": partly[decision, rule]}
        for decision, rule in sorted({*whole, *partly}, key=lambda key: (order[key[0]], -whole[key], -partly[key], key))
    ]  # fmt: skip


def _missing(atlas: UnitAtlas, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Facts that leave cells undetermined, with how many (whole or in part)."""
    count: Counter[str] = Counter()
    for cell, many in _weights(atlas):
        for part in cell.parts:
            if part.decision == "undetermined":
                count.update(dict.fromkeys(part.missing, many))
    return [{"fact": name, "label": told["facts"][name], "cells": cells} for name, cells in
            sorted(count.items(), key=lambda item: (-item[1], item[0]))]  # fmt: skip


def assumed_words(told: Mapping[str, Any]) -> list[str]:
    """What an atlas assumes, one line each."""
    assumed = told["assumed"]
    lines = [f"建设性质为{assumed['nature_label']}"]
    if assumed["none_of"]:
        lines.append(f"申报均无：{'、'.join(assumed['none_of'].values())}")
    if assumed["facts"]:
        said = assumed["said"] or [f"{told['facts'][name]}={value}" for name, value in assumed["facts"].items()]
        lines.append("假定：" + "，".join(said))
    for name, codes in assumed["set_aside"].items():
        shown = "、".join(codes[:6]) + (f" 等 {len(codes)} 类" if len(codes) > 6 else "")
        lines.append(f"与行业本身矛盾而不作的假定：{told['facts'].get(name, name)}（{shown}）")
    return [*lines, "其余事实都不知道"]


def text(answer: Mapping[str, Any], most: int = 10) -> str:
    """The atlas for people, 100 columns wide."""
    values = answer["values"]
    shown = strictest_first(answer)
    lines = [
        f"图谱：{answer['classes']:,} 个行业小类 × {answer['units']:,} 个管控单元，{answer['decision_label']}（{answer['on']}）"
    ]
    lines += [f"【{notice}】" for notice in answer["notices"]]
    for line in assumed_words(answer):
        lines += wrap(line, _WIDTH)
    if answer["untold_places"]:
        lines += wrap(
            "没有图层、不知道的地方：" + "、".join(answer["facts"][name] for name in answer["untold_places"]), _WIDTH
        )
    heads = ["格数", *(values[value] for value in shown), "答案不止一种"]
    rows = [("全部", answer["cells_total"], answer["totals"], answer["cells_in_parts"])]
    rows += [
        (f"{item['label']}（{item['units']} 个）", item["cells"], item["totals"], item["cells_in_parts"])
        for item in answer["by_unit_class"]
    ]
    lines += ["", pad("", 24) + "".join(_right(word, 14) for word in heads)]
    for label, cells, totals, parts in rows:
        lines.append(
            pad(label, 24)
            + "".join(_right(f"{number:,}", 14) for number in (cells, *(totals[v] for v in shown), parts))
        )
    if answer["cells"] is not None and len(answer["cells"]) <= _LISTED:
        lines += _cells(answer, values)
        return "\n".join(lines)
    for value in shown[:-1]:
        found = [rule for rule in answer["rules"] if rule["decision"] == value]
        if found:
            lines += ["", f"{values[value]}：由哪些条款（格数；括号内为只在单元一部分起作用的格）"]
            for rule in found[:most]:
                lines.append(f"  {rule['cells']:>10,}（{rule['cells_in_part']:,}）  {rule['title']}")
                lines += [" " * 14 + line for line in wrap("；".join(rule["clauses"]), _WIDTH - 14)]
            lines += _more(found, most)
    if answer["missing"]:
        lines += ["", "尚不能判定：缺哪些事实（格数）"]
        lines += [f"  {item['cells']:>10,}  {item['label']}" for item in answer["missing"][:most]]
        lines += _more(answer["missing"], most)
    strictest = shown[0]
    firmly = sorted(
        answer["by_division"], key=lambda item: (-item["totals"][strictest] / max(item["cells"], 1), item["code"])
    )
    firmly = [item for item in firmly if item["totals"][strictest]]
    if firmly and len(answer["by_division"]) > 1:
        lines += ["", f"{values[strictest]}的格占比最高的行业大类"]
        lines += [
            f"  {item['totals'][strictest] / item['cells']:>8.1%}  {item['code']} {item['name']}（{item['classes']} 个小类）"
            for item in firmly[:most]
        ]
    return "\n".join(lines)


def _cells(answer: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    lines = [""]
    for row in answer["cells"]:
        lines.append(f"{row['industry']} {row['industry_name']} × {row['unit']} {row['unit_name']}")
        for part in row["parts"]:
            share = "" if len(row["parts"]) == 1 else f"（{share_words(part['share'])}）"
            lines.append(f"  {values[part['decision']]}{share}")
            said = part["clauses"] or "没有规定不许"
            if part["decision"] == "undetermined":
                names = "、".join(answer["facts"][name] for name in part["missing"])
                said = f"缺：{names}" if names else said
            lines += ["    " + line for line in wrap(said, _WIDTH - 4)]
    return lines


def strictest_first(told: Mapping[str, Any]) -> list[str]:
    """The decisions from the strictest to the mildest, and behind them what is not determined."""
    return [*reversed([value for value in told["values"] if value != "undetermined"]), "undetermined"]


def share_words(share: float) -> str:
    """A share as people read it; what is there is never 0%.

    >>> share_words(0.25), share_words(0.00001), share_words(0.99999)
    ('25.0%', '不足 0.1%', '99.9% 以上')
    """
    if 0 < share < 0.001:
        return "不足 0.1%"
    return "99.9% 以上" if 0.999 < share < 1 else f"{share:.1%}"


def _right(word: str, width: int) -> str:
    return " " * max(width - display_width(word), 1) + word


def _more(rows: Sequence[Any], most: int) -> list[str]:
    return [f"  {'':>10}  ……另有 {len(rows) - most} 项，见 --format json"] if len(rows) > most else []
