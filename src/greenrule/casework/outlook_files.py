"""A table of plain cells as a file: CSV, XLSX or Parquet by its ending."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place

TABLES = (".csv", ".xlsx", ".parquet")


def table_bytes(path: Path, sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]) -> bytes:
    """Sheets (name → columns, rows) in the format that the ending of `path` names; only a workbook takes several.

    Errors: F041 an ending that is not known.
    """
    suffix = path.suffix.lower()
    columns, rows = next(iter(sheets.values()))
    if suffix == ".csv":
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        return stream.getvalue().encode("utf-8-sig")  # with a mark, so that Excel sees the encoding
    if suffix == ".xlsx":
        return _workbook(sheets)
    if suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(columns)})
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()
    told = f"不会写 `{path.suffix or path.name}` 文件"
    raise InputFault(Fault("F041", told, Place(str(path)), f"用 {'、'.join(TABLES)}"))


def _workbook(sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book: Any = Workbook()
    book.remove(book.active)
    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for row in rows:
            sheet.append([_cell(value) for value in row])
        sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """A text that begins like a formula is text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "@") else value
