"""The stored projects as columns of facts: findings saved in a workspace, and tables or files of projects.

Reading a finding again and asking the layers about its site takes milliseconds; for a hundred thousand that is a coffee
break.  So what was understood is kept beside the records (`cache/` of the workspace), by the digests of everything that
it depends on; the cache may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Coded, Column, Columns
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.core.files import replace_file
from greenrule.rules.book import FactSpec, Rulebook

if TYPE_CHECKING:
    import pyarrow as pa

#: Of the columns of a kept roster, those that are not facts.
_HEAD = ("id", "title", "source")
#: How many kept rosters stay.
_KEPT = 8

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
    #: what could not be read again, with the reason
    aside: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def groups(self) -> Iterator[tuple[frozenset[str], npt.NDArray[np.int64]]]:
        """Rows that state the same days: each group is asked of one law."""
        keys = np.zeros(len(self), dtype=np.int64)
        names = sorted(self.stated)
        for place, name in enumerate(names):
            keys |= self.stated[name].astype(np.int64) << place
        for key in np.unique(keys):
            yield frozenset(n for i, n in enumerate(names) if int(key) >> i & 1), np.flatnonzero(keys == key)


def roster(screener: Screener, files: Iterable[Path], on: date, progress: Progress | None = None) -> Roster:
    """All stored projects of the screener's workspace and of the given files, asked for one day.

    A stored finding that can no longer be read stands in `aside`; faults of files are raised, all at once.
    """
    parts: list[Roster] = []
    faults: list[Fault] = []
    if screener.workspace is not None:
        parts.append(_of_findings(screener, on, progress))
    for path in files:
        try:
            parts.append(_of_file(screener, path, on, progress))
        except EnvironmentFault:
            raise
        except InputFault as error:
            faults += error.faults
    if faults:
        raise InputFault(faults)
    return _joined(parts)


def _of_findings(screener: Screener, on: date, progress: Progress | None) -> Roster:
    """Projects of the saved findings; of one project saved several times the latest."""
    workspace = screener.workspace
    assert workspace is not None
    stored = workspace.records.projects()
    latest: dict[str, str] = {}
    for name, text in stored.items():
        project = json.loads(text)
        project.pop("on", None)
        latest[hashlib.sha256(json.dumps(project, sort_keys=True).encode()).hexdigest()] = name
    wanted = sorted(latest.values())
    kept = _Kept(screener, on, "findings")
    old = kept.read(screener.law.book)
    have = {name: row for row, name in enumerate(old.ids)} if old is not None else {}
    new = [name for name in wanted if name not in have]
    fresh, aside = _Gathered(screener), []
    for count, name in enumerate(new, 1):
        try:
            project = project_from(json.loads(stored[name]), screener.law, on)
            fresh.add(name, "工作区", project)
        except EnvironmentFault:
            raise
        except InputFault as error:
            aside.append((name, "；".join(fault.message for fault in error.faults)))
        if progress is not None:
            progress(count, len(new))
    table = fresh.table()
    if old is not None and old.table is not None:
        rows = [have[name] for name in wanted if name in have]
        table = _together([old.table.take(rows), table])
    if new:
        kept.write(table)
    out = _decoded(table, screener.law.book)
    out.aside = aside
    return out


def _of_file(screener: Screener, path: Path, on: date, progress: Progress | None) -> Roster:
    data = path.read_bytes() if path.is_file() else b""
    kept = _Kept(screener, on, f"table-{hashlib.sha256(data).hexdigest()[:16]}")
    old = kept.read(screener.law.book)
    if old is not None:
        return old
    projects = read_projects(path, screener.law, on)
    fresh = _Gathered(screener)
    faults: list[Fault] = []
    for count, project in enumerate(projects, 1):
        try:
            fresh.add(f"{path.name}#{count}", str(path.name), project)
        except EnvironmentFault:
            raise
        except InputFault as error:
            faults += error.faults
        if progress is not None:
            progress(count, len(projects))
    if faults:
        raise InputFault(faults)
    table = fresh.table()
    kept.write(table)
    return _decoded(table, screener.law.book)


class _Gathered:
    """Projects understood one by one, as text cells by fact."""

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

    def table(self) -> pa.Table:
        """Head and facts as dictionary columns."""
        import pyarrow as pa

        names = list(zip(*self.head, strict=True)) if self.head else [(), (), ()]
        columns = {name: pa.array(list(values), pa.string()) for name, values in zip(_HEAD, names, strict=True)}
        for fact in sorted(self.cells):
            found = self.cells[fact]
            values = pa.array([found.get(row) for row in range(len(self.head))], pa.string())
            columns[f"fact:{fact}"] = values.dictionary_encode()
        return pa.table(columns)


@dataclass
class _KeptRoster(Roster):
    table: Any = None


class _Kept:
    """One kept table of a workspace, named by the digests of everything it depends on."""

    def __init__(self, screener: Screener, on: date, name: str) -> None:
        self.folder = screener.workspace.path / "cache" if screener.workspace is not None else None
        ground = screener.ground(on)
        depends = {
            "packs": dict(screener.law.versions), "known": str(screener.known),
            "layers": {kind: version.sha256 for kind, version in ground.versions.items()} if ground else {},
            "code": _code_stamp(),
        }  # fmt: skip
        key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:16]
        self.file = self.folder / f"{name}-{key}.parquet" if self.folder is not None else None

    def read(self, book: Rulebook) -> _KeptRoster | None:
        """The table, None where there is none (or none that can be read: it is a cache)."""
        if self.file is None or not self.file.is_file():
            return None
        import pyarrow.parquet as pq

        with contextlib.suppress(Exception):
            table = pq.read_table(self.file)
            found = _decoded(table, book)
            return _KeptRoster(found.ids, found.titles, found.sources, found.columns, found.stated, [], table)
        return None

    def write(self, table: pa.Table) -> None:
        """Keep a table; a folder that cannot be written means that nothing is kept."""
        if self.file is None or self.folder is None:
            return
        import pyarrow.parquet as pq

        with contextlib.suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            stream = io.BytesIO()
            pq.write_table(table, stream, compression="zstd")
            replace_file(self.file, stream.getvalue())
            old = sorted(self.folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in old[_KEPT:]:
                path.unlink(missing_ok=True)


def _code_stamp() -> str:
    """Changes whenever code changes that reads projects or asks layers."""
    root = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for folder in ("core", "packs", "spatial", "casework"):
        for path in sorted((root / folder).rglob("*.py")):
            total.update(f"{path.name}:{os.stat(path).st_size};".encode())
    return total.hexdigest()


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([table for table in tables if table.num_rows], promote_options="default").unify_dictionaries() if any(
        table.num_rows for table in tables) else tables[0]  # fmt: skip


def _joined(parts: Sequence[Roster]) -> Roster:
    """Several rosters one below the other."""
    parts = [part for part in parts if len(part) or part.aside]
    if len(parts) == 1:
        return parts[0]
    size = sum(len(part) for part in parts)
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
        small = set(values) <= {False, True} and all(isinstance(value, bool) for value in values)
        index = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32)
        columns[name] = _truths(index, tuple(values)) if small else Coded(index, tuple(values))
    stated = {
        name: np.concatenate([part.stated.get(name, np.zeros(len(part), dtype=np.bool_)) for part in parts])
        for name in dict.fromkeys(name for part in parts for name in part.stated)
    }
    return Roster(
        [item for part in parts for item in part.ids], [item for part in parts for item in part.titles],
        [item for part in parts for item in part.sources], Columns(size, columns), stated,
        [item for part in parts for item in part.aside],
    )  # fmt: skip


def _truths(index: npt.NDArray[np.int32], values: tuple[Any, ...]) -> Coded:
    """Truths under the one dictionary that the columnar machine expects: (False, True)."""
    places = np.array([*(int(value) for value in values), -1], dtype=np.int8)
    return Coded(places[index], (False, True))


def cell(spec: FactSpec, value: Any) -> str:
    """A machine value as the text of a kept cell; `decoded` reads it back."""
    form = spec.kind.form
    if form == "truth":
        return "1" if value else "0"
    if form in ("category", "date"):
        return str(value)
    if form == "set":
        return "|".join(sorted({value} if isinstance(value, str) else value))
    number = value.base if hasattr(value, "base") else Fraction(value)
    return f"{number.numerator}/{number.denominator}"


def decoded(spec: FactSpec, text: str) -> Any:
    """A kept cell as the value of a column.

    >>> from greenrule.rules.kinds import NUMBER
    >>> decoded(FactSpec("x", NUMBER, "", "", ""), "1/3")
    Fraction(1, 3)
    """
    form = spec.kind.form
    if form == "truth":
        return text == "1"
    if form == "category":
        return text
    if form == "set":
        return frozenset(text.split("|"))
    return Fraction(date.fromisoformat(text).toordinal()) if form == "date" else Fraction(text)


def _decoded(table: pa.Table, book: Rulebook) -> Roster:
    ids, titles, sources = (table.column(name).to_pylist() for name in _HEAD)
    out = Roster(ids, titles, sources, Columns(table.num_rows))
    events = {item.event for item in book.transitions}
    for name in table.column_names[len(_HEAD) :]:
        spec = book.facts.get(name.removeprefix("fact:"))
        if spec is None:
            continue
        column = table.column(name).combine_chunks()
        words = column.dictionary.to_pylist()
        index = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
        if spec.id in events:
            out.stated[spec.id] = index < len(words)
        said = [word for word in words if word]  # an empty word states that the value is not known
        place = {word: number for number, word in enumerate(said)}
        places = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int32)
        values = tuple(decoded(spec, word) for word in said)
        coded = places[index]
        out.columns.columns[spec.id] = _truths(coded, values) if spec.kind.form == "truth" else Coded(coded, values)
    return out


def with_law(screener: Screener, law: Any) -> Screener:
    """The same workspace under another law."""
    return replace(screener, law=law, _machines={}, _grounds={})
