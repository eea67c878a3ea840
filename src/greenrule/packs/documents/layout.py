"""Where paragraphs end: a text whose lines were broken by a page must be put together again, one with a line per paragraph not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from greenrule.packs.documents.lines import Line
from greenrule.packs.documents.markers import marker_of

_CLOSERS = "”’\"'》〉»›】〕」』"
_ENDS = "。！？；：.!?;:．…"
_STOP = re.compile(r"[。！？；!?;]|[.．](?![0-9０-９])")
_PAUSE = re.compile(r"[，,。；;]")
#: A line that ends so goes on: 依据第 / 按照 / 甲、
_LEADS_ON = re.compile(r"[第、，,和及与或按照据见至到的在对将把以由]$")
#: Half-width columns by which full lines differ: a comma that may not begin a line, a number that does not fit.
_RAGGED = 6
#: A line that leaves more of the page empty than this is a heading, where it ends in mid-sentence.
_HEADING = 0.85
#: Wider than this (60 Chinese characters), a line is a paragraph, not the line of a page.
_WIDEST_PAGE = 120
_NARROWEST_PAGE = 30


def is_ended(text: str) -> bool:
    """Whether a sentence or a heading with its departments in brackets ends here.

    >>> [is_ended(text) for text in ("……负责落实。", "（省生态环境厅负责）", "优先通过市场交易方式保障", "“一刀切”")]
    [True, True, False, False]
    """
    bare = text.rstrip().rstrip(_CLOSERS)
    return bool(bare) and (bare[-1] in _ENDS or bare[-1] in ")）")


def has_stop(text: str) -> bool:
    """Whether a sentence ends somewhere in it; the point of a number ends none."""
    return bool(_STOP.search(text))


def leads_on(text: str) -> bool:
    """Whether the last word demands that the text goes on."""
    return bool(_LEADS_ON.search(text.rstrip()))


class Paragraph:
    """A paragraph while its lines come in; `numbered` says that a clause number begins it."""

    def __init__(self, first: str = "", numbered: bool = False) -> None:
        self.lines = [first] if first else []
        self.numbered = numbered
        self.stopped = has_stop(first)
        self.paused = bool(_PAUSE.search(first))

    def add(self, line: str) -> None:
        """One more line."""
        self.lines.append(line)
        self.stopped = self.stopped or has_stop(line)
        self.paused = self.paused or bool(_PAUSE.search(line))

    @property
    def last(self) -> str:
        """The line that came last; empty where none has come."""
        return self.lines[-1] if self.lines else ""

    @property
    def may_be_heading(self) -> bool:
        """Whether so far nothing but a heading has come."""
        return not self.stopped and (self.numbered or (len(self.lines) <= 1 and not self.paused))


class Layout:
    """How a document is set, told from all of its lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._widths = [line.width for line in lines]
        # Empty lines part paragraphs unless nearly every line has one before it, or hardly any has.
        gaps = sum(line.gap for line in lines)
        self._gaps_tell = 0 < gaps < 0.6 * len(lines)
        # Where nearly all clause numbers stand in from the margin, so does every paragraph.
        numbers = [line.indent for line in lines if marker_of(line.text) is not None]
        self._indents_tell = len(numbers) >= 2 and sum(numbers) >= 0.8 * len(numbers)
        self.wrapped = self._is_wrapped()

    def _is_wrapped(self) -> bool:
        widths = sorted(width for width in self._widths if width >= 10)
        if not widths:
            return False
        full = widths[int(0.85 * (len(widths) - 1))]
        if not _NARROWEST_PAGE <= full <= _WIDEST_PAGE:
            return False
        near = [line for line, width in zip(self._lines, self._widths, strict=True) if full - _RAGGED <= width]
        open_ones = [line for line in near if not is_ended(line.text)]
        return len(near) >= 3 and len(open_ones) > 0.6 * len(near)

    def is_short(self, at: int) -> bool:
        """Whether a line ends clearly before its neighbours do."""
        return self._widths[at] < self._around(at) - _RAGGED

    def _around(self, at: int) -> int:
        return max(self._widths[max(0, at - 4) : at + 5])

    def ends_after(self, at: int, paragraph: Paragraph, inside: bool) -> bool:
        """Whether a paragraph ends with line `at`, its last so far; `inside` says that it belongs to a clause."""
        line = self._lines[at]
        if at + 1 == len(self._lines):
            return True
        following = self._lines[at + 1]
        ended = is_ended(line.text)
        if ended and following.text[0] in "(（" and marker_of(following.text) is None and not following.cells:
            return False  # who is in charge, in brackets: a paragraph does not begin so
        if following.indent or line.cells or following.cells:
            return True
        if inside and self._indents_tell:
            return False
        if self.wrapped:
            if ended:
                return self.is_short(at) or (self._gaps_tell and following.gap)
            # A short line in mid-sentence is a heading, where nothing but a heading came before it.
            # Print sets the first line of a paragraph two characters in, which copies lose.
            lost = 4 if len(paragraph.lines) <= 1 else 0
            return paragraph.may_be_heading and self._widths[at] + lost < _HEADING * self._around(at)
        if ended:
            return True
        if leads_on(line.text) and line.text[-1] != "的":
            return False
        return not (paragraph.stopped if paragraph.numbered else paragraph.stopped or paragraph.paused)
