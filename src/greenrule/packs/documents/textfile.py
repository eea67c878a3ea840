"""TXT files: which encoding they are in, told by their bytes, and their lines."""

from __future__ import annotations

from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.documents.lines import RawText, make_lines

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}
_KINDS = "给 TXT、DOCX 或有文字的 PDF"
_HELP = "用记事本或 WPS 打开确认文字正常后，另存为 UTF-8 编码的 TXT"


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """The text and the name of its encoding: by byte order mark, else UTF-8, else GB18030 (which GBK and GB 2312 are part of).

    DOC004: none of them, or bytes that GB18030 takes but that give no Chinese.
    """
    for mark, encoding in (*_MARKS, (b"", "utf-8")):
        if data.startswith(mark):
            if not mark and b"\0" in data:
                raise InputFault(Fault("DOC004", "不是文本文件：有零字节", Place(str(path)), _KINDS))
            try:
                return data.decode(encoding), _NAMES[encoding]
            except UnicodeDecodeError as error:
                if mark or _is_utf8_but_for_a_slip(data, error):
                    line = data.count(b"\n", 0, error.start) + 1
                    told = f"文件是 {_NAMES[encoding]} 编码，但第 {error.start + 1} 个字节起有一处坏了"
                    raise InputFault(Fault("DOC004", told, Place(str(path), line), _HELP)) from None
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = f"文件编码既不是 UTF-8、UTF-16，也不是 GB18030（第 {error.start + 1} 个字节）"
        raise InputFault(Fault("DOC004", told, Place(str(path), line), _HELP)) from None
    if not _is_plain_chinese(text):
        told = "按 GB18030 读出来不像中文，可能是 Big5 等别的编码"
        raise InputFault(Fault("DOC004", told, Place(str(path)), _HELP))
    return text, _NAMES["gb18030"]


def _is_utf8_but_for_a_slip(data: bytes, error: UnicodeDecodeError) -> bool:
    """Whether a file is UTF-8 with single broken places; in GBK text the broken places follow upon each other."""
    rest = data.decode("utf-8", errors="replace")
    return rest.count("�") <= max(3, len(rest) // 200) and sum(c >= "⺀" for c in rest) > 20 * rest.count("�")


def _is_plain_chinese(text: str) -> bool:
    """Whether most Han characters are among the 3,755 usual ones of GB 2312, as in any official text."""
    han = [c for c in text if "㐀" <= c <= "鿿" or c >= "豈"]
    usual = sum(len(code := c.encode("gb2312", "ignore")) == 2 and 0xB0 <= code[0] <= 0xD7 for c in han)
    return usual * 10 >= len(han) * 7


def read_text_file(data: bytes, path: Path) -> RawText:
    """The lines of a TXT file; a form feed begins a page.  Errors: those of `decode`."""
    text, encoding = decode(data, path)
    texts: list[tuple[str, Place, int | None]] = []
    notes: list[Fault] = []
    paged, page = "\f" in text, 1
    # Only what ends a line for everybody: str.splitlines also splits at U+2028, U+0085 and separators of data.
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if "�" in line:
            told = f"有 {line.count('�')} 个字在以前转换编码时丢失了（�）"
            notes.append(Fault("DOC020", told, Place(str(path), number), "对照原件补上"))
        for at, part in enumerate(line.split("\f")):
            page += at > 0
            texts.append((part, Place(str(path), number), page if paged else None))
    return RawText(tuple(make_lines(texts)), "txt", encoding, tuple(notes))
