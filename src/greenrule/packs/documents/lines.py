"""Lines of a document as they come out of a file, and what of them is furniture: page marks, bare page numbers, running heads."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from greenrule.core.errors import Fault, Place
from greenrule.packs.documents.normal import is_page_mark

_DIGITS = re.compile(r"[0-9０-９一二三四五六七八九十]+")


def columns(text: str) -> int:
    """Half-width columns that a text takes in Chinese print."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line with something in it.

    `gap`: empty lines stood before it.  `indent`: it begins with the blanks that begin a paragraph.  `page` counts from 1
    where the file tells pages.  `cells`: a row of a table with several columns, which holds no clause numbers.
    """

    text: str
    at: Place
    gap: bool = False
    indent: bool = False
    page: int | None = None
    cells: bool = False

    @property
    def width(self) -> int:
        """In half-width columns: a Chinese character counts two, and so does its punctuation however it was encoded."""
        total = 0
        for at, c in enumerate(self.text):
            if c.isascii():
                around = self.text[max(0, at - 1) : at] + self.text[at + 1 : at + 2]
                total += 2 if c in ",.;:!?()" and not around.isascii() else 1
            else:
                total += columns(c)
        return total


@dataclass(frozen=True, slots=True)
class RawText:
    """What a file holds: its lines, its form (`txt`, `docx`, `pdf`), the encoding of a text file, and what a reader must know."""

    lines: tuple[Line, ...]
    form: str
    encoding: str | None = None
    notes: tuple[Fault, ...] = ()


def make_lines(texts: Sequence[tuple[str, Place, int | None]]) -> list[Line]:
    """Lines from texts with place and page: empty ones become gaps, leading blanks become an indent."""
    out: list[Line] = []
    gap = False
    for text, at, page in texts:
        body = text.strip()
        if not body:
            gap = True
            continue
        lead = text[: len(text) - len(text.lstrip())]
        # One half-width blank is what copying a page break leaves behind.
        indent = lead.count("　") >= 2 or lead.count(" ") >= 4 or "\t" in lead
        out.append(Line(body, at, gap, indent, page))
        gap = False
    return out


def without_furniture(lines: Sequence[Line]) -> list[Line]:
    """The lines without page marks and, where pages are known, without bare page numbers and running heads at their edges.

    A running head is a first or last line of a page that recurs, digits aside, on at least three pages and on half of them.
    """
    kept = [line for line in lines if line.cells or not is_page_mark(line.text)]
    pages: dict[int, list[int]] = defaultdict(list)
    for at, line in enumerate(kept):
        if line.page is not None:
            pages[line.page].append(at)
    gone: set[int] = set()
    for members in pages.values():
        for edge in (members[0], members[-1]):
            if re.fullmatch(r"[0-9０-９]{1,4}", kept[edge].text):
                gone.add(edge)
    for last in (False, True):
        edges = {}
        for page, members in pages.items():
            left = [at for at in members if at not in gone]
            if left:
                edges[page] = left[-1 if last else 0]
        seen = Counter(_DIGITS.sub("#", kept[at].text) for at in edges.values())
        for at in edges.values():
            count = seen[_DIGITS.sub("#", kept[at].text)]
            if count >= 3 and count * 2 >= len(pages):
                gone.add(at)
    return [line for at, line in enumerate(kept) if at not in gone]
