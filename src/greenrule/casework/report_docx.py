"""The report as a Word document, with the styles that EIA consultants paste from: 标题, 正文 indented by two characters, 表题, 图题.

The bytes depend on the finding only: no dates of writing, no random identifiers, entries of the archive in fixed order and time.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from greenrule.casework.report_docx_page import Page, printable
from greenrule.casework.report_model import BriefGroup, Cite, Duty, Reason, Report
from greenrule.casework.report_reasons import gap_text

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData

_COLOUR = {"prohibited": "9B1C1C", "restricted": "9A5B00", "allowed": "1B6B3A", "undetermined": "3F4A5A"}


def docx_report(report: Report, map_data: MapData | None = None) -> bytes:
    """The whole report as .docx; the map needs a Chinese font (EnvironmentFault where none is installed)."""
    return _Writer(report).document(map_data)


def cite_text(cites: Iterable[Cite]) -> str:
    """Citations of one row, superseded ones marked."""
    return "；".join(cite.short + (f"（{cite.note}）" if cite.note else "") for cite in cites)


class _Writer(Page):
    def __init__(self, report: Report) -> None:
        mark = f"　{'、'.join(report.notices)}" if report.notices else ""
        super().__init__(report.title, f"{report.name}{mark}", report.digest)
        self.report = report

    def document(self, map_data: MapData | None) -> bytes:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        report = self.report
        title = self.doc.add_heading(printable(report.title), 0)
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
        return self.to_bytes()

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
        said = "\n".join(
            (
                *((reason.sentence,) if reason.sentence else ()),
                *reason.answers,
                *((f"注：{reason.note}",) if reason.note else ()),
            )
        )
        verb = f"［{reason.verb}］" if reason.verb else ""
        standing = "，".join(part for part in (reason.strength, reason.state) if part)
        head = "\n".join(part for part in (f"{verb}{reason.title}", reason.rule, standing) if part)
        return head, said, facts, cite_text(reason.cites)

    @staticmethod
    def _duty(number: int, duty: Duty) -> tuple[str, str, str, str]:
        text = duty.text + (f"\n期限：{duty.due}" if duty.due else "") + (f"\n注：{duty.note}" if duty.note else "")
        return (
            str(number),
            text,
            duty.because or "—",
            "\n".join(
                part for part in (cite_text(duty.cites), "，".join(p for p in (duty.rule, duty.strength) if p)) if part
            ),
        )

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
        folded = bool(report.pending or report.inquiry or report.not_met)
        if folded:
            # One stretch of two columns for all lists: a heading alone between two stretches would leave a page empty.
            self.columns(2)
        if report.pending:
            self.heading(f"附录一　因事实不明尚不能判定的规定（{report.pending_count}）")
            self._brief(report.pending)
        if report.inquiry:
            self.heading(f"附录二　其余待补事实（{report.question_count - len(report.decisive)}）")
            for group in report.inquiry:
                self.heading(f"{group.title}（{len(group.questions)}）", 2)
                for q in group.questions:
                    self.entry(
                        f"{q.number}．{q.question or q.label}（{q.fact}）" + (f"；并及{q.also}" if q.also else "")
                    )
        if report.not_met:
            self.heading("已查、不适用的规定")
            self._brief(report.not_met)
        if folded:
            self.columns(1)
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
                    home = self.body(clause.home, indent=False)
                    home.paragraph_format.keep_with_next = True
                    home.runs[0].bold = True
                    self.size(home.runs[0], 9)
                for reason in clause.reasons:
                    where = reason.cites[0].where if reason.cites else ""
                    others = f"；另据 {cite_text(reason.cites[1:])}" if reason.cites[1:] else ""
                    gap = gap_text(reason)
                    verb = f"［{reason.verb}］" if reason.effect_code in ("prohibit", "restrict") else ""
                    self.entry(
                        f"{where}　{verb}{reason.title}（{reason.rule}）{others}{'；' + gap if gap else ''}".strip()
                    )
