"""Documents of our own wording, and what printing, scanning, copying and saving do to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from greenrule.packs.documents.markers import chinese_numeral

#: Sentences with everything that copies garble: digits, units, brackets, quotes, percent, subscripts, references.
SENTENCES = (
    "各地建立台账，到2025年底前做到一户一档。",
    "PM2.5年均浓度控制在35微克/立方米以下，“双控”指标按年下达。",
    "新建项目（含迁建）清洁运输比例不低于80%。",
    "按照本方案第三部分（二）的分工执行，逾期的说明理由。",
    "鼓励使用VOCs含量低于10%的涂料；不具备条件的暂缓。",
    "对《管理名录》所列项目——包括搬迁项目——从严把关。",
    "每月5日前报送上月数据，3.5万吨以上的单列。",
    "达到Ⅲ类水质的断面，次年减少采样。",
    "这一条只有一句话。",
    "省、市、县三级分别建库，数据在1小时内更新，出现中断的，运维单位在24小时内恢复并书面说明原因。",
)
HEADINGS = ("总体安排", "压实各方责任", "改进监测办法", "管住源头，守好底线", "完善“三本账”", "做好保障")


@dataclass
class Node:
    """A clause of a made document: kind, number, heading, paragraphs, clauses within it."""

    kind: str
    number: int
    heading: str
    paragraphs: list[str] = field(default_factory=list)
    parts: list[Node] = field(default_factory=list)

    @property
    def label(self) -> str:
        word = chinese_numeral(self.number)
        return {"s": f"{word}、", "c": f"（{word}）", "n": f"{self.number}.", "art": f"第{word}条 "}[self.kind]

    def walk(self, above: str = "") -> Iterator[tuple[str, Node]]:
        """Anchor and clause, parents first."""
        name = f"{self.kind}{self.number}"
        anchor = f"{above}.{name}" if above and self.kind != "art" else name
        yield anchor, self
        for part in self.parts:
            yield from part.walk(anchor)


@st.composite
def papers(draw: Any, paragraphs: int = 2) -> list[Node]:
    """Sections with clauses and items; numbers of clauses run on or start anew, as the document likes."""
    running = draw(st.booleans())
    count = [0, 0]
    sections = []

    def text() -> list[str]:
        return [
            "".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4)))
            for _ in range(draw(st.integers(1, paragraphs)))
        ]

    for section in range(1, draw(st.integers(2, 4)) + 1):
        node = Node("s", section, draw(st.sampled_from(HEADINGS)), [])
        for at in range(1, draw(st.integers(1, 3)) + 1):
            count[0] += 1
            inner = Node("c", count[0] if running else at, "", text())
            for item in range(1, draw(st.sampled_from((0, 0, 2, 3))) + 1):
                inner.parts.append(Node("n", item, "", text()))
            node.parts.append(inner)
        sections.append(node)
    return sections


def paragraphs(nodes: list[Node]) -> list[str]:
    """The document, one paragraph each, numbers in front."""
    out: list[str] = []
    for node in nodes:
        body = list(node.paragraphs)
        first = node.heading or body.pop(0)
        out += [f"{node.label}{first}", *body, *paragraphs(node.parts)]
    return out


FRONT = ("某省生态环境厅文件", "某环发〔2031〕15号", "关于印发《某某行动方案》的通知", "各市生态环境局：", "现将《某某行动方案》印发给你们，请遵照执行。",
         "某省生态环境厅", "2031年5月6日", "（此件公开发布）", "某某行动方案", "为做好有关工作，制定本方案。")  # fmt: skip
TAIL = ("抄送：某某部门。", "某省生态环境厅办公室 2031年5月7日印发")


def wrapped(lines: list[str], width: int, indent: bool) -> list[str]:
    """Each paragraph broken into lines of so many Chinese characters, digits half as wide, the first two characters in."""
    out: list[str] = []
    for line in lines:
        room, piece = 2 * width - (4 if indent else 0), ""
        lead = "　　" if indent else ""
        for c in line:
            room -= 1 if c.isascii() else 2
            # Punctuation begins no line, and numbers are not torn apart.
            if room < 0 and c not in "，。；：、）”》％%" and not (c.isascii() and piece[-1:].isascii()):
                out.append(lead + piece)
                lead, piece, room = "", "", 2 * width - (1 if c.isascii() else 2)
            piece += c
        out.append(lead + piece)
    return out


def with_pages(lines: list[str], rows: int, mark: Callable[[int], list[str]]) -> list[str]:
    """The lines with what stands at the foot of each page."""
    out: list[str] = []
    for at in range(0, len(lines), rows):
        out += [*lines[at : at + rows], *mark(at // rows + 1)]
    return out


MARKS: tuple[Callable[[int], list[str]], ...] = (
    lambda n: [f"— {n} —"], lambda n: [f"—{full_width(str(n))}—", "", ""], lambda n: [f"第 {n} 页 共 99 页"], lambda n: ["", f"- {n} -"],
    lambda n: [f"{n}/99"], lambda n: [str(n), "\f某省生态环境厅文件"],
)  # fmt: skip


def full_width(text: str) -> str:
    """ASCII letters, digits and punctuation as full-width forms."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def half_punctuation(text: str) -> str:
    """Chinese punctuation as the ASCII that some copies have."""
    return text.translate(str.maketrans("，。；：（）％", ",.;:()%"))


def blanks(text: str, seed: int) -> str:
    """Blanks where justified print or a browser leaves them, never at the start of a line."""
    dice = random.Random(seed)
    return "".join(c + (" " if dice.random() < 0.05 and c not in "\n" and at else "") for at, c in enumerate(text))


def write_docx(path: Path, lines: list[str], numbered: dict[int, tuple[int, str, str]] | None = None) -> Path:
    """A Word file with a paragraph per line; `numbered` gives a paragraph (by index) to level, form and text of a list."""
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    if numbered:
        levels = {level: (form, text) for level, form, text in numbered.values()}
        rows = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
            for level, (form, text) in sorted(levels.items())
        )
        part = document.part.numbering_part.element
        abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{rows}</w:abstractNum>')
        part.insert(0, abstract)
        part.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for at, line in enumerate(lines):
        paragraph = document.add_paragraph(line)
        if numbered and at in numbered:
            own = paragraph._p.get_or_add_pPr()
            own.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{numbered[at][0]}"/><w:numId w:val="77"/></w:numPr>')
            )
    document.save(str(path))
    return path


def write_pdf(path: Path, lines: list[str], head: str | None = None) -> Path:
    """A PDF with a text layer, set by typst with page numbers; needs a Chinese font."""
    import typst

    from greenrule.casework.report_pdf import find_fonts

    quoted = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    header = f'header: text("{head}"),' if head else ""
    source = f'#set page(width: 120mm, height: 120mm, {header} numbering: "— 1 —")\n#set text(font: "{find_fonts()[0]}", size: 10pt)\n'
    source += "\n".join(f'#par(text("{line}"))\n' for line in quoted)
    (path.parent / "paper.typ").write_text(source, encoding="utf-8")
    typst.compile(str(path.parent / "paper.typ"), output=str(path))
    return path
