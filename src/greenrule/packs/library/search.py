"""Full-text search in Chinese over entries of any sort, without a database: overlapping bigrams find, an exact check decides.

An entry has fields of different weight.  The words of a question (what stands between blanks) must all occur, each as it is
written, anywhere in an entry; only where no entry has them all are entries taken that share most of the question's bigrams, and
these are marked as not exact.  Matches are told as offsets, never as marked-up text.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log, log1p
from typing import Any

from greenrule.packs.library.folding import BREAK, Folded, fold, pairs, words_of

#: Length of a question beyond which nothing more is read, and the share of its bigrams that an inexact match must have.
LONGEST = 200
_ENOUGH = 0.4
#: Characters shown before the first match, and in all.
_BEFORE, _SHOWN = 18, 96


@dataclass(frozen=True, slots=True)
class Text:
    """One field of an entry: its name, what it says, how much a match in it is worth."""

    name: str
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found; `more` is plain data for whoever shows it."""

    kind: str
    id: str
    title: str
    texts: tuple[Text, ...]
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a field with the matches in it, as (first, past the last) in code points of `text`."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"field": self.field, "text": self.text, "marks": [list(mark) for mark in self.marks]}


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found: how well, whether with every word as written, and where."""

    entry: Entry
    score: float
    exact: bool
    snippets: tuple[Snippet, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.entry.kind, "id": self.entry.id, "title": self.entry.title, **self.entry.more, "exact": self.exact,
                "score": round(self.score, 4), "snippets": [item.to_json() for item in self.snippets]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a question, best first, and how many there are of each kind before any was left out."""

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    total: int
    kinds: Mapping[str, int]


class Index:
    """Entries with their bigrams.

    >>> book = [Entry("clause", "1", "饮用水水源", (Text("heading", "饮用水水源保护区"),)), Entry("clause", "2", "焦化", (Text("heading", "焦化"),))]
    >>> [hit.entry.id for hit in Index(book).find("水源保护").hits]
    ['1']
    """

    def __init__(self, entries: Iterable[Entry], weight: Mapping[str, float] | None = None) -> None:
        self.entries = tuple(entries)
        self.weight = dict(weight or {})
        self._folded: list[tuple[Folded, ...]] = [
            tuple(fold(item.text) for item in entry.texts) for entry in self.entries
        ]
        posting: dict[str, array[int]] = {}
        for number, texts in enumerate(self._folded):
            signs = {sign for text in texts for sign in text.text} - {BREAK}
            for gram in signs.union(*(pairs(text.text) for text in texts)):
                posting.setdefault(gram, array("I")).append(number)
        self._posting = posting

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its entries, in their order."""
        return tuple(dict.fromkeys(entry.kind for entry in self.entries))

    def find(
        self, question: str, *, kinds: Collection[str] = (), within: Mapping[str, str] | None = None, size: int = 20, skip: int = 0
    ) -> Found:  # fmt: skip
        """The entries that a question finds.

        kinds : only these (all where empty); `total` and the counts by kind are of all kinds all the same.
        within : values that `more` must have.  size, skip : which of the hits to give.
        """
        words = words_of(question[:LONGEST])
        if not words:
            return Found((), (), 0, {})
        chosen = [number for number in self._with_all(words) if self._fits(number, within)]
        exact = bool(chosen)
        scores = {number: self._score(number, words) for number in chosen} if exact else self._loose(words, within)
        ranked = sorted(scores, key=lambda number: (-scores[number], number))
        counts = Counter(self.entries[number].kind for number in ranked)
        wanted = [number for number in ranked if not kinds or self.entries[number].kind in kinds]
        marked = words if exact else tuple(dict.fromkeys(gram for word in words for gram in pairs(word)))
        hits = tuple(
            Hit(self.entries[number], scores[number], exact, self._snippets(number, marked))
            for number in wanted[skip : skip + size]
        )
        return Found(words, hits, len(wanted), {kind: counts[kind] for kind in self.kinds if counts[kind]})

    # -- choosing ------------------------------------------------------------------------------------------
    def _with_all(self, words: Sequence[str]) -> list[int]:
        """Entries in which every word occurs as it is written, in one field at least each."""
        grams = {gram for word in words for gram in pairs(word)}
        lists = sorted((self._posting.get(gram, array("I")) for gram in grams), key=len)
        few: set[int] = set(lists[0]) if lists else set()
        for other in lists[1:]:
            if not few:
                break
            few.intersection_update(other)
        return [
            number for number in sorted(few)
            if all(any(word in text.text for text in self._folded[number]) for word in words)
        ]  # fmt: skip

    def _loose(self, words: Sequence[str], within: Mapping[str, str] | None) -> dict[int, float]:
        """Entries that share enough of the question's bigrams, rare ones counting more."""
        grams = {gram for word in words for gram in pairs(word) if len(gram) == 2}
        # What stands nowhere (能不能, 建在) tells entries not apart.
        worth = {
            gram: log((1 + len(self.entries)) / len(self._posting[gram])) for gram in grams if gram in self._posting
        }
        total = sum(worth.values())
        got: dict[int, float] = {}
        for gram, weight in worth.items():
            for number in self._posting[gram]:
                got[number] = got.get(number, 0.0) + weight
        return {
            number: value / total * self.weight.get(self.entries[number].kind, 1.0) for number, value in got.items()
            if total and value / total >= _ENOUGH and self._fits(number, within)
        }  # fmt: skip

    def _fits(self, number: int, within: Mapping[str, str] | None) -> bool:
        more = self.entries[number].more
        return all(more.get(key) == value for key, value in (within or {}).items())

    # -- ranking -------------------------------------------------------------------------------------------
    def _score(self, number: int, words: Sequence[str]) -> float:
        """Each word counts where it is worth most: by the field's weight, whole fields before beginnings before middles, short
        fields before long ones, and a little for every further time."""
        entry, total = self.entries[number], 0.0
        for word in words:
            best = 0.0
            for item, text in zip(entry.texts, self._folded[number], strict=True):
                place = text.text.find(word)
                if place >= 0:
                    form = 3.0 if len(text.text) == len(word) else 1.6 if place == 0 else 1.0
                    dense = log1p(text.text.count(word)) / log1p(len(text.text) / len(word))
                    best = max(best, item.weight * form * (0.6 + dense))
            total += best
        return total * self.weight.get(entry.kind, 1.0)

    # -- showing -------------------------------------------------------------------------------------------
    def _snippets(self, number: int, words: Sequence[str], most: int = 2) -> tuple[Snippet, ...]:
        """The fields that match, the weightiest first, each cut to what is around its first match."""
        found: list[tuple[float, Snippet]] = []
        for item, text in zip(self.entries[number].texts, self._folded[number], strict=True):
            spans = _joined(span for word in words for span in text.spans(word))
            if spans:
                found.append((item.weight * sum(end - start for start, end in spans[:3]), _cut(item, spans)))
        found.sort(key=lambda pair: -pair[0])
        return tuple(snippet for _, snippet in found[:most])


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch made one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _cut(item: Text, spans: Sequence[tuple[int, int]]) -> Snippet:
    """A field around its first match; what is left out shows as `…`."""
    text = item.text
    first = 0 if len(text) <= _SHOWN else max(0, min(spans[0][0] - _BEFORE, len(text) - _SHOWN))
    last = min(len(text), max(first + _SHOWN, spans[0][1]))
    head, tail = "…" if first else "", "…" if last < len(text) else ""
    marks = tuple(
        (start - first + len(head), min(end, last) - first + len(head)) for start, end in spans if first <= start < last
    )
    return Snippet(item.name, head + text[first:last].replace("\n", " ") + tail, marks)
