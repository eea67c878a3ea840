"""Targets of the instruments: indicator, place, operator, value, date; read strictly from `targets/*.yaml` of the packs.

A target says where an area is to be, a baseline where it stood.  A target without a number (the text gives none, or
refers to one that is set elsewhere) has no value and says why; it never becomes 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, Place
from greenrule.core.units import UnitError, factor, number_text
from greenrule.packs.declarations import entries
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, take
from greenrule.packs.places import Gazetteer
from greenrule.packs.tasks import gather, read_cites, read_places

OPERATORS = {
    "<=": "不超过",
    "<": "低于",
    ">=": "不低于",
    ">": "高于",
    "=": "等于",
    "between": "介于",
    "rank": "退出后列",
    "done": "完成",
}
KINDS = {"binding": "约束性", "striving": "力争性", "baseline": "现状或口径"}
#: Units that count or rank and have no dimension: percent, places in a ranking, and what the texts count by.
PLAIN_UNITS = frozenset(
    ["%", "名次", "家", "座", "处", "种", "项", "县", "市", "断面", "小类", "类别", "次/年", "次/月"]
)


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    `value` is a number in `unit`; None where the text gives none (then `note` says why) and for `done`, which is
    reached or not.  `upper` closes a `between`; for `rank`, `value` is how many last places are to be left, `among` how
    many are ranked.  `by` is the last day, `since` from when a change is counted.
    """

    id: str
    indicator: str
    places: tuple[str, ...]
    operator: str
    value: Fraction | None
    unit: str
    by: date | None
    kind: str
    cites: tuple[str, ...]
    upper: Fraction | None = None
    among: int | None = None
    base_year: int | None = None
    note: str | None = None
    at: Place | None = None

    @property
    def demand(self) -> str:
        """What is asked, in Chinese.

        >>> Target("t", "甲", ("全省",), "<=", Fraction(25), "μg/m3", None, "binding", ()).demand
        '不超过 25 μg/m3'
        """
        word = OPERATORS[self.operator]
        if self.operator == "done":
            return word
        if self.value is None:
            return f"{word} ?"
        if self.operator == "rank":
            return f"退出后 {number_text(self.value)} 名（共 {self.among} 名）"
        told = number_text(self.value) + (f"—{number_text(self.upper)}" if self.upper is not None else "")
        return f"{word} {told}{'' if self.unit == '%' else ' '}{self.unit}".rstrip()

    def to_json(self) -> dict[str, object]:
        """The target as plain data: numbers exactly, as text; absent ones null."""
        return {
            "id": self.id,
            "indicator": self.indicator,
            "places": list(self.places),
            "operator": self.operator,
            "value": None if self.value is None else number_text(self.value),
            "upper": None if self.upper is None else number_text(self.upper),
            "among": self.among,
            "unit": self.unit or None,
            "by": self.by.isoformat() if self.by else None,
            "base_year": self.base_year,
            "kind": self.kind,
            "cites": list(self.cites),
            "note": self.note,
        }


def load_targets(packs: Iterable[Path], instruments: Instruments, gazetteer: Gazetteer) -> dict[str, Target]:
    """Read `targets/*.yaml` of every pack, by id in the order of the files; raises InputFault with all faults.

    Besides those of packs.marked, of a cite (P022–P024) and of packs.tasks (P080, P081): P083 a value that is no
    number or is missing without a reason · P084 a unit that cannot be read · P085 keys that do not suit the operator.
    """

    def read(path: Path, faults: list[Fault]) -> dict[str, Target]:
        return _read_targets(path, instruments, gazetteer, faults)

    return gather(packs, "targets/*.yaml", read, "目标")


def _read_targets(path: Path, instruments: Instruments, gazetteer: Gazetteer, faults: list[Fault]) -> dict[str, Target]:
    out: dict[str, Target] = {}
    for name, entry in entries(path, "targets", faults).items():
        found = take(
            entry,
            {"indicator": "text", "places": "texts", "operator": tuple(OPERATORS), "kind": tuple(KINDS), "cites": "texts"},
            {"value": "any", "upper": "any", "among": "integer", "unit": "text", "by": "date", "base_year": "integer",
             "note": "text"},
            faults=faults, what=f"目标 {name} ",
        )  # fmt: skip
        if not isinstance(entry.value, dict):
            continue
        read_cites(entry, "cites", instruments, faults)
        value, upper = _number(found["value"], faults), _number(found["upper"], faults)
        _check_unit(name, entry, found["unit"], faults)
        _check_operator(name, entry, found, faults)
        out[name] = Target(
            name, found["indicator"] or name, read_places(entry, gazetteer, faults), found["operator"] or "=", value,
            found["unit"] or "", found["by"], found["kind"] or "baseline", tuple(found["cites"] or ()), upper,
            found["among"], found["base_year"], found["note"], entry.place,
        )  # fmt: skip
    return out


def _number(marked: Marked | None, faults: list[Fault]) -> Fraction | None:
    if marked is None or marked.value is None:
        return None
    try:
        return Fraction(marked.text())
    except ValueError:
        faults.append(
            marked.fault("P083", f"`{marked.raw}` 不是数", "只写数，单位写在 `unit:`；没有数的留空并写 `note:`")
        )
        return None


def _check_unit(name: str, entry: Marked, unit: str | None, faults: list[Fault]) -> None:
    if unit is None or unit in PLAIN_UNITS:
        return
    try:
        factor(unit)
    except UnitError as error:
        faults.append(
            entry.mapping()["unit"].fault(
                "P084",
                f"目标 {name} 的单位读不懂：{error}",
                f"单位见 docs/reference/units.md，或 {'、'.join(sorted(PLAIN_UNITS))}",
            )
        )


def _check_operator(name: str, entry: Marked, found: dict[str, Any], faults: list[Fault]) -> None:
    operator, value = found["operator"], found["value"] is not None and found["value"].value is not None
    if operator == "done" and value:
        faults.append(entry.fault("P085", f"目标 {name} 是 `done`，不该有值", "删去 `value:`，或改 `operator:`"))
    elif operator not in ("done", None) and not value and not found["note"]:
        faults.append(entry.fault("P083", f"目标 {name} 没有值，也没有说明为何没有", "写 `value:`，或用 `note:` 说明"))
    if (operator == "between") != (found["upper"] is not None):
        faults.append(entry.fault("P085", f"目标 {name}：`between` 与 `upper:` 须同时写", "写上或删去 `upper:`"))
    if operator == "rank" and value and found["among"] is None:
        faults.append(entry.fault("P085", f"目标 {name} 是 `rank`，没有写在多少名之中", "写上 `among:`"))
