"""Attribute tables of vector files as plain lists, their text as it was written.

Shapefile tables come in GBK with no word about it, or with a wrong one; field names are cut in the middle of a character.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from greenrule.core.errors import Fault, InputFault, Place

# What the KML driver adds to every placemark and nobody wrote.
_KML_STYLE = {
    "id",
    "timestamp",
    "begin",
    "end",
    "altitudeMode",
    "tessellate",
    "extrude",
    "visibility",
    "drawOrder",
    "icon",
}


def plain_columns(
    meta: dict[str, Any],
    values: Sequence[np.ndarray],
    suffix: str,
    page: str | None,
    encoding: str | None,
    where: Place,
    notes: list[str],
) -> dict[str, Sequence[Any]]:
    """Columns as plain lists: text decoded, whole numbers whole, missing values None.

    meta, values : as pyogrio reads them, text of shapefiles as Latin-1 so that every byte comes through; suffix : kind of the
    file; page : the code page it claims; encoding : the one the caller states; notes : what was assumed is added

    Errors: InputFault VEC009 (stated encoding unknown or not that of the table).
    """
    names = [str(name) for name in meta["fields"]]
    kinds = list(meta["ogr_types"])
    columns = [_plain(array, kind) for array, kind in zip(values, kinds, strict=True)]
    if suffix == ".shp":
        texts = {
            text for column, kind in zip(columns, kinds, strict=True) if kind == "OFTString" for text in column if text
        }
        read = _table_decoder(names, texts, encoding, page, where, notes)
        names = [read(name) for name in names]
        columns = [
            [read(text) if text else text for text in column] if kind == "OFTString" else column
            for column, kind in zip(columns, kinds, strict=True)
        ]
    if suffix == ".kml":
        pairs = [(name, column) for name, column in zip(names, columns, strict=True) if name not in _KML_STYLE]
        return dict(pairs)
    return dict(zip(names, columns, strict=True))


def _plain(array: np.ndarray, kind: str) -> list[Any]:
    if array.dtype.kind == "f":
        whole = kind in ("OFTInteger", "OFTInteger64")
        return [None if np.isnan(value) else int(value) if whole else float(value) for value in array.tolist()]
    if array.dtype.kind == "M":
        return [None if np.isnat(value) else str(value) for value in array]
    return [value.item() if isinstance(value, np.generic) else value for value in array.tolist()]


def _table_decoder(
    names: Sequence[str],
    texts: set[str],
    stated: str | None,
    page: str | None,
    where: Place,
    notes: list[str],
) -> Callable[[str], str]:
    """The function that turns Latin-1 hand-through text of a shapefile table into what was written."""
    raw = [text.encode("latin-1") for text in texts if not text.isascii()]
    heads = [name.encode("latin-1") for name in names if not name.isascii()]
    if stated is not None and _codec(stated) is None:
        raise InputFault(Fault("VEC009", f"不认识的编码 `{stated}`", where, "常用 utf-8、gbk、gb18030"))
    if not raw and not heads:
        return lambda text: text
    told = _codec(stated) if stated is not None else _codec(page or "")
    tried = dict.fromkeys(codec for codec in (told, "utf-8", "gb18030") if codec)
    if stated is not None:
        tried = {told or "utf-8": None}
    for cut in (False, True):
        for codec in tried:
            try:
                # Field names are cut at 10 bytes, in the middle of a character if need be; values only on the second
                # try.
                for blob in heads:
                    _decoded(blob, codec, cut or len(blob) >= 9)
                for blob in raw:
                    _decoded(blob, codec, cut)
            except UnicodeError:
                continue
            if page is None and stated is None and codec != "utf-8":
                notes.append("属性表未注明编码，按 GBK/GB18030 读取")
            elif told is not None and codec != told:
                notes.append(f"属性表注明编码 {page}，实为 {codec.upper()}，按后者读取")
            return lambda text, codec=codec: _decoded(text.encode("latin-1"), codec, True)  # type: ignore[misc]
    if stated is not None:
        raise InputFault(Fault("VEC009", f"属性表不是 {stated} 编码", where, "去掉 encoding 让程序判断，或换一个编码"))
    notes.append("属性表编码混杂，个别文字可能显示为 �")
    return lambda text: text.encode("latin-1").decode("gb18030", "replace")


def _codec(name: str) -> str | None:
    """Python's name of a code page as .cpg files spell it (`936`, `GBK`, `ANSI 936`, `UTF-8`); GB tables are read
    with GB18030."""
    key = re.sub(r"^(ANSI|OEM|CP|LDID/)\s*", "", name.strip(), flags=re.I)
    if key in ("936", "54936") or key.upper().replace("-", "") in ("GBK", "GB2312", "GB18030", "EUCCN"):
        return "gb18030"
    try:
        codec = codecs.lookup(f"cp{key}" if key.isdigit() else key).name
    except LookupError:
        return None
    # Tables written by tools that knew nothing claim Latin-1; it decodes everything and proves nothing.
    return None if codec in ("iso8859-1", "cp1252", "ascii") else codec


def _decoded(blob: bytes, codec: str, cut: bool) -> str:
    """Strict decoding; with `cut`, an incomplete last character is dropped."""
    return codecs.getincrementaldecoder(codec)("strict").decode(blob, not cut)
