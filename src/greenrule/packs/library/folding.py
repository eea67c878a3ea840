"""Text as it is searched: width, case and punctuation aside, with the way back to where each character stood."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: Signs that end a phrase: no word reaches across them.  Other punctuation (quotation marks, brackets, hyphens) is passed over.
BREAKS = frozenset("、，。；：！？…,;:!?\n")
#: What stands for a break in folded text; no question holds it.
BREAK = "\n"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without what a searcher does not write; `at[i]` is the place in the original of character i of `text`."""

    text: str
    at: tuple[int, ...]

    def spans(self, word: str) -> list[tuple[int, int]]:
        """Where a folded word stands in the original: (first, past the last), never overlapping.

        >>> fold("“两高”一低").spans("两高一低")
        [(1, 6)]
        """
        out, start = [], self.text.find(word) if word else -1
        while start >= 0:
            end = start + len(word)
            out.append((self.at[start], self.at[end - 1] + 1))
            start = self.text.find(word, end)
        return out


def fold(text: str) -> Folded:
    """A text folded: compatibility forms made plain (全角 → half width), lower case, letters and digits of any script, and breaks.

    >>> fold("ＶＯＣｓ ≥ 10%").text, fold("炼焦、化工").text
    ('vocs10', '炼焦\\n化工')
    """
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        plain = _sign(sign)
        if plain:
            letters.append(plain)
            places += (place,) * len(plain)
    return Folded("".join(letters), tuple(places))


@lru_cache(maxsize=65_536)
def _sign(sign: str) -> str:
    """One character folded; a text has few different ones."""
    if sign in BREAKS:
        return BREAK
    return "".join(plain for plain in unicodedata.normalize("NFKC", sign).casefold() if plain.isalnum())


def pairs(text: str) -> list[str]:
    """The overlapping bigrams of a folded text; a single character is its own.

    >>> pairs("自然公园"), pairs("焦")
    (['自然', '然公', '公园'], ['焦'])
    """
    return [
        text[place : place + 2] for place in range(len(text) - 1) if BREAK not in text[place : place + 2]
    ] or ([text] if text and text != BREAK else [])  # fmt: skip


def words_of(question: str) -> tuple[str, ...]:
    """The words of a question, folded, each once: what stands between blanks and breaks.

    >>> words_of("焦化，“汾河” 谷地 焦化")
    ('焦化', '汾河', '谷地')
    """
    parts = "".join(" " if sign in BREAKS else sign for sign in question).split()
    return tuple(dict.fromkeys(word for part in parts if (word := fold(part).text)))
