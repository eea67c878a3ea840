"""The report as a Word document, with the styles that EIA consultants paste from: 标题, 正文 indented by two characters, 表题, 图题.

The bytes depend on the finding only: no dates of writing, no random identifiers, entries of the archive in fixed order and time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from greenrule.casework.report_model import BriefGroup, Cite, Duty, Reason, Report
from greenrule.casework.report_reasons import gap_text

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData

_SONG, _HEI, _LATIN = "宋体", "黑体", "Times New Roman"
_COLOUR = {"prohibited": "9B1C1C", "restricted": "9A5B00", "allowed": "1B6B3A", "undetermined": "3F4A5A"}
#: The archive's clock: reports of the same finding are the same bytes on any day.
_EPOCH = (2000, 1, 1, 0, 0, 0)


def docx_report(report: Report, map_data: MapData | None = None) -> bytes:
    """The whole report as .docx; the map needs a Chinese font (EnvironmentFault where none is installed)."""
    return _Writer(report).document(map_data)


def _printable(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(
        char
        for char in text
        if char in "\n\t"
        or (ord(char) >= 32 and not 0xD800 <= ord(char) <= 0xDFFF and ord(char) not in (0xFFFE, 0xFFFF))
    )


def cite_text(cites: Iterable[Cite]) -> str:
    """Citations of one row, superseded ones marked."""
    return "；".join(cite.short + (f"（{cite.note}）" if cite.note else "") for cite in cites)


class _Writer:
    def __init__(self, report: Report) -> None:
        import docx

        self.report = report
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
        mark = f"　{'、'.join(self.report.notices)}" if self.report.notices else ""
        head = section.header.paragraphs[0]
        head.text = _printable(f"{self.report.name}{mark}")
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot.add_run("第 ")
        self._field(foot, "PAGE")
        foot.add_run(" 页　共 ")
        self._field(foot, "NUMPAGES")
        foot.add_run(f" 页　摘要 {self.report.digest[:23]}…" if self.report.digest else " 页")
        for paragraph in (head, foot):
            for run in paragraph.runs:
                self._size(run, 8)

    @staticmethod
    def _size(run: Any, points: float) -> None:
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
        self.doc.add_heading(_printable(text), level)

    def body(self, text: str, indent: bool = True) -> Any:
        from docx.shared import Pt

        paragraph = self.doc.add_paragraph(_printable(text))
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(21)
        return paragraph

    def caption(self, text: str) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self.doc.add_paragraph(_printable(text), style="Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = text.startswith("表")

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> None:
        """A numbered table with a repeated header row; widths in cm."""
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm

        self.tables += 1
        self.caption(f"表{self.tables}　{title}")
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
                cell.paragraphs[0].text = _printable(text)
                cell.paragraphs[0].paragraph_format.line_spacing = 1.1
                for run in cell.paragraphs[0].runs:
                    self._size(run, 9)
                    run.bold = row is head
        for row in table.rows:
            still = OxmlElement("w:cantSplit")
            row._tr.get_or_add_trPr().append(still)
        self.doc.add_paragraph()

    # -- the document --------------------------------------------------------------------------------------
    def document(self, map_data: MapData | None) -> bytes:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        report = self.report
        title = self.doc.add_heading(_printable(report.title), 0)
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._verdict()
        self.table("项目概况", ("项目", "内容"), report.identity, (3.5, 12.5))
        for group in report.groups:
            self.heading(f"{group.title}（{len(group.reasons)}）")
            self.table(
                group.title,
                ("规定", "内容与结论", "事实", "依据"),
                (self._reason(r) for r in group.reasons),
                (2.6, 6.2, 4.0, 3.2),
            )
        if map_data is not None:
            self._map(map_data)
        self._chain()
        for title, duties in (("应当遵守的要求", report.duties), ("可以享受的支持", report.supports)):
            if duties:
                self.heading(title)
                self.table(
                    title,
                    ("序", "内容", "因由", "依据"),
                    (self._duty(n, d) for n, d in enumerate(duties, 1)),
                    (1.0, 8.0, 3.5, 3.5),
                )
        self._unknown()
        self._around()
        self._disputed()
        self._appendix()
        return self._bytes()

    def _verdict(self) -> None:
        from docx.shared import Pt, RGBColor

        paragraph = self.doc.add_paragraph()
        run = paragraph.add_run(f"结论：{self.report.decision}")
        run.bold, run.font.size = True, Pt(15)
        run.font.color.rgb = RGBColor.from_string(_COLOUR.get(self.report.decision_code, "000000"))
        self.body(self.report.lead)

    @staticmethod
    def _reason(reason: Reason) -> tuple[str, str, str, str]:
        facts = "\n".join(
            f"{fact.label}＝{fact.value}"
            + (
                f"（{'，'.join(part for part in (fact.origin, fact.distance) if part)}）"
                if fact.origin or fact.distance
                else ""
            )
            for fact in reason.facts
        )
        said = "\n".join((reason.sentence, *reason.answers, *((f"注：{reason.note}",) if reason.note else ())))
        head = f"{reason.title}\n[{reason.verb}] {reason.rule}\n{reason.strength}，{reason.state}"
        return head, said, facts, cite_text(reason.cites)

    @staticmethod
    def _duty(number: int, duty: Duty) -> tuple[str, str, str, str]:
        text = duty.text + (f"\n期限：{duty.due}" if duty.due else "") + (f"\n注：{duty.note}" if duty.note else "")
        return str(number), text, duty.because or "—", f"{cite_text(duty.cites)}\n{duty.rule}，{duty.strength}"

    def _map(self, map_data: MapData) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        from greenrule.casework.report_map import map_svg
        from greenrule.casework.report_pdf import svg_png

        self.heading("位置")
        self.doc.add_picture(io.BytesIO(svg_png(map_svg(map_data, 900, 560))), width=Cm(16))
        self.doc.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.figures += 1
        self.caption(f"图{self.figures}　项目位置与管控单元" + ("（演示数据（非官方））" if map_data.demo else ""))
        if map_data.source:
            self.body(f"底图与图层来源：{map_data.source}")

    def _chain(self) -> None:
        self.heading("办理链条")
        rows = [
            (step.name, "\n".join((step.answer, *step.details)), cite_text(step.cites)) for step in self.report.chain
        ]
        self.table("办理链条", ("环节", "结论", "依据"), rows, (2.6, 8.4, 5.0))

    def _unknown(self) -> None:
        report = self.report
        if report.inquiry_lead:
            self.heading("待补事实")
            self.body(report.inquiry_lead)
        if report.decisive:
            rows = [(str(q.number), f"{q.question or q.label}（{q.fact}）", q.would) for q in report.decisive]
            self.table("可能改变准入结论的待补事实", ("问", "问题", "可能导向"), rows, (1.0, 10.0, 5.0))
        if report.turns:
            self.heading("改变一项事实即可改变结论的情形")
            turned = [(f"{t.label}（{t.fact}）", t.before, t.after, f"{t.decision}\n{t.checked}") for t in report.turns]
            self.table("改变一项事实", ("事实", "现为", "改为", "结论变为"), turned, (5.0, 3.5, 3.5, 4.0))

    def _around(self) -> None:
        report = self.report
        if report.units:
            self.heading("管控单元")
            rows = [(u.code, u.name, u.zone_class, "，".join(part for part in (u.share, u.area) if part),
                     "\n".join(f"{label}：{text}" for label, text in u.demands)) for u in report.units]  # fmt: skip
            self.table(
                "场址涉及的管控单元",
                ("编码", "名称", "类别", "占场址", "准入清单要点"),
                rows,
                (2.9, 3.3, 2.2, 2.6, 5.0),
            )
        if report.boundaries:
            self.heading("附近边界")
            near = [(b.label, b.distance, b.accuracy, b.would) for b in report.boundaries]
            self.table("附近边界与结论的关系", ("边界", "距离", "图层精度", "若在另一侧"), near, (5.0, 3.0, 3.0, 5.0))

    def _disputed(self) -> None:
        report = self.report
        if report.conflicts:
            self.heading("规定冲突与适用次序")
            rows = [(c.topic, " 与 ".join(c.rules), c.differ, f"{c.precedence}\n{c.reason}") for c in report.conflicts]
            self.table("规定冲突与适用次序", ("事项", "规定", "分歧", "适用"), rows, (2.6, 3.6, 5.2, 4.6))
        if report.doubts:
            self.heading("存疑")
            for doubt in report.doubts:
                tail = (
                    f"（{'，'.join(part for part in (doubt.rule, doubt.distance) if part)}）"
                    if doubt.rule or doubt.distance
                    else ""
                )
                self.body(f"{doubt.kind}：{doubt.message}{tail}")

    def _appendix(self) -> None:
        report = self.report
        if report.pending:
            self.heading("附录一　因事实不明尚不能判定的规定")
            self._brief(report.pending)
        if report.inquiry:
            self.heading("附录二　其余待补事实")
            for group in report.inquiry:
                self.heading(f"{group.title}（{len(group.questions)}）", 2)
                for q in group.questions:
                    self.body(
                        f"{q.number}．{q.question or q.label}（{q.fact}）" + (f"；并及{q.also}" if q.also else "")
                    )
        if report.not_met:
            self.heading("已查、不适用的规定")
            self._brief(report.not_met)
        self.heading("引用文件与版本")
        for cite in report.instruments:
            self.body(cite.full)
        self.table(
            "政策包、图层与程序版本",
            ("项目", "版本"),
            (*report.versions, *((f"图层 {label}", value) for label, value in report.layers)),
            (5.0, 11.0),
        )
        self.body(report.disclaimer)
        if report.digest:
            self.body(f"摘要　{report.digest}", indent=False)

    def _brief(self, groups: Iterable[BriefGroup]) -> None:
        for group in groups:
            self.heading(f"{group.title}（{group.count}）", 2)
            for clause in group.clauses:
                if clause.home:
                    self.body(clause.home, indent=False).runs[0].bold = True
                for reason in clause.reasons:
                    where = reason.cites[0].where if reason.cites else ""
                    others = f"；另据 {cite_text(reason.cites[1:])}" if reason.cites[1:] else ""
                    gap = gap_text(reason)
                    self.body(f"{where}　{reason.title}（{reason.rule}）{others}{'；' + gap if gap else ''}".strip())

    def _bytes(self) -> bytes:
        from datetime import datetime

        core = self.doc.core_properties
        core.author, core.title, core.comments, core.last_modified_by = (
            "绿尺 Greenrule",
            _printable(self.report.title)[:255],
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
