"""The numbers that Word computes for paragraphs: they stand in no text, yet they are what a clause is cited by.

Source: ECMA-376 part 1, 17.9 (numbering); only what official documents use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from greenrule.packs.documents.markers import chinese_numeral

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACEHOLDER = re.compile(r"%([1-9])")


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    out = ""
    for value, sign in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        count, number = divmod(number, value)
        out += sign * count
    return out


_FORMATS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
         "ideographDigital", "chineseLegalSimplified"), chinese_numeral),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), lambda n: chr(0x245F + n) if n <= 20 else f"({n})"),
    "lowerLetter": _letters, "upperLetter": lambda n: _letters(n).upper(),
    "lowerRoman": _roman, "upperRoman": lambda n: _roman(n).upper(),
    "bullet": lambda n: "", "none": lambda n: "",
}  # fmt: skip


def _value(element: Any, name: str) -> str | None:
    found = None if element is None else element.find(f"{_W}{name}")
    return None if found is None else found.get(f"{_W}val")


class Numbering:
    """Counts through a document; `label` must be asked for every paragraph in order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self._styles = {item.get(f"{_W}styleId"): item for item in styles.iter(f"{_W}style")}
        self._default = next((name for name, item in self._styles.items()
                              if item.get(f"{_W}type") == "paragraph" and item.get(f"{_W}default") in ("1", "true")), None)  # fmt: skip
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._begun: set[str] = set()
        self._counts: dict[str, dict[int, int]] = {}
        for item in numbering.iter(f"{_W}abstractNum") if numbering is not None else ():
            levels = {int(level.get(f"{_W}ilvl")): level for level in item.iter(f"{_W}lvl")}
            self._levels[item.get(f"{_W}abstractNumId")] = levels
        for item in numbering.iter(f"{_W}num") if numbering is not None else ():
            name = item.get(f"{_W}numId")
            self._abstract[name] = _value(item, "abstractNumId") or ""
            for override in item.iter(f"{_W}lvlOverride"):
                start = _value(override, "startOverride")
                if start:
                    self._starts[name, int(override.get(f"{_W}ilvl"))] = int(start)

    def label(self, paragraph: Any) -> str:
        """The number that Word would show before a paragraph; empty where it shows none."""
        name, level = self._of(paragraph)
        levels = self._levels.get(self._abstract.get(name or "", ""), {})
        if name is None or level not in levels:
            return ""
        counts = self._counts.setdefault(self._abstract[name], {})
        if name not in self._begun:  # a list that starts anew although it shares its form with an earlier one
            self._begun.add(name)
            for (owner, at), start in self._starts.items():
                if owner == name:
                    counts[at] = start - 1
        counts[level] = counts.get(level, self._start(levels, level) - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        for above in range(level):
            counts.setdefault(above, self._start(levels, above))

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            form = _value(levels.get(at), "numFmt") or "decimal"
            return _FORMATS.get(form, str)(counts.get(at, 1))

        if (_value(levels[level], "numFmt") or "decimal") in ("bullet", "none"):
            return ""
        return _PLACEHOLDER.sub(shown, _value(levels[level], "lvlText") or "")

    @staticmethod
    def _start(levels: dict[int, Any], level: int) -> int:
        return int(_value(levels.get(level), "start") or 1)

    def _of(self, paragraph: Any) -> tuple[str | None, int]:
        """List and level of a paragraph: its own, else those of its style and of what the style is based on."""
        properties = paragraph.find(f"{_W}pPr")
        style = _value(properties, "pStyle") or self._default
        own = properties.find(f"{_W}numPr") if properties is not None else None
        level: int | None = None
        seen: set[str] = set()
        while True:
            if own is not None:
                written = _value(own, "ilvl")
                level = int(written) if written is not None and level is None else level
                name = _value(own, "numId")
                if name is not None:
                    return (None if name == "0" else name), level if level is not None else self._linked(name, style)
            if style is None or style in seen or style not in self._styles:
                return None, 0
            seen.add(style)
            item = self._styles[style]
            properties = item.find(f"{_W}pPr")
            own = properties.find(f"{_W}numPr") if properties is not None else None
            if own is None:
                style = _value(item, "basedOn")

    def _linked(self, name: str, style: str | None) -> int:
        levels = self._levels.get(self._abstract.get(name, ""), {})
        return next((at for at, level in levels.items() if style and _value(level, "pStyle") == style), 0)
