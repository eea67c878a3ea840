"""The page of a Word document in Chinese official typography: 标题, 正文 indented by two characters, 表题, 图题, header and footer.

A reading in English has the same page with English words in footer and captions, and paragraphs apart instead of indented.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from greenrule.core.tongue import Language, said, speaking

_SONG, _HEI, _LATIN = "宋体", "黑体", "Times New Roman"
#: The archive's clock: documents of the same content are the same bytes on any day.
_EPOCH = (2000, 1, 1, 0, 0, 0)


def printable(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(
        char
        for char in text
        if char in "\n\t"
        or (ord(char) >= 32 and not 0xD800 <= ord(char) <= 0xDFFF and ord(char) not in (0xFFFE, 0xFFFF))
    )


class Page:
    """An empty document in the house's typography, and the pieces that fill it.

    language : of footer and captions; papers are Chinese whatever is spoken, unless they say otherwise
    """

    def __init__(self, title: str, head: str, digest: str = "", language: Language = "zh") -> None:
        import docx

        self.title, self.head, self.digest, self.language = title, head, digest, language
        self.doc: Any = docx.Document()
        self.tables = self.figures = 0
        self._styles()
        self._page()

    # -- styles --------------------------------------------------------------------------------------------
    def _styles(self) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt, RGBColor

        normal = self._font("Normal", _SONG, 10.5)
        normal.paragraph_format.space_after = Pt(0)
        normal.paragraph_format.line_spacing = 1.3
        for name, size in (("Title", 16), ("Heading 1", 14), ("Heading 2", 12)):
            style = self._font(name, _HEI, size)
            style.font.bold = False
            style.font.color.rgb = RGBColor(0, 0, 0)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(4)
            style.paragraph_format.keep_with_next = True
        border = self.doc.styles["Title"].element.pPr.find(qn("w:pBdr"))
        if border is not None:  # the template's blue rule has no place in a Chinese report
            self.doc.styles["Title"].element.pPr.remove(border)
        caption = self._font("Caption", _HEI, 9)
        caption.font.bold = False
        caption.font.color.rgb = RGBColor(0, 0, 0)
        section = self.doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin = section.bottom_margin = Cm(2.3)

    def _font(self, name: str, chinese: str, size: float) -> Any:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        style = self.doc.styles[name]
        style.font.name, style.font.size = _LATIN, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        return style

    def _page(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        section = self.doc.sections[0]
        head = section.header.paragraphs[0]
        head.text = printable(self.head)
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        with speaking(self.language):
            digest = said("　摘要 {digest}").format(digest=f"{self.digest[:23]}…") if self.digest else ""
            before, _, rest = said("第 {page} 页　共 {pages} 页").partition("{page}")
            between, _, after = rest.partition("{pages}")
        foot.add_run(before)
        self._field(foot, "PAGE")
        foot.add_run(between)
        self._field(foot, "NUMPAGES")
        foot.add_run(after + digest)
        for paragraph in (head, foot):
            for run in paragraph.runs:
                self.size(run, 8)

    @staticmethod
    def size(run: Any, points: float) -> None:
        """Set a run in another size."""
        from docx.shared import Pt

        run.font.size = Pt(points)

    @staticmethod
    def _field(paragraph: Any, code: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        for kind, text in (("begin", None), (None, code), ("end", None)):
            run = paragraph.add_run()
            if kind:
                item = OxmlElement("w:fldChar")
                item.set(qn("w:fldCharType"), kind)
            else:
                item = OxmlElement("w:instrText")
                item.text = text
            run._r.append(item)

    # -- pieces --------------------------------------------------------------------------------------------
    def heading(self, text: str, level: int = 1) -> None:
        """A heading; level 0 is the title."""
        self.doc.add_heading(printable(text), level)

    def body(self, text: str, indent: bool = True) -> Any:
        """A paragraph of 正文."""
        from docx.shared import Pt

        paragraph = self.doc.add_paragraph(printable(text))
        if indent and self.language == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(21)
        elif indent:
            paragraph.paragraph_format.space_after = Pt(4)
        return paragraph

    def caption(self, text: str, kept: bool = False) -> None:
        """图题, or 表题, which is `kept` with its table."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self.doc.add_paragraph(printable(text), style="Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = kept

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> None:
        """A numbered table with a repeated header row; widths in cm."""
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

        self.tables += 1
        with speaking(self.language):
            told = said("表{number}　{title}").format(number=self.tables, title=title)
        self.caption(told, kept=True)
        table = self.doc.add_table(rows=1, cols=len(head), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for row in (head, *rows):
            cells = table.rows[0].cells if row is head else table.add_row().cells
            for cell, text, width in zip(cells, row, widths, strict=True):
                cell.width = Cm(width)
                cell.paragraphs[0].text = printable(text)
                layout = cell.paragraphs[0].paragraph_format
                layout.line_spacing = 1.1
                layout.space_before = layout.space_after = Pt(2)
                for run in cell.paragraphs[0].runs:
                    self.size(run, 9)
                    run.bold = row is head
        for row in table.rows:
            still = OxmlElement("w:cantSplit")
            row._tr.get_or_add_trPr().append(still)
        self.doc.add_paragraph()

    def entry(self, text: str) -> None:
        """One line of a long list: small, hanging under its beginning."""
        from docx.shared import Pt

        paragraph = self.doc.add_paragraph(printable(text))
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Pt(9), Pt(-9)
        paragraph.paragraph_format.line_spacing = 1.05
        paragraph.paragraph_format.space_after = Pt(2)
        for run in paragraph.runs:
            self.size(run, 8)

    def columns(self, count: int) -> None:
        """Begin a part of the page with so many columns; header and footer go on as before."""
        from docx.enum.section import WD_SECTION
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        layout = self.doc.add_section(WD_SECTION.CONTINUOUS)._sectPr
        for old in layout.findall(qn("w:cols")):
            layout.remove(old)
        columns = OxmlElement("w:cols")
        columns.set(qn("w:num"), str(count))
        columns.set(qn("w:space"), "400")
        layout.append(columns)

    def to_bytes(self) -> bytes:
        """The document as .docx: the same bytes on any day."""
        from datetime import datetime

        core = self.doc.core_properties
        core.author, core.title, core.comments, core.last_modified_by = (
            "绿尺 Greenrule",
            printable(self.title)[:255],
            "",
            "绿尺 Greenrule",
        )
        core.created = core.modified = datetime(*_EPOCH)
        core.revision = 1
        raw = io.BytesIO()
        self.doc.save(raw)
        out = io.BytesIO()
        with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
                target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
        return out.getvalue()
