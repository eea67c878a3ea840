"""Screening a whole table: piece by piece, taken up again where it broke off, bad rows set aside and told.

`screen_table` is the library call behind `greenrule screen --batch`.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.batch_agreeing import Agreement
from greenrule.casework.batch_answers import HEADINGS, Answerer, Worded
from greenrule.casework.batch_files import Parts, check_kind, digest_of, set_aside_path
from greenrule.casework.batch_reading import FAULT_HEADER, ROW_HEADER, Projects, Reading
from greenrule.casework.batch_sites import place_projects
from greenrule.casework.batch_tables import Piece, Table, open_table
from greenrule.casework.screening import Screener
from greenrule.casework.sealing import engine_version
from greenrule.core.errors import Fault, InputFault, Place

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a piece, and of one whose rows are asked of the layers one by one: what a kill costs is a piece at most.
PIECE, PLACED_PIECE = 65_536, 2_000
#: So many faults are told one by one; all of them stand in the file of rows set aside.
TOLD = 50
#: Words of the format → columns that hold values of decisions.
_VALUED = {"decision": "access", "eia_form": "eia.form", "permit_class": "permit.class", "approver": "approver"}


@dataclass
class Summary:
    """What became of a table: rows answered, set aside, taken over from a run that broke off; counts of each answer."""

    out: Path
    answered: int = 0
    taken_over: int = 0
    set_aside: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in _VALUED})
    codes: Counter[str] = field(default_factory=Counter)
    #: the first faults, for the screen
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    demo: bool = False
    versions: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The summary as plain data."""
        aside = set_aside_path(self.out)
        return {
            "out": str(self.out), "rows": self.answered, "resumed": self.taken_over, "set_aside": self.set_aside,
            "set_aside_file": str(aside) if self.set_aside else None, "faults": dict(sorted(self.codes.items())),
            **{name: dict(sorted(counts.items())) for name, counts in self.counts.items()},
            "ignored_columns": self.ignored, "notices": ["演示数据（非官方）"] if self.demo else [], "versions": self.versions,
        }  # fmt: skip


def screen_table(
    path: Path, out: Path, screener: Screener, *, on: date | None = None, repair: bool = False, ignore: Iterable[str] = (),
    chinese: bool = False, progress: Callable[[float], None] | None = None,
) -> Summary:  # fmt: skip
    """Answer every row of a table; the result is one row per project, in the order of the table.

    ignore : columns to pass over (`*`: all that are no facts); chinese : headings and values in Chinese; progress : is told
    the share of the table that is done.

    Errors: InputFault for what is wrong with the table as a whole (J001–J005, J014, J020, B001, B002); rows that cannot be read
    are no error, they stand in the summary and in a file beside the result.  EnvironmentFault D001, B003.
    """
    path, out = Path(path), Path(out)
    check_kind(out)
    for result in (out, set_aside_path(out)):
        if result.exists() and path.exists() and result.samefile(path):
            raise InputFault(Fault("B005", f"`{result.name}` 会盖掉输入文件", Place(str(out)), "换一个 `--out`"))
    table = open_table(path)
    reading = Reading.of(screener.law, table, on, ignore)
    size = PLACED_PIECE if reading.with_places else PIECE
    summary = Summary(out, ignored=reading.ignored, versions=_versions(screener, on))
    summary.demo = bool(summary.versions["demo"])
    question = {
        "input": digest_of(path), "kind": path.suffix.lower(), "on": str(on or ""), "today": str(date.today()), "repair": repair,
        "ignore": sorted(ignore), "chinese": chinese, "piece": size, "versions": summary.versions,
    }  # fmt: skip
    parts = Parts.open(out, question)
    resumed = set(parts.done)
    answerer = Answerer(screener)
    agreement = Agreement(answerer.clocks, answerer.lock)
    worker = _Worker(table, reading, answerer, agreement, parts, repair, chinese)
    for number in _in_turn(table.pieces(size), worker):
        told = parts.done[number]
        _count(summary, told, number in resumed)
        if progress is not None:
            progress(table.share)
    head = [*(name for name in table.header if name not in (ROW_HEADER, FAULT_HEADER)), ROW_HEADER, FAULT_HEADER]
    aside = [row for number in sorted(parts.done) for row in parts.done[number]["aside"]]
    parts.finish(out, HEADINGS if chinese else {name: name for name in HEADINGS}, [head, *aside])
    return summary


def _in_turn(pieces: Iterable[Callable[[], Piece]], worker: _Worker) -> Iterator[int]:
    """The numbers of the pieces in their order, as they are done; as many are worked on at a time as there are cores."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        waiting: deque[tuple[int, Future[None]]] = deque()
        try:
            for number, load in enumerate(pieces):
                if len(waiting) > cores:  # so many and no more: pieces take room
                    first, future = waiting.popleft()
                    future.result()
                    yield first
                waiting.append((number, pool.submit(worker.work, number, load)))
            while waiting:
                first, future = waiting.popleft()
                future.result()
                yield first
        finally:
            for _, future in waiting:
                future.cancel()


@dataclass
class _Worker:
    """Answers pieces; called from several threads."""

    table: Table
    reading: Reading
    answerer: Answerer
    agreement: Agreement
    parts: Parts
    repair: bool
    chinese: bool
    #: places are asked of layers whose indexes are made for one asker at a time
    _places: Any = field(default_factory=Lock)

    def work(self, number: int, load: Callable[[], Piece]) -> None:
        """Answer one piece and keep its part, unless an earlier run has."""
        if number not in self.parts.done:
            self.parts.add(number, *self._answered(load()))

    def _answered(self, piece: Piece) -> tuple[pa.Table, dict[str, Any]]:
        """The result rows of one piece, and what is kept beside them: counts, faults, rows set aside."""
        table, path = self.table, self.table.path
        projects = self.reading.projects(piece, path.parent)
        self.agreement.check(projects, lambda row, fact: self.reading.written_at(piece, row, fact))
        with self._places:
            placement = place_projects(
                projects, self.answerer.screener, path, self.repair, lambda row: table.place(int(piece.rows[row]))
            )
        answers = self.answerer.answers(projects, placement)
        good = projects.faulty.good
        counts = {name: _counted(answers[name], good) for name in _VALUED}
        rows = _result(projects, answers, self.answerer, self.chinese, good)
        faults = [(number, cells, [fault]) for number, cells, fault in piece.faults]
        faults += [
            (int(piece.rows[row]), [cells.at(row) for cells in piece.columns], found)
            for row, found in projects.faulty.faults.items()
        ]
        faults.sort(key=lambda item: item[0])
        own = [place for place, name in enumerate(table.header) if name not in (ROW_HEADER, FAULT_HEADER)]
        aside = [
            [*_as_written(cells, own, len(table.header)), number, "；".join(map(_told, found))]
            for number, cells, found in faults
        ]
        kept = [
            {"code": f.code, "message": f.message, "help": f.help,
             "at": [f.place.file, f.place.line, f.place.column] if f.place else [None, None, None]}
            for _, _, found in faults for f in found
        ]  # fmt: skip
        return rows, {"rows": rows.num_rows, "counts": counts, "aside": aside, "faults": kept}


def _result(
    projects: Projects, answers: Mapping[str, Worded], answerer: Answerer, chinese: bool, good: npt.NDArray[np.bool_]
) -> pa.Table:
    """Result columns of the good rows as a table; texts by dictionary."""
    import pyarrow as pa

    days = pa.array([day.isoformat() for day in projects.days])
    columns: list[Any] = [
        pa.array(projects.piece.rows),
        projects.names,
        pa.DictionaryArray.from_arrays(pa.array(projects.day_of), days),
    ]
    book = answerer.screener.law.book
    for name, column in answers.items():
        words = column.words
        if chinese:
            labels = dict(book.decisions[_VALUED[name]].values) if name in _VALUED else {}
            if name == "possible":
                labels = dict(book.decisions["access"].values)
            if name == "missing":
                labels = {fact: spec.zh for fact, spec in book.facts.items()}
            labels = {**labels, "undetermined": "未定"}
            words = [
                None if word is None else "；".join(labels.get(part, part) for part in word.split("; "))
                for word in words
            ]
        codes = pa.array(column.codes, mask=column.codes < 0)
        columns.append(pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string())))
    table = pa.table(columns, names=list(HEADINGS))
    return table if good.all() else table.filter(pa.array(good))


def _counted(column: Worded, good: npt.NDArray[np.bool_]) -> dict[str, int]:
    found, many = np.unique(column.codes[good], return_counts=True)
    out: Counter[str] = Counter()
    for code, count in zip(found.tolist(), many.tolist(), strict=True):
        out[column.words[code] or "undetermined"] += count
    return dict(out)


def _count(summary: Summary, told: Mapping[str, Any], resumed: bool) -> None:
    summary.answered += told["rows"]
    summary.taken_over += told["rows"] if resumed else 0
    summary.set_aside += len(told["aside"])
    for name, counts in told["counts"].items():
        summary.counts[name].update(counts)
    for item in told["faults"]:
        summary.codes[item["code"]] += 1
        if len(summary.faults) < TOLD:
            summary.faults.append(Fault(item["code"], item["message"], Place(*item["at"]), item["help"]))


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
    return (
        ""
        if cell is None
        else cell.isoformat()
        if isinstance(cell, date)
        else {True: "是", False: "否"}[cell]
        if isinstance(cell, bool)
        else cell
    )


def _versions(screener: Screener, on: date | None) -> dict[str, Any]:
    ground = screener.ground(on or date.today())
    layers = {} if screener.workspace is None else {
        f"{version.kind}@{version.sha256[:12]}": str(version.sha256) for version in screener.workspace.versions()
    }  # fmt: skip
    return {
        "packs": dict(screener.law.versions), "layers": dict(sorted(layers.items())), "engine": engine_version(),
        "known": screener.known.isoformat() if screener.known else None,
        "demo": ground is not None and any(version.demo for version in ground.versions.values()),
    }  # fmt: skip
