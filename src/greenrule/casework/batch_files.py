"""Files of results: parts that survive a kill, put together into CSV, Parquet or XLSX; and the rows that were set aside.

A part is written whole or not at all, so a run that is started again takes up behind the last one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.core.files import replace_file

if TYPE_CHECKING:
    import pyarrow as pa

#: What `--out` may be.
KINDS = (".csv", ".parquet", ".xlsx")
#: Rows of a worksheet, its header included (ECMA-376).
MOST_XLSX_ROWS = 1_048_576
#: Rows that are put into CSV at a time.
_CSV_ROWS = 4_096


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def set_aside_path(out: Path) -> Path:
    """The file for rows that could not be read, beside the result."""
    return out.with_name(f"{out.stem}-待改.csv")


@dataclass
class Parts:
    """The folder of a run that is not finished: `结果.csv.part/` with a manifest, result parts and rows set aside."""

    folder: Path
    kind: str
    #: numbers of parts that an earlier run of the same question has finished, with what it told of them
    done: dict[int, dict[str, Any]] = field(default_factory=dict)
    _lock: Any = None

    @classmethod
    def open(cls, out: Path, question: Mapping[str, Any]) -> Parts:
        """Take up a run of the same question (same input, law, layers, options), or begin anew.

        Errors, EnvironmentFault: D001 cannot be written · B003 another run is writing the same result.
        """
        parts = cls(out.with_name(f"{out.name}.part"), out.suffix.lower())
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            parts.folder.mkdir(exist_ok=True)
            parts._hold()
            manifest = parts.folder / "manifest.json"
            text = json.dumps(question, ensure_ascii=False, sort_keys=True, indent=1)
            if not manifest.exists() or manifest.read_text(encoding="utf-8") != text:
                for file in parts.folder.iterdir():
                    if file.name != "lock":
                        file.unlink()
                replace_file(manifest, text.encode())
            for file in sorted(parts.folder.glob("*.json")):
                if file.stem.isdigit():
                    parts._take(file)
        except OSError as error:
            raise parts.unwritable(error) from None
        return parts

    def _hold(self) -> None:
        """One run at a time; the system lets go of the lock when a run dies."""
        import fcntl

        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            told, help = "另一次运行正在写同一个结果文件", "等它结束，或换一个 `--out`"
            raise EnvironmentFault(Fault("B003", told, Place(str(self.folder)), help)) from None

    def _take(self, file: Path) -> None:
        """A finished part counts only if its data are what was written: parts are not flushed one by one, and the power may
        have failed."""
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            data = self._data(int(file.stem)).read_bytes()
            if told["check"] == [len(data), zlib.crc32(data)]:
                self.done[int(file.stem)] = told
        except (OSError, ValueError, KeyError):
            return

    def _data(self, number: int) -> Path:
        return self.folder / f"{number:06d}{'.csv' if self.kind == '.csv' else '.parquet'}"

    def unwritable(self, error: OSError) -> EnvironmentFault:
        """D001 as everywhere."""
        told = f"写不进去：{error.strerror or error}"
        return EnvironmentFault(Fault("D001", told, Place(str(self.folder)), "检查目录权限和剩余空间"))

    def add(self, number: int, table: pa.Table, told: dict[str, Any]) -> None:
        """Write one part; its `.json` comes last and makes it count."""
        data = _csv_text(table) if self.kind == ".csv" else iter((memoryview(_parquet_bytes(table)),))
        try:
            told["check"] = _renamed(self._data(number), data)
            _renamed(
                self.folder / f"{number:06d}.json", iter((memoryview(json.dumps(told, ensure_ascii=False).encode()),))
            )
        except OSError as error:
            raise self.unwritable(error) from None
        self.done[number] = told

    def finish(self, out: Path, headings: Mapping[str, str], set_aside: Sequence[Sequence[Any]]) -> None:
        """Put the result together beside its place, rename it there, and remove the folder."""
        temporary = self.folder / f"whole{self.kind}"
        numbers = sorted(self.done)
        try:
            _WRITERS[self.kind](temporary, [self._data(number) for number in numbers], headings)
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            os.replace(temporary, out)
            if len(set_aside) > 1:
                text = io.StringIO(newline="")
                csv.writer(text).writerows(set_aside)
                replace_file(set_aside_path(out), text.getvalue().encode("utf-8-sig"))
            shutil.rmtree(self.folder)
        except OSError as error:
            raise self.unwritable(error) from None
        finally:
            self._lock.close()


def _renamed(path: Path, data: Iterator[memoryview]) -> list[int]:
    """Write beside the place, rename; the length and the checksum of what was written."""
    temporary = path.with_name(f"{path.name}.tmp")
    length = check = 0
    with temporary.open("wb") as stream:
        for part in data:
            stream.write(part)
            length, check = length + len(part), zlib.crc32(part, check)
    os.replace(temporary, path)
    return [length, check]


def check_kind(out: Path) -> None:
    """B001 where a result cannot be of the kind that the name says."""
    if out.suffix.lower() not in KINDS:
        raise InputFault(Fault("B001", f"不会写 `{out.suffix}` 结果", Place(str(out)), f"可用：{' '.join(KINDS)}"))


def _csv_text(table: pa.Table) -> Iterator[memoryview]:
    """The rows of a part as CSV, some at a time: where little is known of a project, its missing facts fill pages."""
    import pyarrow as pa
    import pyarrow.csv as pc

    for low in range(0, table.num_rows, _CSV_ROWS):
        part, sink = table.slice(low, _CSV_ROWS), pa.BufferOutputStream()
        plain = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in part.columns]
        pc.write_csv(pa.table(plain, names=part.column_names), sink, pc.WriteOptions(include_header=False))
        yield memoryview(sink.getvalue())


def _parquet_bytes(table: pa.Table) -> Any:
    """The rows of a part as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="lz4")
    return sink.getvalue()


def _tables(parts: Sequence[Path], headings: Mapping[str, str]) -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    texts = [name for name in headings if name != "row"]
    for part in parts:
        yield pq.read_table(part, read_dictionary=texts)


def _write_csv(path: Path, parts: Sequence[Path], headings: Mapping[str, str]) -> None:
    with path.open("wb") as stream:
        # Excel takes a file for UTF-8 only by its mark; programs stumble over it, so only people's headings get one.
        if any(name != shown for name, shown in headings.items()):
            stream.write(b"\xef\xbb\xbf")
        stream.write((",".join(headings.values()) + "\n").encode())
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, stream, 1 << 22)


def _write_parquet(path: Path, parts: Sequence[Path], headings: Mapping[str, str]) -> None:
    import pyarrow.parquet as pq

    writer = None
    for table in _tables(parts, headings):
        table = table.rename_columns(list(headings.values()))
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


_PACKAGE = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="结果" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def _write_xlsx(path: Path, parts: Sequence[Path], headings: Mapping[str, str]) -> None:
    """A workbook of one sheet with inline texts, as a stream: openpyxl takes minutes over a long table."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PACKAGE.items():
            archive.writestr(name, head + text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            top = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
            stream.write(
                f'{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{top}<sheetData>'.encode()
            )
            stream.write(f"<row>{''.join(_text_cell(name) for name in headings.values())}</row>".encode())
            rows = 1
            for table in _tables(parts, headings):
                rows += table.num_rows
                if rows > MOST_XLSX_ROWS:
                    told = f"一张 Excel 表最多 {MOST_XLSX_ROWS - 1:,} 行，结果更多"
                    raise InputFault(Fault("B002", told, Place(str(path)), "结果写成 .csv 或 .parquet"))
                columns = [_cells(column) for column in table.columns]
                stream.write("".join(f"<row>{''.join(row)}</row>" for row in zip(*columns, strict=True)).encode())
            stream.write(b"</sheetData></worksheet>")


def _cells(column: Any) -> list[str]:
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        return [f"<c><v>{value}</v></c>" for value in column.to_pylist()]
    cells: list[str] = []
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            chunk = chunk.dictionary_encode()
        words = ["<c/>" if word is None else _text_cell(word) for word in chunk.dictionary.to_pylist()]
        cells += ["<c/>" if code is None else words[code] for code in chunk.indices.to_pylist()]
    return cells


def _text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text[:32_767])}</t></is></c>'


_WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_xlsx}
