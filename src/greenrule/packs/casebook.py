"""The golden file of generated cases: one short line per case, so that a person can read what changed.

    = eia-003-book-a 5f3c21ab classify eia.catalogue_form = book
    + industry=0311; livestock.added_output=5000 头/年 | 成立；livestock.added_output >= 5000 头/年 恰为界值
    - livestock.added_output=4999 头/年 | 界下
    ? livestock.added_output=? | 缺 livestock.added_output
    ! nature is new 成立而决定 | 证明不能

`+` yes, `-` no, `?` unknown; facts are those of the rule's first line with what the line changes (`?` takes one away).
`!` are goals that the solver proved out of reach, `~` those it did not decide.  Cases of one rule stand under its id, its effects and a
fingerprint of its condition: when the condition changes, the cases are stale.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from greenrule.backends.situation import Value
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.core.units import Quantity, number_text
from greenrule.packs.marked import read_text
from greenrule.packs.values import read_value
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Node

#: Where the generated cases of a pack stand, one file for each file of rules.
FOLDER = Path("cases") / "boundary"
SIGNS = {"+": TRUE, "-": FALSE, "?": UNKNOWN}
_SIGN = {truth: sign for sign, truth in SIGNS.items()}
_RATIO = re.compile(r"(-?\d+)/([1-9]\d*)(.*)")
HEAD = "# 由 `greenrule pack cases --generate` 生成，逐条看过后提交；规则改动后重新生成，再看差异。"


@dataclass(frozen=True, slots=True)
class Line:
    """One case: the truth a rule must have, the facts that are known, and why the case is there."""

    expected: Truth
    facts: Mapping[str, Value]
    why: str
    at: Place | None = None


@dataclass
class Chapter:
    """The cases of one rule."""

    rule: str
    fingerprint: str
    effect: str
    lines: list[Line] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)
    undecided: list[tuple[str, str]] = field(default_factory=list)
    at: Place | None = None


def fingerprint(body: Node) -> str:
    """Eight hexadecimal digits of a condition, its places left out."""
    return hashlib.sha256(repr(body).encode()).hexdigest()[:8]


def value_text(value: Value) -> str:
    """A value on a line of the file."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or "无"
    if isinstance(value, Quantity):
        return f"{_exact_text(value.value)} {value.unit}".strip()
    if isinstance(value, Fraction):
        return _exact_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _exact_text(value: Fraction) -> str:
    """A decimal where that is exact, otherwise a fraction: the third of a limit is `50/3`, and nothing near it is."""
    text = number_text(value)
    return text if Fraction(text) == value else f"{value.numerator}/{value.denominator}"


def write_chapter(chapter: Chapter) -> str:
    """The lines of one rule."""
    out = [f"= {chapter.rule} {chapter.fingerprint} {chapter.effect}"]
    base: Mapping[str, Value] = {}
    for number, line in enumerate(chapter.lines):
        if number == 0:
            base = line.facts
            changes = [f"{name}={value_text(value)}" for name, value in line.facts.items()]
        else:
            changes = [f"{name}={value_text(value)}" for name, value in line.facts.items() if base.get(name) != value]
            changes += [f"{name}=?" for name in base if name not in line.facts]
        out.append(f"{_SIGN[line.expected]} {'; '.join(changes)} | {line.why}")
    out += [f"! {label}" for label in chapter.impossible]
    out += [f"~ {label} | {reason}" for label, reason in chapter.undecided]
    return "\n".join(out) + "\n"


def write_book(chapters: Iterable[Chapter], on: date) -> str:
    """A whole file."""
    return "\n".join([HEAD, f"on {on.isoformat()}", "", *(write_chapter(chapter) for chapter in chapters)])


def read_book(book: Rulebook, path: Path, faults: list[Fault]) -> tuple[date | None, list[Chapter]]:
    """The chapters of a file; whatever is wrong is added to `faults`.

    C030 a line that cannot be read · C031 a fact or value that is not in the vocabulary · C032 a rule twice, or cases before any rule.
    """
    chapters: list[Chapter] = []
    seen: set[str] = set()
    on: date | None = None
    try:
        text = read_text(path)
    except InputFault as error:
        faults.extend(error.faults)
        return None, []
    for number, line in enumerate(text.splitlines(), 1):
        place = Place(str(path), number)
        sign, _, rest = line.partition(" ")
        if not line.strip() or sign.startswith("#"):
            continue
        if sign == "on":
            on = _day(rest, place, faults)
        elif sign == "=":
            words = rest.split(" ", 2)
            if len(words) != 3:
                faults.append(Fault("C030", "规则行应为 `= 编号 指纹 效果`", place, "重新生成这个文件"))
                continue
            if words[0] in seen:
                faults.append(Fault("C032", f"规则 `{words[0]}` 的用例写了两处", place, "两处留一处"))
            seen.add(words[0])
            chapters.append(Chapter(words[0], words[1], words[2], at=place))
        elif not chapters:
            faults.append(Fault("C032", "用例之前没有规则行", place, "重新生成这个文件"))
        elif sign in SIGNS:
            case = _case(book, chapters[-1], SIGNS[sign], rest, place, faults)
            if case is not None:
                chapters[-1].lines.append(case)
        elif sign == "!":
            chapters[-1].impossible.append(rest)
        elif sign == "~":
            label, _, reason = rest.partition(" | ")
            chapters[-1].undecided.append((label, reason))
        else:
            faults.append(Fault("C030", f"这一行读不懂：`{line[:40]}`", place, "行首应为 = + - ? ! ~ 之一"))
    return on, chapters


def _case(
    book: Rulebook, chapter: Chapter, expected: Truth, rest: str, place: Place, faults: list[Fault]
) -> Line | None:  # fmt: skip
    told, bar, why = rest.partition("|")
    if not bar:
        faults.append(Fault("C030", "用例行应为 `事实=值; … | 理由`", place, "重新生成这个文件"))
        return None
    facts: dict[str, Any] = dict(chapter.lines[0].facts) if chapter.lines else {}
    for item in told.split(";"):
        name, equals, raw = item.strip().partition("=")
        if not name:
            continue
        spec = book.facts.get(name)
        if spec is None or not equals:
            faults.append(Fault("C031", f"没有事实 `{name}`，或没有写值", place, "事实改名后重新生成"))
            continue
        if raw == "?":
            facts.pop(name, None)
            continue
        before = len(faults)
        several = spec.kind.form == "set"
        ratio = _RATIO.fullmatch(raw) if spec.kind.form in ("quantity", "number") else None
        said = f"{ratio[1]}{ratio[3]}" if ratio else ([] if raw == "无" else raw.split(",")) if several else raw
        value = read_value(book, spec, said, place, faults)
        if ratio and value is not None:
            value = (
                replace(value, value=value.value / int(ratio[2]))
                if isinstance(value, Quantity)
                else value / int(ratio[2])
            )
        faults[before:] = [Fault("C031", fault.message, place, fault.help) for fault in faults[before:]]
        facts[name] = value
    return Line(expected, {name: value for name, value in facts.items() if value is not None}, why.strip(), place)


def _day(text: str, place: Place, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        faults.append(Fault("C030", f"`{text}` 不是日期", place, "日期写作 YYYY-MM-DD"))
        return None


def book_files(folders: Sequence[Path]) -> list[Path]:
    """All files of generated cases of packs."""
    return [path for folder in folders for path in sorted((folder / FOLDER).glob("*.cases"))]
