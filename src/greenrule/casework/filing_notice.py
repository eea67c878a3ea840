"""Papers of a filing made from a finding: the one-time notice, and the text of a commitment.

A paper is lines of (style, text): `title`, `head`, `item`, `plain`; the formats only lay them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greenrule.casework.report_view import read

Line = tuple[str, str]


def _cites(item: Mapping[str, Any]) -> str:
    found = [
        f"{cite.get('number') or '《' + str(cite.get('title')) + '》'}{cite.get('clause_label') or ''}"
        for cite in item.get("cites") or ()
    ]
    return f"（{'、'.join(dict.fromkeys(found))}）" if found else ""


def notice(finding: Mapping[str, Any]) -> list[Line]:
    """The one-time notice: what is to be handed in or answered, what is to be dealt with, what must be kept to.

    Everything that the finding leaves open is named at once, so that nobody has to be told twice.
    """
    report = read(finding)
    out: list[Line] = [("title", "一次性告知书（草稿）"), ("plain", f"项目：{finding.get('title') or '未命名项目'}")]
    out += [("plain", text) for text in finding.get("notices") or ()]
    out.append(("plain", f"依据结论：{finding.get('digest', '')}"))
    out.append(("head", "一、办理事项"))
    for step in report.chain:
        out.append(("item", f"{step.name}：{step.answer}"))
    questions = [item["question"] for item in finding.get("missing") or () if _concerns(item)]
    out.append(("head", f"二、需要一次补齐的事项（{len(questions)}）"))
    out += [("item", text) for text in questions] or [("plain", "没有需要补齐的事项。")]
    duties = list(finding.get("obligations") or ())
    out.append(("head", f"三、应当遵守的要求（{len(duties)}）"))
    out += [("item", f"{duty['text']}{_due(duty)}{_cites(duty)}") for duty in duties] or [("plain", "没有另外的要求。")]
    doubts = [
        doubt["message"] for doubt in finding.get("doubts") or () if doubt.get("kind") in ("boundary", "datum", "layer")
    ]
    if doubts:
        out.append(("head", f"四、需要核实的事项（{len(doubts)}）"))
        out += [("item", text) for text in doubts]
    out.append(("plain", "本告知书由规则推出，供承办人核对后使用，不代替行政机关的文书。"))
    return out


def _concerns(item: Mapping[str, Any]) -> bool:
    return bool(
        set(item.get("affects") or ())
        & {"access", "eia.form", "permit.class", "approver", "quota.needed", "quota.timing"}
    )


def _due(duty: Mapping[str, Any]) -> str:
    return f"，{duty['due']}" if duty.get("due") else ""


def commitment(finding: Mapping[str, Any]) -> list[Line]:
    """The text of a commitment for approval by commitment: every requirement of the finding, each with its clause.

    It says too whether the finding knows of that way at all; a text is no licence to use it.
    """
    routes = set((finding.get("eia") or {}).get("routes") or ())
    out: list[Line] = [("title", "告知承诺书（草稿）"), ("plain", f"项目：{finding.get('title') or '未命名项目'}")]
    out += [("plain", text) for text in finding.get("notices") or ()]
    if "commitment" not in routes:
        out.append(("plain", "注意：审查结论没有认定本项目适用告知承诺制，须先确认适用。"))
    out.append(("plain", "我单位已知悉下列要求，承诺在建设和运行中做到，并对所报内容的真实性负责："))
    out += [("item", f"{duty['text']}{_due(duty)}{_cites(duty)}") for duty in finding.get("obligations") or ()]
    out += [("plain", "承诺单位（盖章）："), ("plain", "法定代表人（签字）："), ("plain", "日期：")]
    out.append(("plain", f"依据结论：{finding.get('digest', '')}"))
    return out


def as_text(lines: Iterable[Line]) -> str:
    """A paper as plain text.

    >>> print(as_text([("title", "甲"), ("head", "一、乙"), ("item", "丙"), ("item", "丁")]), end="")
    甲
    <BLANKLINE>
    一、乙
      1. 丙
      2. 丁
    """
    out, number = [], 0
    for style, text in lines:
        number = number + 1 if style == "item" else 0
        if style == "head":
            out.append("")
        out.append(f"  {number}. {text}" if style == "item" else text)
    return "\n".join(out) + "\n"


def as_docx(lines: Iterable[Line]) -> bytes:
    """A paper as a Word file, in the type of official papers."""
    import io

    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "仿宋", Pt(14)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "仿宋")
    number = 0
    for kind, text in lines:
        number = number + 1 if kind == "item" else 0
        paragraph = document.add_paragraph()
        run = paragraph.add_run(f"{number}. {text}" if kind == "item" else text)
        if kind == "title":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run.font.size, run.bold = Pt(20), True
        elif kind == "head":
            run.bold = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
