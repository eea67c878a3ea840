"""Industries: GB/T 4754-2017 with amendment 1, and how people name them.

Rules speak of codes of 2–4 digits or a section letter; a rule on `25` covers `2521`.  People write a code, the
standard's name or an everyday word (焦化厂); `find` ranks what they may mean, `read` accepts only what is certain.

Source: GB/T 4754-2017, table of codes; the everyday words are our own list (`industry_synonyms.csv`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.vocabulary import read_rows

_CODE = re.compile(r"([A-T])?([0-9]{1,9})(?:[\s:：、-]+(\S.*))?")
_SECTION = re.compile(r"[A-T]")
_SUFFIXES = ("建设项目", "项目", "工程", "企业", "公司")
_LEAST_LIKENESS = 0.3  # below this two names share too little to be shown together


@dataclass(frozen=True, slots=True)
class Industry:
    """One entry of the table; `parent` is None for a section."""

    code: str
    name: str
    level: str
    parent: str | None
    section: str


@dataclass(frozen=True, slots=True)
class Match:
    """One thing a text may mean: `score` 0–1, `how` = code | name | synonym | part | likeness, `word` what matched."""

    code: str
    name: str
    score: float
    how: str
    word: str


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _pieces(text: str) -> frozenset[str]:
    return frozenset(text) | frozenset(text[i : i + 2] for i in range(len(text) - 1))


def likeness(one: str, other: str) -> float:
    """Dice coefficient of the two texts' characters and pairs of neighbouring characters, 0–1.

    Source: L. R. Dice, Ecology 26 (1945) 297–302.

    >>> likeness("耐火材料", "耐火材料"), likeness("煤炭", "白酒")
    (1.0, 0.0)
    """
    a, b = _pieces(one), _pieces(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


class Industries:
    """The table with its tree and its names."""

    def __init__(self, rows: dict[str, Industry], synonyms: dict[str, tuple[str, ...]], notes: dict[str, str]) -> None:
        self.rows = rows
        self.synonyms = synonyms
        self.notes = notes

    @classmethod
    def load(cls, path: Path) -> Industries:
        """Read `gbt4754.csv` (or the `vocab` folder that holds it) and `industry_synonyms.csv` beside it.

        InputFault: P067 for a synonym whose code does not exist or a row with an unknown parent; else as `read_rows`.
        """
        folder = path if path.is_dir() else path.parent
        table = folder / "gbt4754.csv" if path.is_dir() else path
        rows: dict[str, Industry] = {}
        faults: list[Fault] = []
        for line, row in read_rows(table):
            industry = Industry(row["code"], row["name"], row["level"], row["parent"] or None, row["section"])
            if industry.parent and industry.parent not in rows:
                told = f"`{industry.code}` 的上级 `{industry.parent}` 不在它之前"
                faults.append(Fault("P067", told, Place(str(table), line), "用 tools/build_gbt4754.py 重建"))
            rows[industry.code] = industry
        synonyms: dict[str, tuple[str, ...]] = {}
        notes: dict[str, str] = {}
        beside = folder / "industry_synonyms.csv"
        for line, row in read_rows(beside) if beside.exists() else []:
            if row["code"] not in rows:
                close = "、".join(near(row["code"], rows)) or "查国民经济行业分类"
                told = f"俗名 `{row['name']}` 的代码 `{row['code']}` 不存在"
                faults.append(Fault("P067", told, Place(str(beside), line), close))
            word = _plain(row["name"])
            synonyms[word] = (*synonyms.get(word, ()), row["code"])
            if row["note"]:
                notes[word] = row["note"]
        if faults:
            raise InputFault(faults)
        return cls(rows, synonyms, notes)

    def __getitem__(self, code: str) -> Industry:
        return self.rows[code]

    def __contains__(self, code: object) -> bool:
        return code in self.rows

    def __iter__(self) -> Iterator[Industry]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _children(self) -> dict[str | None, tuple[str, ...]]:
        below: dict[str | None, list[str]] = {}
        for row in self.rows.values():
            below.setdefault(row.parent, []).append(row.code)
        return {code: tuple(codes) for code, codes in below.items()}

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        names: dict[str, tuple[str, ...]] = {}
        for row in self.rows.values():
            word = _plain(row.name)
            names[word] = (*names.get(word, ()), row.code)
        return names

    def parent(self, code: str) -> str | None:
        """The code one level up; None for a section."""
        return self.rows[code].parent

    def children(self, code: str | None) -> tuple[str, ...]:
        """The codes one level down; of None the sections."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[str, ...]:
        """All codes above one, the nearest first: of 2521 it is 252, 25, C."""
        above: list[str] = []
        at = self.rows[code].parent
        while at is not None:
            above.append(at)
            at = self.rows[at].parent
        return tuple(above)

    def is_under(self, code: str, ancestor: str) -> bool:
        """Whether a code is another one or lies below it.  KeyError for a code that does not exist."""
        if ancestor not in self.rows:
            raise KeyError(ancestor)
        return code == ancestor or ancestor in self.ancestors(code)

    def classes(self, code: str) -> tuple[str, ...]:
        """The four-digit classes at or below a code."""
        if self.rows[code].level == "class":
            return (code,)
        return tuple(found for child in self.children(code) for found in self.classes(child))

    def find(self, text: str, limit: int = 10) -> list[Match]:
        """What a text may mean, the likeliest first: by code, name, everyday word, part of a name, likeness."""
        word = _plain(text)
        if not word:
            return []
        best: dict[str, Match] = {}

        def add(code: str, score: float, how: str, by: str) -> None:
            if code not in best or best[code].score < score:
                best[code] = Match(code, self.rows[code].name, round(score, 4), how, by)

        digits = word[1:] if re.fullmatch(r"[a-t][0-9]+", word) else word
        if digits.isdecimal() or (len(word) == 1 and word.upper() in self.rows):
            key = digits if digits.isdecimal() else word.upper()
            for code in self.rows:
                if code == key:
                    add(code, 1.0, "code", code)
                elif code.startswith(key):
                    add(code, 0.9 - 0.1 * (len(code) - len(key)), "code", code)
        for names, exact, how in ((self._by_name, 1.0, "name"), (self.synonyms, 0.98, "synonym")):
            for name, codes in names.items():
                if name == word:
                    score, by = exact, how
                elif word in name:
                    score, by = 0.6 + 0.3 * len(word) / len(name), "part"
                elif len(name) > 1 and name in word:
                    score, by = 0.55 + 0.3 * len(name) / len(word), "part"
                else:
                    score, by = 0.6 * likeness(word, name), "likeness"
                    if score < 0.6 * _LEAST_LIKENESS:
                        continue
                for code in codes:
                    add(code, score, by, name)
        ranked = sorted(best.values(), key=lambda match: (-match.score, -len(match.code), match.code))
        return ranked[:limit]

    def read(self, text: str, place: Place | None = None) -> str:
        """The code of a text that says it certainly: `2521`, `C2521`, `25`, `C`, `2521 炼焦`, 炼焦, 焦化厂, 炼焦项目.

        InputFault: P068 nothing of that code or name, with near suggestions · P069 several codes fit, or the code and
        the name written beside it disagree.
        """
        written = unicodedata.normalize("NFKC", text).strip()
        if _SECTION.fullmatch(written.upper()) and written.upper() in self.rows:
            return written.upper()
        shape = _CODE.fullmatch(written.upper() if written[:1].isascii() else written)
        if shape:
            return self._read_code(text, shape[1], shape[2], shape[3], place)
        word = _plain(written)
        for candidate in (word, *(word.removesuffix(suffix) for suffix in _SUFFIXES if word.endswith(suffix))):
            codes = self._narrow(self._by_name.get(candidate, ())) or self.synonyms.get(candidate, ())
            if len(codes) == 1:
                return codes[0]
            if codes:
                raise InputFault(Fault("P069", f"行业 `{text}` 有几种可能", place, f"写明代码：{self._list(codes)}"))
        close = [match.code for match in self.find(written, 4)]
        hint = f"是否指 {self._list(close)}？" if close else "写 GB/T 4754—2017 的 2—4 位代码或名称"
        raise InputFault(Fault("P068", f"没有行业 `{text}`", place, hint))

    def _read_code(self, text: str, section: str | None, code: str, name: str | None, place: Place | None) -> str:
        if code not in self.rows:
            raise InputFault(Fault("P068", f"没有行业代码 `{code}`", place, f"相近的有 {self._list(self._near(code))}"))
        row = self.rows[code]
        if section and row.section != section:
            told = f"`{text}` 的门类字母不对：`{code}` 属于 {row.section} 门类"
            raise InputFault(Fault("P069", told, place, f"写 `{code}` 或 `{row.section}{code}`"))
        if name and code not in (*self._by_name.get(_plain(name), ()), *self.synonyms.get(_plain(name), ())):
            told = f"代码与名称不符：`{code}` 是 {row.name}，写的是 {name}"
            raise InputFault(Fault("P069", told, place, "核对后只留一个，或改成一致"))
        return code

    def _near(self, code: str) -> list[str]:
        # The siblings it would have had; only where it has no such family, codes that look alike.
        stem = next((code[:n] for n in range(len(code) - 1, 1, -1) if code[:n] in self.rows), None)
        if stem:
            return [stem, *self.children(stem)][:6]
        alike = [row.code for row in self.rows.values() if row.level == "division" and row.code.startswith(code)]
        return alike[:6] or near(code, [row.code for row in self.rows.values() if len(row.code) == len(code)])

    def _narrow(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        # 炼铁 names group 311 and its only class 3110: the same thing, so the class is meant.
        while len(codes) > 1 and self._children.get(codes[0]) == (codes[1],):
            codes = codes[1:]
        return codes

    def _list(self, codes: list[str] | tuple[str, ...]) -> str:
        return "、".join(f"{code} {self.rows[code].name}" for code in codes)
