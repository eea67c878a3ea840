"""Columns of facts as a kept table and back: every fact a dictionary of texts, exact, readable by any program.

A truth is 1 or 0, a number a fraction of base units, a set its codes joined by `|`; an empty text says that the project states
the day of an event as not known.  The table is a cache: it may be deleted, and one that cannot be read is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Coded, Column, Columns
from greenrule.core.files import replace_file
from greenrule.rules.book import FactSpec, Rulebook

if TYPE_CHECKING:
    import pyarrow as pa

#: Of the columns of a kept table, those that are not facts.
HEAD = ("id", "title", "source")
#: How many kept tables stay in a workspace.
_KEPT = 8

Aside = list[tuple[str, str]]


def cell(spec: FactSpec, value: Any) -> str:
    """A machine value as the text of a cell; `decoded` reads it back."""
    form = spec.kind.form
    if form == "truth":
        return "1" if value else "0"
    if form == "category":
        return str(value)
    if form == "set":
        return "|".join(sorted({value} if isinstance(value, str) else value))
    if form == "date":
        return str(value if isinstance(value, date) else date.fromordinal(int(value)))
    number = value.base if hasattr(value, "base") else Fraction(value)
    return f"{number.numerator}/{number.denominator}"


def decoded(spec: FactSpec, text: str) -> Any:
    """A cell as the value of a column.

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


def table_of(
    head: Sequence[Sequence[str]], cells: Mapping[str, Sequence[str | None]], aside: Aside | None = None
) -> pa.Table:
    """Head (one sequence per column of it) and the texts of every fact as a table; `aside` goes with it."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        name: pa.array(list(values), pa.string()) for name, values in zip(HEAD, head, strict=True)
    }
    for fact in sorted(cells):
        columns[f"fact:{fact}"] = pa.array(cells[fact], pa.string()).dictionary_encode()
    return pa.table(columns).replace_schema_metadata({"aside": json.dumps(aside or [])})


def texts(
    columns: Columns, facts: Mapping[str, FactSpec], stated: Mapping[str, npt.NDArray[np.bool_]]
) -> dict[str, list[str | None]]:
    """The texts of every fact of some columns; the day of an event that is `stated` without a value is an empty text."""
    out: dict[str, list[str | None]] = {}
    for name, column in columns.columns.items():
        words, places = _words(column, facts[name])
        table = np.array([*words, None], dtype=object)
        out[name] = table[places].tolist()
    for name, rows in stated.items():
        known = out.get(name) or [None] * columns.size
        out[name] = ["" if said and word is None else word for word, said in zip(known, rows.tolist(), strict=True)]
    return out


def _words(column: Column, spec: FactSpec) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The distinct texts of a column and which of them each row has (-1: none)."""
    if isinstance(column, Coded):
        return [cell(spec, value) for value in column.values], column.index.astype(np.int64)
    numbers, places = np.unique(column.numbers, return_inverse=True)
    firsts = {int(place): row for row, place in reversed(list(enumerate(places.tolist())))}
    words: list[str] = []
    table = []
    for place in range(len(numbers)):
        value = column.at(firsts[place])
        table.append(-1 if value is None else len(words))
        if value is not None:
            words.append(cell(spec, value))
    return words, np.array(table, dtype=np.int64)[places]


def columns_of(table: pa.Table, book: Rulebook) -> tuple[Columns, dict[str, npt.NDArray[np.bool_]]]:
    """The columns of a kept table, and which rows state the day of an event; facts that the book lacks are left out."""
    columns = Columns(table.num_rows)
    stated: dict[str, npt.NDArray[np.bool_]] = {}
    events = {item.event for item in book.transitions}
    for name in table.column_names[len(HEAD) :]:
        spec = book.facts.get(name.removeprefix("fact:"))
        if spec is None:
            continue
        column = table.column(name).combine_chunks()
        words = column.dictionary.to_pylist()
        index = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
        if spec.id in events:
            stated[spec.id] = index < len(words)
        said = [word for word in words if word]
        place = {word: number for number, word in enumerate(said)}
        places = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int32)
        values = tuple(decoded(spec, word) for word in said)
        coded = places[index]
        columns.columns[spec.id] = truths(coded, values) if spec.kind.form == "truth" else Coded(coded, values)
    return columns, stated


def truths(index: npt.NDArray[np.int32], values: tuple[Any, ...]) -> Coded:
    """Truths under the one dictionary that the columnar machine expects: (False, True)."""
    places = np.array([*(int(value) for value in values), -1], dtype=np.int8)
    return Coded(places[index], (False, True))


class KeptTable:
    """One kept table of a workspace (`cache/` in its folder), named by the digests of everything it depends on.

    `depends` is plain data; the code that reads projects and asks layers is part of the name.
    """

    def __init__(self, workspace: Path | None, name: str, depends: Mapping[str, Any]) -> None:
        key = json.dumps({**depends, "code": _code_stamp()}, sort_keys=True)
        self.folder = workspace / "cache" if workspace is not None else None
        stem = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.parquet"
        self.file = self.folder / stem if self.folder is not None else None

    def read(self) -> pa.Table | None:
        """The table, None where there is none that can be read."""
        if self.file is None or not self.file.is_file():
            return None
        import pyarrow.parquet as pq

        with contextlib.suppress(Exception):
            table = pq.read_table(self.file)
            if tuple(table.column_names[: len(HEAD)]) == HEAD:
                return table
        return None

    def write(self, table: pa.Table) -> None:
        """Keep a table; in a folder that cannot be written nothing is kept."""
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


def aside_of(table: pa.Table) -> Aside:
    """What was set aside when the table was made."""
    told = (table.schema.metadata or {}).get(b"aside", b"[]")
    return [(str(name), str(reason)) for name, reason in json.loads(told)]


def _code_stamp() -> str:
    """Changes whenever code changes that reads projects or asks layers."""
    root = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for folder in ("core", "packs", "spatial", "casework"):
        for path in sorted((root / folder).rglob("*.py")):
            found = os.stat(path)
            total.update(f"{folder}/{path.name}:{found.st_size}:{found.st_mtime_ns};".encode())
    return total.hexdigest()
