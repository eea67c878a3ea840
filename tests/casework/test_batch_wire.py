"""Pieces and answers come through a record batch as they were: every cell in its row, every fault with its words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.batch import screen_table
from greenrule.casework.batch_files import set_aside_path
from greenrule.casework.batch_kernel import Kernel, Terms
from greenrule.casework.batch_tables import Head, Piece, arrow_cells, coded, open_table
from greenrule.casework.batch_wire import answered_batch, answers_of, received, sent
from greenrule.casework.screening import Screener
from tests.cli.workspace import shared_law, write

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def bare() -> Screener:
    return Screener(shared_law())


def through(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch as another process reads it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return pa.ipc.open_stream(sink.getvalue()).read_next_batch()


_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
_MIXED = st.one_of(
    st.none(), _TEXTS, st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.decimals(allow_nan=False),
    st.dates(), st.datetimes(), st.times(), st.timedeltas(), st.binary(max_size=4),
)  # fmt: skip


@given(st.lists(_MIXED, min_size=1, max_size=20))
def test_mixed_cells_arrive_as_they_were(cells):
    """Kind and value: 1 is not true, 1.0 is not 1, a day is no text."""
    piece = Piece(np.arange(2, 2 + len(cells)), [coded(cells)])
    found = received(through(sent(piece)))
    here = [piece.columns[0].at(row) for row in range(len(cells))]
    there = [found.columns[0].at(row) for row in range(len(cells))]
    assert [(type(cell), cell) for cell in there] == [(type(cell), cell) for cell in here]
    assert found.rows.tolist() == piece.rows.tolist()


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["甲", None, " ", "甲"]), pa.array([1, None, 3, 1], pa.int32()), pa.array([True, None, False, True]),
        pa.array([0.1, float("nan"), None, 1e300]), pa.array([0.1, None, 2, 3], pa.float32()), pa.array([5, 6, None, 7], pa.uint64()),
        pa.array([TODAY, None, TODAY, date(1999, 1, 1)]), pa.array([Decimal("1.50"), None, Decimal("-2.00"), Decimal("0.00")]),
        pa.array([datetime(2026, 1, 2, 3, 4), None, None, datetime(2026, 1, 2)]), pa.array([["a", "b"], None, [], ["c"]]),
        pa.array([time(8, 30), None, None, time(1)]), pa.array([timedelta(1), None, None, timedelta(2)]),
    ],
)  # fmt: skip
def test_columns_of_files_arrive_as_they_were(column):
    piece = Piece(np.arange(4), [arrow_cells(column)])
    found = received(through(sent(piece)))
    for row in range(4):
        here, there = piece.columns[0].at(row), found.columns[0].at(row)
        assert (type(there), there) == (type(here), here)


def test_shapes_travel(bare):
    shapes = np.array([shapely.Point(112.5, 37.8), shapely.box(112, 37, 112.1, 37.1)], dtype=object)
    found = received(through(sent(Piece(np.array([1, 2]), [coded(["a", "b"])], shapes))))
    assert all(shapely.equals_exact(found.geometry, shapes, 0))
    assert [found.columns[0].at(row) for row in (0, 1)] == ["a", "b"]


def test_answers_travel(tmp_path, bare):
    """Answers and rows set aside come out of the batch as the kernel gave them; unread rows take their places."""
    head = "项目名称,日期,行业,建设性质,生产能力（万吨/年）\n"
    body = "甲,2026-11-21,炼焦,新建,106\n乙,2026-11-21,瞎写,新建,\n丙,2026-11-21,洗煤厂,扩建,九十\n"
    table = open_table(write(tmp_path / "表.csv", head + body))
    kernel = Kernel(bare, Terms(table.head, None, TODAY))
    (piece,) = (load() for load in table.pieces(10))
    here = kernel.answer(piece)
    unread = kernel.aside(3, ["x"], [])
    there = answers_of(pa.Table.from_batches([through(answered_batch(kernel, through(sent(piece))))]), [unread])
    assert there.rows.to_pylist() == here.rows.to_pylist()
    assert there.rows.schema == here.rows.schema
    assert [item.row for item in there.aside] == [3, 3, 4]
    assert [item for item in there.aside if item is not unread] == here.aside
    assert [fault.code for item in here.aside for fault in item.faults] == ["P068", "J023"]


def test_exact_decimals_of_a_row_set_aside_are_written_down(tmp_path, bare):
    """A Parquet file may hold decimals; a bad row with one is set aside like any other."""
    table = pa.table({"行业": ["炼焦", "瞎写"], "产值": pa.array([Decimal("1.50"), Decimal("2.50")])})
    pq.write_table(table, tmp_path / "表.parquet")
    summary = screen_table(tmp_path / "表.parquet", tmp_path / "果.csv", bare, on=TODAY, ignore=["产值"])
    assert (summary.answered, summary.set_aside) == (1, 1)
    assert "2.50" in set_aside_path(tmp_path / "果.csv").read_text(encoding="utf-8-sig")


def test_places_are_named_as_the_table_shows_them():
    assert str(Head(Path("表.csv"), ("甲", "乙")).place(3, 1)) == "表.csv:3:B"
    assert str(Head(Path("表.parquet"), ("甲", "乙"), lettered=False).place(3, 1)) == "表.parquet:3:乙"
