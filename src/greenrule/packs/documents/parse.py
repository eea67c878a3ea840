"""A document in, its tree of clauses out: front matter told apart, anchors given, numbers checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from greenrule.core.errors import Fault, Place
from greenrule.packs.documents.intake import read_raw
from greenrule.packs.documents.layout import has_stop, is_ended
from greenrule.packs.documents.lines import Line, RawText, without_furniture
from greenrule.packs.documents.markers import GLOBAL_KINDS, marker_of
from greenrule.packs.documents.normal import normal_text
from greenrule.packs.documents.reader import LONGEST_HEADING, NUMBER, Draft, Reader, bare, joined, marks_end
from greenrule.packs.documents.sequence import check_numbers
from greenrule.packs.documents.tree import Document, Passage

#: Kinds that may consist of their heading alone.
_HEADED = ("part", "ch", "sec", "s", "annex")


def read_document(path: Path, closing: str | None = None) -> Document:
    """Read a document (TXT, DOCX, or PDF with text) into its tree of clauses.

    `closing` is how a final paragraph begins that belongs to no clause; nothing in a text tells it from a second paragraph
    of the last clause.  Errors: those of `intake.read_raw`.  What is wrong with the document itself is in `faults`.
    """
    return parse_document(read_raw(path), str(path), closing)


def parse_document(raw: RawText, file: str, closing: str | None = None) -> Document:
    """The tree of a text that was read."""
    lines = _without_contents(without_furniture(raw.lines))
    reader = Reader(lines, closing)
    reader.read()
    notes: list[Fault] = [*raw.notes, *reader.notes]
    faults: list[Fault] = []
    check_numbers(reader.root.drafts, notes, faults)
    opening = reader.front
    cut = _preamble_start(opening)
    front = [text for text, _ in opening]
    passages = _Anchors().passages(reader.root)
    if cut is not None:
        texts = tuple(front[cut:])
        passages = (Passage("preamble", "preamble", 0, "", None, texts, opening[cut][1]), *passages)
    title_from = next((at for at in range(len(front) - 1, -1, -1) if marks_end(front[at])), -1) + 1
    title = "".join(front[title_from : cut if cut is not None else len(front)])
    if normal_text(title) in ("", "前言", "引言", "序言", "目录"):  # then it stands on the cover
        title = "".join(
            text for text in takewhile(lambda text: not is_ended(text), front) if not NUMBER.fullmatch(text)
        )
    if not reader.root.drafts:
        told = "没有找到任何条款编号"
        notes.append(Fault("DOC025", told, Place(file), "核对原件；编号写成 一、（一）第一条 1.（1）等"))
    return Document(
        file, raw.form, raw.encoding, re.sub(r"\s+", "", title), _number(front), tuple(front[: cut if cut is not None else None]),
        passages, tuple(reader.tail), tuple(notes), tuple(faults),
    )  # fmt: skip


def _without_contents(lines: list[Line]) -> list[Line]:
    """The lines without a table of contents: from 目录 to where its first entry comes again."""
    start = next((at for at, line in enumerate(lines) if normal_text(line.text) == "目录"), None)
    if start is None:
        return lines
    keys = [(found.kind, found.number) if (found := marker_of(line.text)) else None for line in lines]
    first = next((at for at in range(start + 1, len(lines)) if keys[at]), None)
    if first is None:
        return lines
    again = next((at for at in range(first + 1, len(lines)) if keys[at] == keys[first]), None)
    return lines if again is None else lines[:start] + lines[again:]


def _preamble_start(front: Sequence[tuple[str, Place]]) -> int | None:
    """Where the preamble begins among the paragraphs before the first clause: behind the notice and the title."""
    start = next((at for at in range(len(front) - 1, -1, -1) if marks_end(front[at][0])), -1) + 1
    for at in range(start, len(front)):
        text = front[at][0].strip()
        bracketed = text[:1] in "(（" and text[-1:] in ")）"
        if is_ended(text) and not bracketed:
            return at
    return None


def _number(front: Sequence[str]) -> str | None:
    """The number of the document, where it stands on a line of its own."""
    for text in front:
        if found := NUMBER.fullmatch(bare(text)):
            return "{}〔{}〕{}号".format(*found.groups())
    return None


class _Anchors:
    """Gives each draft its anchor; a second of the same becomes `…@2`."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def passages(self, root: Draft) -> tuple[Passage, ...]:
        return tuple(self._passage(draft, "", "") for draft in root.drafts)

    def _passage(self, draft: Draft, above: str, annex: str) -> Passage:
        segment = (
            draft.kind
            if draft.kind == "closing"
            else f"{draft.kind}{draft.number}" + (f"-{draft.bis}" if draft.bis else "")
        )
        base = annex if draft.kind in GLOBAL_KINDS else above
        anchor = f"{base}.{segment}" if base else segment
        count = self.taken[anchor] = self.taken.get(anchor, 0) + 1
        if count > 1:
            anchor = f"{anchor}@{count}"
        inner = anchor if draft.kind == "annex" else annex
        body: list[str | Passage] = []
        heading = None
        for item in draft.body:
            if isinstance(item, Draft):
                body.append(self._passage(item, anchor, inner))
            elif text := joined(item.lines):
                first = not body and heading is None
                if first and not is_ended(text) and not has_stop(text) and len(text) <= LONGEST_HEADING:
                    heading = text
                else:
                    body.append(text)
        if heading is not None and not body and draft.kind not in _HEADED:
            body, heading = [heading], None  # nothing but one line: the clause itself, not its heading
        return Passage(anchor, draft.kind, draft.number, draft.label, heading, tuple(body), draft.at, above or None)
