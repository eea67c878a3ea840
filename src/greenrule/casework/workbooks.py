"""What can be wrong with a table's file as a whole, found alike by every reader of one: bytes that are no text, workbooks that are none."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

#: What a workbook may unpack to; a real one is a tenth of it, a crafted one a thousand times the file.
MOST_UNPACKED = 512 * 1024 * 1024


def text_of(data: bytes) -> str | None:
    """The text of a CSV in UTF-8 (with or without a mark) or GB18030; None where it is neither.

    >>> text_of("甲".encode("gb18030")), text_of(b"\\xff\\xff")
    ('甲', None)
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


@contextmanager
def whole(path: Path, most: int, advice: str, wrong: Callable[[str, str], InputFault]) -> Iterator[None]:
    """Around the reading of a workbook, which may unpack to `most` bytes; `advice` is what to do about a larger one.

    wrong : makes the reader's own fault of what is told and what helps.  PermissionError and InputFault pass through.
    """
    import zlib
    from xml.parsers import expat

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > most:
                size = f"{most / 1e9:.0f} GB" if most >= 10**9 else f"{most / 1e6:.0f} MB"
                raise wrong(f"表格解开后超过 {size}", advice)
        yield
    except PermissionError:
        raise
    # What openpyxl and the readers of archives and XML raise for files that are none, are torn or were made to harm.
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, expat.ExpatError, SyntaxError, EOFError, OSError,
        KeyError, IndexError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError, OverflowError,
    ) as error:  # fmt: skip
        raise wrong(f"打不开这个 Excel 文件：{error}", "用 Excel 或 WPS 另存为 .xlsx") from None


@contextmanager
def legible(path: Path, most: int, advice: str) -> Iterator[None]:
    """Around the reading of a workbook of projects, as `whole`.

    Errors: J003 unpacks to too much · J004 not a workbook, or a torn one; EnvironmentFault J009 cannot be read.  Faults that are
    raised inside pass through.
    """

    def wrong(told: str, help: str) -> InputFault:
        if help == advice:
            return InputFault(Fault("J003", told, Place(str(path)), help))
        return InputFault(Fault("J004", told, Place(str(path)), help))

    try:
        with whole(path, most, advice, wrong):
            yield
    except PermissionError as error:
        unread = f"文件读不出来：{error.strerror}"
        raise EnvironmentFault(Fault("J009", unread, Place(str(path)), "检查文件权限与磁盘")) from None
