"""Pieces of a table and their answers as Arrow record batches of plain columns, as they travel between processes.

A column of texts, whole numbers, decimals, truths or days travels as it is.  Any other (the mixed cells of a worksheet,
exact decimals, times) travels as JSON texts, so that each cell comes back as the very value that it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from greenrule.casework.batch_answers import HEADINGS
from greenrule.casework.batch_kernel import Answered, Aside, Kernel
from greenrule.casework.batch_tables import Cells, Piece, arrow_cells

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns of a piece: the row's number, then the table's columns by number, then the shape (WKB) where there is one.
ROW, SHAPE = "row", "shape"
#: Marks a column whose cells travel as JSON.
JSON = ":json"
#: Column of answers that holds rows set aside, as JSON; such a row has no answers.
ASIDE = "aside"
#: Columns of answers as they travel: the row's number and texts.
ANSWER_COLUMNS = (*HEADINGS, ASIDE)


def sent(piece: Piece) -> pa.RecordBatch:
    """The rows of a piece; those that could not be read at all (`piece.faults`) stay behind."""
    import pyarrow as pa

    arrays, names = [pa.array(piece.rows, pa.int64())], [ROW]
    for number, cells in enumerate(piece.columns):
        plain = not isinstance(cells.values, list) and _travels(cells.values.type)
        values = cells.values if plain else pa.array([_json(cell) for cell in cells.cells], pa.string())
        codes = pa.array(cells.codes, pa.int32(), mask=cells.codes < 0)
        arrays.append(pa.DictionaryArray.from_arrays(codes, values).dictionary_decode())
        names.append(f"{number}" if plain else f"{number}{JSON}")
    if piece.geometry is not None:
        from greenrule.spatial.frame import as_wkb

        arrays.append(pa.array(as_wkb(piece.geometry), pa.binary()))
        names.append(SHAPE)
    return pa.RecordBatch.from_arrays(arrays, names=names)


def received(batch: pa.RecordBatch) -> Piece:
    """What `sent` gave, the same cells in the same rows."""
    geometry = None
    columns = []
    for name, column in zip(batch.schema.names[1:], batch.columns[1:], strict=True):
        if name == SHAPE:
            from greenrule.spatial.frame import from_wkb

            geometry = from_wkb(column.to_pylist())
        elif name.endswith(JSON):
            texts = arrow_cells(column)
            columns.append(Cells([_cell(text) for text in texts.values.to_pylist()], texts.codes))
        else:
            columns.append(arrow_cells(column))
    return Piece(batch.column(0).to_numpy(), columns, geometry)


def answered_batch(kernel: Kernel, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of a table in, answers and rows set aside out: the kernel as whoever moves record batches about calls it."""
    import pyarrow as pa

    answered = kernel.answer(received(batch))
    good, bad = answered.rows, answered.aside
    arrays = []
    for name in HEADINGS:
        whole = name == "row"
        column = good.column(name).cast(pa.int64() if whole else pa.string()).combine_chunks()
        rest = pa.array([item.row for item in bad] if whole else [None] * len(bad), column.type)
        arrays.append(pa.concat_arrays([column, rest]))
    aside: list[str | None] = [None] * good.num_rows
    aside += [json.dumps(item.to_json(), ensure_ascii=False) for item in bad]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(aside, pa.string())], names=list(ANSWER_COLUMNS))


def answers_of(table: pa.Table, unread: Sequence[Aside] = ()) -> Answered:
    """What `answered_batch` gave, taken apart; `unread` are rows that were set aside before the batch was sent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = table.column(ASIDE)
    aside = [Aside.from_json(json.loads(text)) for text in texts.drop_null().to_pylist()]
    rows = table.filter(pc.is_null(texts)).select(list(HEADINGS))
    text = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        (name, pa.int64() if name == "row" else pa.string() if name == "name" else text) for name in HEADINGS
    )
    return Answered(rows.cast(schema), sorted([*aside, *unread], key=lambda item: item.row))


def _travels(kind: pa.DataType) -> bool:
    """Whether a column of this type comes through any hands unchanged."""
    import pyarrow as pa

    signed = pa.types.is_signed_integer(kind)
    wide = pa.types.is_float64(kind) or pa.types.is_float32(kind)
    return bool(signed or wide or pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_date32(kind))


def _json(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False, default=_tagged)


def _tagged(cell: Any) -> dict[str, Any]:
    match cell:
        case datetime():
            return {"instant": cell.isoformat()}
        case date():
            return {"day": cell.isoformat()}
        case time():
            return {"time": cell.isoformat()}
        case timedelta():
            return {"span": [cell.days, cell.seconds, cell.microseconds]}
        case Decimal():
            return {"decimal": str(cell)}
        case bytes():
            return {"bytes": cell.hex()}
    raise TypeError(f"no cell of a table: {type(cell).__name__}")


def _cell(text: str) -> Any:
    found = json.loads(text)
    if not isinstance(found, dict):
        return found
    ((kind, value),) = found.items()
    match kind:
        case "instant":
            return datetime.fromisoformat(value)
        case "day":
            return date.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
        case "span":
            return timedelta(*value)
        case "decimal":
            return Decimal(value)
    return bytes.fromhex(value)
