"""A paper — title, headings, paragraphs, tables, charts — laid out as text, HTML, Word, PDF or a workbook.

What stands in it is decided once; the layouts only set it.  A chart is a function that draws it as SVG or PNG.
"""

from __future__ import annotations

import html
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, near

#: What a cell may hold; a decimal keeps the digits it was reported with, on paper and in a workbook.
Cell = str | int | Decimal | date | None

FORMATS = ("text", "html", "docx", "pdf", "xlsx")
_WIDTH_CM = 16.0


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Head:
    """A heading."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table; `weights` share out the width of the page, `numbers` are the columns set to the right."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    weights: Sequence[float] = ()
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Chart:
    """A picture, drawn when it is laid out: suffix (.svg, .png) → bytes."""

    title: str
    draw: Callable[[str], bytes]


Part = Text | Head | Table | Chart


@dataclass
class Paper:
    """A paper; `marks` (demonstration data, draft) stand under the title and in the header of every page."""

    title: str
    parts: list[Part] = field(default_factory=list)
    marks: tuple[str, ...] = ()


def lay_out(paper: Paper, form: str) -> bytes:
    """A paper as the bytes of one document.

    Raises InputFault D025 for a format that there is not; EnvironmentFault D022 where a Chinese font is needed and none is there.
    """
    layouts = {"text": _text, "html": _html, "docx": _docx, "pdf": _pdf, "xlsx": _xlsx}
    if form not in layouts:
        close = near(form, FORMATS, 1)
        told = f"是否想写 {close[0]}？" if close else f"可用：{'、'.join(FORMATS)}"
        raise InputFault(Fault("D025", f"没有这种格式：{form}", None, told))
    return layouts[form](paper)


def cell(value: Cell) -> str:
    """A cell as it is printed; nothing is a dash.

    >>> cell(None), cell(Decimal("4.50")), cell(3)
    ('—', '4.50', '3')
    """
    return "—" if value is None else str(value)


def _text(paper: Paper) -> bytes:
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table as Grid

    out = io.StringIO()
    console = Console(file=out, width=100, highlight=False, markup=False, emoji=False)
    console.print(paper.title, *(f"【{mark}】" for mark in paper.marks))
    console.print("=" * min(100, cell_len(paper.title)))
    for part in paper.parts:
        if isinstance(part, Text):
            console.print(part.text)
        elif isinstance(part, Head):
            console.print(f"\n{part.text}")
        elif isinstance(part, Table):
            grid = Grid(box=box.SIMPLE_HEAD, title=part.title, title_justify="left", pad_edge=False)
            for number, name in enumerate(part.head):
                grid.add_column(name, justify="right" if number in part.numbers else "left", overflow="fold")
            for row in part.rows:
                grid.add_row(*map(cell, row))
            console.print(grid)
    return out.getvalue().encode()


def _html(paper: Paper) -> bytes:
    from greenrule.casework.report_html import template_text

    body = [f"<header><h1>{html.escape(paper.title)}</h1>"]
    body += [f'<p class="notice">{html.escape(mark)}</p>' for mark in paper.marks]
    body.append("</header><main>")
    for part in paper.parts:
        if isinstance(part, Text):
            body.append(f"<p>{html.escape(part.text)}</p>")
        elif isinstance(part, Head):
            body.append(f"<h2>{html.escape(part.text)}</h2>")
        elif isinstance(part, Chart):
            svg = part.draw(".svg").decode()
            svg = svg[svg.index("<svg") :]
            body.append(f'<figure role="img" aria-label="{html.escape(part.title)}">{svg}</figure>')
        else:
            body.append(_html_table(part))
    page = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(paper.title)}</title><style>{template_text('report.css')}"
        ".wide-table{overflow-x:auto}td.n,th.n{width:auto;text-align:right;font-variant-numeric:tabular-nums}"
        "td:nth-child(2){min-width:5em}td:first-child{white-space:nowrap}</style></head>"
        f"<body>{''.join(body)}</main></body></html>\n"
    )
    return page.encode()


def _html_table(table: Table) -> str:
    def tag(name: str, number: int, text: str) -> str:
        mark = ' class="n"' if number in table.numbers else ""
        return f"<{name}{mark}>{html.escape(text)}</{name}>"

    head = "".join(tag("th", number, text) for number, text in enumerate(table.head))
    rows = "".join(
        f"<tr>{''.join(tag('td', number, cell(value)) for number, value in enumerate(row))}</tr>" for row in table.rows
    )
    return f'<h3>{html.escape(table.title)}</h3><div class="wide-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _widths(table: Table) -> list[float]:
    weights = table.weights or [1.0] * len(table.head)
    return [_WIDTH_CM * weight / sum(weights) for weight in weights]


def _docx(paper: Paper) -> bytes:
    from greenrule.casework.report_docx_page import Page

    page = Page(paper.title, "　".join((paper.title, *paper.marks)))
    page.heading(paper.title, 0)
    for mark in paper.marks:
        page.body(mark, indent=False)
    for part in paper.parts:
        if isinstance(part, Text):
            page.body(part.text)
        elif isinstance(part, Head):
            page.heading(part.text)
        elif isinstance(part, Chart):
            from docx.shared import Cm

            page.doc.add_picture(io.BytesIO(part.draw(".png")), width=Cm(_WIDTH_CM))
            page.figures += 1
            page.caption(f"图{page.figures}　{part.title}")
        else:
            page.table(part.title, part.head, [[cell(value) for value in row] for row in part.rows], _widths(part))
    return page.to_bytes()


def _pdf(paper: Paper) -> bytes:
    import typst

    from greenrule.casework.report_html import template_text
    from greenrule.casework.report_pdf import find_fonts

    fonts = find_fonts()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        parts: list[dict[str, object]] = []
        for number, part in enumerate(paper.parts):
            if isinstance(part, Table):
                rows = [[cell(value) for value in row] for row in part.rows]
                parts.append({"kind": "table", "title": part.title, "head": list(part.head), "rows": rows,
                              "widths": _widths(part), "numbers": sorted(part.numbers)})  # fmt: skip
            elif isinstance(part, Chart):
                (root / f"{number}.svg").write_bytes(part.draw(".svg"))
                parts.append({"kind": "chart", "title": part.title, "file": f"{number}.svg"})
            else:
                parts.append({"kind": "head" if isinstance(part, Head) else "text", "text": part.text})
        data = {"title": paper.title, "marks": list(paper.marks), "parts": parts, "serif": fonts,
                "sans": [name for name in fonts if "Sans" in name] or list(fonts)}  # fmt: skip
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (root / "paper.typ").write_text(template_text("paper.typ"), encoding="utf-8")
        # A fixed clock: the same paper is the same PDF.
        pdf = typst.compile(root / "paper.typ", root=root, format="pdf", timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf


def _xlsx(paper: Paper) -> bytes:
    import openpyxl
    from openpyxl.drawing.image import Image
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    front = book.active
    assert front is not None
    front.title = "说明"
    front.append([_harmless(paper.title)])
    front["A1"].font = Font(bold=True, size=14)
    for text in (*paper.marks, *(part.text for part in paper.parts if isinstance(part, Text | Head))):
        front.append([_harmless(text)])
    front.column_dimensions["A"].width = 100
    names: set[str] = set()
    for part in paper.parts:
        if not isinstance(part, Table | Chart):
            continue
        name = base = "".join(char for char in part.title if char not in "[]:*?/\\")[:28] or "表"
        number = 1
        while name in names:
            number += 1
            name = f"{base}{number}"
        names.add(name)
        sheet = book.create_sheet(name)
        if isinstance(part, Chart):
            sheet.add_image(Image(io.BytesIO(part.draw(".png"))), "A1")
            continue
        sheet.append(list(part.head))
        for row in part.rows:
            sheet.append([_harmless(value) if isinstance(value, str) else value for value in row])
        for at, head in enumerate(part.head, 1):
            sheet.cell(1, at).font = Font(bold=True)
            widest = max(
                (_columns(row[at - 1]) for row in (part.head, *part.rows[:_LOOKED_AT]) if at <= len(row)), default=0
            )
            sheet.column_dimensions[get_column_letter(at)].width = min(max(8, _columns(head) + 4, widest + 2), _WIDEST)
        sheet.freeze_panes = "A2"
        if part.rows:
            sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


#: Rows that are looked at for the width of a column, and the widest that it gets, in characters.
_LOOKED_AT, _WIDEST = 500, 60


def _columns(value: object) -> int:
    """How many columns of a screen a cell takes; a Chinese character takes two.

    >>> _columns("办件 7"), _columns(None)
    (6, 0)
    """
    text = "" if value is None else str(value)
    return max((sum(2 if char > "\u2e7f" else 1 for char in line) for line in text.splitlines()), default=0)


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
