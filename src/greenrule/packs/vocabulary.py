"""Closed vocabularies of a pack: `vocab/*.csv` with the columns id, zh, en, rank, parent, note.

A term is known by its id and by its Chinese and English names.  `rank` orders the terms where order means strictness,
`parent` makes groups; columns beyond the six are kept as they are (`digit` of a unit class, `medium` of a pollutant).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place, near

_REQUIRED = ("id", "zh")
_KNOWN = ("id", "zh", "en", "rank", "parent", "note")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a vocabulary; `rank` is None where the vocabulary has no order."""

    id: str
    zh: str
    en: str | None = None
    rank: int | None = None
    parent: str | None = None
    note: str | None = None
    more: dict[str, str] = field(default_factory=dict)


class TermList:
    """A closed vocabulary, in the order of its file.

    >>> forms = TermList("eia_form", [Term("form", "报告表", "report form", 2), Term("book", "报告书", "report book", 3)])
    >>> forms.read("报告书"), forms.strictest(["form", "book"]), forms["form"].zh
    ('book', 'book', '报告表')
    """

    def __init__(self, id: str, terms: Iterable[Term]) -> None:
        self.id = id
        self.terms = {term.id: term for term in terms}

    def __getitem__(self, id: str) -> Term:
        return self.terms[id]

    def __contains__(self, id: object) -> bool:
        return id in self.terms

    def __iter__(self) -> Iterator[str]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        names = {term.zh: term.id for term in self.terms.values()}
        names |= {term.en.casefold(): term.id for term in self.terms.values() if term.en}
        return names | {term.id: term.id for term in self.terms.values()}

    def read(self, text: str, place: Place | None = None) -> str:
        """The id of a term written as id, Chinese or English name; InputFault P066 with near suggestions."""
        word = text.strip()
        found = self._by_name.get(word) or self._by_name.get(word.casefold())
        if found:
            return found
        close = near(word, self._by_name)
        hint = (
            f"是否想写 `{'`、`'.join(close)}`？"
            if close
            else f"可用：{'、'.join(term.zh for term in self.terms.values())}"
        )
        raise InputFault(Fault("P066", f"`{text}` 不在词表 `{self.id}` 里", place, hint))

    def strictest(self, ids: Iterable[str]) -> str | None:
        """The id of the highest rank; None of nothing.  Raises ValueError where a term has no rank."""
        best: Term | None = None
        for id in ids:
            term = self.terms[id]
            if term.rank is None:
                raise ValueError(f"`{id}` of `{self.id}` has no rank")
            if best is None or best.rank is None or term.rank > best.rank:
                best = term
        return best.id if best else None

    def is_under(self, id: str, ancestor: str) -> bool:
        """Whether a term is another one or lies below it."""
        at: str | None = id
        while at:
            if at == ancestor:
                return True
            at = self.terms[at].parent
        return False

    def under(self, ancestor: str) -> tuple[str, ...]:
        """The terms without children that lie at or below a term: what `class_1` stands for."""
        parents = {term.parent for term in self.terms.values()}
        return tuple(id for id in self.terms if id not in parents and self.is_under(id, ancestor))


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a UTF-8 CSV file as (line, cells), cells stripped.

    P001 no such file · P002 not UTF-8 · P060 no header or a row of the wrong length; EnvironmentFault P009.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise InputFault(Fault("P001", "没有这个文件", Place(str(path)), "检查路径")) from None
    except UnicodeDecodeError:
        raise InputFault(Fault("P002", "文件不是 UTF-8 编码", Place(str(path)), "另存为 UTF-8")) from None
    except OSError as error:
        told = f"文件读不出来：{error.strerror}"
        raise EnvironmentFault(Fault("P009", told, Place(str(path)), "检查文件权限与磁盘")) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    faults = [] if header else [Fault("P060", "没有表头", Place(str(path), 1), "第一行写列名")]
    rows: list[tuple[int, dict[str, str]]] = []
    for cells in reader:
        if len(cells) == len(header):
            rows.append((reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
        elif cells:
            told = f"这一行有 {len(cells)} 格，表头有 {len(header)} 格"
            faults.append(Fault("P060", told, Place(str(path), reader.line_num), "补齐逗号，或给含逗号的格加引号"))
    if faults:
        raise InputFault(faults)
    return rows


def load_vocabulary(path: Path) -> TermList:
    """Read one vocabulary; raises InputFault with all faults.

    Besides those of `read_rows`: P061 column missing · P062 empty id or name · P063 id or Chinese name twice ·
    P064 parent not in the list · P065 rank not a whole number.
    """
    rows = read_rows(path)
    file = str(path)
    faults: list[Fault] = []
    missing = [name for name in _REQUIRED if not rows or name not in rows[0][1]]
    if missing:
        raise InputFault(Fault("P061", f"词表缺列：{'、'.join(missing)}", Place(file, 1), f"列为 {'、'.join(_KNOWN)}"))
    terms: list[Term] = []
    seen: dict[str, int] = {}
    for line, row in rows:
        for name in _REQUIRED:
            value = row[name]
            if not value:
                faults.append(Fault("P062", f"`{name}` 是空的", Place(file, line, name), "写上，或删去这一行"))
            elif f"{name} {value}" in seen:
                first = seen[f"{name} {value}"]
                faults.append(
                    Fault("P063", f"`{value}` 重复（上一处第 {first} 行）", Place(file, line, name), "两处留一处")
                )
            seen[f"{name} {value}"] = line
        rank = row.get("rank", "")
        if rank and not rank.lstrip("-").isdecimal():
            faults.append(Fault("P065", f"`rank` 应为整数，写的是 `{rank}`", Place(file, line, "rank"), "写整数或留空"))
            rank = ""
        terms.append(
            Term(
                row["id"],
                row["zh"],
                row.get("en") or None,
                int(rank) if rank else None,
                row.get("parent") or None,
                row.get("note") or None,
                {name: value for name, value in row.items() if name not in _KNOWN and value},
            )
        )
    ids = {term.id for term in terms}
    for (line, _), term in zip(rows, terms, strict=True):
        if term.parent and (term.parent not in ids or term.parent == term.id):
            close = "、".join(near(term.parent, ids)) or "先写上级"
            faults.append(Fault("P064", f"上级 `{term.parent}` 不在词表里", Place(file, line, "parent"), close))
    parents = {term.id: term.parent for term in terms}
    for (line, _), term in zip(rows, terms, strict=True):
        at, steps = term.parent, 0
        while at in parents and at != term.id and steps < len(terms):
            at, steps = parents[at], steps + 1
        if at == term.id and term.parent != term.id:
            faults.append(Fault("P064", f"`{term.id}` 的上级绕了一圈", Place(file, line, "parent"), "断开其中一处"))
    if faults:
        raise InputFault(faults)
    return TermList(path.stem, terms)


def load_vocabularies(packs: Iterable[Path]) -> dict[str, TermList]:
    """Every vocabulary with an `id` column of every pack, by name; a later pack's list takes the place of an earlier one."""
    faults: list[Fault] = []
    loaded: dict[str, TermList] = {}
    for pack in packs:
        for path in sorted((pack / "vocab").glob("*.csv")):
            with path.open(encoding="utf-8-sig") as file:
                header = file.readline().strip().split(",")
            if "id" not in header:
                continue  # industries have a table of their own
            try:
                loaded[path.stem] = load_vocabulary(path)
            except InputFault as error:
                faults.extend(error.faults)
    if faults:
        raise InputFault(faults)
    return loaded
