"""What is asked and how an answer is read: one fact, a list of yes-or-no facts to tick, or the place.

A question is plain data with the words for people; `to_json` gives the same to programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from greenrule.casework.project import read_industry
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.units import Quantity, UnitError
from greenrule.packs.book import Law
from greenrule.packs.values import read_value, split_list
from greenrule.rules.book import FactSpec

#: The vocabulary whose codes people give by name, by an everyday word, or by a number of two to four digits.
INDUSTRIES = "gbt4754"
#: Where faults of an answer are placed.
AT = Place("回答")
_NOTHING = {"均无", "都无", "都没有", "无", "没有", "都不", "都不是", "均否", "都否", "否", "0"}
_EVERYTHING = {"均有", "都有", "全部", "都是", "均是", "全有", "是"}
_DOUBT = re.compile(r"^(.*?)[?？]$")


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that still waits for the fact: its title and where it stands."""

    rule: str
    title: str
    cite: str


@dataclass(frozen=True, slots=True)
class Item:
    """One fact that is asked for.

    choices : code and label of a category or set; units : the unit, and those of facts of the same family;
    leads_to : value as written → what can still come out; why : rules that wait for it, `waiting` of them in all.
    """

    fact: str
    label: str
    text: str
    kind: str
    units: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    note: str | None = None
    leads_to: tuple[tuple[str, tuple[str, ...]], ...] = ()
    why: tuple[Reason, ...] = ()
    waiting: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "fact": self.fact, "label": self.label, "question": self.text, "kind": self.kind, "units": list(self.units),
            "choices": [{"code": code, "label": label} for code, label in self.choices], "note": self.note,
            "leads_to": [{"value": value, "possible": list(words)} for value, words in self.leads_to],
            "why": [{"rule": one.rule, "title": one.title, "cite": one.cite} for one in self.why], "waiting": self.waiting,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """The next question: its number, how many follow at most (None before the industry is known), and its facts.

    sort : `fact` (one item), `checklist` (yes-or-no facts of one group), `place` (where the project is; no items).
    """

    sort: str
    number: int
    at_most: int | None
    title: str
    items: tuple[Item, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of the facts that are asked for."""
        return tuple(item.fact for item in self.items)

    @property
    def progress(self) -> str:
        """第 3 题，至多还有 5 题."""
        if self.at_most is None:
            return f"第 {self.number} 题"
        return f"第 {self.number} 题，" + (f"至多还有 {self.at_most} 题" if self.at_most else "这是最后一题")

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"sort": self.sort, "number": self.number, "at_most": self.at_most, "progress": self.progress,
                "title": self.title, "items": [item.to_json() for item in self.items]}  # fmt: skip


def read_answer(law: Law, question: Question, raw: Any) -> dict[str, Any]:
    """The facts that an answer gives (None: not known); `InputFault` with what is wrong with it.

    One fact: its value as in a project file; an amount in a unit of another fact of the family gives that fact.
    A checklist: the numbers or ids of those that hold (`1 3`, 均无, 全部; `2?` is not known), or a mapping of all of them.
    """
    faults: list[Fault] = []
    found = (
        _checklist(law, question, raw, faults)
        if question.sort == "checklist"
        else _one(law, question.items[0], raw, faults)
    )
    if faults:
        raise InputFault(faults)
    return found


def _one(law: Law, item: Item, raw: Any, faults: list[Fault]) -> dict[str, Any]:
    spec = law.book.facts[item.fact]
    if item.kind == "industry":
        return {spec.id: read_industry(law, raw, AT, faults)}
    if item.choices:
        raw = _chosen(item, raw)
    if spec.kind.form == "quantity" and spec.family is not None:
        spec = _of_family(law, spec, raw)
    if spec.kind.form in ("quantity", "number") and isinstance(raw, str) and item.units and _bare_nought(raw):
        raw = f"0 {spec.unit}".strip()  # nought is nought in any unit
    value = read_value(law.book, spec, raw, AT, faults)
    if isinstance(value, (Quantity, Fraction)) and (value.value if isinstance(value, Quantity) else value) < 0:
        faults.append(Fault("ASK002", f"`{spec.zh}` 不能是负数 `{raw}`", AT, "填写不小于零的数"))
    return {spec.id: value}


def _bare_nought(raw: str) -> bool:
    return raw.strip() in ("0", "０", "无", "没有")


def _chosen(item: Item, raw: Any) -> Any:
    """Numbers of the choices shown, as their codes; everything else as it is."""
    if not isinstance(raw, str):
        return raw
    parts = re.split(r"[\s、，,；;]+", raw.strip()) if item.kind == "set" else [raw.strip()]
    out = [
        item.choices[int(part) - 1][0] if part.isdecimal() and 1 <= int(part) <= len(item.choices) else part
        for part in parts
    ]
    return out if item.kind == "set" else out[0]


def _of_family(law: Law, spec: FactSpec, raw: Any) -> FactSpec:
    """The fact of the same family whose unit the answer is written in; the one that was asked for where none fits."""
    try:
        dimension = raw.dimension if isinstance(raw, Quantity) else Quantity.parse(str(raw)).dimension
    except UnitError:
        return spec
    family = [other for other in law.book.facts.values() if other.family == spec.family]
    return next((other for other in (spec, *family) if other.kind.dimension == dimension), spec)


def _checklist(law: Law, question: Question, raw: Any, faults: list[Fault]) -> dict[str, Any]:
    facts = question.facts
    if isinstance(raw, Mapping):
        out = {}
        for name, value in raw.items():
            if name not in facts:
                faults.append(Fault("ASK003", f"这一题没有问 `{name}`", AT, f"这一题问的是：{'、'.join(facts)}"))
                continue
            out[name] = read_value(law.book, law.book.facts[name], value, AT, faults)
        return {name: out.get(name) for name in facts}
    if isinstance(raw, bool):
        return dict.fromkeys(facts, raw)
    if isinstance(raw, str):
        text = raw.strip()
        if text in _NOTHING or text in _EVERYTHING:
            return dict.fromkeys(facts, text in _EVERYTHING)
        raw = [part for piece in split_list(text) for part in piece.split()]
    return _ticked(question, raw, faults)


def _ticked(question: Question, parts: Iterable[Any], faults: list[Fault]) -> dict[str, Any]:
    """What is named holds, what is named with a question mark is not known, the rest does not hold."""
    by_name = {name: item.fact for item in question.items for name in (item.fact, item.label)}
    by_name.update({str(number): item.fact for number, item in enumerate(question.items, 1)})
    found: dict[str, bool | None] = dict.fromkeys(question.facts, False)
    named = False
    for part in parts:
        text = str(part).strip()
        doubt = _DOUBT.match(text)
        name = by_name.get(doubt[1] if doubt else text)
        if name is None:
            told = f"写编号 1—{len(question.items)}，如 `1 3`；都不是写“均无”，不知道的在编号后加问号，如 `2?`"
            faults.append(Fault("ASK004", f"`{text}` 不是这一题的选项", AT, told))
            continue
        named = True
        found[name] = None if doubt else True
    if not named and not faults:
        faults.append(Fault("ASK004", "没有回答", AT, "写编号，如 `1 3`；都不是写“均无”"))
    return found


def read_place(text: str) -> dict[str, Any]:
    """A point as people type it: `112.55, 37.87` (longitude, latitude) or degrees, minutes and seconds."""
    parts = [part for part in text.replace("，", ",").replace("；", ",").replace("、", ",").split(",") if part.strip()]
    if len(parts) == 1:
        parts = text.split()
    if len(parts) != 2:
        raise InputFault(Fault("ASK007", f"`{text}` 不是一个点", AT, "写成“经度, 纬度”，如 `112.55, 37.87`"))
    pair = [part.strip() for part in parts]
    try:
        return {"point": [float(part) for part in pair]}
    except ValueError:
        return {"dms": pair}


def unknown(raw: Any) -> bool:
    """Whether an answer says that nobody knows."""
    return isinstance(raw, str) and raw.strip() in ("?", "？", "不知道", "不清楚", "未知", "待定", "unknown", "跳过")
