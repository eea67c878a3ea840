"""Two atlases compared: which cells changed, from what to what, by which rules, and whether law, ground or assumptions moved.

Compared are the decision of a cell, the shares of its parts, and what they rest on.  Cells are grouped by what happened in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.atlas_file import AtlasFile
from greenrule.casework.report_text import wrap
from greenrule.core.errors import Fault, InputFault

#: Shares that differ by less are the same: what is left of rounding.
_SAME = 1e-6
#: What happened to a cell, the graver first.
KINDS = {"decision": "结论改变", "share": "结论未变、各部分面积改变", "basis": "结论未变、依据改变"}
_SIGNS = {True: ("不再起作用", "新起作用"), False: ("不再可能起作用", "新有可能起作用")}
CAUSES = {"law": "规定（或所问的日子）", "assumed": "假定", "ground": "图层"}


@dataclass(frozen=True)
class Turn:
    """Cells in which the same happened.

    gone, come : rules that spoke before and no longer, and the other way round; cause : what differs between the two that
    may have done it (`law`, `assumed`, `ground`); classes, units : (n,) which cells, by number in the common axes
    """

    kind: str
    before: str
    after: str
    gone: tuple[str, ...]
    come: tuple[str, ...]
    cause: tuple[str, ...]
    classes: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64]
    #: whether the rules named hold; false where they only may
    certain: bool = True


@dataclass(frozen=True)
class AtlasDiff:
    """The difference of two atlases over their common classes and units; `only` names the others."""

    before: AtlasFile
    after: AtlasFile
    classes: list[str]
    units: list[str]
    only: dict[str, list[str]]
    turns: list[Turn]

    @property
    def changed(self) -> int:
        """Cells in which anything happened."""
        return sum(len(turn.classes) for turn in self.turns)


def atlas_diff(before: AtlasFile, after: AtlasFile) -> AtlasDiff:
    """Compare two atlases.  Errors: T009 (InputFault) for atlases of different decisions, or without a common cell."""
    heads = before.head, after.head
    if heads[0]["decision"] != heads[1]["decision"]:
        told = f"两份图谱问的不是同一项决定：{heads[0]['decision_label']}、{heads[1]['decision_label']}"
        raise InputFault(Fault("T009", told, None, "用同一个 `--decision` 重新生成其中一份"))
    classes = _common(before.classes, after.classes)
    units = _common(before.units, after.units)
    if not classes or not units:
        raise InputFault(Fault("T009", "两份图谱没有共同的格", None, "核对它们的工作区与筛选"))
    only = {
        "classes_before": _rest(before.classes, classes), "classes_after": _rest(after.classes, classes),
        "units_before": _rest(before.units, units), "units_after": _rest(after.units, units),
    }  # fmt: skip
    pairs = {name: _aligned(before, after, name, classes, units) for name in before.codes if name in after.codes}
    shares = [name for name in pairs if name.startswith("share_")]
    rest = [name for name in pairs if name not in shares]
    moved = np.zeros((len(classes), len(units)), dtype=bool)
    for name in shares:
        one, other, values = pairs[name]
        numbers = np.array([*(value or 0.0 for value in values), 0.0])
        moved |= np.abs(numbers[one] - numbers[other]) > _SAME
    turned = pairs["decision"][0] != pairs["decision"][1]
    based = np.any([pairs[name][0] != pairs[name][1] for name in rest], axis=0)
    at = np.nonzero(turned | moved | based)
    cause = _causes(heads, units)
    keys = np.column_stack(
        [
            cause[1][at[1]],
            np.where(turned, 0, np.where(moved, 1, 2))[at],
            *(side[at] for name in rest for side in pairs[name][:2]),
        ]
    )
    turns = []
    if len(keys):
        found, group = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(group.reshape(-1), kind="stable")
        ends = np.cumsum(np.bincount(group.reshape(-1), minlength=len(found)))[:-1]
        for key, mine in zip(found.tolist(), np.split(order, ends), strict=True):
            said = {name: tuple(pairs[name][2][code] if code >= 0 else None for code in key[2 + 2 * place : 4 + 2 * place])
                    for place, name in enumerate(rest)}  # fmt: skip
            turns.append(_turn(said, list(KINDS)[key[1]], cause[0][key[0]], at[0][mine], at[1][mine]))
    turns = _joined(turns)
    return AtlasDiff(before, after, classes, units, only, turns)


def _common(ones: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(ones)
    return [name for name in others if name in known]


def _rest(names: Sequence[str], common: Sequence[str]) -> list[str]:
    known = set(common)
    return [name for name in names if name not in known]


def _aligned(
    before: AtlasFile, after: AtlasFile, name: str, classes: Sequence[str], units: Sequence[str]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], list[Any]]:
    """A column of both over the common cells, as numbers into one list of values."""
    values = list(dict.fromkeys([*before.values[name], *after.values[name]]))
    place = {value: number for number, value in enumerate(values)}
    sides = []
    for side in (before, after):
        rows = {code: number for number, code in enumerate(side.classes)}
        columns = {key: number for number, key in enumerate(side.units)}
        part = side.codes[name][np.ix_([rows[code] for code in classes], [columns[key] for key in units])]
        table = np.array([*(place[value] for value in side.values[name]), -1], dtype=np.int32)
        sides.append(table[part])
    return sides[0], sides[1], values


def _causes(
    heads: tuple[Mapping[str, Any], Mapping[str, Any]], units: Sequence[str]
) -> tuple[list[tuple[str, ...]], npt.NDArray[Any]]:
    """What may have turned the cells of each unit: a list of causes, and which of them belongs to every unit."""
    asked = [(head["on"], head["versions"]["packs"], head["versions"]["known"]) for head in heads]
    assumed = [
        (head["assumed"]["nature"], sorted(head["assumed"]["none_of"]), head["assumed"]["facts"]) for head in heads
    ]
    common = (("law",) if asked[0] != asked[1] else ()) + (("assumed",) if assumed[0] != assumed[1] else ())
    sides = [{item["unit"]: item for item in head["unit_table"]} for head in heads]
    same_layers = heads[0]["versions"]["layers"] == heads[1]["versions"]["layers"]
    told = [head["told_places"] for head in heads]
    common_places = set(told[0]) & set(told[1])

    def lies(item: Mapping[str, Any]) -> Any:
        """What is known of a unit's ground that both atlases looked at."""
        if told[0] == told[1]:
            return item["ground"]
        places = {name: share for name, share in item["places"].items() if name in common_places}
        return item["class"], item["subtype"], item["area_km2"], places

    still = [same_layers or lies(sides[0][unit]) == lies(sides[1][unit]) for unit in units]
    # Where neither law nor assumptions differ, only the ground is left.
    return [common or ("ground",), (*common, "ground")], np.array([0 if same else 1 for same in still], dtype=np.int64)


def _turn(said: Mapping[str, tuple[Any, ...]], kind: str, cause: tuple[str, ...], classes: Any, units: Any) -> Turn:
    """One group from what its cells said before and after."""

    def spoken(side: int, names: Sequence[str]) -> set[str]:
        return {rule for name in names for rule in str(said[name][side] or "").split("; ") if rule}

    firm = [name for name in said if name.startswith("rules_")]
    before, after = said["decision"]
    ones, others = spoken(0, firm), spoken(1, firm)
    if kind == "decision":
        # The rules that made the old decision and no longer speak, and those that make the new one and did not before.
        gone, come = spoken(0, [f"rules_{before}"]) - others, spoken(1, [f"rules_{after}"]) - ones
        if gone or come:
            return Turn(kind, before, after, tuple(sorted(gone)), tuple(sorted(come)), cause, classes, units)
    certain = ones != others
    if not certain:  # the same rules decide: those that may still turn it made the difference
        ones, others = spoken(0, ["open_rules"]), spoken(1, ["open_rules"])
    return Turn(
        kind, before, after, tuple(sorted(ones - others)), tuple(sorted(others - ones)), cause, classes, units, certain
    )


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    """Groups that read alike as one, the graver and larger first."""
    found: dict[tuple[Any, ...], list[Turn]] = {}
    for turn in turns:
        found.setdefault(
            (turn.kind, turn.before, turn.after, turn.gone, turn.come, turn.cause, turn.certain), []
        ).append(turn)
    out = [
        replace(
            same[0],
            classes=np.concatenate([one.classes for one in same]),
            units=np.concatenate([one.units for one in same]),
        )
        for same in found.values()
    ]
    return sorted(
        out,
        key=lambda turn: (
            list(KINDS).index(turn.kind),
            -len(turn.classes),
            turn.before,
            turn.after,
            turn.gone,
            turn.come,
        ),
    )


def diff_plain(diff: AtlasDiff) -> dict[str, Any]:
    """The difference as plain data."""
    one, other = diff.before.head, diff.after.head
    names = {item["code"]: item["name"] for head in (one, other) for item in head["industry_table"]}
    units = {item["unit"]: item["name"] for head in (one, other) for item in head["unit_table"]}
    rules = {**one["rules"], **other["rules"]}
    values = {**one["values"], **other["values"]}

    def spoken(found: Sequence[str]) -> list[dict[str, Any]]:
        return [{"rule": rule, "title": rules[rule]["title"], "clauses": rules[rule]["clauses"]} for rule in found]

    return {
        "decision": other["decision"], "decision_label": other["decision_label"],
        "before": _side(one), "after": _side(other), "cells": len(diff.classes) * len(diff.units), "changed": diff.changed,
        "by_kind": {kind: sum(len(turn.classes) for turn in diff.turns if turn.kind == kind) for kind in KINDS},
        "turns": [
            {
                "kind": turn.kind, "before": turn.before, "before_label": values[turn.before], "after": turn.after,
                "after_label": values[turn.after], "cells": len(turn.classes), "gone": spoken(turn.gone), "come": spoken(turn.come), "certain": turn.certain,
                "cause": list(turn.cause),
                "classes": [{"code": code, "name": names[code]} for code in (diff.classes[at] for at in np.unique(turn.classes).tolist())],
                "units": [{"unit": key, "name": units[key]} for key in (diff.units[at] for at in np.unique(turn.units).tolist())],
            }
            for turn in diff.turns
        ],
        "only": diff.only, "notices": list(dict.fromkeys([*one["notices"], *other["notices"]])),
    }  # fmt: skip


def _side(head: Mapping[str, Any]) -> dict[str, Any]:
    return {name: head[name] for name in ("on", "versions", "assumed", "filters", "classes", "units")}


def diff_text(answer: Mapping[str, Any], most: int = 6) -> str:
    """The difference for people."""
    one, other = answer["before"], answer["after"]
    lines = [
        f"图谱的变化：{answer['decision_label']}，{one['on']} → {other['on']}，共同的格 {answer['cells']:,}，改变 {answer['changed']:,}"
    ]
    lines += [f"【{notice}】" for notice in answer["notices"]]
    labels = {"classes_before": "只在前者的行业小类", "classes_after": "只在后者的行业小类",
              "units_before": "只在前者的管控单元", "units_after": "只在后者的管控单元"}  # fmt: skip
    for name, label in labels.items():
        found = answer["only"][name]
        if found:
            lines += wrap(
                f"{label}（未比较）{len(found)} 个：{'、'.join(found[:8])}{' 等' if len(found) > 8 else ''}", 100
            )
    for kind, label in KINDS.items():
        turns = [turn for turn in answer["turns"] if turn["kind"] == kind]
        if not turns:
            continue
        lines += ["", f"{label}：{answer['by_kind'][kind]:,} 格"]
        for turn in turns[:most]:
            said = f"{turn['before_label']} → {turn['after_label']}" if kind == "decision" else turn["after_label"]
            cause = "、".join(CAUSES[name] for name in turn["cause"])
            lines.append(
                f"  {turn['cells']:>9,} 格  {said}  {len(turn['classes'])} 个小类 × {len(turn['units'])} 个单元  因{cause}的变化"
            )
            for sign, rules in zip(_SIGNS[turn["certain"]], (turn["gone"], turn["come"]), strict=True):
                for rule in rules[:2]:
                    lines += [
                        " " * 13 + line for line in wrap(f"{sign}：{rule['title']}，{'；'.join(rule['clauses'])}", 87)
                    ]
                if len(rules) > 2:
                    lines.append(" " * 13 + f"{sign}：另有 {len(rules) - 2} 条")
        if len(turns) > most:
            lines.append(f"             ……另有 {len(turns) - most} 组，见 --format json")
    if not answer["turns"]:
        lines += ["", "没有改变的格"]
    return "\n".join(lines)
