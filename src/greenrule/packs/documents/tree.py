"""A document as a tree of clauses, each with an anchor that stays when pages, lines and digits are set anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from greenrule.core.errors import Fault, Place
from greenrule.packs.documents.normal import normal_text, text_hash

#: Kinds besides those of `markers.KINDS`: text before the first and after the last clause.
UNNUMBERED = {"preamble": "引言", "closing": "结尾"}


@dataclass(frozen=True)
class Passage:
    """A clause, or a paragraph of one.

    `anchor` is unique in the document: `s2.c3.n1` is item 1 of clause （三） of section 二.  `label` is the number as it is
    written, `heading` a heading on a line of its own, `body` its paragraphs and the clauses within it, in order.
    """

    anchor: str
    kind: str
    number: int
    label: str
    heading: str | None
    body: tuple[str | Passage, ...]
    at: Place
    part_of: str | None = None

    @cached_property
    def parts(self) -> tuple[Passage, ...]:
        """The clauses right below, and its paragraphs where there are several or clauses beside them."""
        texts = [item for item in self.body if isinstance(item, str)]
        single = len(texts) == len(self.body) == 1
        out: list[Passage] = []
        count = 0
        for item in self.body:
            if isinstance(item, Passage):
                out.append(item)
            elif not single:
                count += 1
                out.append(Passage(f"{self.anchor}.p{count}", "p", count, "", None, (item,), self.at, self.anchor))
        return tuple(out)

    @cached_property
    def text(self) -> str:
        """Everything from behind its own number to the next clause of its level: headings, paragraphs, parts with their
        numbers; one line each."""
        lines = [self.heading] if self.heading else []
        for item in self.body:
            lines.append(item if isinstance(item, str) else f"{item.label}{item.text}")
        return "\n".join(lines)

    @cached_property
    def own_text(self) -> str:
        """Its heading and paragraphs, without the clauses within it."""
        lines = [self.heading] if self.heading else []
        return "\n".join([*lines, *(item for item in self.body if isinstance(item, str))])

    @cached_property
    def length(self) -> int:
        """Characters of the text as it is hashed."""
        return len(normal_text(self.text))

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text as `normal.normal_text` leaves it."""
        return text_hash(self.text)

    def walk(self) -> Iterator[Passage]:
        """This passage and everything below it, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Document:
    """A document that was read.

    `front` is what stands before the clauses (letterhead, notice), `tail` what follows them (signature, addressees).  `notes`
    tell what a reader must know, `faults` what is wrong with the document itself; anchors are unique all the same.
    """

    file: str
    form: str
    encoding: str | None
    title: str
    number: str | None
    front: tuple[str, ...]
    passages: tuple[Passage, ...]
    tail: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = field(default=())
    faults: tuple[Fault, ...] = field(default=())

    def __iter__(self) -> Iterator[Passage]:
        """All passages, parents before their parts."""
        for passage in self.passages:
            yield from passage.walk()

    @cached_property
    def by_anchor(self) -> dict[str, Passage]:
        """Anchor → passage."""
        return {passage.anchor: passage for passage in self}
