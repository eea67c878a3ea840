"""DOCX files: their paragraphs in order, with the numbers that Word computes, tracked deletions left out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.documents.lines import Line, RawText, make_lines
from greenrule.packs.documents.wordnumbers import Numbering

#: What a DOCX may unpack to; a real one is a few times its file, a crafted one a thousand times.
MOST_UNPACKED = 512 * 1024 * 1024
_MOST_TEXT = 32 * 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted text, moved-away text, field codes and the second copy of a drawing are not what a reader sees.
_UNSEEN = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", _FALLBACK})


def read_word_file(data: bytes, path: Path) -> RawText:
    """The paragraphs of a DOCX file.

    DOC006 not a DOCX that can be opened · DOC003 unpacks to too much.  Notes: DOC021 tracked changes.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from lxml import etree

    place = Place(str(path))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if "OFD.xml" in archive.namelist():
                raise InputFault(Fault("DOC005", "这是 OFD 版式文件", place, "用 OFD 阅读器导出 TXT 或 PDF 再读"))
            longest = max((part.file_size for part in parts if part.filename.endswith(".xml")), default=0)
            if sum(part.file_size for part in parts) > MOST_UNPACKED or longest > _MOST_TEXT:
                told = f"文件解开后超过 {MOST_UNPACKED // 2**20} MB，或文字部分超过 {_MOST_TEXT // 2**20} MB"
                raise InputFault(Fault("DOC003", told, place, "另存为 TXT，或拆成几个文件"))
        document = docx.Document(io.BytesIO(data))
        texts = list(_paragraphs(document))
    # What python-docx and lxml raise for torn or foreign parts.
    except (OpcError, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, IndexError, ValueError, TypeError, AttributeError,
            NotImplementedError, RuntimeError, EOFError, OSError, AssertionError) as error:  # fmt: skip
        why = (
            "不是完整的压缩包"
            if isinstance(error, zipfile.BadZipFile | EOFError)
            else "里面缺少 Word 文件的部分，或这些部分坏了"
        )
        told = f"打不开这个 Word 文件：{why}"
        raise InputFault(Fault("DOC006", told, place, "用 Word 或 WPS 打开修复，另存为 .docx")) from None
    notes: tuple[Fault, ...] = ()
    body = document.element.body
    if any(next(body.iter(f"{_W}{name}"), None) is not None for name in ("ins", "del", "moveFrom")):
        told = "文件带修订痕迹：插入的已读入，删除的没有读"
        notes = (Fault("DOC021", told, place, "发布稿不应有修订痕迹，请接受或拒绝全部修订后另存"),)
    out: list[Line] = []
    for number, (text, cells) in enumerate(texts, 1):
        for line in make_lines([(part, Place(str(path), number), None) for part in text.split("\n")]):
            out.append(Line(line.text, line.at, line.gap, line.indent, None, cells))
    return RawText(tuple(out), "docx", None, notes)


def _paragraphs(document: Any) -> Iterator[tuple[str, bool]]:
    """Text of each paragraph, or of each row of a table with several columns (then True), in order."""
    try:
        numbers = Numbering(document.part.numbering_part.element, document.styles.element)
    except (KeyError, NotImplementedError):  # the file numbers nothing
        numbers = Numbering(None, document.styles.element)
    yield from _within(document.element.body, numbers)


def _within(element: Any, numbers: Numbering) -> Iterator[tuple[str, bool]]:
    for child in element:
        if child.tag == f"{_W}p":
            label, text = numbers.label(child), _text(child)
            yield (f"{label} {text}" if label and text.strip() else text), False
        elif child.tag == f"{_W}tbl":
            yield from _table(child, numbers)
        elif child.tag not in _UNSEEN and isinstance(child.tag, str):
            yield from _within(child, numbers)


def _table(table: Any, numbers: Numbering) -> Iterator[tuple[str, bool]]:
    for row in (child for child in table if child.tag == f"{_W}tr"):
        cells = [cell for cell in row if cell.tag == f"{_W}tc"]
        if len(cells) == 1:  # a frame around text, as boxes are set
            yield from _within(cells[0], numbers)
        elif cells:
            texts = ["".join(text for text, _ in _within(cell, numbers)).replace("\n", "") for cell in cells]
            yield "\t".join(texts), True


def _text(element: Any) -> str:
    out = []
    for child in element:
        if child.tag in _UNSEEN or child.tag == f"{_W}p":
            continue
        if child.tag == f"{_W}t":
            out.append(child.text or "")
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n")
        elif child.tag == f"{_W}tab":
            out.append("\t" if element.tag == f"{_W}r" else "")
        elif child.tag == f"{_W}noBreakHyphen":
            out.append("-")
        else:
            out.append(_text(child))
    return "".join(out)
