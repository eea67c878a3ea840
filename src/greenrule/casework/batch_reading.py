"""Pieces of a table as projects: names, days, facts and places, and the rows that have to be set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import UNKNOWN, Coded, Columns, Scaled
from greenrule.casework.batch_cells import Assembly, FactColumn, Faulty, unknown_header
from greenrule.casework.batch_tables import Cells, Head, Piece
from greenrule.casework.entries import KEYS
from greenrule.casework.project import group_members, named_groups, read_day, too_early, with_shape
from greenrule.casework.sheets import HEADERS, PLACE_KEYS, paired_point, repeated_headers
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.units import factor
from greenrule.packs.book import Law
from greenrule.packs.values import named_fact
from greenrule.rules.book import FactSpec

#: Columns that a file of rows set aside has besides its own; they are passed over when it is handed in again.
ROW_HEADER, FAULT_HEADER = "原行号", "问题"
_UNNAMED = "未命名项目"
#: `entries.CONTROL` as arrow's expressions write it.
CONTROL_RE2 = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{fffe}\x{ffff}]"


@dataclass
class Projects:
    """What one piece says: `names` (n,) as an arrow array of texts, facts as columns, places by row.

    days, day_of : the distinct days that are asked for, and (n,) which of them each row asks for
    written : fact → rows in which something is written for it, were it only "unknown"
    faulty : the rows that are set aside; what stands in the other parts for them means nothing
    """

    piece: Piece
    names: Any
    days: list[date]
    day_of: npt.NDArray[np.int32]
    columns: Columns
    written: dict[str, npt.NDArray[np.bool_]]
    places: dict[int, dict[str, Any]]
    faulty: Faulty


@dataclass
class Reading:
    """How a table's columns are understood; one for the whole table."""

    law: Law
    head: Head
    on: date | None = None
    #: the day of rows that name none
    today: date = field(default_factory=china_today)
    #: columns that are passed over
    ignored: list[str] = field(default_factory=list)
    _role: list[str] = field(default_factory=list)
    _facts: dict[int, FactColumn] = field(default_factory=dict)

    @classmethod
    def of(cls, law: Law, head: Head, on: date | None, ignore: Iterable[str], today: date | None = None) -> Reading:
        """Understand a header; one InputFault with all that is wrong in it (J005, J014, J020)."""
        out = cls(law, head, on, today or china_today())
        wanted = set(ignore)
        keys = [HEADERS.get(name, name) for name in head.header]
        faults = repeated_headers(head.header, keys, head.path)
        for column, (name, key) in enumerate(zip(head.header, keys, strict=True)):
            role = "fact"
            if not name:
                role = ""
            elif name in wanted or name in (ROW_HEADER, FAULT_HEADER):
                role = "ignored"
            elif key in ("name", "on", "none_of"):
                role = key
            elif key in PLACE_KEYS:
                role = "place"
            else:
                spelled = key if key in KEYS else name
                if named_fact(law.book, spelled)[0] is not None:
                    out._facts[column] = FactColumn(law, spelled)
                elif "*" in wanted:
                    role = "ignored"
                else:
                    faults.append(unknown_header(law, name, head.place(1, column)))
            if role == "ignored" and name not in (ROW_HEADER, FAULT_HEADER):
                out.ignored.append(name)
            out._role.append(role)
        first = law.first_day
        if on is not None and first is not None and on < first:
            faults.append(too_early(on, first, Place("--on")))
        if faults:
            raise InputFault(faults)
        return out

    @property
    def with_places(self) -> bool:
        """Whether the table may say where a project is."""
        return self.head.shaped or "place" in self._role

    def names_files(self, piece: Piece) -> bool:
        """Whether a row of the piece says where it is by the name of a file."""
        keys = (HEADERS.get(name, name) for name in self.head.header)
        return any(
            key == "file" and role == "place" and bool((cells.codes >= 0).any())
            for key, role, cells in zip(keys, self._role, piece.columns, strict=True)
        )

    def projects(self, piece: Piece, base_dir: Path) -> Projects:
        """The projects of one piece."""
        faulty = Faulty(len(piece))

        def place(row: int, column: int) -> Place:
            return self.head.place(int(piece.rows[row]), column)

        names, days, day_of = _unnamed(len(piece)), [self.on or self.today], np.zeros(len(piece), dtype=np.int32)
        facts = Assembly(len(piece))
        none_of: list[tuple[int, Cells]] = []
        where: dict[int, Cells] = {}
        for number, cells in enumerate(piece.columns):
            role = self._role[number]
            if role == "":
                self._headless(cells, number, faulty, place)
            elif role == "name":
                names = self._names(cells, number, faulty, place)
            elif role == "on":
                days, day_of = self._days(cells, number, faulty, place)
            elif role == "none_of":
                none_of.append((number, cells))
            elif role == "place":
                where[number] = cells
            elif role == "fact":
                facts.add(self._facts[number], number, cells, faulty, place)
        columns = facts.columns()
        for number, cells in none_of:
            self._nothing_of(cells, number, facts, columns, faulty, place)
        places = self._places(piece, where, faulty, place, base_dir)
        return Projects(piece, names, days, day_of, columns, facts.written, places, faulty)

    def written_at(self, piece: Piece, row: int, fact: str) -> Place:
        """The cell in which a row says something of a fact."""
        for number, column in self._facts.items():
            if piece.columns[number].codes[row] >= 0 and any(spec.id == fact for spec in column.specs):
                return self.head.place(int(piece.rows[row]), number)
        return self.head.place(int(piece.rows[row]))

    # -- single columns ------------------------------------------------------------------------------------
    def _headless(self, cells: Cells, number: int, faulty: Faulty, place: Callable[[int, int], Place]) -> None:
        for row in np.flatnonzero(cells.codes >= 0).tolist():
            told = f"`{str(cells.at(row))[:40]}` 上面没有表头"
            faulty.add(row, Fault("J006", told, None, "补上表头，或删去这一格"), place(row, number))

    def _names(self, cells: Cells, number: int, faulty: Faulty, place: Callable[[int, int], Place]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if isinstance(cells.values, list) or not pa.types.is_string(cells.values.type):
            texts = pa.array([str(cell).strip() for cell in cells.cells], pa.string())
        else:
            texts = pc.utf8_trim_whitespace(cells.values)
        bad = np.append(pc.match_substring_regex(texts, CONTROL_RE2).to_numpy(zero_copy_only=False), False)
        for row in np.flatnonzero(bad[cells.codes]).tolist() if bad.any() else ():
            faulty.add(row, Fault("J007", "`name` 里有不可见的控制字符", None, "删去它"), place(row, number))
        named = pa.concat_arrays([texts, pa.array([_UNNAMED])])
        return named.take(pa.array(np.where(cells.codes < 0, len(texts), cells.codes)))

    def _days(
        self, cells: Cells, number: int, faulty: Faulty, place: Callable[[int, int], Place]
    ) -> tuple[list[date], npt.NDArray[np.int32]]:
        if self.on is not None:
            return [self.on], np.zeros(len(cells.codes), dtype=np.int32)
        first, today = self.law.first_day, self.today
        found: list[date] = []
        for code, cell in enumerate(cells.cells):
            faults: list[Fault] = []
            used = bool((cells.codes == code).any())
            day = read_day(cell, place(0, number), faults) if used else None
            if day is not None and first is not None and day < first:
                faults.append(too_early(day, first, place(0, number)))
            found.append(day or today)
            for row in np.flatnonzero(cells.codes == code).tolist() if faults else ():
                for fault in faults:
                    faulty.add(row, fault, place(row, number))
        return [*found, today], np.where(cells.codes < 0, len(found), cells.codes).astype(np.int32)

    def _nothing_of(
        self, cells: Cells, number: int, facts: Assembly, columns: Columns, faulty: Faulty,
        place: Callable[[int, int], Place],
    ) -> None:  # fmt: skip
        """As `project` declares it: truths of the group that are not written are false; amounts are zero where nothing of
        the group is stated."""
        groups: dict[str, npt.NDArray[np.bool_]] = {}
        for code, cell in enumerate(cells.cells):
            rows = cells.codes == code
            if not rows.any():
                continue
            faults: list[Fault] = []
            for name in named_groups(self.law, cell, place(0, number), faults):
                groups[name] = groups.get(name, np.zeros(len(rows), dtype=bool)) | rows
            for fault in faults:
                for row in np.flatnonzero(rows).tolist():
                    faulty.add(row, fault, place(row, number))
        for name, rows in groups.items():
            members = group_members(self.law, name)
            stated = np.zeros(len(rows), dtype=bool)
            for spec in members:
                stated |= _something(columns, spec)
            for spec in members:
                blank = rows & ~facts.written.get(spec.id, np.zeros(len(rows), dtype=bool))
                if spec.kind.form == "truth":
                    put_truth(columns, spec.id, blank, False)
                elif spec.kind.form == "quantity" and (blank & ~stated).any():
                    _put_zero(columns, spec, blank & ~stated)

    # -- places --------------------------------------------------------------------------------------------
    def _places(
        self, piece: Piece, where: dict[int, Cells], faulty: Faulty, place: Callable[[int, int], Place], base_dir: Path
    ) -> dict[int, dict[str, Any]]:
        """The `location` of every row that says where it is, as a project file would have it."""
        some = np.zeros(len(piece), dtype=bool)
        for cells in where.values():
            some |= cells.codes >= 0
        if piece.geometry is not None:
            some[:] = True
        out: dict[int, dict[str, Any]] = {}
        for row in np.flatnonzero(some).tolist():
            found: dict[str, Any] = {}
            at = self.head.place(int(piece.rows[row]))
            columns: dict[str, int] = {}
            for number, cells in where.items():
                cell = cells.at(row)
                if cell is not None:
                    name = self.head.header[number]
                    found[HEADERS.get(name, name)] = cell
                    columns[HEADERS.get(name, name)] = number
            if piece.geometry is not None:
                from greenrule.spatial.frame import as_geojson

                found["geometry"] = as_geojson(piece.geometry[row])
                if self.head.crs is not None:
                    found.setdefault("crs", self.head.crs)
            for lacking, given in paired_point(found):
                fault = Fault("J016", f"缺少{lacking}", None, "经度、纬度要成对填写，或两格都留空")
                faulty.add(row, fault, place(row, columns[given]))
            if found.get("file") is not None:
                faults: list[Fault] = []
                shaped = with_shape(found, base_dir, at, faults)
                for fault in faults:
                    faulty.add(row, fault, place(row, columns["file"]))
                found = shaped or {}
            if found:
                out[row] = found
        return out


def _unnamed(size: int) -> Any:
    import pyarrow as pa

    return pa.repeat(_UNNAMED, size)


def _something(columns: Columns, spec: FactSpec) -> npt.NDArray[np.bool_]:
    """Rows in which a fact is stated to be anything but "no"."""
    column = columns.columns.get(spec.id)
    if column is None:
        return np.zeros(columns.size, dtype=bool)
    if isinstance(column, Coded):
        return np.asarray(column.index > 0 if spec.kind.form == "truth" else column.index >= 0)
    said = column.numbers != UNKNOWN
    return np.asarray(said & (column.numbers != 0) if spec.kind.form == "number" else said)


def put_truth(columns: Columns, name: str, rows: npt.NDArray[np.bool_], value: Any) -> None:
    """Set a truth in some rows: `value` is one for all, or one for each of them."""
    column = columns.columns.get(name)
    index = column.index.copy() if isinstance(column, Coded) else np.full(columns.size, -1, dtype=np.int8)
    index[rows] = value
    columns.columns[name] = Coded(index, (False, True))


def _put_zero(columns: Columns, spec: FactSpec, rows: npt.NDArray[np.bool_]) -> None:
    """Set an amount to nothing in some rows."""
    column = columns.columns.get(spec.id)
    if isinstance(column, Coded):
        values = (*column.values, column.values[0] * 0)
        columns.columns[spec.id] = Coded(np.where(rows, len(values) - 1, column.index).astype(np.int32), values)
        return
    found = (
        column
        if isinstance(column, Scaled)
        else Scaled(np.full(columns.size, UNKNOWN, dtype=np.int64), factor(spec.unit)[1])
    )
    columns.columns[spec.id] = Scaled(np.where(rows, 0, found.numbers), found.step)
