"""A file in, its lines out: TXT, DOCX or PDF, told by the content, not by the name."""

from __future__ import annotations

from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.packs.documents.lines import RawText

#: The largest file that is read, and the largest that is nothing but text; the longest law is a tenth of that.
MOST_BYTES = 64 * 1024 * 1024
MOST_TEXT = 16 * 1024 * 1024

_FOREIGN = (
    (b"{\\rtf", "RTF 文件", "用 Word 或 WPS 另存为 .docx"),
    (b"<!doctype", "网页", "把正文复制到 TXT，不要带导航和页脚"),
    (b"<html", "网页", "把正文复制到 TXT，不要带导航和页脚"),
    (b"\x89png", "图片", "先做文字识别，人工校对后存为 TXT"),
    (b"\xff\xd8\xff", "图片", "先做文字识别，人工校对后存为 TXT"),
)


def read_raw(path: Path) -> RawText:
    """The lines of a document.

    DOC001 no such file · DOC002 empty · DOC003 too large · DOC005 another kind of file, and those of the readers
    (DOC004 encoding, DOC006 torn, DOC007 password, DOC008 scan).  EnvironmentFault DOC009: cannot be read.
    """
    place = Place(str(path))
    try:
        if path.is_dir():
            raise InputFault(Fault("DOC001", "这是文件夹，不是文件", place, "给出里面的文件"))
        size = path.stat().st_size
        if size > MOST_BYTES:
            told = f"文件有 {size / 2**20:.0f} MB，超过 {MOST_BYTES // 2**20} MB"
            raise InputFault(Fault("DOC003", told, place, "多半是扫描图片；另存为只有文字的 TXT 或 DOCX"))
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputFault(Fault("DOC001", "没有这个文件", place, "检查路径")) from None
    except OSError as error:
        raise EnvironmentFault(
            Fault("DOC009", f"文件读不出来：{error.strerror}", place, "检查文件权限与磁盘")
        ) from None
    raw = _by_content(data, path)
    if not raw.lines:
        raise InputFault(Fault("DOC002", "文件里没有文字", place, "检查是不是保存错了文件"))
    return raw


def _by_content(data: bytes, path: Path) -> RawText:
    place = Place(str(path))
    if not data.strip():
        raise InputFault(Fault("DOC002", "文件是空的", place, "检查是不是保存错了文件"))
    if data[:1024].lstrip().startswith(b"%PDF"):
        from greenrule.packs.documents.pdffile import read_pdf_file

        return read_pdf_file(data, path)
    if data.startswith(b"PK\x03\x04"):
        from greenrule.packs.documents.wordfile import read_word_file

        return read_word_file(data, path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # the container of old Office files, and of encrypted new ones
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputFault(Fault("DOC007", "Word 文件有打开密码", place, "用密码打开后另存为没有密码的 .docx"))
        raise InputFault(Fault("DOC005", "这是旧版 Word 文件（.doc）", place, "用 Word 或 WPS 另存为 .docx"))
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, name, help in _FOREIGN:
        if head.startswith(mark):
            raise InputFault(Fault("DOC005", f"这是{name}，读不成条款", place, help))
    if path.suffix.lower() in (".docx", ".pdf"):
        told = f"名为 {path.suffix}，内容却不是"
        raise InputFault(Fault("DOC006", told, place, "文件可能没有下载完整，重新取得；若是文本，改名为 .txt"))
    if len(data) > MOST_TEXT:
        told = f"文本有 {len(data) / 2**20:.0f} MB，超过 {MOST_TEXT // 2**20} MB"
        raise InputFault(Fault("DOC003", told, place, "一份文件不会这样长；检查是不是合并了许多份，拆开再读"))
    from greenrule.packs.documents.textfile import read_text_file

    return read_text_file(data, path)
