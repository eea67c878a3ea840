"""What can be wrong with an Excel file as a whole, told alike by every reader of one."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place


@contextmanager
def legible(path: Path, most: int, advice: str) -> Iterator[None]:
    """Around the reading of a workbook, which may unpack to `most` bytes; `advice` is what to do about a larger one.

    Errors: J003 unpacks to too much · J004 not a workbook, or a torn one; EnvironmentFault J009 cannot be read.  Faults that are
    raised inside pass through.
    """
    import zlib
    from xml.parsers import expat

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > most:
                size = f"{most / 1e9:.0f} GB" if most >= 10**9 else f"{most / 1e6:.0f} MB"
                raise InputFault(Fault("J003", f"表格解开后超过 {size}", Place(str(path)), advice))
        yield
    except PermissionError as error:
        unread = f"文件读不出来：{error.strerror}"
        raise EnvironmentFault(Fault("J009", unread, Place(str(path)), "检查文件权限与磁盘")) from None
    # What openpyxl and the readers of archives and XML raise for files that are none, are torn or were made to harm.
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, expat.ExpatError, SyntaxError, EOFError, OSError,
        KeyError, IndexError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        told, help = f"打不开这个 Excel 文件：{error}", "用 Excel 或 WPS 另存为 .xlsx"
        raise InputFault(Fault("J004", told, Place(str(path)), help)) from None
