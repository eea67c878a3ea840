"""`greenrule screen --batch` on a cluster: pieces of the table go out as Arrow batches, `mapInArrow` answers them there.

The driver reads the table and writes the result, as one machine does; only the kernel runs elsewhere.  So answers, rows
set aside, resumption and the file itself are those of a single machine, and Spark is left with what it is good at:
spreading pieces, and asking again where an executor was lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from greenrule.casework.batch import PIECE, PLACED_PIECE
from greenrule.casework.batch_engines import Keep, Load, in_turn
from greenrule.casework.batch_kernel import Kernel, Terms
from greenrule.casework.batch_tables import Head, Piece
from greenrule.casework.batch_wire import ANSWER_COLUMNS, ROW, answered_batch, answers_of, sent
from greenrule.casework.screening import Screener
from greenrule.cluster.carrying import carried, collected
from greenrule.cluster.shipping import Bearings, Parcel, opened, ship
from greenrule.core.clock import china_today
from greenrule.core.errors import InputFault

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: Answers as Spark names their types.
SCHEMA = ", ".join(f"`{name}` {'bigint' if name == ROW else 'string'}" for name in ANSWER_COLUMNS)
#: So many jobs are under way at once: while one runs out, the next has tasks to give, and the driver reads on.
_JOBS = 4
#: Rows that a job may bring back at once: answers in words take one or two kilobytes each on the driver.
_JOB_ROWS = 131_072
#: Rows that an executor answers at once, however long the batch.
_SLICE = 16_384

Batches = Iterator["pa.RecordBatch"]


@dataclass
class Spark:
    """An engine for `screen_table` that answers in the executors of a session."""

    session: SparkSession
    _group: str = field(default_factory=lambda: f"greenrule-{uuid.uuid4()}")

    def run(self, kernel: Kernel, pieces: Iterable[tuple[int, Load]], keep: Keep) -> Generator[int]:
        """As `Engine` says: jobs of several pieces, a task for each.

        Errors: those of `ship` and `opened`, wherever they happen; EnvironmentFault K007 where a task fails for
        good, K008 where executors lack greenrule.
        """
        ask = _asked(self.session, kernel.screener, kernel.terms, kernel.reading.with_places)

        def work(group: list[tuple[int, Load]]) -> list[int]:
            self.session.sparkContext.setJobGroup(
                self._group, f"greenrule：第 {group[0][0]} 块起", interruptOnCancel=True
            )
            self._answer(ask, kernel, [(number, load()) for number, load in group], keep)
            return [number for number, _ in group]

        def abandon() -> None:
            self.session.sparkContext.cancelJobGroup(self._group)

        most = max(1, _JOB_ROWS // (PLACED_PIECE if kernel.reading.with_places else PIECE))
        for numbers in in_turn(self._groups(pieces, most), work, _JOBS, abandon):
            yield from numbers

    def _groups(self, pieces: Iterable[tuple[int, Load]], most: int) -> Iterator[list[tuple[int, Load]]]:
        """Pieces by jobs, at most so many: all jobs together give every core two; executors may come and go meanwhile."""
        group: list[tuple[int, Load]] = []
        for item in pieces:
            group.append(item)
            if len(group) >= most or len(group) * _JOBS >= 2 * self.session.sparkContext.defaultParallelism:
                yield group
                group = []
        if group:
            yield group

    def _answer(
        self, ask: Callable[[Batches], Batches], kernel: Kernel, pieces: list[tuple[int, Piece]], keep: Keep
    ) -> None:
        away: list[tuple[int, Piece]] = []
        for number, piece in pieces:
            # A site may be given as a file beside the table: such rows are answered where the file is.
            if not len(piece) or kernel.reading.names_files(piece):
                keep(number, kernel.answer(piece))
            else:
                away.append((number, piece))
        batches = [(number, piece, sent(piece)) for number, piece in away]
        for _, some in groupby(batches, key=lambda item: item[2].schema):
            self._answer_alike(ask, kernel, list(some), keep)

    def _answer_alike(
        self, ask: Callable[[Batches], Batches], kernel: Kernel, pieces: list[tuple[int, Piece, pa.RecordBatch]], keep: Keep
    ) -> None:  # fmt: skip
        """Pieces whose columns are of the same types are one job; every batch is a partition of its own."""
        import pyarrow as pa

        frame = self.session.createDataFrame(pa.Table.from_batches([batch for _, _, batch in pieces]))
        found = collected(frame.mapInArrow(ask, SCHEMA))
        firsts = np.array([piece.rows[0] for _, piece, _ in pieces])
        owner = np.searchsorted(firsts, found.column(ROW).to_numpy(), side="right") - 1
        for place, (number, piece, _) in enumerate(pieces):
            unread = [kernel.aside(row, cells, [fault]) for row, cells, fault in piece.faults]
            keep(number, answers_of(found.take(np.flatnonzero(owner == place)), unread))


def screen_frame(
    frame: DataFrame, screener: Screener, *, on: date | None = None, repair: bool = False, ignore: Iterable[str] = (),
    row: str | None = None,
) -> DataFrame:  # fmt: skip
    """The answers to a DataFrame of projects, as a DataFrame: for tables of a lake that no single file holds.

    frame : headers as those of a table of projects; row : a column of whole numbers that names its rows, counted when None
    Returns the columns of a result, and `aside`: null, or for a row that could not be read what is wrong with it, as JSON
    (such a row has no answers).  Rows that name a file of a site are set aside, unless executors see the same file.

    Errors: InputFault for headers that are no facts (J005, J014, J020); those of `ship`.
    """
    from pyspark.sql import functions

    if row is None:
        row = f"row {uuid.uuid4()}"
        frame = frame.withColumn(row, functions.monotonically_increasing_id())
    header = [name for name in frame.columns if name != row]
    terms = Terms(Head(Path("表"), tuple(header), lettered=False), on, china_today(), repair, tuple(sorted(ignore)))
    kernel = Kernel(screener, terms)
    ask = _asked(frame.sparkSession, screener, terms, kernel.reading.with_places)
    numbered = frame.select(functions.col(f"`{row}`").cast("bigint"), *(functions.col(f"`{name}`") for name in header))
    return numbered.toDF(ROW, *map(str, range(len(header)))).mapInArrow(ask, SCHEMA)


def _asked(session: SparkSession, screener: Screener, terms: Terms, with_places: bool) -> Callable[[Batches], Batches]:
    """What every task runs, once all that it needs is on its way."""
    bearings = Bearings(screener.known, screener.today or terms.today)
    parcel = ship(session, screener.law, screener.workspace if with_places else None, terms.on, bearings)

    def answer(batches: Batches) -> Batches:
        try:
            kernel = _kernel(parcel, bearings, terms)
            for batch in batches:
                for first in range(0, batch.num_rows, _SLICE):
                    yield answered_batch(kernel, batch.slice(first, _SLICE))
        except InputFault as error:
            raise carried(error) from None

    return answer


@lru_cache(maxsize=2)
def _kernel(parcel: Parcel, bearings: Bearings, terms: Terms) -> Kernel:
    """The kernel of a question, made once in a process of an executor."""
    return Kernel(opened(parcel, bearings), terms)
