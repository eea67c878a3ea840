"""Tables of air monitoring data as they come: CSV, XLSX, Parquet, and the national feed (JSON), under Chinese or English headers.

What comes out is a frame with the columns as the file has them, and which of them is what; values are not looked at here.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.casework.workbooks import MOST_UNPACKED, text_of, whole
from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.quality.editions import POLLUTANTS

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".csv", ".xlsx", ".parquet", ".json", ".geojson")

#: Header as it is compared → what it is.
_HEADERS = {
    "station": "station", "stationcode": "station", "stationid": "station", "code": "station", "site": "station", "siteid": "station",
    "站点": "station", "站点编号": "station", "站点编码": "station", "站点代码": "station", "监测点": "station", "监测点编码": "station",
    "监测点位": "station", "点位": "station", "点位编号": "station", "点位编码": "station", "点位名称": "station", "站点名称": "station",
    "监测点名称": "station", "站名": "station", "positionname": "name", "stationname": "name", "城市": "city", "area": "city", "city": "city",
    "time": "time", "datetime": "time", "timepoint": "time", "timestamp": "time", "时间": "time", "监测时间": "time", "数据时间": "time",
    "发布时间": "time", "date": "date", "日期": "date", "监测日期": "date", "day": "day", "hour": "hour", "小时": "hour", "时": "hour", "year": "year",
    "month": "month", "年": "year", "月": "month", "日": "day",
    "so2": "so2", "二氧化硫": "so2", "no2": "no2", "二氧化氮": "no2", "co": "co", "一氧化碳": "co", "o3": "o3", "臭氧": "o3", "o31h": "o3",
    "臭氧1小时": "o3", "pm10": "pm10", "可吸入颗粒物": "pm10", "颗粒物pm10": "pm10", "pm25": "pm25", "细颗粒物": "pm25", "细颗粒物pm25": "pm25",
    "o38h": "o3_8h", "臭氧8小时": "o3_8h", "o3mda8": "o3_8h", "mda8": "o3_8h", "o38h24h": "o3_8h_24h", "o324h": "o3_24h",
    "臭氧日最大8小时": "o3_8h", "o3日最大8小时": "o3_8h", "o38小时": "o3_8h", "臭氧日最大8小时平均": "o3_8h",
}  # fmt: skip
#: A column that says of each value of a pollutant whether it is valid: pm25_mark, SO2标识.
_MARK = re.compile(r"(.+?)(?:mark|flag|status|标识|标记|状态)$")
_UNIT = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]\s*$")
_MICRO = re.compile(r"[uμµ]g", re.I)


@dataclass
class Sheet:
    """A table that has been read: `columns` says what is under which header, `units` what stood in brackets behind it.

    first_row : number of the first row of data as a reader counts
    """

    path: Path
    frame: pl.DataFrame
    columns: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    first_row: int = 2
    notes: list[str] = field(default_factory=list)

    def place(self, row: int, key: str | None = None) -> Place:
        """Where a cell is: row as the reader counts, column by its header; `row` counts the rows of the frame from 0."""
        return Place(str(self.path), row + self.first_row, None if key is None else self.columns.get(key, key))


def header_key(header: str) -> tuple[str | None, str]:
    """What a header names, and the unit behind it.

    >>> header_key("PM₂.₅（μg/m³）"), header_key("CO(mg/m3)"), header_key("备注"), header_key("SO2标识")
    (('pm25', 'μg/m³'), ('co', 'mg/m3'), (None, ''), ('so2_mark', ''))
    """
    text = str(header).strip().lstrip("\ufeff")
    unit = ""
    found = _UNIT.search(text)
    if found and ("g/m" in found[1].lower() or "克" in found[1]):
        unit, text = found[1].strip(), text[: found.start()]
    plain = re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", unicodedata.normalize("NFKC", text).lower())
    if plain not in _HEADERS and (marked := _MARK.fullmatch(plain)) and _HEADERS.get(marked[1]) in POLLUTANTS:
        return f"{_HEADERS[marked[1]]}_mark", ""
    return _HEADERS.get(plain), unit


def read_sheet(path: Path) -> Sheet:
    """Read a table whole.

    Raises InputFault: A020 no such file · A021 kind of file · A022 cannot be read as what it is · A023 empty, or only headers ·
    A024 a header twice; EnvironmentFault A025 the machine does not let us read it.
    """
    path = Path(path)
    at = Place(str(path))
    if not path.is_file():
        raise InputFault(Fault("A020", "没有这个文件", at, "检查路径"))
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputFault(Fault("A021", f"不认识的表格类型 `{suffix}`", at, f"可用：{' '.join(SUFFIXES)}"))
    try:
        if suffix == ".csv":
            frame = _csv(path)
        elif suffix == ".xlsx":
            frame = _xlsx(path)
        elif suffix == ".parquet":
            frame = _parquet(path)
        else:
            frame = _feed(path)
    except PermissionError as error:
        raise EnvironmentFault(Fault("A025", f"文件读不出来：{error.strerror}", at, "检查文件权限与磁盘")) from None
    if not frame.width or not frame.height:
        raise InputFault(Fault("A023", "文件是空的，或只有表头", at, "第一行写表头，从第二行起一行写一个站一个时刻"))
    columns: dict[str, str] = {}
    units: dict[str, str] = {}
    faults = []
    for header in frame.columns:
        key, unit = header_key(header)
        if key is None:
            continue
        if key in columns:
            told = f"`{columns[key]}` 与 `{header}` 两列都是 {key}"
            faults.append(Fault("A024", told, Place(str(path), 1, header), "只留一列"))
            continue
        columns[key], units[key] = header, unit
    if faults:
        raise InputFault(faults)
    sheet = Sheet(path, frame, columns, units, 1 if suffix in (".parquet", ".json", ".geojson") else 2)
    return sheet


def _csv(path: Path) -> pl.DataFrame:
    import polars as pl

    text = text_of(path.read_bytes())
    if text is None:
        raise InputFault(Fault("A022", "文件编码既不是 UTF-8 也不是 GB18030", Place(str(path)), "另存为 UTF-8"))
    data = text.encode()
    if not data.strip():
        return pl.DataFrame()
    try:
        return pl.read_csv(io.BytesIO(data), infer_schema=False)
    except pl.exceptions.NoDataError:
        return pl.DataFrame()
    except pl.exceptions.DuplicateError as error:
        raise InputFault(Fault("A024", f"表头重复：{error}", Place(str(path), 1), "只留一列")) from None
    except pl.exceptions.PolarsError as error:
        told = f"读不成表格：{str(error).splitlines()[0][:160]}"
        raise InputFault(Fault("A022", told, Place(str(path)), "检查每行的列数和引号是否成对")) from None


def _parquet(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        told = f"打不开这个 Parquet 文件：{str(error)[:120]}"
        raise InputFault(Fault("A022", told, Place(str(path)), "检查文件是否完整")) from None


def _xlsx(path: Path) -> pl.DataFrame:
    import openpyxl
    import polars as pl

    def wrong(told: str, help: str) -> InputFault:
        return InputFault(Fault("A022", told, Place(str(path)), help))

    with whole(path, MOST_UNPACKED, "改用 CSV 或 Parquet", wrong):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    if not rows:
        return pl.DataFrame()
    header = ["" if cell is None else str(cell) for cell in rows[0]]
    while header and not header[-1]:
        header.pop()
    if len(set(header)) < len(header):
        raise InputFault(Fault("A024", "表头有空格或重复", Place(str(path), 1), "每列一个不同的表头"))
    body = [[*row, *[None] * len(header)][: len(header)] for row in rows[1:]]
    while body and not any(cell is not None for cell in body[-1]):
        body.pop()
    columns = {name: _texts([row[at] for row in body]) for at, name in enumerate(header)}
    return pl.DataFrame(columns, schema=dict.fromkeys(header, pl.String))


def _texts(cells: list[Any]) -> list[str | None]:
    """Cells as texts; a column of dates, which a workbook keeps as midnights, as days."""
    moments = [cell for cell in cells if isinstance(cell, datetime)]
    if moments and all(moment.time() == time() for moment in moments):
        cells = [cell.date() if isinstance(cell, datetime) else cell for cell in cells]
    return [None if cell is None else str(cell) for cell in cells]


def _feed(path: Path) -> pl.DataFrame:
    """The national feed: a GeoJSON of stations, or a list of records."""
    import polars as pl

    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputFault(Fault("A022", f"不是可读的 JSON：{error}", Place(str(path)), "重新下载，或改用 CSV")) from None
    if isinstance(found, dict):
        found = found.get("features", found.get("data"))
    records: list[dict[str, Any]] = []
    for item in found if isinstance(found, list) else []:
        if not isinstance(item, dict):
            records = []
            break
        record = dict(item.get("properties", item))
        place = (item.get("geometry") or {}).get("coordinates") if isinstance(item.get("geometry"), dict) else None
        if isinstance(place, list) and len(place) == 2:
            record["lon"], record["lat"] = place
        records.append(record)
    if not records:
        told = "JSON 里没有站点记录"
        raise InputFault(Fault("A022", told, Place(str(path)), "应是国家发布平台的 GeoJSON（features），或记录的列表"))
    keys = list(dict.fromkeys(key for record in records for key in record))
    columns = {key: [None if record.get(key) is None else str(record[key]) for record in records] for key in keys}
    return pl.DataFrame(columns, schema=dict.fromkeys(keys, pl.String))


def needed_columns(sheet: Sheet) -> None:
    """Raise A026 for what every table must have: a station, a time, and at least one pollutant."""
    faults = []
    shown = "、".join(sheet.frame.columns[:12])
    if "station" not in sheet.columns:
        faults.append(Fault("A026", "没有站点列", sheet.place(-1), f"加一列 `station`（站点编号）；现有：{shown}"))
    dated = "time" in sheet.columns or "date" in sheet.columns or {"year", "month", "day"} <= set(sheet.columns)
    if not dated:
        faults.append(
            Fault("A026", "没有时间列", sheet.place(-1), f"加一列 `time`（如 2026-03-01 08:00）；现有：{shown}")
        )
    if not any(name in sheet.columns for name in (*POLLUTANTS, "o3_8h")):
        faults.append(Fault("A026", "没有一列污染物", sheet.place(-1), f"可用：{'、'.join(POLLUTANTS)}；现有：{shown}"))
    if faults:
        raise InputFault(faults)


def in_micrograms(unit: str) -> bool:
    """Whether a unit in a header is micrograms."""
    return bool(_MICRO.search(unit)) or "微克" in unit
