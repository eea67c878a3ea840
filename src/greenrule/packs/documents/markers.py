"""Clause numbers as official documents write them, at the start of a line: 第三章, 第五条, 一、, （二）, 3., (4), ①, 专栏5, 附件6."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Kind → (rank, Chinese name).  A clause lies in the nearest one before it whose rank is lower.
KINDS = {
    "annex": (0, "附件"), "part": (1, "编"), "ch": (2, "章"), "sec": (3, "节"), "art": (4, "条"), "s": (5, "部分"), "c": (6, "款目"),
    "box": (6, "专栏"), "n": (7, "项"), "i": (8, "小项"), "o": (9, "小目"), "p": (10, "段"),
}  # fmt: skip
#: Kinds whose numbers run through the whole document whatever they stand in; their anchor needs no parent.
GLOBAL_KINDS = frozenset({"annex", "art", "box"})

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零〇一二三四五六七八九十百千两]+"
_CIRCLED = {chr(0x2460 + at): at + 1 for at in range(20)}

# One character for one, so that a place in the folded line is the same place in the line.
_FOLD = str.maketrans(
    {**{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}, "　": " ", "\t": " ", "\xa0": " ", "﹙": "(", "﹚": ")"}
)  # fmt: skip

# Right behind the number of an article, words that make it a reference to one: 第六条的规定, 第六条第二款, 第六条、第七条.
_REFERENCE = r"(?!(?:的|规定|所|之|和|或|与|及|至|到|、|,|第))"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"\s*(?P<label>{pattern})\s*"))
    for kind, pattern in (
        ("annex", rf"附\s*(?:件|表|录)\s*(?P<number>[0-9]{{1,3}}|{_NUMERAL})?(?=\s*$)"),
        ("part", rf"第\s*(?P<number>{_NUMERAL}|[0-9]{{1,3}})\s*编(?![制号写者])"),
        ("ch", rf"第\s*(?P<number>{_NUMERAL}|[0-9]{{1,3}})\s*章(?![程])"),
        ("sec", rf"第\s*(?P<number>{_NUMERAL}|[0-9]{{1,3}})\s*节(?![点能水约])"),
        ("art", rf"第\s*(?P<number>{_NUMERAL}|[0-9]{{1,4}})\s*条(?:\s*之\s*(?P<bis>{_NUMERAL}))?{_REFERENCE}"),
        ("box", rf"专\s*栏\s*(?P<number>[0-9]{{1,3}}|{_NUMERAL})(?![0-9])\s*[:：、.]?"),
        ("s", rf"(?P<number>{_NUMERAL})\s*[、.](?!\s*{_NUMERAL}\s*[、.])"),
        ("c", rf"\(\s*(?P<number>{_NUMERAL})\s*\)\s*、?"),
        ("n", r"(?P<number>[0-9]{1,3})\s*(?:\.(?!\s*[0-9])|、(?!\s*[0-9]+\s*[、号#.]))"),
        ("i", r"(?:\(\s*(?P<number>[0-9]{1,3})\s*\)|(?P<bare>[0-9]{1,3})\s*\))\s*、?"),
        ("o", r"(?P<number>[①-⑳])"),
    )
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A clause number at the start of a line: `label` as it is written, `after` where the text behind it begins."""

    kind: str
    number: int
    label: str
    after: int
    bis: int | None = None

    @property
    def rank(self) -> int:
        """How deep it lies: see KINDS."""
        return KINDS[self.kind][0]

    @property
    def segment(self) -> str:
        """The part of an anchor that it gives: `s1`, `c2`, `art5`, `art5-1`."""
        return f"{self.kind}{self.number}" + (f"-{self.bis}" if self.bis else "")


def chinese_number(word: str) -> int | None:
    """A Chinese numeral below ten thousand, or digits; None where it is none (十十, 一二).

    >>> [chinese_number(word) for word in ("三", "十", "二十六", "一百零三", "一千二百", "12", "一二")]
    [3, 10, 26, 103, 1200, 12, None]
    """
    if word.isdecimal():
        return int(word)
    total, digit, last_unit = 0, None, 10_000
    for character in word:
        if character in _UNITS:
            unit = _UNITS[character]
            if unit >= last_unit or (digit is None and (unit != 10 or total % 100)):
                return None
            total += (digit if digit is not None else 1) * unit
            digit, last_unit = None, unit
        else:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[character]
    return (total + (digit or 0)) or None


def chinese_numeral(number: int) -> str:
    """The Chinese numeral of a number from 1 to 9,999.

    >>> [chinese_numeral(number) for number in (3, 10, 26, 103, 110, 1203)]
    ['三', '十', '二十六', '一百零三', '一百一十', '一千二百零三']
    """
    if not 0 < number < 10_000:
        return str(number)
    out, gap = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += ("零" if gap and out else "") + "零一二三四五六七八九"[digit] + sign
        gap = not digit
    return out.removeprefix("一") if out.startswith("一十") else out


def marker_of(line: str) -> Marker | None:
    """The clause number at the start of a line; None where it starts with none.

    >>> [(found.segment, found.label) for line in ("（十二）甲", "３．乙", "第五条之一　丙") if (found := marker_of(line))]
    [('c12', '（十二）'), ('n3', '３．'), ('art5-1', '第五条之一')]
    >>> [marker_of(line) for line in ("3.5公里", "2025年底前", "第六条的规定", "1、2号机组")]
    [None, None, None, None]
    """
    folded = line.translate(_FOLD)
    for kind, pattern in _PATTERNS:
        found = pattern.match(folded)
        if found is None:
            continue
        groups = found.groupdict()
        word = groups["number"] or groups.get("bare") or ""
        number = _CIRCLED.get(word) or (chinese_number(word) if word else 1)
        if number is None:
            continue
        bis = chinese_number(groups["bis"]) if groups.get("bis") else None
        return Marker(kind, number, line[found.start("label") : found.end("label")], found.end(), bis)
    return None
