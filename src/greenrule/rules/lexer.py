"""Words of a `.rules` file with line and column.

A quantity is one token (`90 万吨/年`); a code keeps its leading zeros; `#` begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from greenrule.core.errors import Fault, Place

#: Words that begin a line of an item, or the item itself, and so end the expression before them.
HEADS = frozenset(
    ["rule", "define", "subject", "when", "effect", "then", "due", "strength", "cites", "in_force", "recorded", "unless",
     "overrides", "replaces", "note"]
)  # fmt: skip
WORDS = frozenset(("and", "or", "not", "is", "in", "under", "applies", "true", "false", "undecided", "table"))

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
      |(?P<newline>\n)
      |(?P<string>"(?:[^"\\\n]|\\.)*")
      |(?P<date>\d{4}-\d{2}-\d{2}(?!\d))
      |(?P<number>\d+(?:\.\d+)?)
      |(?P<list>@[A-Za-z_][\w.\-]*)
      |(?P<parameter>\$[A-Za-z_][\w.]*)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:[.\-\#][A-Za-z0-9_]+)*)
      |(?P<op><=|>=|==|!=|\.\.|[<>=(){}\[\],:+*\-])
    """,
    re.X,
)
_UNIT = re.compile(r"[ \t]*([^\s\d,;:(){}\[\]<>=!+*#\"@$-][^\s,;:(){}\[\]<>=!+*#\"@$]*)")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its sort, its text as written, the unit after a number, and its place."""

    sort: str
    text: str
    line: int
    column: int
    unit: str = ""
    first: bool = False

    def place(self, file: str) -> Place:
        """Where the word stands."""
        return Place(file, self.line, self.column)


def tokens(text: str, file: str, faults: list[Fault], line: int = 1, column: int = 1) -> list[Token]:
    """Cut a text into tokens; characters that begin no token become faults and are passed over.

    >>> [t.text + t.unit for t in tokens("when capacity >= 90 万吨/年 and x", "a.rules", [])][:4]
    ['when', 'capacity', '>=', '90万吨/年']
    """
    out: list[Token] = []
    position, start, first = 0, 1 - column, True
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position - start + 1
            faults.append(
                Fault(
                    "R001", f"这里不认识字符 `{text[position]}`", Place(file, line, column), "字符串请用英文双引号括起"
                )
            )
            position += 1
            continue
        sort, word = str(match.lastgroup), match.group()
        column, position = position - start + 1, match.end()
        if sort == "newline":
            line, start, first = line + 1, position, True
            continue
        if sort == "space":
            continue
        unit = ""
        if sort == "number":
            follow = _UNIT.match(text, position)
            if follow and follow[1] not in WORDS and follow[1] not in HEADS:
                unit, position = follow[1], follow.end()
        out.append(Token(sort, word, line, column, unit, first))
        first = False
    out.append(Token("end", "", line, len(text) - start + 1, "", True))
    return out
