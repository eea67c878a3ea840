"""Closed vocabularies of a pack: `vocab/*.csv` with a code column, a Chinese name, and `parent` where they form a tree.

The columns are `id`, `zh` (or `code`, `name` in tables taken over from a standard) and `parent`; `from`, `to` and `recorded` date
a code that came or went after the list was first made; others are notes for people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.marked import read_text
from greenrule.rules.book import Vocabulary

#: Columns of codes that came or went: first day, last day, known since.
_DAYS = ("from", "to", "recorded")


def read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a UTF-8 CSV file as (line, cells), cells stripped.

    Errors: those of `read_text`; P060 no header or a row of the wrong length.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
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


def read_vocabulary(path: Path, faults: list[Fault]) -> Vocabulary:
    """One vocabulary; whatever is wrong is added to `faults`, nothing is raised but EnvironmentFault.

    Besides the faults of `read_rows`: P061 column missing · P062 empty code or name · P063 a code twice, or one name for
    two codes of which neither lies below the other · P064 a parent that is not in the list, or that leads back ·
    P066 a day in `from`, `to` or `recorded` that is none.
    """
    empty = Vocabulary(path.stem, {})
    try:
        rows = read_rows(path)
    except InputFault as error:
        if error.exit_code != InputFault.exit_code:
            raise
        faults.extend(error.faults)
        return empty
    columns = rows[0][1] if rows else {}
    code = "code" if "code" in columns else "id"
    name = "name" if "name" in columns else "zh"
    missing = [column for column in (code, name) if column not in columns]
    if missing:
        lacking = f"词表缺列：{'、'.join(missing)}"
        faults.append(Fault("P061", lacking, Place(str(path), 1), "第一行写 id、zh，有上下级时加 parent"))
        return empty
    labels: dict[str, str] = {}
    parent: dict[str, str] = {}
    dated: dict[str, tuple[date | None, date | None, date | None]] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        for column in (code, name):
            if not row[column]:
                faults.append(Fault("P062", f"`{column}` 是空的", Place(str(path), line, column), "写上，或删去这一行"))
        if row[code] in labels:
            twice = f"`{row[code]}` 重复（上一处第 {lines[row[code]]} 行）"
            faults.append(Fault("P063", twice, Place(str(path), line, code), "两处留一处"))
            continue
        labels[row[code]], lines[row[code]] = row[name], line
        if row.get("parent"):
            parent[row[code]] = row["parent"]
        days = tuple(_day(row.get(column, ""), Place(str(path), line, column), faults) for column in _DAYS)
        if any(days):
            dated[row[code]] = (days[0], days[1], days[2])
    # A tree that leads back to itself would never be climbed to its top: names are compared only in a sound one.
    broken = _parent_faults(labels, parent, lines, path)
    faults += broken or _name_faults(Vocabulary(path.stem, labels, parent), lines, path, name)
    return empty if broken else Vocabulary(path.stem, labels, parent, dated)


def _day(cell: str, place: Place, faults: list[Fault]) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        faults.append(Fault("P066", f"`{cell}` 不是日期", place, "写成 2024-03-06，或留空"))
        return None


def _parent_faults(
    labels: Mapping[str, str], parent: Mapping[str, str], lines: Mapping[str, int], path: Path
) -> list[Fault]:
    faults = []
    for code, above in parent.items():
        place = Place(str(path), lines[code], "parent")
        if above not in labels:
            close = "、".join(near(above, labels)) or "先写上级"
            faults.append(Fault("P064", f"上级 `{above}` 不在词表里", place, close))
        seen = {code}
        while above in parent and above not in seen:
            seen.add(above)
            above = parent[above]
        if above == code:
            faults.append(Fault("P064", f"`{code}` 的上级绕了一圈", place, "断开其中一处"))
    return faults


def _name_faults(vocabulary: Vocabulary, lines: Mapping[str, int], path: Path, column: str) -> list[Fault]:
    """Names under which a reader could mean either of two codes.

    A group and its only class may share theirs: the class is meant (`greenrule.packs.values`).
    """
    faults = []
    first: dict[str, str] = {}
    for code, label in vocabulary.labels.items():
        other = first.setdefault(label, code)
        if label and other not in vocabulary.ancestors(code) and code not in vocabulary.ancestors(other):
            twice = f"`{label}` 重复（上一处第 {lines[other]} 行）"
            faults.append(Fault("P063", twice, Place(str(path), lines[code], column), "两处留一处"))
    return faults
