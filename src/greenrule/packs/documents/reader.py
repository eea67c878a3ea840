"""Lines to clauses: which numbers at the start of a line begin one, what lies in what, and where the clauses end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from greenrule.core.errors import Fault, Place
from greenrule.packs.documents.layout import Layout, Paragraph, is_ended, leads_on
from greenrule.packs.documents.lines import Line
from greenrule.packs.documents.markers import GLOBAL_KINDS, KINDS, Marker, marker_of
from greenrule.packs.documents.normal import normal_text

# Of lines as `bare` leaves them: no blanks, half-width.
_PUBLIC = re.compile(r"\([此本][件文].{0,12}公开.{0,8}\)")
_DATE = re.compile(r"[0-9○零一二三四五六七八九]{4}年[0-9一二三四五六七八九十]{1,3}月[0-9一二三四五六七八九十]{1,3}日")
_IMPRINT = re.compile(r"(?:抄送|抄报|主送|分送|主题词):|.{2,30}[0-9]{4}年.{2,8}日印发")
_ENCLOSURES = re.compile(r"附件:")
NUMBER = re.compile(r"([一-鿿]{1,8})[\[(]([0-9]{4})[\])]([0-9]{1,4})号")
# In mid-sentence, what follows the number of a clause that is only referred to: 依照本节（二）的办法
_REFERRED = re.compile(r"的|规定|所列|项|款|、|，|,|和|或|及|至|等")
#: Longer than this is a sentence that lost its stop, not a heading.
LONGEST_HEADING = 80
_LONGEST_SIGNATURE = 30


@dataclass
class Draft:
    """A clause while it is being read; `body` holds its paragraphs and the clauses within it, `last` the last number of each
    kind of them."""

    kind: str
    number: int
    label: str
    at: Place
    bis: int | None = None
    parent: Draft | None = None
    body: list[Paragraph | Draft] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        return KINDS[self.kind][0] if self.kind in KINDS else -1

    @property
    def drafts(self) -> list[Draft]:
        return [item for item in self.body if isinstance(item, Draft)]


def bare(text: str) -> str:
    """A short line as it is compared; nothing for a long one, which is never what is looked for."""
    return normal_text(text) if len(text) <= LONGEST_HEADING else ""


def marks_end(text: str) -> bool:
    """Whether a paragraph ends a notice: its date, or that it may be published."""
    short = bare(text)
    return bool(_PUBLIC.fullmatch(short) or _DATE.fullmatch(short))


def _stands_alone(text: str) -> bool:
    """Whether a line is a paragraph wherever it stands."""
    short = bare(text)
    return marks_end(text) or bool(NUMBER.fullmatch(short) or _IMPRINT.match(short))


class Reader:
    """Goes through the lines once and hangs each where it belongs."""

    def __init__(self, lines: Sequence[Line], closing: str | None) -> None:
        self.lines = lines
        self.layout = Layout(lines)
        self.closing = closing
        self.root = Draft("root", 0, "", Place())
        self.here = self.root
        self.opening: list[tuple[Paragraph, Place]] = []
        self.tail: list[str] = []
        self.notes: list[Fault] = []
        self.paragraph: Paragraph | None = None  # the one that is open
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
            if alone or (self.paragraph is not None and self.layout.ends_after(at, self.paragraph, inside)):
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
        last = self.paragraph.last
        if is_ended(last):  # a full line need not end its paragraph, but here a sentence ends
            return marker
        if leads_on(last) or _REFERRED.match(line.text, marker.after):
            return None
        expected = self._expected(marker)
        if self.paragraph.numbered and not self.paragraph.stopped and len(self.paragraph.lines) <= 2:  # a heading
            return marker if expected or marker.rank > self.here.rank else None
        # In mid-sentence at the end of a full line: a reference to a clause, such as 按照本节（二）执行.
        if self.layout.wrapped and not self.layout.is_short(at - 1):
            return None
        return marker if expected else None

    def _expected(self, marker: Marker) -> bool:
        """Whether a number is the next one of its kind, or the first within what is open."""
        before = self._owner(marker).last.get(marker.kind)
        if before is not None:
            return marker.number == before + 1
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
        owner.last[marker.kind] = marker.number
        self.here = draft
        self.latest[marker.kind] = marker.number
        for kind in KINDS:  # what lies within starts anew, unless its numbers run on
            if kind not in GLOBAL_KINDS and marker.kind == "annex":
                self.latest.pop(kind, None)

    def _leave(self, line: Line) -> None:
        """Close the clauses where the line that begins a paragraph belongs to none of them: addressees, signature,
        enclosures, a final paragraph."""
        short = bare(line.text)
        self.lists_enclosures = self.lists_enclosures or bool(_ENCLOSURES.match(short))
        if self.here is self.root or self.in_tail:
            return
        if self.closing and normal_text(line.text).startswith(normal_text(self.closing)):
            self.here = Draft("closing", 0, "", line.at, None, self.root)
            self.root.body.append(self.here)
        elif _DATE.fullmatch(short):
            above = self.here.body
            signer = above[-1] if len(above) > 1 else None
            signed = "".join(signer.lines) if isinstance(signer, Paragraph) and len(signer.lines) < 3 else ""
            if signed and not is_ended(signed) and len(signed) <= _LONGEST_SIGNATURE:
                above.pop()
                self.tail.append(signed)
                self.in_tail = True
        elif _IMPRINT.match(short) or _PUBLIC.fullmatch(short) or _ENCLOSURES.match(short):
            self.in_tail = True
        elif self.here.kind == "c" and self.here.parent is not None and self.here.parent.kind == "art":
            # Items of an article are one paragraph each; what follows them is the article's next paragraph.
            self.here = self.here.parent

    def _add(self, text: str, line: Line, numbered: bool) -> None:
        if self.in_tail:
            self.tail.append(text)
            self.paragraph = None
        elif self.paragraph is not None and not numbered:
            self.paragraph.add(text)
        else:
            self.paragraph = Paragraph(text, numbered)
            if self.here is self.root:
                self.opening.append((self.paragraph, line.at))
            else:
                self.here.body.append(self.paragraph)

    @property
    def front(self) -> list[tuple[str, Place]]:
        """The paragraphs before the first clause, and where each begins."""
        return [(joined(paragraph.lines), at) for paragraph, at in self.opening]


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
