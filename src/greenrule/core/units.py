"""One unit registry: quantities are written in Chinese or international units and compared by dimension.

`factor(unit)` turns a unit text into a dimension key and a multiplier to that dimension's base units.  The answer is cached, so that pint
(the only place where it is imported) is not even loaded when the units of a compiled rulebook are known.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

#: Counting words are dimensions of their own: 头 (head of stock) is not 件 (pieces), nor 户 (households).
COUNTS = ("头", "只", "羽", "件", "套", "台", "辆", "户", "人", "张", "个", "支", "蒸吨")

_MULTIPLIERS = {"亿": "1e8", "千万": "1e7", "百万": "1e6", "万": "1e4", "千": "1e3"}

_ATOMS: dict[str, str] = {
    "吨": "tonne", "公斤": "kilogram", "千克": "kilogram", "克": "gram", "毫克": "milligram", "微克": "microgram",
    "公里": "kilometer", "千米": "kilometer", "米": "meter", "厘米": "centimeter", "毫米": "millimeter",
    "平方公里": "kilometer**2", "平方千米": "kilometer**2", "平方米": "meter**2", "公顷": "hectare",
    "亩": "mu_cn", "立方米": "meter**3", "标准立方米": "meter**3", "升": "liter", "千升": "kiloliter",
    "千瓦": "kilowatt", "兆瓦": "megawatt", "瓦": "watt", "千瓦时": "kilowatt_hour", "千伏": "kilovolt", "伏": "volt",
    "年": "year_civil", "月": "month_civil", "日": "day", "天": "day", "小时": "hour", "时": "hour", "分钟": "minute", "秒": "second",
    "摄氏度": "delta_degC", "元": "yuan", "度": "degree",
    "t": "tonne", "kg": "kilogram", "g": "gram", "mg": "milligram", "μg": "microgram", "µg": "microgram", "m": "meter", "km": "kilometer",
    "m2": "meter**2", "m²": "meter**2", "km2": "kilometer**2", "km²": "kilometer**2", "hm2": "hectare", "ha": "hectare",
    "m3": "meter**3", "m³": "meter**3", "L": "liter", "kW": "kilowatt", "MW": "megawatt", "kV": "kilovolt", "h": "hour", "d": "day", "a": "year_civil",
    "%": "percent", "％": "percent",
}  # fmt: skip


class UnitError(ValueError):
    """A unit text that cannot be read, or two quantities whose dimensions differ."""


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    # A civil year is a reporting period, not 365.25 days: 吨/年 must not be compared with 吨/小时.
    for line in (
        "year_civil = [civil_year]",
        "month_civil = [civil_month]",
        "yuan = [money]",
        "mu_cn = 10000 / 15 * meter**2",
    ):
        registry.define(line)
    for number, _ in enumerate(COUNTS):
        registry.define(f"count_{number} = [count_{number}]")
    return registry


def _atom(text: str) -> str:
    """One factor of a unit text as a pint expression."""
    name = text.strip()
    scale = ""
    for word, value in _MULTIPLIERS.items():
        # 千瓦, 千克, 千米, 千升, 千伏 are units of their own, not thousands of something.
        if name.startswith(word) and name not in _ATOMS:
            scale, name = f"{value}*", name[len(word) :]
            break
    if name in _ATOMS:
        return f"({scale}{_ATOMS[name]})"
    if name in COUNTS:
        return f"({scale}count_{COUNTS.index(name)})"
    if name == "" and scale:
        return f"({scale}1)"
    if name == "1":
        return "(1)"
    raise UnitError(f"不认识的单位 `{text}`")


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, Fraction]]:
    """Units whose answer was computed beforehand (`tools/unit_table.py`); a test holds it equal to pint's."""
    path = Path(__file__).with_name("unit_table.json")
    if not path.exists():
        return {}
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {unit: (dimension, Fraction(multiplier)) for unit, (dimension, multiplier) in plain.items()}


@lru_cache(maxsize=2048)
def factor(unit: str) -> tuple[str, Fraction]:
    """Dimension key and exact multiplier to base units of a unit text.

    Errors: `UnitError` when the text is not a unit.

    >>> factor("万吨/年") == ("[mass]/[civil_year]", Fraction(10**7))
    True
    >>> factor("克/日")[1]
    Fraction(1, 86400000)
    >>> factor("蒸吨/小时")[0] == factor("吨/小时")[0]
    False
    """
    return _table().get(unit.strip()) or compute(unit)


def compute(unit: str) -> tuple[str, Fraction]:
    """`factor` worked out by the unit registry; `UnitError` when the text is not a unit."""
    text = unit.strip().replace("／", "/").replace("·", "*")
    if text in ("", "1"):
        return "1", Fraction(1)
    numerator, *denominators = text.split("/")
    above = [_atom(part) for part in numerator.split("*")]
    below = [_atom(piece) for part in denominators for piece in part.split("*")]
    expression = "*".join(above) + "".join(f"/{atom}" for atom in below)
    registry = _registry()
    base: Any = registry.Quantity(registry.parse_expression(expression)).to_base_units()
    dims: dict[str, int] = {str(name): power for name, power in base.dimensionality.items() if power}
    over = (
        "*".join(sorted(f"{name}^{power:g}" if power != 1 else name for name, power in dims.items() if power > 0))
        or "1"
    )
    under = "".join(
        "/" + (f"{name}^{-power:g}" if power != -1 else name) for name, power in sorted(dims.items()) if power < 0
    )
    # Multiplied as fractions, for the float of 克/日 is not 1/86,400,000.
    multiplier = math.prod(map(_exact, above), start=Fraction(1)) / math.prod(map(_exact, below), start=Fraction(1))
    return over + under, multiplier


@lru_cache(maxsize=512)
def _exact(atom: str) -> Fraction:
    """The multiplier of one factor to base units; its float has few digits, or is a simple fraction as 亩 is (2000/3 m²)."""
    registry = _registry()
    exact = Fraction(repr(float(registry.Quantity(registry.parse_expression(atom)).to_base_units().magnitude)))
    short = exact.limit_denominator(10**6)
    return short if abs(short - exact) <= exact / 10**13 else exact


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, kept as written; compare by `base`, an exact fraction in base units.

    >>> Quantity.parse("106 万吨/年").base == Quantity.parse("1060000 吨/年").base
    True
    >>> str(Quantity.parse("0.5公里"))
    '0.5 公里'
    """

    value: Fraction
    unit: str

    @property
    def dimension(self) -> str:
        """Dimension key, equal for quantities that may be compared."""
        return factor(self.unit)[0]

    @property
    def base(self) -> Fraction:
        """The value in base units of its dimension."""
        return self.value * factor(self.unit)[1]

    def to(self, unit: str) -> Quantity:
        """The same quantity in another unit; `UnitError` if the dimensions differ."""
        mine, other = factor(self.unit), factor(unit)
        if mine[0] != other[0]:
            raise UnitError(f"`{self.unit}` 与 `{unit}` 量纲不同，不能换算")
        return Quantity(self.value * mine[1] / other[1], unit)

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read `106 万吨/年`, `6.25米`, `1,000 t/a`; `UnitError` if there is no number or no known unit."""
        match = _QUANTITY.match(text.strip())
        if not match:
            raise UnitError(f"`{text}` 不是“数值 单位”的写法")
        if len(match[1]) > 40 or re.search(r"[eE][-+]?\d{3,}$", match[1]):
            raise UnitError("数值太长，请用合适的单位，如 万吨/年")
        quantity = cls(Fraction(match[1].replace(",", "").replace("，", "")), match[2].strip())
        factor(quantity.unit)
        return quantity

    def __str__(self) -> str:
        return f"{number_text(self.value)} {self.unit}".strip()


_QUANTITY = re.compile(r"^([-+]?\d[\d,，]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(.*)$", re.S)


def number_text(value: Fraction) -> str:
    """An exact decimal where there is one, otherwise up to 12 significant digits.

    >>> number_text(Fraction(25, 4)), number_text(Fraction(1, 3))
    ('6.25', '0.333333333333')
    """
    if value.denominator == 1:
        return str(value.numerator)
    text = f"{float(value):.12g}"
    return text
