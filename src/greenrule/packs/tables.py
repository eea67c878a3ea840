"""Dated tables of standards: rows and columns as they are printed, read strictly from `tables:` in `parameters/**/*.yaml`.

A limit by pollutant and averaging period, breakpoints of an index, the colours of its levels: where a standard prints a
table, a pack holds the same table, with its days in force and its citation, so that both can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.declarations import entries
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import Marked, take

#: What a row says where the printed table has a dash.
DASH = "-"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is written, with its place."""

    text: str
    place: Place

    def number(self, faults: list[Fault]) -> Fraction | None:
        """The number it holds, exactly; None for a dash, A007 for anything else."""
        if self.text == DASH:
            return None
        try:
            return Fraction(self.text)
        except ValueError:
            faults.append(Fault("A007", f"`{self.text}` 不是数", self.place, f"只写数；没有的写 `{DASH}`"))
            return None

    def word(self, words: Iterable[str], faults: list[Fault]) -> str:
        """The word it holds, A008 where it is not one of a closed list."""
        if self.text not in (choices := tuple(words)):
            faults.append(Fault("A008", f"`{self.text}` 不在可用的词里", self.place, f"可用：{'、'.join(choices)}"))
        return self.text


@dataclass(frozen=True, slots=True)
class Edition:
    """A table as it holds from `first` to `last` (both included; None: until further notice), with what it rests on."""

    first: date
    last: date | None
    cite: str
    sure: bool
    note: str | None
    rows: tuple[Mapping[str, Cell], ...]
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table in its editions, oldest first; `keys` are the columns that tell its rows apart."""

    id: str
    zh: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    editions: tuple[Edition, ...]
    at: Place | None = None

    @property
    def cites(self) -> tuple[str, ...]:
        """What its editions rest on."""
        return tuple(dict.fromkeys(edition.cite for edition in self.editions))

    def on(self, day: date) -> Edition | None:
        """The edition that holds on a day; None where there is none."""
        return next(
            (item for item in self.editions if item.first <= day and (item.last is None or day <= item.last)), None
        )


def load_tables(packs: Iterable[Path], instruments: Instruments | None = None) -> dict[str, Table]:
    """Every table of the packs, by id; cites are followed where `instruments` are given.

    Raises InputFault with all faults: those of packs.marked; A001 a row of another width · A002 a key twice · A003 not
    sure, without a reason · A004 editions overlap · A005 a key that is no column · A010 a table twice; of a cite P022–P024.
    """
    faults: list[Fault] = []
    out: dict[str, Table] = {}
    for pack in packs:
        for path in sorted(pack.glob("parameters/**/*.yaml")):
            for name, table in read_tables(path, faults).items():
                if name in out:
                    told = f"表 `{name}` 重复（上一处 {out[name].at}）"
                    faults.append(Fault("A010", told, table.at, "改名或删去一处"))
                out[name] = table
    for table in out.values() if instruments is not None else ():
        for edition in table.editions:
            try:
                assert instruments is not None
                instruments.find(edition.cite, edition.at)
            except InputFault as error:
                faults.extend(error.faults)
    if faults:
        raise InputFault(faults)
    return out


def read_tables(path: Path, faults: list[Fault]) -> dict[str, Table]:
    """The tables of one file; what is wrong with them is added to `faults`."""
    out: dict[str, Table] = {}
    for name, entry in entries(path, "tables", faults, "parameters").items():
        found = take(
            entry, {"label": "text", "keys": "texts", "columns": "texts", "editions": "sequence"}, {}, faults=faults,
            what=f"表 {name} ",
        )  # fmt: skip
        columns, keys = tuple(found["columns"] or ()), tuple(found["keys"] or ())
        for key in keys:
            if key not in columns:
                faults.append(entry.fault("A005", f"表 {name} 的键 `{key}` 不是它的列", f"可用：{'、'.join(columns)}"))
        editions = [_edition(item, name, columns, keys, faults) for item in found["editions"] or []]
        kept = sorted((item for item in editions if item is not None), key=lambda item: item.first)
        for one, other in pairwise(kept):
            if one.last is None or one.last >= other.first:
                told = f"表 {name} 自 {other.first} 的一版与前一版的日期重叠"
                faults.append(Fault("A004", told, other.at, f"前一版写 `to: {other.first - timedelta(days=1)}`"))
        out[name] = Table(name, found["label"] or name, keys, columns, tuple(kept), entry.place)
    return out


def _edition(
    item: Marked, name: str, columns: tuple[str, ...], keys: tuple[str, ...], faults: list[Fault]
) -> Edition | None:
    found = take(
        item, {"from": "date", "cite": "text", "rows": "sequence"}, {"to": "date", "sure": "boolean", "note": "text"},
        faults=faults, what=f"表 {name} 的一版",
    )  # fmt: skip
    if found["from"] is None or found["cite"] is None or found["rows"] is None:
        return None
    if found["sure"] is False and not found["note"]:
        told = f"表 {name} 标了 `sure: false`，却没有说明理由"
        faults.append(item.fault("A003", told, "用 `note:` 写明为何不确定"))
    rows: list[Mapping[str, Cell]] = []
    seen: dict[tuple[str, ...], Place] = {}
    for row in found["rows"]:
        cells = row.value if isinstance(row.value, list) else []
        if len(cells) != len(columns):
            faults.append(
                row.fault(
                    "A001", f"这一行有 {len(cells)} 格，表 {name} 有 {len(columns)} 列", f"各列：{'、'.join(columns)}"
                )
            )
            continue
        line = {column: Cell(cell.raw or "", cell.place) for column, cell in zip(columns, cells, strict=True)}
        key = tuple(line[column].text for column in keys if column in line)
        if key in seen:
            faults.append(row.fault("A002", f"键 {' '.join(key)} 重复（上一处 {seen[key]}）", "两处留一处"))
        seen[key] = row.place
        rows.append(line)
    return Edition(
        found["from"], found["to"], found["cite"], found["sure"] is not False, found["note"], tuple(rows), item.place
    )
