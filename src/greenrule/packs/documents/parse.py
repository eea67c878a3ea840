"""From lines to clauses: which numbers at the start of a line begin a clause, and what lies in what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from greenrule.core.errors import Fault, Place
from greenrule.packs.documents.intake import read_raw
from greenrule.packs.documents.layout import Layout, has_stop, is_ended, leads_on
from greenrule.packs.documents.lines import Line, RawText, without_furniture
from greenrule.packs.documents.markers import GLOBAL_KINDS, KINDS, Marker, marker_of
from greenrule.packs.documents.normal import normal_text
from greenrule.packs.documents.sequence import check_numbers
from greenrule.packs.documents.tree import Document, Passage

# Of lines as `_bare` leaves them: no blanks, half-width.
_PUBLIC = re.compile(r"\([此本][件文].{0,12}公开.{0,8}\)")
_DATE = re.compile(r"[0-9○零一二三四五六七八九]{4}年[0-9一二三四五六七八九十]{1,3}月[0-9一二三四五六七八九十]{1,3}日")
_IMPRINT = re.compile(r"(?:抄送|抄报|主送|分送|主题词):|.{2,30}[0-9]{4}年.{2,8}日印发")
_ENCLOSURES = re.compile(r"附件:")
_NUMBER = re.compile(r"([一-鿿]{1,8})[\[(]([0-9]{4})[\])]([0-9]{1,4})号")
# In mid-sentence, what follows the number of a clause that is only referred to: 依照本节（二）的办法
_REFERRED = re.compile(r"的|规定|所列|项|款|、|，|,|和|或|及|至|等")
#: Kinds that may consist of their heading alone.
_HEADED = ("part", "ch", "sec", "s", "annex")
#: Longer than this is a sentence that lost its stop, not a heading.
_LONGEST_HEADING = 80
_LONGEST_SIGNATURE = 30


@dataclass
class Draft:
    """A clause while it is being read; `body` holds paragraphs (as lists of lines) and drafts."""

    kind: str
    number: int
    label: str
    at: Place
    bis: int | None = None
    parent: Draft | None = None
    body: list[list[str] | Draft] = field(default_factory=list)

    @property
    def rank(self) -> int:
        return KINDS[self.kind][0] if self.kind in KINDS else -1

    @property
    def drafts(self) -> list[Draft]:
        return [item for item in self.body if isinstance(item, Draft)]


def read_document(path: Path, closing: str | None = None) -> Document:
    """Read a document (TXT, DOCX, or PDF with text) into its tree of clauses.

    `closing` is how a final paragraph begins that belongs to no clause; nothing in a text tells it from a second paragraph
    of the last clause.  Errors: those of `intake.read_raw`.  What is wrong with the document itself is in `faults`.
    """
    return parse_document(read_raw(path), str(path), closing)


def parse_document(raw: RawText, file: str, closing: str | None = None) -> Document:
    """The tree of a text that was read."""
    lines = _without_contents(without_furniture(raw.lines))
    reader = _Reader(lines, closing)
    reader.read()
    notes: list[Fault] = [*raw.notes, *reader.notes]
    faults: list[Fault] = []
    check_numbers(reader.root.drafts, notes, faults)
    cut = _preamble_start(reader.front)
    front = [text for text, _ in reader.front]
    passages = _Anchors().passages(reader.root)
    if cut is not None:
        texts = tuple(front[cut:])
        opening = Passage("preamble", "preamble", 0, "", None, texts, reader.front[cut][1])
        passages = (opening, *passages)
    title_from = next((at for at in range(len(front) - 1, -1, -1) if _marks_end(front[at])), -1) + 1
    title = "".join(front[title_from : cut if cut is not None else len(front)])
    if normal_text(title) in ("", "前言", "引言", "序言", "目录"):  # then it stands on the cover
        title = "".join(
            text for text in takewhile(lambda text: not is_ended(text), front) if not _NUMBER.fullmatch(text)
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


def _bare(text: str) -> str:
    """A short line as it is compared; nothing for a long one, which is never what is looked for."""
    return normal_text(text) if len(text) <= _LONGEST_HEADING else ""


def _marks_end(text: str) -> bool:
    """Whether a paragraph ends a notice: its date, or that it may be published."""
    bare = _bare(text)
    return bool(_PUBLIC.fullmatch(bare) or _DATE.fullmatch(bare))


def _stands_alone(text: str) -> bool:
    """Whether a line is a paragraph wherever it stands."""
    bare = _bare(text)
    return _marks_end(text) or bool(_NUMBER.fullmatch(bare) or _IMPRINT.match(bare))


def _preamble_start(front: Sequence[tuple[str, Place]]) -> int | None:
    """Where the preamble begins among the paragraphs before the first clause: behind the notice and the title."""
    start = next((at for at in range(len(front) - 1, -1, -1) if _marks_end(front[at][0])), -1) + 1
    for at in range(start, len(front)):
        text = front[at][0].strip()
        bracketed = text[:1] in "(（" and text[-1:] in ")）"
        if is_ended(text) and not bracketed:
            return at
    return None


def _number(front: Sequence[str]) -> str | None:
    """The number of the document, where it stands on a line of its own."""
    for text in front:
        if found := _NUMBER.fullmatch(_bare(text)):
            return "{}〔{}〕{}号".format(*found.groups())
    return None


class _Reader:
    """Goes through the lines once and hangs each where it belongs."""

    def __init__(self, lines: Sequence[Line], closing: str | None) -> None:
        self.lines = lines
        self.layout = Layout(lines)
        self.closing = closing
        self.root = Draft("root", 0, "", Place())
        self.here = self.root
        self.front: list[tuple[str, Place]] = []
        self.tail: list[str] = []
        self.notes: list[Fault] = []
        self.paragraph: list[str] | None = None  # the one that is open
        self.numbered = False
        self.in_tail = False
        self.lists_enclosures = False
        self.latest: dict[str, int] = {}  # kind → number of the last clause of that kind

    def read(self) -> None:
        """Everything into `root`, `front` and `tail`."""
        for at, line in enumerate(self.lines):
            alone = _stands_alone(line.text)
            if alone:
                self.paragraph = None
            marker = None if line.cells else self._marker(at, line)
            if marker is not None:
                self._begin(marker, line)
                self._add(line.text[marker.after :].strip(), line, True)
            else:
                if self.paragraph is None:
                    self._leave(line)
                self._add(line.text, line, False)
            inside = self.here is not self.root
            if alone or (self.paragraph is not None and self.layout.ends_after(at, self.paragraph, self.numbered, inside)):
                self.paragraph = None

    def _marker(self, at: int, line: Line) -> Marker | None:
        marker = marker_of(line.text)
        if marker is None:
            return None
        if self.lists_enclosures:
            if marker.kind in ("n", "i", "c"):
                return None
            self.lists_enclosures = False
        if self.in_tail and marker.kind != "annex" and not (marker.number == 1 and marker.rank <= KINDS["c"][0]):
            return None
        if self.paragraph is None:
            return marker
        so_far = "".join(self.paragraph)
        if is_ended(so_far):  # a full line need not end its paragraph, but here a sentence ends
            return marker
        if leads_on(so_far) or _REFERRED.match(line.text, marker.after):
            return None
        expected = self._expected(marker)
        if self.numbered and not has_stop(so_far) and len(self.paragraph) <= 2:  # a heading came before
            return marker if expected or marker.rank > self.here.rank else None
        # In mid-sentence at the end of a full line: a reference to a clause, such as 按照本节（二）执行.
        if self.layout.wrapped and not self.layout.is_short(at - 1):
            return None
        return marker if expected else None

    def _expected(self, marker: Marker) -> bool:
        """Whether a number is the next one of its kind, or the first within what is open."""
        owner = self._owner(marker)
        siblings = [draft.number for draft in owner.drafts if draft.kind == marker.kind]
        if siblings:
            return marker.number == siblings[-1] + 1
        return marker.number == 1 or marker.number == self.latest.get(marker.kind, -1) + 1

    def _owner(self, marker: Marker) -> Draft:
        owner = self.here
        while owner.parent is not None and owner.rank >= marker.rank:
            owner = owner.parent
        return owner

    def _begin(self, marker: Marker, line: Line) -> None:
        if self.in_tail and marker.kind != "annex":
            # A notice with clauses of its own, then what it encloses without the word 附件.
            number = 1 + sum(draft.kind == "annex" for draft in self.root.drafts)
            annex = Draft("annex", number, "", line.at, None, self.root)
            self.root.body.append(annex)
            self.here = annex
            told = f"从这里起编号重新开始，按附件 {number} 处理"
            self.notes.append(Fault("DOC023", told, line.at, "若不是附件，请核对原件的编号"))
        self.in_tail = False
        owner = self._owner(marker)
        draft = Draft(marker.kind, marker.number, marker.label.strip(), line.at, marker.bis, owner)
        owner.body.append(draft)
        self.here = draft
        self.latest[marker.kind] = marker.number
        for kind in KINDS:  # what lies within starts anew, unless its numbers run on
            if kind not in GLOBAL_KINDS and marker.kind == "annex":
                self.latest.pop(kind, None)

    def _leave(self, line: Line) -> None:
        """Close the clauses where the line that begins a paragraph belongs to none of them: addressees, signature,
        enclosures, a final paragraph."""
        bare = _bare(line.text)
        self.lists_enclosures = self.lists_enclosures or bool(_ENCLOSURES.match(bare))
        if self.here is self.root or self.in_tail:
            return
        if self.closing and normal_text(line.text).startswith(normal_text(self.closing)):
            self.here = Draft("closing", 0, "", line.at, None, self.root)
            self.root.body.append(self.here)
        elif _DATE.fullmatch(bare):
            above = self.here.body
            signed = "".join(above[-1]) if len(above) > 1 and isinstance(above[-1], list) else ""
            if signed and not is_ended(signed) and len(signed) <= _LONGEST_SIGNATURE:
                above.pop()
                self.tail.append(signed)
                self.in_tail = True
        elif _IMPRINT.match(bare) or _PUBLIC.fullmatch(bare) or _ENCLOSURES.match(bare):
            self.in_tail = True
        elif self.here.kind == "c" and self.here.parent is not None and self.here.parent.kind == "art":
            # Items of an article are one paragraph each; what follows them is the article's next paragraph.
            self.here = self.here.parent

    def _add(self, text: str, line: Line, numbered: bool) -> None:
        if numbered:
            self.paragraph, self.numbered = None, True
            if not text:
                self.numbered = True
                self.paragraph = []
                self.here.body.append(self.paragraph)
                return
        if self.in_tail:
            self.tail.append(text)
            self.paragraph = None
        elif self.paragraph is not None:
            self.paragraph.append(text)
            if self.here is self.root:
                self.front[-1] = (joined(self.paragraph), self.front[-1][1])
        else:
            self.paragraph = [text]
            self.numbered = numbered
            if self.here is self.root:
                self.front.append((text, line.at))
            else:
                self.here.body.append(self.paragraph)


def joined(lines: Sequence[str]) -> str:
    """The lines of a paragraph as one; words of Latin letters keep a blank between them.

    >>> joined(["推进排污权", "有序流转,", "use best", "available"])
    '推进排污权有序流转,use best available'
    """
    out = ""
    for line in lines:
        blank = out and line and out[-1].isascii() and out[-1].isalpha() and line[0].isascii() and line[0].isalpha()
        out += (" " if blank else "") + line
    return out


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
            elif text := joined(item):
                first = not body and heading is None
                if first and not is_ended(text) and not has_stop(text) and len(text) <= _LONGEST_HEADING:
                    heading = text
                else:
                    body.append(text)
        if heading is not None and not body and draft.kind not in _HEADED:
            body, heading = [heading], None  # nothing but one line: the clause itself, not its heading
        return Passage(anchor, draft.kind, draft.number, draft.label, heading, tuple(body), draft.at, above or None)
