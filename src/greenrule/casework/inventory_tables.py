"""The tables of an inventory: activities, factors, efficiencies, more categories; every sheet is known by its headers.

Numbers are read exactly as they are written.  All faults of all files are told at once, with row and column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from greenrule.casework.outlook_sheets import MISSING, Sheet, named_columns, read_sheets, unit_of
from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import UnitError, factor
from greenrule.packs.inventory import Category, InventoryLaw
from greenrule.sources.inventory import Activity, Control, Estimate, Factor, Origin, overlapping

_ACTIVITY = {
    "category": ("源类", "排放源", "排放源类", "源类别"), "county": ("县区", "县", "区县", "县（市、区）", "县市区"), "year": ("年份", "年", "年度"),
    "amount": ("活动水平", "活动量", "activity"), "unit": ("单位", "活动水平单位"), "name": ("名称", "企业", "企业名称", "源名称"),
    "what": ("活动", "活动名称", "计量对象"), "control": ("控制措施", "控制技术", "治理措施"), "lon": ("经度",), "lat": ("纬度",),
    "source": ("依据", "来源", "数据来源", "cite"), "low": ("下限",), "high": ("上限",), "spread": ("不确定度",),
}  # fmt: skip
_FACTOR = {
    "category": _ACTIVITY["category"], "pollutant": ("污染物",), "factor": ("排放系数", "系数", "排放因子", "factor"), "unit": ("单位", "系数单位"),
    "what": _ACTIVITY["what"], "from": ("起", "起始年", "适用起年"), "to": ("止", "终止年", "适用止年"), "source": _ACTIVITY["source"],
    "low": ("下限",), "high": ("上限",), "spread": ("不确定度",),
}  # fmt: skip
_CONTROL = {
    "technology": ("控制措施", "控制技术", "治理措施", "technology"), "pollutant": ("污染物",), "share": ("去除效率", "效率", "去除率"),
    "source": _ACTIVITY["source"], "low": ("下限",), "high": ("上限",), "spread": ("不确定度",),
}  # fmt: skip
_CATEGORY = {"id": ("代码", "编码"), "label": ("名称", "源类名称"), "parent": ("上级", "上级代码")}
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,2})?")
#: What the cell of a control says where there is none.
_NONE = frozenset(("无", "没有", "直排", "none", "无控制", "无措施"))


@dataclass
class Tables:
    """What the files hold, beside what the packs gave."""

    activities: list[Activity] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_tables(paths: Sequence[Path], law: InventoryLaw) -> Tables:
    """Read the files of an inventory; the packs' lists are taken in, a user's row for the same thing goes before them.

    Errors: F001–F003 files · I001 no activity at all · I002 columns · I003 a cell that is needed is empty · I004 not a number, or out of
    bounds · I005 category · I006 pollutant · I007 unit · I008 a range that does not hold the value · I009 told twice · I010 position.
    """
    faults: list[Fault] = []
    out = Tables()
    sheets: list[Sheet] = []
    for path in paths:
        try:
            sheets += read_sheets(path)
        except InputFault as error:
            if error.exit_code != 2:
                raise
            faults.extend(error.faults)
    reader = _Reader(law, faults)
    kinds = [_kind(sheet) for sheet in sheets]
    for sheet, kind in zip(sheets, kinds, strict=True):
        if kind == "category":
            reader.categories(sheet)
    seen = False
    for sheet, kind in zip(sheets, kinds, strict=True):
        if kind == "activity":
            out.activities += reader.activities(sheet)
            seen = True
        elif kind == "factor":
            out.factors += reader.factors(sheet)
        elif kind == "control":
            out.controls += reader.controls(sheet)
        elif kind is None:
            out.notes.append(f"{sheet.place()}：表头不是活动水平、排放系数、去除效率或源类，没有读")
    if not seen and not faults:
        where = sheets[0].place() if sheets else None
        faults.append(Fault("I001", "没有活动水平表", where, "表头至少有 源类、县区、年份、活动水平、单位"))
    _repeated(out, faults)
    mine = {(item.category, item.pollutant, item.what) for item in out.factors}
    out.factors += [item for item in law.factors if (item.category, item.pollutant, item.what) not in mine]
    taken = {(item.technology, item.pollutant) for item in out.controls}
    out.controls += [item for item in law.controls if (item.technology, item.pollutant) not in taken]
    if faults:
        raise InputFault(faults)
    return out


def _kind(sheet: Sheet) -> str | None:
    """Which table a sheet is, by the column that only it has."""
    for kind, names, sign in (("factor", _FACTOR, "factor"), ("control", _CONTROL, "share"), ("activity", _ACTIVITY, "amount"),
                              ("category", _CATEGORY, "parent")):  # fmt: skip
        if sign in named_columns(sheet, names):
            return kind
    return None


def _repeated(out: Tables, faults: list[Fault]) -> None:
    """I009 for what is told twice: an activity, a factor that holds in the same year, an efficiency."""
    first: dict[object, Origin] = {}
    rows: list[tuple[object, Origin, str]] = [((*item.key, item.year), item.origin, f"{item.county} {item.year} 年 {item.name or item.category} 的活动水平")
                                              for item in out.activities]  # fmt: skip
    rows += [
        ((item.technology, item.pollutant), item.origin, f"{item.technology} 对 {item.pollutant} 的去除效率")
        for item in out.controls
    ]
    for key, origin, told in rows:
        if key in first:
            faults.append(
                Fault(
                    "I009",
                    f"{told}写了两次（上一处 {first[key].place}）",
                    origin.place,
                    "两处留一处，或用 名称、活动 两列分开",
                )
            )
        first.setdefault(key, origin)
    for one, other in overlapping(out.factors):
        told = f"{other.category} {other.pollutant} 的系数与另一处同年适用（{one.origin.place}）"
        faults.append(Fault("I009", told, other.origin.place, "写明 起、止 年份，或两处留一处"))


class _Reader:
    """Reads sheets row by row; what is wrong goes to `faults`."""

    def __init__(self, law: InventoryLaw, faults: list[Fault]) -> None:
        self.law, self.faults = law, faults
        self.sheet: Sheet
        self.heads: dict[str, str] = {}
        self.words: dict[str, list[str | None]] = {}
        self.at = 0

    def _open(self, sheet: Sheet, names: Mapping[str, tuple[str, ...]], needed: Sequence[str]) -> bool:
        self.sheet, self.heads = sheet, named_columns(sheet, names)
        self.words = {name: sheet.words(column) for name, column in self.heads.items()}
        lacking = [names[name][0] for name in needed if name not in self.heads]
        if lacking:
            self.faults.append(
                Fault("I002", f"缺列：{'、'.join(lacking)}", sheet.place(), f"这张表有：{'、'.join(sheet.header[:12])}")
            )
        return not lacking

    def _cell(self, name: str) -> str | None:
        found = self.words[name][self.at] if name in self.words else None
        return None if found is None or found in MISSING else found

    def _wrong(self, code: str, name: str, message: str, help: str) -> None:
        self.faults.append(Fault(code, message, self.sheet.place(self.at, self.heads.get(name)), help))

    def _need(self, name: str, label: str) -> str | None:
        found = self._cell(name)
        if found is None:
            self._wrong("I003", name, f"没有写 {label}", "补上；不知道的整行先不放进来")
        return found

    def _number(self, name: str, label: str, *, share: bool = False, needed: bool = True) -> Fraction | None:
        """A number that is not negative; a share also in per cent."""
        text = self._need(name, label) if needed else self._cell(name)
        if text is None:
            return None
        percent = text.endswith(("%", "％")) or unit_of(self.heads[name]) in ("%", "％")
        plain = text.rstrip("%％").strip().replace("，", ",")
        if not plain or not _NUMBER.fullmatch(plain) or not any(char.isdigit() for char in plain):
            self._wrong("I004", name, f"{label} `{text[:30]}` 不是数", "只写数")
            return None
        value = Fraction(plain.replace(",", "")) / (100 if percent and share else 1)
        if value < 0 or (share and value > 1):
            self._wrong(
                "I004",
                name,
                f"{label} `{text[:30]}` 应在 0 到 1 之间" if share else f"{label} `{text[:30]}` 是负数",
                "写作 0.9 或 90%" if share else "检查这个数",
            )
            return None
        return value

    def _estimate(self, name: str, label: str, share: bool = False) -> Estimate | None:
        """A value with its 95 % range, from 下限 and 上限 or from 不确定度 (±%)."""
        value = self._number(name, label, share=share)
        low, high = (
            self._number(side, word, share=share, needed=False) for side, word in (("low", "下限"), ("high", "上限"))
        )
        spread = self._cell("spread")
        if value is None:
            return None
        if spread is not None:
            text = spread.lstrip("±+").rstrip("%％").strip()
            if not _NUMBER.fullmatch(text) or not text or low is not None or high is not None:
                self._wrong("I008", "spread", f"不确定度 `{spread}` 应写作 ±20%，且不与上下限并用", "两种写法用一种")
                return None
            part = value * abs(Fraction(text)) / 100
            low, high = max(value - part, Fraction(0)), min(value + part, Fraction(1)) if share else value + part
        if (low is None) != (high is None) or (low is not None and high is not None and not low <= value <= high):
            self._wrong("I008", "low", f"{label}的范围应是 下限 ≤ 值 ≤ 上限，两头都写或都不写", "核对依据里的 95% 范围")
            return None
        return Estimate(value, low, high)

    def _category(self) -> str | None:
        text = self._need("category", "源类")
        if text is None:
            return None
        if text in self.law.categories:
            return text
        named = [item.id for item in self.law.categories.values() if item.label == text]
        if len(named) == 1:
            return named[0]
        labels = {item.label: item.id for item in self.law.categories.values()}
        close = "、".join(f"{word}（{labels.get(word, word)}）" for word in near(text, [*labels, *labels.values()]))
        self._wrong("I005", "category", f"源类 `{text}` 不认识", close or "另加一张源类表：代码、名称、上级")
        return None

    def _pollutant(self) -> str | None:
        text = self._need("pollutant", "污染物")
        known = {re.sub(r"[\s._]", "", name).lower(): name for name in self.law.pollutants}
        found = known.get(re.sub(r"[\s._]", "", text or "").lower())
        if text is not None and found is None:
            self._wrong("I006", "pollutant", f"污染物 `{text}` 不认识", f"可用：{'、'.join(self.law.pollutants)}")
        return found

    def _unit(self, head: str) -> str | None:
        text = self._cell("unit") or unit_of(self.heads[head]) or self._need("unit", "单位")
        if text is None:
            return None
        try:
            factor(text)
        except UnitError as error:
            self._wrong("I007", "unit", f"单位：{error}", "如 吨、万吨、万立方米、辆；系数如 kg/t、g/m3")
            return None
        return text

    def _year(self, name: str, needed: bool = True) -> int | None:
        text = (self._need(name, "年份") if needed else self._cell(name)) or ""
        found = re.fullmatch(r"((?:19|20|21)\d{2})年?(?:-.*)?", text)
        if text and not found:
            self._wrong("I004", name, f"年份 `{text}` 读不出", "写作 2024")
        return int(found[1]) if found else None

    def _origin(self) -> Origin:
        return Origin(
            self._cell("source") or "（没有写依据）", self.sheet.place(self.at), self._cell("source") is not None
        )

    def categories(self, sheet: Sheet) -> None:
        """A user's own categories, beside the packs'."""
        if not self._open(sheet, _CATEGORY, ("id", "label")):
            return
        for self.at in range(len(sheet)):
            name, label, parent = self._need("id", "代码"), self._need("label", "名称"), self._cell("parent")
            if parent is not None and parent not in self.law.categories:
                self._wrong(
                    "I005",
                    "parent",
                    f"上级 `{parent}` 不认识",
                    "、".join(near(parent, self.law.categories)) or "先写上级，再写下级",
                )
            elif name and label:
                self.law.categories[name] = Category(name, label, parent)

    def activities(self, sheet: Sheet) -> list[Activity]:
        """Rows of what was done."""
        out: list[Activity] = []
        if not self._open(sheet, _ACTIVITY, ("category", "county", "year", "amount")):
            return out
        for self.at in range(len(sheet)):
            category, county, year = self._category(), self._need("county", "县区"), self._year("year")
            amount, unit, point = self._estimate("amount", "活动水平"), self._unit("amount"), self._point()
            if category and county and year and amount and unit:
                control = self._cell("control")
                steps = (
                    None
                    if control is None
                    else ()
                    if control in _NONE
                    else tuple(part.strip() for part in re.split(r"[+＋]", control) if part.strip())
                )
                out.append(
                    Activity(
                        category,
                        county,
                        year,
                        amount,
                        unit,
                        self._origin(),
                        self._cell("name") or "",
                        self._cell("what") or "",
                        steps,
                        point,
                    )
                )
        return out

    def _point(self) -> tuple[float, float] | None:
        place = [self._cell("lon"), self._cell("lat")]
        if place == [None, None]:
            return None
        lon, lat = (self._number(name, word) for name, word in (("lon", "经度"), ("lat", "纬度")))
        if lon is None or lat is None:
            return None
        if not (70 < lon < 140 and 0 < lat < 60):
            self._wrong(
                "I010", "lon", f"经纬度 {float(lon):g}, {float(lat):g} 不在中国", "经度在前一列 经度，纬度在 纬度"
            )
            return None
        return float(lon), float(lat)

    def factors(self, sheet: Sheet) -> list[Factor]:
        """Rows of emission factors."""
        out: list[Factor] = []
        if not self._open(sheet, _FACTOR, ("category", "pollutant", "factor")):
            return out
        for self.at in range(len(sheet)):
            category, pollutant, amount, unit = (
                self._category(),
                self._pollutant(),
                self._estimate("factor", "排放系数"),
                self._unit("factor"),
            )
            first, last = self._year("from", needed=False), self._year("to", needed=False)
            if category and pollutant and amount and unit:
                out.append(
                    Factor(category, pollutant, amount, unit, self._origin(), self._cell("what") or "", first, last)
                )
        return out

    def controls(self, sheet: Sheet) -> list[Control]:
        """Rows of removal efficiencies."""
        out: list[Control] = []
        if not self._open(sheet, _CONTROL, ("technology", "pollutant", "share")):
            return out
        for self.at in range(len(sheet)):
            technology, pollutant, share = (
                self._need("technology", "控制措施"),
                self._pollutant(),
                self._estimate("share", "去除效率", share=True),
            )
            if technology and pollutant and share:
                out.append(Control(technology, pollutant, share, self._origin()))
        return out
