"""The language that is being spoken: Chinese by default, English where somebody asked for it.

What the program itself says is written in Chinese where it is said and passed through `said`, which gives the English of the
catalogue `english/*.json` while English is spoken; `english/faults/*.json` has a sentence for every fault code, and finished sentences are
recognised by `greenrule.core.retelling`.  What the law says has its English in the packs (`greenrule.packs.english`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_SPOKEN: ContextVar[Language] = ContextVar("language", default="zh")
#: The catalogue: `*.json` words, `sentences/*.json` sentences with holes, `faults/*.json` what every fault code means.
FOLDER = Path(__file__).parent / "english"
#: What the English of a unit is made of; 万 and 亿 become part of the number (`amount`).
_UNITS = {
    "吨": "t", "公斤": "kg", "千克": "kg", "克": "g", "毫克": "mg", "微克": "μg", "公里": "km", "千米": "km", "米": "m",
    "平方公里": "km²", "平方千米": "km²", "平方米": "m²", "公顷": "ha", "亩": "mu", "立方米": "m³", "标准立方米": "m³ (standard)",
    "升": "L", "千升": "kL", "千瓦": "kW", "兆瓦": "MW", "瓦": "W", "千瓦时": "kWh", "千伏": "kV", "伏": "V", "年": "year", "月": "month",
    "日": "day", "天": "day", "小时": "h", "时": "h", "分钟": "min", "秒": "s", "摄氏度": "°C", "元": "CNY", "度": "°", "蒸吨": "t of steam",
    "头": "head", "只": "animals", "羽": "birds", "件": "pieces", "套": "sets", "台": "units", "辆": "vehicles", "户": "households",
    "人": "people", "张": "beds", "个": "items", "支": "pieces",
}  # fmt: skip
_SCALES = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4}
_AMOUNT = re.compile(r"([-+]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(\S.*)?")


def language() -> Language:
    """The language that is spoken here and now."""
    return _SPOKEN.get()


@contextmanager
def speaking(wanted: Language) -> Iterator[None]:
    """Speak a language for the length of a block.

    >>> with speaking("en"):
    ...     said("尚不能判定")
    'undetermined'
    """
    token = _SPOKEN.set(wanted)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def united(folder: Path) -> dict[str, Any]:
    """The files of a catalogue as one table.

    Raises:
        ValueError: a key is said in two ways, in one file or in two.
    """
    found: dict[str, Any] = {}
    first: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for key, told in json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_pairs):
            told = dict(told) if isinstance(told, list) else told
            if found.setdefault(key, told) != told:
                raise ValueError(
                    f"{key!r} is said in two ways: {found[key]!r} in {first[key]}, {told!r} in {path.name}"
                )
            first.setdefault(key, path.name)
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """An object of JSON as it is written: a key that stands twice is seen twice."""
    return pairs


@lru_cache(maxsize=1)
def words() -> dict[str, str]:
    """Chinese → English of what the program says."""
    return united(FOLDER)


@lru_cache(maxsize=1)
def fault_words() -> dict[str, dict[str, str]]:
    """Code of a fault → what it means (`message`) and what to do (`help`), each as one English sentence."""
    return united(FOLDER / "faults")


def said(text: str, sense: str = "") -> str:
    """Words of the program in the language that is spoken; Chinese where the catalogue has no English.

    sense : tells apart what is one word in Chinese and several in English; the catalogue then has it as `sense：text`.
    """
    if _SPOKEN.get() == "zh":
        return text
    return words().get(f"{sense}：{text}" if sense else text) or words().get(text, text)


@lru_cache(maxsize=512)
def unit_words(unit: str) -> tuple[str, int]:
    """A unit in English, and the number that its 万 or 亿 stands for.

    >>> unit_words("万吨/年"), unit_words("蒸吨/小时"), unit_words("MW")
    (('t/year', 10000), ('t of steam/h', 1), ('MW', 1))
    """
    factor = 1
    out = []
    for part in unit.strip().split("/"):
        name = part.strip()
        for word, scale in _SCALES.items():
            if name.startswith(word) and name not in _UNITS:
                # Below the stroke a scale divides; no unit of the packs has one there.
                factor, name = factor * scale, name[len(word) :]
                break
        if name.startswith("千") and name not in _UNITS:
            factor, name = factor * 1000, name[1:]
        out.append(_UNITS.get(name, name))
    return "/".join(out).strip("/"), factor


def amount(text: str) -> str:
    """A written amount in English; anything else as it stands.

    >>> amount("106 万吨/年"), amount("0.5 亿立方米/年"), amount("35 蒸吨/小时"), amount("新建")
    ('1,060,000 t/year', '50,000,000 m³/year', '35 t of steam/h', '新建')
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found or not found[2]:
        return text
    unit, factor = unit_words(found[2])
    value = Fraction(found[1].replace(",", "")) * factor
    shown = f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,.12g}"
    return f"{shown} {unit}".strip()
