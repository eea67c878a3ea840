"""The one kernel of `greenrule screen --batch`: some rows of a table in, their answers and the rows set aside out.

It knows neither the file that the rows come from nor the machine it runs on: `Terms` are plain data, rows and answers
have a form as Arrow record batches (`batch_wire`).  One machine calls it in threads, a cluster in its executors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.batch_agreeing import Agreement
from greenrule.casework.batch_answers import HEADINGS, Answerer, Worded
from greenrule.casework.batch_reading import FAULT_HEADER, ROW_HEADER, Projects, Reading
from greenrule.casework.batch_sites import place_projects
from greenrule.casework.batch_tables import Head, Piece
from greenrule.casework.screening import Screener
from greenrule.core.errors import Fault, Place
from greenrule.rules.book import Rulebook

if TYPE_CHECKING:
    import pyarrow as pa

#: Words of the format → columns that hold values of decisions.
VALUED = {"decision": "access", "eia_form": "eia.form", "permit_class": "permit.class", "approver": "approver"}


@dataclass(frozen=True, slots=True)
class Terms:
    """How the rows of one table are asked; plain data, so that a question can be put elsewhere.

    on : one day for all rows; today : the day of rows that name none; ignore : columns passed over, `*` for all unknown
    """

    head: Head
    on: date | None
    today: date
    repair: bool = False
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that is set aside: its number, its cells as written (plain JSON values), what is wrong with it."""

    row: int
    cells: list[Any]
    faults: list[Fault]

    def line(self) -> list[Any]:
        """The row as it stands in the file of rows set aside."""
        return [*self.cells, self.row, "；".join(map(_told, self.faults))]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"row": self.row, "cells": self.cells, "faults": [fault_json(fault) for fault in self.faults]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Aside:
        """What `to_json` gave."""
        return cls(told["row"], told["cells"], [fault_from(item) for item in told["faults"]])


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of some rows: `rows` the answers by `HEADINGS` in codes (texts by dictionary), `aside` by row."""

    rows: pa.Table
    aside: list[Aside]


@dataclass
class Kernel:
    """Answers pieces of one table; may be called from several threads.

    Errors: InputFault for a header that cannot be understood (J005, J014, J020), when it is made.
    """

    screener: Screener
    terms: Terms
    reading: Reading = field(init=False)
    answerer: Answerer = field(init=False)
    agreement: Agreement = field(init=False)
    #: places are asked of layers whose indexes are made for one asker at a time
    _places: Any = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        terms = self.terms
        self.reading = Reading.of(self.screener.law, terms.head, terms.on, terms.ignore, terms.today)
        self.answerer = Answerer(self.screener)
        self.agreement = Agreement(self.answerer.clocks, self.answerer.lock)

    def answer(self, piece: Piece) -> Answered:
        """The answers of a piece; a row with a fault is set aside, whatever else it says."""
        head = self.terms.head
        projects = self.reading.projects(piece, head.path.parent)
        self.agreement.check(projects, lambda row, fact: self.reading.written_at(piece, row, fact))
        with self._places:
            placement = place_projects(
                projects, self.screener, head.path, self.terms.repair, lambda row: head.place(int(piece.rows[row]))
            )
        answers = self.answerer.answers(projects, placement)
        aside = [
            self.aside(int(piece.rows[row]), [cells.at(row) for cells in piece.columns], found)
            for row, found in projects.faulty.faults.items()
        ]
        aside += [self.aside(number, cells, [fault]) for number, cells, fault in piece.faults]
        return Answered(_rows(projects, answers, projects.faulty.good), sorted(aside, key=lambda item: item.row))

    def aside(self, number: int, cells: Sequence[Any], faults: list[Fault]) -> Aside:
        """A row as it is set aside."""
        header = self.terms.head.header
        own = [place for place, name in enumerate(header) if name not in (ROW_HEADER, FAULT_HEADER)]
        return Aside(number, _as_written(cells, own, len(header)), faults)


def _rows(projects: Projects, answers: Mapping[str, Worded], good: npt.NDArray[np.bool_]) -> pa.Table:
    """Result columns of the good rows; texts by dictionary."""
    import pyarrow as pa

    days = pa.array([day.isoformat() for day in projects.days])
    columns: list[Any] = [
        pa.array(projects.piece.rows),
        projects.names,
        pa.DictionaryArray.from_arrays(pa.array(projects.day_of), days),
    ]
    for column in answers.values():
        codes = pa.array(column.codes, mask=column.codes < 0)
        columns.append(pa.DictionaryArray.from_arrays(codes, pa.array(column.words, pa.string())))
    table = pa.table(columns, names=list(HEADINGS))
    return table if good.all() else table.filter(pa.array(good))


def in_chinese(rows: pa.Table, book: Rulebook) -> pa.Table:
    """Answers with the words of people for the codes of values and facts."""
    import pyarrow as pa

    labels = {name: dict(book.decisions[decision].values) for name, decision in VALUED.items()}
    labels["possible"] = dict(book.decisions["access"].values)
    labels["missing"] = {fact: spec.zh for fact, spec in book.facts.items()}
    for place, name in enumerate(rows.column_names):
        if name not in labels:
            continue
        known = {**labels[name], "undetermined": "未定"}
        chunks = [
            pa.DictionaryArray.from_arrays(
                chunk.indices,
                pa.array(
                    [
                        None if word is None else "；".join(known.get(part, part) for part in word.split("; "))
                        for word in chunk.dictionary.to_pylist()
                    ],
                    pa.string(),
                ),
            )
            for chunk in rows.column(place).chunks
        ]
        rows = rows.set_column(place, name, pa.chunked_array(chunks, rows.schema.field(place).type))
    return rows


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault as plain data, its place by parts."""
    at = [fault.place.file, fault.place.line, fault.place.column] if fault.place else [None, None, None]
    return {"code": fault.code, "message": fault.message, "help": fault.help, "at": at}


def fault_from(told: Mapping[str, Any]) -> Fault:
    """What `fault_json` gave."""
    return Fault(told["code"], told["message"], Place(*told["at"]), told["help"])


def _as_written(cells: Sequence[Any], own: Sequence[int], width: int) -> list[Any]:
    """The cells of a row that is set aside; what stands beyond the header stays with the last one, and stays wrong."""
    shown = [_shown(cells[place]) if place < len(cells) else "" for place in own]
    beyond = [str(_shown(cell)) for cell in cells[width:] if cell not in (None, "")]
    if beyond and shown:
        shown[-1] = ",".join([str(shown[-1]), *beyond])
    return shown


def _told(fault: Fault) -> str:
    """A fault in one cell: where in the row, what, and what to do."""
    where = f"{fault.place.column} 列：" if fault.place is not None and fault.place.column is not None else ""
    return f"{where}{fault.code} {fault.message}" + (f"（{fault.help}）" if fault.help else "")


def _shown(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, (str, int, float)) else str(cell)
