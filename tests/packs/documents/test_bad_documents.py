"""Files that are not what they should be: each told in words, with what to do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.packs.documents.intake import MOST_BYTES, MOST_TEXT
from greenrule.packs.documents.parse import read_document
from tests.packs.documents import paper

TEXT = "一、总体安排\n（一）各地建立台账，按月报送。\n（二）有关部门按分工落实。\n"


def _zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return stream.getvalue()


def _pdf(pages: int = 1, password: str | None = None, owner: str | None = None) -> bytes:
    import pypdf

    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password is not None or owner is not None:
        writer.encrypt(password or "", owner, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


BAD = {
    "空.txt": (b"", "DOC002"),
    "只有空白.txt": ("　\n \n\f".encode(), "DOC002"),
    "零字节.txt": (b"\0" * 64, "DOC004"),
    "不是文字.txt": (b"\x80\xff\xfe\x01" * 20, "DOC004"),
    "大五码.txt": ("本辦法所稱環境影響評估，指開發行為對環境可能影響之程度及範圍，事前以科學、客觀、綜合之調查。".encode("big5"), "DOC004"),
    "坏了一个字节.txt": (("一、甲\n" + TEXT * 20).encode()[:-4] + b"\xff" + TEXT.encode(), "DOC004"),
    "半个字.txt": ((TEXT * 20).encode()[:-2], "DOC004"),
    "网页.txt": (b"<!DOCTYPE html><html><body>x</body></html>", "DOC005"),
    "写字板.txt": (b"{\\rtf1 x}", "DOC005"),
    "图片.pdf": (b"\x89PNG\r\n\x1a\n....", "DOC005"),
    "旧版.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "DOC005"),
    "加密.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "DOC007"),
    "版式.ofd": (_zip(OFD_xml=b"<x/>"), "DOC005"),
    "没下完.docx": (b"PK\x03\x04" + b"\0" * 40, "DOC006"),
    "别的压缩包.docx": (_zip(a_xml=b"<a/>"), "DOC006"),
    "坏标记.docx": (_zip(word__document_xml=b"<w:document", **{"[Content_Types]_xml": b"<Types/>"}), "DOC006"),
    "不是.docx": (TEXT.encode(), "DOC006"),
    "撕开.pdf": (b"%PDF-1.7\n" + b"\x01\x02" * 200, "DOC006"),
    "打开密码.pdf": (_pdf(password="x"), "DOC007"),
    "扫描件.pdf": (_pdf(3), "DOC008"),
    "没有页.pdf": (_pdf(0), "DOC006"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_is_told(name: str, tmp_path: Path) -> None:
    data, code = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputFault) as caught:
        read_document(path)
    fault = caught.value.faults[0]
    assert (len(caught.value.faults), fault.code) == (1, code)
    assert fault.help
    assert str(fault.place).startswith(str(path))


def test_a_pdf_that_only_forbids_printing_is_read_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(_pdf(2, owner="y"))
    with pytest.raises(InputFault, match="DOC008"):  # opened without asking for the owner's password: a scan
        read_document(path)


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    import pypdf

    written = paper.write_pdf(tmp_path / "a.pdf", TEXT.splitlines())
    writer = pypdf.PdfWriter(clone_from=str(written))
    writer.add_blank_page(200, 200)
    with (tmp_path / "b.pdf").open("wb") as stream:
        writer.write(stream)
    document = read_document(tmp_path / "b.pdf")
    assert [note.code for note in document.notes] == ["DOC022"]
    assert "第 2 页" in document.notes[0].message
    assert "s1.c2" in document.by_anchor


def test_two_hundred_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    with pytest.raises(InputFault, match="DOC003"):
        read_document(path)
    assert MOST_BYTES < 200 * 2**20
    path.write_bytes(b" " * (MOST_TEXT + 1) + b"x")
    with pytest.raises(InputFault, match="DOC003"):
        read_document(path)


def test_a_docx_that_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(_zip(word__document_xml=b" " * (33 * 2**20)))
    with pytest.raises(InputFault, match="DOC003"):
        read_document(path)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    source = paper.write_docx(tmp_path / "a.docx", ["一、甲"])
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "b.docx", "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "word/document.xml":
                data = data.replace(
                    b"<w:document", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document', 1
                )
                data = data.replace("甲".encode(), b"&e;")
            new.writestr(part.filename, data)
    assert "root" not in read_document(tmp_path / "b.docx").by_anchor["s1"].text


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "x.txt", tmp_path):
        with pytest.raises(InputFault, match="DOC001"):
            read_document(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.txt"
    path.write_text(TEXT, encoding="utf-8")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(EnvironmentFault, match="DOC009"):
        read_document(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gbk", "gb18030"])
def test_usual_encodings_are_told_by_their_bytes(encoding: str, tmp_path: Path) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / "x.txt").write_bytes(mark + TEXT.encode(encoding))
    document = read_document(tmp_path / "x.txt")
    assert [passage.anchor for passage in document] == ["s1", "s1.c1", "s1.c2"]
    name = "GB18030" if encoding.startswith("gb") else encoding[:6].rstrip("-").upper()
    assert (document.encoding or "").startswith(name[:5])


def test_characters_lost_in_an_earlier_conversion_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(TEXT.replace("台账", "台�"), encoding="utf-8")
    assert [(note.code, note.place and note.place.line) for note in read_document(tmp_path / "x.txt").notes] == [
        ("DOC020", 2)
    ]
