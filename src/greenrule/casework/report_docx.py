"""The report as a Word document, with the styles that EIA consultants paste from: 标题, 正文 indented by two characters, 表题, 图题.

Its words are said in the language of the report.  The bytes depend on the finding only: no dates of writing, no random identifiers, entries of the archive in fixed order and time.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from greenrule.casework.report_docx_page import Page, printable
from greenrule.casework.report_model import BriefGroup, Cite, Duty, Reason, Report
from greenrule.casework.report_reasons import gap_text
from greenrule.casework.report_words import bracketed
from greenrule.core.tongue import said

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData

_COLOUR = {"prohibited": "9B1C1C", "restricted": "9A5B00", "allowed": "1B6B3A", "undetermined": "3F4A5A"}


def docx_report(report: Report, map_data: MapData | None = None) -> bytes:
    """The whole report as .docx; the map needs a Chinese font (EnvironmentFault where none is installed)."""
    return _Writer(report).document(map_data)


def cite_text(cites: Iterable[Cite]) -> str:
    """Citations of one row, superseded ones marked."""
    return said("；").join(cite.short + (bracketed(cite.note) if cite.note else "") for cite in cites)


def _joined(*parts: str) -> str:
    return said("，").join(part for part in parts if part)


def _noted(text: str) -> str:
    return said("注：{text}").format(text=text)


def _coded(text: str, code: str) -> str:
    return text + bracketed(code)


def _numbered(title: str, count: int) -> str:
    return title + bracketed(str(count))


def _marked(verb: str) -> str:
    return said("［{verb}］").format(verb=verb) if verb else ""


class _Writer(Page):
    def __init__(self, report: Report) -> None:
        mark = said("　") + said("、").join(report.notices) if report.notices else ""
        super().__init__(report.title, f"{report.name}{mark}", report.digest, report.language)
        self.report = report

    def document(self, map_data: MapData | None) -> bytes:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        report = self.report
        title = self.doc.add_heading(printable(report.title), 0)
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for note in report.reading:
            self.body(note)
        self._verdict()
        self.table(said("项目概况"), (said("项目", "表头"), said("内容")), report.identity, (3.5, 12.5))
        for group in report.groups:
            self.heading(_numbered(group.title, len(group.reasons)))
            self.table(
                group.title,
                (said("规定"), said("内容与结论"), said("事实"), said("依据")),
                (self._reason(r) for r in group.reasons),
                (2.6, 6.2, 4.0, 3.2),
            )
        if map_data is not None:
            self._map(map_data)
        self._chain()
        for title, duties in ((said("应当遵守的要求"), report.duties), (said("可以享受的支持"), report.supports)):
            if duties:
                self.heading(title)
                self.table(
                    title,
                    (said("序"), said("内容"), said("因由"), said("依据")),
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
        run = paragraph.add_run(f"{said('结论')}{said('：')}{self.report.decision}")
        run.bold, run.font.size = True, Pt(15)
        run.font.color.rgb = RGBColor.from_string(_COLOUR.get(self.report.decision_code, "000000"))
        self.body(self.report.lead)

    @staticmethod
    def _reason(reason: Reason) -> tuple[str, str, str, str]:
        facts = "\n".join(
            f"{fact.label}{said('＝')}{fact.value}"
            + (bracketed(_joined(fact.origin, fact.distance)) if fact.origin or fact.distance else "")
            for fact in reason.facts
        )
        told = "\n".join(
            (
                *((reason.sentence,) if reason.sentence else ()),
                *reason.answers,
                *((_noted(reason.note),) if reason.note else ()),
            )
        )
        standing = _joined(reason.strength, reason.state)
        head = "\n".join(part for part in (f"{_marked(reason.verb)}{reason.title}", reason.rule, standing) if part)
        return head, told, facts, cite_text(reason.cites)

    @staticmethod
    def _duty(number: int, duty: Duty) -> tuple[str, str, str, str]:
        rows = (duty.text, said("期限：") + duty.due if duty.due else "", _noted(duty.note) if duty.note else "")
        basis = (cite_text(duty.cites), _joined(duty.rule, duty.strength))
        return (
            str(number),
            "\n".join((rows[0], *(row for row in rows[1:] if row))),
            duty.because or "—",
            "\n".join(part for part in basis if part),
        )

    def _map(self, map_data: MapData) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        from greenrule.casework.report_map import map_svg
        from greenrule.casework.report_pdf import svg_png

        self.heading(said("位置"))
        self.doc.add_picture(io.BytesIO(svg_png(map_svg(map_data, 900, 560))), width=Cm(16))
        self.doc.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.figures += 1
        title = said("项目位置与管控单元") + (said("（演示数据（非官方））") if map_data.demo else "")
        self.caption(said("图{number}　{title}").format(number=self.figures, title=title))
        if map_data.source:
            self.body(said("底图与图层来源：{source}").format(source=map_data.source))

    def _chain(self) -> None:
        self.heading(said("办理链条"))
        rows = [
            (step.name, "\n".join((step.answer, *step.details)), cite_text(step.cites)) for step in self.report.chain
        ]
        self.table(said("办理链条"), (said("环节"), said("结论"), said("依据")), rows, (2.6, 8.4, 5.0))

    def _unknown(self) -> None:
        report = self.report
        if report.inquiry_lead:
            self.heading(said("待补事实"))
            self.body(report.inquiry_lead)
        if report.decisive:
            rows = [(str(q.number), _coded(q.question or q.label, q.fact), q.would) for q in report.decisive]
            head = (said("问"), said("问题"), said("可能导向"))
            self.table(said("可能改变准入结论的待补事实"), head, rows, (1.0, 10.0, 5.0))
        if report.turns:
            self.heading(said("改变一项事实即可改变结论的情形"))
            turned = [(_coded(t.label, t.fact), t.before, t.after, f"{t.decision}\n{t.checked}") for t in report.turns]
            heads = (said("事实"), said("现为"), said("改为"), said("结论变为"))
            self.table(said("改变一项事实"), heads, turned, (5.0, 3.5, 3.5, 4.0))

    def _around(self) -> None:
        report = self.report
        if report.units:
            self.heading(said("管控单元"))
            rows = [(u.code, u.name, u.zone_class, _joined(u.share, u.area),
                     "\n".join(f"{label}{said('：')}{text}" for label, text in u.demands)) for u in report.units]  # fmt: skip
            self.table(
                said("场址涉及的管控单元"),
                (said("编码"), said("名称", "表头"), said("类别", "表头"), said("占场址"), said("准入清单要点")),
                rows,
                (2.9, 3.3, 2.2, 2.6, 5.0),
            )
        if report.boundaries:
            self.heading(said("附近边界"))
            near = [(b.label, b.distance, b.accuracy, b.would) for b in report.boundaries]
            head = (said("边界"), said("距离"), said("图层精度"), said("若在另一侧"))
            self.table(said("附近边界与结论的关系"), head, near, (5.0, 3.0, 3.0, 5.0))

    def _disputed(self) -> None:
        report = self.report
        if report.conflicts:
            self.heading(said("规定冲突与适用次序"))
            rows = [
                (c.topic, said(" 与 ").join(c.rules), c.differ, f"{c.precedence}\n{c.reason}") for c in report.conflicts
            ]
            head = (said("事项"), said("规定"), said("分歧"), said("适用"))
            self.table(said("规定冲突与适用次序"), head, rows, (2.6, 3.6, 5.2, 4.6))
        if report.doubts:
            self.heading(said("存疑"))
            for doubt in report.doubts:
                tail = bracketed(_joined(doubt.rule, doubt.distance)) if doubt.rule or doubt.distance else ""
                self.body(f"{doubt.kind}{said('：')}{doubt.message}{tail}")

    def _appendix(self) -> None:
        report = self.report
        folded = bool(report.pending or report.inquiry or report.not_met)
        if folded:
            # One stretch of two columns for all lists: a heading alone between two stretches would leave a page empty.
            self.columns(2)
        if report.pending:
            self.heading(_numbered(said("附录一　因事实不明尚不能判定的规定"), report.pending_count))
            self._brief(report.pending)
        if report.inquiry:
            self.heading(_numbered(said("附录二　其余待补事实"), report.question_count - len(report.decisive)))
            for group in report.inquiry:
                self.heading(_numbered(group.title, len(group.questions)), 2)
                for q in group.questions:
                    also = said("；并及{also}").format(also=q.also) if q.also else ""
                    self.entry(f"{q.number}{said('．')}{_coded(q.question or q.label, q.fact)}{also}")
        if report.not_met:
            self.heading(said("已查、不适用的规定"))
            self._brief(report.not_met)
        if folded:
            self.columns(1)
        self.heading(said("引用文件与版本"))
        for cite in report.instruments:
            self.body(cite.full)
        self.table(
            said("政策包、图层与程序版本"),
            (said("项目", "表头"), said("版本")),
            (*report.versions, *((said("图层 {label}").format(label=label), value) for label, value in report.layers)),
            (5.0, 11.0),
        )
        self.body(report.disclaimer)
        if report.digest:
            self.body(said("摘要　{digest}").format(digest=report.digest), indent=False)

    def _brief(self, groups: Iterable[BriefGroup]) -> None:
        for group in groups:
            self.heading(_numbered(group.title, group.count), 2)
            for clause in group.clauses:
                if clause.home:
                    home = self.body(clause.home, indent=False)
                    home.paragraph_format.keep_with_next = True
                    home.runs[0].bold = True
                    self.size(home.runs[0], 9)
                for reason in clause.reasons:
                    where = reason.cites[0].where if reason.cites else ""
                    others = (
                        said("；另据 {cites}").format(cites=cite_text(reason.cites[1:])) if reason.cites[1:] else ""
                    )
                    gap = gap_text(reason)
                    verb = _marked(reason.verb) if reason.effect_code in ("prohibit", "restrict") else ""
                    self.entry(
                        f"{where}{said('　')}{verb}{_coded(reason.title, reason.rule)}{others}{said('；') + gap if gap else ''}".strip()
                    )
