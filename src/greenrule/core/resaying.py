"""Chinese sentences that were written into a record, said again in English by the templates that they were made from.

A finding is sealed in Chinese: its doubts and notes are finished sentences with numbers and names in them.  The catalogue
`english/remarks.json` holds their templates (`距边界 {metres} 米`) with the English beside; what stands in a hole is said again in
its turn, or is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from greenrule.core.tongue import words

Holes = Mapping[str, Callable[[str], str]]
#: Holes that hold a number only; any other holds what it must.
_NUMBERS = frozenset(("metres", "count", "number", "hole", "one", "two", "share", "before", "after", "at"))
#: Holes that hold several things → what stands between them in Chinese and in English.
_SEVERAL = {"others": ("，", ", or "), "readings": ("；", "; "), "decisions": ("、", ", "), "codes": ("、", ", "), "names": ("、", ", "),
            "dropped": ("、", ", ")}  # fmt: skip
_HOLE = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of the templates with their English, those with the most words of their own first."""
    told: dict[str, str] = json.loads((Path(__file__).parent / "english" / "remarks.json").read_text(encoding="utf-8"))
    found = sorted((key for key in told if _HOLE.search(key)), key=lambda key: -len(_HOLE.sub("", key)))
    return tuple((re.compile(pattern_of(key), re.DOTALL), told[key]) for key in found)


def pattern_of(template: str) -> str:
    """The pattern of what a template may have become."""
    parts = _HOLE.split(template)  # text, hole, text, hole, …, text
    return "".join(
        f"(?P<{part}>{r'[-+0-9.,% ]+' if part in _NUMBERS else '.*?'})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )


def resaid(text: str, holes: Holes | None = None) -> str | None:
    """The English of a finished sentence; None where no template fits.

    holes : name of a hole → what is said for the Chinese in it

    >>> resaid("距边界 12.5 米"), resaid("恰在边界上"), resaid("别的话")
    ('12.5 m from the border', 'on the border', None)
    """
    if text in words():
        return words()[text]
    for pattern, english in templates():
        if found := pattern.fullmatch(text):
            return english.format(**{name: _inner(name, inner, holes) for name, inner in found.groupdict().items()})
    return None


def _inner(name: str, text: str, holes: Holes | None) -> str:
    """What is said for the Chinese in a hole."""
    between, joined = _SEVERAL.get(name, ("", ""))
    say = holes[name] if holes and name in holes else lambda part: resaid(part, holes) or part
    return joined.join(map(say, text.split(between))) if between else say(text)
