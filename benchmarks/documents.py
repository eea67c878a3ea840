"""Reading a document of the length of a provincial plan in three forms, and telling a new edition from the old.

Beside: python-docx and pypdf giving nothing but the text, and difflib over the whole of both texts.
"""

from __future__ import annotations

import difflib
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Check, Section, figures_of, turns
from greenrule.packs.documents.difference import compare_texts
from greenrule.packs.documents.markers import chinese_numeral
from greenrule.packs.documents.normal import normal_text
from greenrule.packs.documents.parse import read_document
from greenrule.packs.documents.tree import Document

_WORDS = (
    "各地建立台账并按月报送，到2025年底前做到一户一档。",
    "新建项目（含迁建）清洁运输比例不低于80%，不具备条件的说明理由。",
    "鼓励使用低挥发性涂料，“双控”指标按年下达、按季核对。",
    "省、市、县三级分别建库，数据在1小时内更新，出现中断的，运维单位在24小时内恢复并书面说明原因。",
    "水质达标的断面次年减少采样，不达标的加密。",
)


def made(sections: int, seed: int = 7) -> list[str]:
    """Paragraphs of a document in our own words: sections, clauses, items, about 30,000 characters for nine sections."""
    dice = random.Random(seed)

    def text() -> str:
        return "".join(dice.choice(_WORDS) for _ in range(dice.randint(3, 9)))

    out = ["某某行动方案", "为做好有关工作，制定本方案。"]
    for section in range(1, sections + 1):
        out.append(f"{chinese_numeral(section)}、第{section}方面的工作")
        for clause in range(1, 6):
            out.append(f"（{chinese_numeral(clause)}）{text()}")
            out += [f"{item}.{text()}" for item in range(1, 4)]
    return out


def write_docx(path: Path, lines: list[str]) -> None:
    """A Word file with a paragraph per line."""
    import docx

    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))


def write_pdf(path: Path, lines: list[str]) -> None:
    """A PDF with a text layer and page numbers."""
    import typst

    from greenrule.casework.report_pdf import find_fonts

    source = f'#set page(numbering: "— 1 —")\n#set text(font: "{find_fonts()[0]}", size: 12pt)\n'
    (path.parent / "paper.typ").write_text(source + "\n".join(f'#par(text("{line}"))\n' for line in lines), "utf-8")
    typst.compile(str(path.parent / "paper.typ"), output=str(path))


def by_greenrule(path: Path) -> Document:
    """Clauses with anchors and hashes."""
    document = read_document(path)
    for passage in document:
        _ = passage.sha256
    return document


def by_docx(path: Path) -> str:
    """The text and nothing else."""
    import docx

    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def by_pypdf(path: Path) -> str:
    """The text and nothing else."""
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(str(path)).pages)


def run(quick: bool) -> Section:
    """TXT, DOCX, PDF; then two editions."""
    section = Section("读官方文件")
    lines = made(3 if quick else 9)
    size = sum(map(len, lines))
    rounds = range(3 if quick else 10)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "a.txt").write_text("\n".join(lines), encoding="utf-8")
        write_docx(folder / "a.docx", lines)
        write_pdf(folder / "a.pdf", lines)
        read = {form: by_greenrule(folder / f"a.{form}") for form in ("txt", "docx", "pdf")}
        clauses = [{p.anchor: p.sha256 for p in document if p.kind != "p"} for document in read.values()]
        wanted = clauses[0]
        wrong = sum(found.get(anchor) != sha256 for found in clauses[1:] for anchor, sha256 in wanted.items())
        section.checks.append(Check("三种形式读出的条款，定位与 SHA-256 相同", 2 * len(wanted), wrong))
        raw = (by_docx(folder / "a.docx"), "\n".join(lines))
        section.checks.append(Check("python-docx 读出的文字相同", 1, int(normal_text(raw[0]) != normal_text(raw[1]))))
        peers: dict[str, dict[str, Callable[[Any], Any]]] = {
            "txt": {},
            "docx": {"python-docx: 只取文字": by_docx},
            "pdf": {"pypdf: 只取文字": by_pypdf},
        }
        for form, others in peers.items():
            path = folder / f"a.{form}"
            asked = {"greenrule": by_greenrule, **others}
            taken = turns({who: (lambda _, ask=ask, path=path: ask(path)) for who, ask in asked.items()}, rounds)
            section.figures += figures_of(f"读一份 {size:,} 字的 {form.upper()}，得 {len(wanted)} 条", taken)
        _editions(section, read["txt"], lines, folder, range(2 if quick else 5))
    section.notes.append("旁边各行只取文字，不分条款、不算 SHA-256；倍数是分条款多花的时间，不是同样的工作。")
    return section


def _editions(section: Section, old: Document, lines: list[str], folder: Path, rounds: range) -> None:
    """A new edition: ten numbers changed, a clause put in at the front that moves the others of its section."""
    changed = list(lines)
    for at in range(12, 32, 2):
        changed[at] = changed[at].replace("2025", "2027").replace("80%", "85%")
    changed.insert(3, "（一）新增的一条，每季公开一次结果。")
    for number, at in enumerate(range(4, 24, 4), 2):
        changed[at] = f"（{chinese_numeral(number)}）" + changed[at].partition("）")[2]
    (folder / "b.txt").write_text("\n".join(changed), encoding="utf-8")
    new = read_document(folder / "b.txt")
    texts = ["".join(lines), "".join(changed)]

    def whole(_: Any) -> int:
        return len(difflib.SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes())

    taken = turns({"greenrule": lambda _: compare_texts(new, old), "difflib: 全文逐字": whole}, rounds)
    section.figures += figures_of("新旧两版逐条逐字比较", taken)
    found = compare_texts(new, old)
    missed = sum(change.what == "gone" for change in found) + (sum(change.what == "new" for change in found) != 1)
    section.checks.append(Check("新旧比较：没有一条误作删去，只有一条新增", len(found), missed))
