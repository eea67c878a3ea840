"""The text of a clause as it is hashed: what printing, scanning and copying change is taken out, wording stays.

`docs/how-to/read-a-document.md` says the same in words, so that anybody can recompute a hash.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: What may stand on both sides of a page number.
DASHES = "-‐‑‒–—―─━−﹣－~～·•"
_PAGE_MARK = re.compile(
    rf"[{DASHES}]+\s*[0-9]{{1,4}}\s*[{DASHES}]+|第\s*[0-9]{{1,4}}\s*页(?:\s*[,，、/]?\s*共\s*[0-9]{{1,4}}\s*页)?"
    r"|共\s*[0-9]{1,4}\s*页\s*[,，、/]?\s*第\s*[0-9]{1,4}\s*页|[0-9]{1,4}\s*/\s*[0-9]{1,4}|[Pp]age\s*[0-9]{1,4}(?:\s*of\s*[0-9]{1,4})?"
)
_SUBSCRIPT = re.compile(r"[_^]\{([^{}]*)\}")
_RUN_OF_DASHES = re.compile(r"-{2,}")

# Punctuation that differs between copies of one text although nothing else was meant.
_ALIKE = {
    "。": ".", "“": '"', "”": '"', "„": '"', "‟": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'", "‛": "'",
    "《": "<", "〈": "<", "«": "<", "‹": "<", "》": ">", "〉": ">", "»": ">", "›": ">",
    "〔": "[", "【": "[", "〖": "[", "〕": "]", "】": "]", "〗": "]", "•": "·", "・": "·", "‧": "·", "∙": "·", "⋅": "·", "〜": "~", "∼": "~",
    **dict.fromkeys("‐‑‒–—―─━−", "-"),
    # Radicals that PDF files hold in place of the character; those of U+2F00–2FDF are NFKC's to mend.
    "⺠": "民", "⻄": "西", "⻅": "见", "⻆": "角", "⻉": "贝", "⻋": "车", "⻓": "长", "⻔": "门", "⻘": "青", "⻚": "页", "⻛": "风", "⻜": "飞",
    "⻝": "食", "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻨": "麦", "⻩": "黄", "⻬": "齐", "⻮": "齿", "⻰": "龙", "⻳": "龟",
}  # fmt: skip


class _Table(dict[int, int | str | None]):
    """Code point → what it becomes: nothing where it is not seen, its like, itself; decided when first met."""

    def __missing__(self, code: int) -> int | None:
        c = chr(code)
        kept = None if c.isspace() or unicodedata.category(c) in ("Cc", "Cf", "Zs") else code
        self[code] = kept
        return kept


_TABLE = _Table({ord(c): like for c, like in _ALIKE.items()})
#: No page mark is longer.
_LONGEST_MARK = 40


def is_page_mark(line: str) -> bool:
    """Whether a line holds a page number and nothing else; a bare number is none, it may be a table's.

    >>> [is_page_mark(line) for line in ("—６２—", " - 3 - ", "第 3 页 共 10 页", "3/10", "12", "2025—2030年")]
    [True, True, True, True, False, False]
    """
    return len(line) <= _LONGEST_MARK and bool(_PAGE_MARK.fullmatch(unicodedata.normalize("NFKC", line).strip()))


def normal_text(text: str) -> str:
    """The text as it is hashed.

    In this order: lines that are page marks left out; Unicode NFKC (full-width digits, letters and punctuation become
    half-width, Roman numerals letters); white space, control and invisible characters left out; subscript marks `_{…}` opened;
    like punctuation made alike; runs of dashes made one.

    >>> normal_text("１．到２０２５年，ＰＭ_{2.5}\\n—６２—\\n 降到 ３５ 以下。") == normal_text("1.到2025年,PM2.5降到35以下.")
    True
    """
    kept = "\n".join(line for line in text.splitlines() if not is_page_mark(line))
    visible = unicodedata.normalize("NFKC", kept).translate(_TABLE)
    return _RUN_OF_DASHES.sub("-", _SUBSCRIPT.sub(r"\1", visible))


def text_hash(text: str) -> str:
    """SHA-256 (hexadecimal) of the UTF-8 bytes of `normal_text(text)`."""
    return hashlib.sha256(normal_text(text).encode()).hexdigest()
