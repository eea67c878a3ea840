"""The stored projects as columns of facts: findings saved in a workspace, and tables or files of projects.

Reading a finding again and asking the layers about its site takes milliseconds; for a hundred thousand that is a coffee
break.  So what was understood is kept beside the records (`greenrule.casework.roster_cells`) and read from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Coded, Column, Columns
from greenrule.casework.batch_reading import Reading
from greenrule.casework.batch_sites import place_projects
from greenrule.casework.batch_tables import SUFFIXES, Piece, Table, open_table
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.casework.roster_cells import KeptTable, aside_of, cell, columns_of, table_of, texts, truths
from greenrule.casework.screening import Screener
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.packs.book import Law
from greenrule.rules.book import Rulebook

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a table that are read at a time.
_PIECE = 65_536

#: Gives the projects of saved findings as JSON text, by finding id, oldest first.
Kept = Callable[[], Mapping[str, str]]
Progress = Callable[[int, int], None]


@dataclass
class Roster:
    """Projects as columns: where each comes from, what is known of it, and which days of its case it states."""

    ids: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    columns: Columns = field(default_factory=lambda: Columns(0))
    #: date fact → (n,) whether the project states it, or says that it does not know it
    stated: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    #: what could not be read, with the reason
    aside: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, table: pa.Table, book: Rulebook) -> Roster:
        """The roster of a kept table."""
        columns, stated = columns_of(table, book)
        ids, titles, sources = (table.column(name).to_pylist() for name in table.column_names[:3])
        return cls(ids, titles, sources, columns, stated, aside_of(table))

    def groups(self) -> Iterator[tuple[frozenset[str], npt.NDArray[np.int64]]]:
        """Rows that state the same days: each group is asked of one law."""
        keys = np.zeros(len(self), dtype=np.int64)
        names = sorted(self.stated)
        for place, name in enumerate(names):
            keys |= self.stated[name].astype(np.int64) << place
        for key in np.unique(keys):
            yield frozenset(n for i, n in enumerate(names) if int(key) >> i & 1), np.flatnonzero(keys == key)


def roster(
    screener: Screener, files: Iterable[Path], on: date, progress: Progress | None = None, kept: Kept | None = None
) -> Roster:
    """All stored projects of the screener's workspace and of the given files, asked for one day.

    kept : gives the projects of the saved findings, by id and oldest first, where other records than the workspace's own hold them

    Files: YAML and JSON as project files are written; CSV, XLSX, Parquet, GeoJSON and GeoPackage as tables.  A stored
    finding or a row of a table that cannot be read stands in `aside`; faults of whole files are raised, all at once.
    """
    parts: list[Roster] = []
    faults: list[Fault] = []
    if screener.workspace is not None:
        parts.append(_of_findings(screener, on, progress, kept or screener.workspace.records.projects))
    for path in files:
        try:
            table = path.suffix.lower() in SUFFIXES
            parts.append((_of_table if table else _of_file)(screener, path, on, progress))
        except EnvironmentFault:
            raise
        except InputFault as error:
            faults += error.faults
    if faults:
        raise InputFault(faults)
    return _joined(parts)


def _kept(screener: Screener, on: date, name: str) -> KeptTable:
    ground = screener.ground(on)
    depends = {
        "packs": dict(screener.law.versions), "known": str(screener.known), "order": list(screener.law.versions),
        "layers": {kind: version.sha256 for kind, version in ground.versions.items()} if ground else {},
    }  # fmt: skip
    return KeptTable(screener.workspace.path if screener.workspace is not None else None, name, depends)


def _of_findings(screener: Screener, on: date, progress: Progress | None, projects: Kept) -> Roster:
    """Projects of the saved findings; of one project saved several times the latest."""
    stored = projects()
    latest: dict[str, str] = {}
    for name, text in stored.items():
        project = json.loads(text)
        project.pop("on", None)
        latest[hashlib.sha256(json.dumps(project, sort_keys=True).encode()).hexdigest()] = name
    wanted = sorted(latest.values())
    kept = _kept(screener, on, "findings")
    old = kept.read()
    have = {name: row for row, name in enumerate(old.column("id").to_pylist())} if old is not None else {}
    aside = [item for item in aside_of(old) if item[0] in set(wanted)] if old is not None else []
    known = {name for name, _ in aside} | set(have)
    new = [name for name in wanted if name not in known]
    fresh = _Gathered(screener)
    for count, name in enumerate(new, 1):
        try:
            fresh.add(name, "工作区", project_from(json.loads(stored[name]), screener.law, on))
        except EnvironmentFault:
            raise
        except InputFault as error:
            aside.append((name, _reason(error.faults)))
        if progress is not None:
            progress(count, len(new))
    table = fresh.table(aside)
    if old is not None:
        rows = [have[name] for name in wanted if name in have]
        table = _together([old.take(rows), table]).replace_schema_metadata(table.schema.metadata)
    if new:
        kept.write(table)
    return Roster.of(table, screener.law.book)


def _of_table(screener: Screener, path: Path, on: date, progress: Progress | None) -> Roster:
    """The rows of a table; those that cannot be read stand aside with their row."""
    kept = _kept(screener, on, f"table-{_digest(path)}")
    old = kept.read()
    if old is not None:
        return Roster.of(old, screener.law.book)
    source = open_table(path)
    reading = Reading.of(screener.law, source.head, on, ())
    parts: list[pa.Table] = []
    aside: list[tuple[str, str]] = []
    events = {item.event for item in screener.law.book.transitions}
    for load in source.pieces(_PIECE):
        piece = load()
        projects = reading.projects(piece, path.parent)
        placed = place_projects(projects, screener, path, True, partial(_row_place, source, piece))
        aside += [(f"{path.name}#{number}", _reason([fault])) for number, _, fault in piece.faults]
        aside += [(f"{path.name}#{piece.rows[row]}", _reason(found)) for row, found in projects.faulty.faults.items()]
        good = np.flatnonzero(projects.faulty.good)
        columns = placed.columns.taken(good)
        stated = {name: rows[good] for name, rows in projects.written.items() if name in events}
        numbers = piece.rows[good].tolist()
        head = (
            [f"{path.name}#{n}" for n in numbers],
            [projects.names[row] for row in good.tolist()],
            [path.name] * len(numbers),
        )
        parts.append(table_of(head, texts(columns, screener.law.book.facts, stated)))
        if progress is not None:
            progress(round(source.share * 1000), 1000)
    table = _together(parts).replace_schema_metadata({"aside": json.dumps(aside)})
    kept.write(table)
    return Roster.of(table, screener.law.book)


def _of_file(screener: Screener, path: Path, on: date, progress: Progress | None) -> Roster:
    """The projects of a file that is written by hand; its faults are told, all at once."""
    projects = read_projects(path, screener.law, on)
    fresh = _Gathered(screener)
    faults: list[Fault] = []
    for count, project in enumerate(projects, 1):
        try:
            fresh.add(f"{path.name}#{count}", path.name, project)
        except EnvironmentFault:
            raise
        except InputFault as error:
            faults += error.faults
        if progress is not None:
            progress(count, len(projects))
    if faults:
        raise InputFault(faults)
    return Roster.of(fresh.table([]), screener.law.book)


def _row_place(source: Table, piece: Piece, row: int) -> Place:
    return source.place(int(piece.rows[row]))


def _digest(path: Path) -> str:
    if not path.is_file():
        return "none"
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _reason(faults: Iterable[Fault]) -> str:
    return "；".join(f"{fault.code} {fault.message}" for fault in faults)


class _Gathered:
    """Projects understood one by one, as texts by fact."""

    def __init__(self, screener: Screener) -> None:
        self.screener = screener
        self.events = {item.event for item in screener.law.book.transitions}
        self.head: list[tuple[str, str, str]] = []
        self.cells: dict[str, dict[int, str]] = {}

    def add(self, name: str, source: str, project: Project) -> None:
        """Everything that is known of one project, its place asked of the layers."""
        inquiry = self.screener.inquire(project, repair=True)
        row = len(self.head)
        self.head.append((name, project.name, source))
        facts = self.screener.law.book.facts
        for fact, value in inquiry.given.items():
            if value is not None:
                self.cells.setdefault(fact, {})[row] = cell(facts[fact], value)
            elif fact in self.events and fact in project.facts:
                self.cells.setdefault(fact, {})[row] = ""  # the day is stated as not known

    def table(self, aside: list[tuple[str, str]]) -> pa.Table:
        """Head and facts."""
        head = list(zip(*self.head, strict=True)) if self.head else [(), (), ()]
        size = len(self.head)
        return table_of(head, {f: [found.get(row) for row in range(size)] for f, found in self.cells.items()}, aside)


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a fact that one of them lacks is unknown there."""
    import pyarrow as pa

    filled = [table for table in tables if table.num_rows]
    if not filled:
        return tables[0] if tables else table_of(((), (), ()), {})
    return pa.concat_tables(filled, promote_options="default").unify_dictionaries()


def _joined(parts: Sequence[Roster]) -> Roster:
    """Several rosters one below the other."""
    parts = [part for part in parts if len(part) or part.aside]
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Column] = {}
    for name in dict.fromkeys(name for part in parts for name in part.columns.columns):
        values: dict[Any, int] = {}
        pieces = []
        for part in parts:
            column = part.columns.columns.get(name)
            if column is None:
                pieces.append(np.full(len(part), -1, dtype=np.int32))
                continue
            assert isinstance(column, Coded)
            places = np.array([values.setdefault(value, len(values)) for value in column.values] + [-1], dtype=np.int32)
            pieces.append(places[column.index])
        index = np.concatenate(pieces)
        found = tuple(values)
        is_truth = all(isinstance(value, bool) for value in found)
        columns[name] = truths(index, found) if is_truth else Coded(index, found)
    stated = {
        name: np.concatenate([part.stated.get(name, np.zeros(len(part), dtype=np.bool_)) for part in parts])
        for name in dict.fromkeys(name for part in parts for name in part.stated)
    }
    return Roster(
        [item for part in parts for item in part.ids], [item for part in parts for item in part.titles],
        [item for part in parts for item in part.sources], Columns(sum(len(part) for part in parts), columns), stated,
        [item for part in parts for item in part.aside],
    )  # fmt: skip


def with_law(screener: Screener, law: Law) -> Screener:
    """The same workspace under another law."""
    return replace(screener, law=law, _machines={}, _grounds={})
