"""Finished Chinese sentences in English: a sentence is recognised by the template that it was made from.

Much of what the program says is made where it is said (`f"期限 {day} 已过"`) and may be kept (the outcome of a job, a notice), so that it
is English only if it can be told again.  `english/sentences/*.json` holds template → English, both with the same named holes; what
stands in a hole is told again where it can be (a label, a list of labels, an amount, a sentence) and else left as it is, as a name is.
A sentence that no template fits has no English here.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from greenrule.core.tongue import FOLDER, amount, fault_words, language, united, words

#: Sentences in sentences: a list of duties of a list of filings is deep enough.
_DEEPEST = 3
#: Characters of a sentence at most: trying templates takes longer than the sentence grows, and somebody may have written it to harm.
_LONGEST = 1000
CHINESE = re.compile("[\u4e00-\u9fff]")
#: What a hole holds whose name ends in `_n`: a number, a share, a pair of coordinates.
_NUMBER = r"[-+0-9.,% ]+"


class _Template(NamedTuple):
    """`anchor` is the longest fixed part: a sentence without it need not be tried."""

    anchor: str
    pattern: re.Pattern[str]
    english: str


@lru_cache(maxsize=1)
def sentences() -> dict[str, str]:
    """Chinese template → English template."""
    return united(FOLDER / "sentences")


@lru_cache(maxsize=1)
def _templates() -> tuple[_Template, ...]:
    """The templates, those with the longest fixed text first: the most particular is tried before the more general."""
    found = []
    for chinese, english in sentences().items():
        pieces, parts, seen = [], [], set()
        for literal, name, _, _ in string.Formatter().parse(chinese):
            parts.append(literal)
            pieces.append(re.escape(literal))
            if name is not None:
                pieces.append(
                    f"(?P={name})" if name in seen else f"(?P<{name}>{_NUMBER if name.endswith('_n') else '.+?'})"
                )
                seen.add(name)
        found.append(
            (sum(map(len, parts)), _Template(max(parts, key=len), re.compile("".join(pieces), re.DOTALL), english))
        )
    return tuple(template for _, template in sorted(found, key=lambda item: -item[0]))


def retold(text: str, phrases: Mapping[str, str] | None = None) -> str | None:
    """A finished sentence in English, None where no template fits, or it is longer than any sentence of ours.

    phrases : labels in English besides the program's own (those of the packs)

    >>> retold("期限 2024-10-31 已过，没有报送数")
    'due on 2024-10-31, which has passed, and no number was reported'
    """
    if len(text) > _LONGEST:
        return None
    known = phrases or {}
    return _retold(text, lambda word: known.get(word) or words().get(word), _DEEPEST)


def _retold(text: str, known: Callable[[str], str | None], deep: int) -> str | None:
    whole = None
    for template in _templates():
        if template.anchor in text and (found := template.pattern.fullmatch(text)):
            whole = template.english.format(
                **{name: _filled(part, known, deep) for name, part in found.groupdict().items()}
            )
            break
    head, stroke, tail = text.partition("：")
    if stroke and deep and (whole is None or CHINESE.search(whole)):
        one, other = (known(part) or _retold(part, known, deep - 1) for part in (head, tail))
        if one and other:
            return f"{one}: {other}"
    return whole


def _filled(part: str, known: Callable[[str], str | None], deep: int) -> str:
    """What stands in a hole, in English where it has English."""
    if (found := known(part)) is not None:
        return found
    for stroke, joined in (("；", "; "), ("、", ", ")):
        if stroke in part:
            pieces = [_filled(piece, known, 0) for piece in part.split(stroke)]
            return joined.join(pieces)
    if not CHINESE.search(part):  # a date, a number
        return part
    if deep and (told := _retold(part, known, deep - 1)) is not None:
        return told
    told = amount(part)
    return part if CHINESE.search(told) else told


def fault_json(fault: Any) -> dict[str, Any]:
    """A fault as programs and pages hear it, in the language that is spoken."""
    told: dict[str, Any] = fault.to_json()
    return told if language() == "zh" else fault_in_english(told)


def fault_in_english(told: Mapping[str, Any], phrases: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A fault as JSON in English: its own sentences told again, else the sentence of its code with the Chinese beside.

    `original` is that Chinese, which names what is at stake.  A code without English keeps its Chinese.
    """
    meant = fault_words().get(str(told.get("code")))
    if meant is None or "original" in told:
        return dict(told)
    again = {
        part: words().get(text) or retold(text, phrases) for part in ("message", "help") if (text := told.get(part))
    }
    out = {**told, **meant, **{part: text for part, text in again.items() if text is not None}}
    if None in again.values():
        out["original"] = {"message": told["message"], "help": told.get("help")}
    return out
