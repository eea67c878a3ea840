from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.packs.documents.parse import read_document
from tests.packs.documents import paper


def test_numbers_that_word_computes_are_read(tmp_path: Path) -> None:
    lines = ["某方案", "甲", "某事。", "又一事。", "小事。", "乙", "末事。"]
    section, clause, item = (
        (0, "chineseCountingThousand", "%1、"),
        (1, "chineseCounting", "（%2）"),
        (2, "decimal", "%3."),
    )
    path = paper.write_docx(
        tmp_path / "x.docx", lines, {1: section, 2: clause, 3: clause, 4: item, 5: section, 6: clause}
    )
    document = read_document(path)
    assert [(passage.anchor, passage.label) for passage in document if passage.kind != "p"] == [
        ("s1", "一、"), ("s1.c1", "（一）"), ("s1.c2", "（二）"), ("s1.c2.n1", "1."), ("s2", "二、"), ("s2.c1", "（一）"),
    ]  # fmt: skip
    # The same document with its numbers typed has the same hashes.
    typed = ["某方案", "一、甲", "（一）某事。", "（二）又一事。", "1.小事。", "二、乙", "（一）末事。"]
    other = read_document(paper.write_docx(tmp_path / "y.docx", typed))
    assert [passage.sha256 for passage in other] == [passage.sha256 for passage in document]


def test_tables_hold_no_clauses_but_frames_do(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("一、甲")
    table = document.add_table(2, 2)
    for at, text in enumerate(["1.序号", "（一）名称", "2.甲", "（二）乙"]):
        table.cell(at // 2, at % 2).text = text
    frame = document.add_table(2, 1)
    frame.cell(0, 0).text = "专栏1 某工程"
    frame.cell(1, 0).text = "1.某项。"
    document.save(str(tmp_path / "x.docx"))
    found = read_document(tmp_path / "x.docx")
    assert [passage.anchor for passage in found if passage.kind != "p"] == ["s1", "box1", "box1.n1"]
    assert "1.序号\t（一）名称" in found.by_anchor["s1"].text


def test_tracked_changes_are_read_as_accepted_and_told(tmp_path: Path) -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    document.add_paragraph("一、甲")
    paragraph = document.add_paragraph("（一）原来的话")._p
    space = nsdecls("w")
    paragraph.append(parse_xml(f'<w:del {space} w:id="1" w:author="a"><w:r><w:delText>删去</w:delText></w:r></w:del>'))
    paragraph.append(parse_xml(f'<w:ins {space} w:id="2" w:author="a"><w:r><w:t>和新加的话。</w:t></w:r></w:ins>'))
    document.save(str(tmp_path / "x.docx"))
    found = read_document(tmp_path / "x.docx")
    assert found.by_anchor["s1.c1"].text == "原来的话和新加的话。"
    assert [note.code for note in found.notes] == ["DOC021"]


@pytest.mark.parametrize("form", ["lowerLetter", "upperRoman", "decimalEnclosedCircle", "bullet"])
def test_other_forms_of_numbers_do_not_disturb(form: str, tmp_path: Path) -> None:
    path = paper.write_docx(tmp_path / "x.docx", ["一、甲", "某项", "某项"], {1: (0, form, "%1"), 2: (0, form, "%1")})
    assert read_document(path).by_anchor["s1"].text.startswith("甲")
