"""The golden file of generated cases: one short line per case, so that a person can read what changed.

    = eia-003-book-a 5f3c21ab classify eia.catalogue_form = book
    # 当行业为牲畜饲养（031）……，且新增生猪年出栏量（折合）不小于5000 头/年时，……应当编制环境影响报告书。
    + 行业=0311（牛的饲养）; 新增生猪年出栏量（折合）=5000 头/年 | 新增生猪年出栏量（折合）不小于5000 头/年：恰为界值，成立
    - 新增生猪年出栏量（折合）=4999 头/年 | 新增生猪年出栏量（折合）不小于5000 头/年：略低于界值，不成立
    ? 新增生猪年出栏量（折合）=? | 新增生猪年出栏量（折合）不小于5000 头/年：缺“新增生猪年出栏量（折合）”
    ! 建设性质为新建：成立而决定 | 证明不能：条件自身

`+` yes, `-` no, `?` unknown; facts are those of the rule's first line with what the line changes (`?` takes one away).
`!` are goals out of reach, with what keeps them there; `~` those that were not shown, with the reason.  Cases of one rule stand under
its id, a fingerprint of its condition and of the words for it, its effects and its sentence: when they change, the cases are stale.
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
from greenrule.packs.boundaries import Goal, Wording
from greenrule.packs.marked import read_text
from greenrule.packs.values import read_value
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Node

#: Where the generated cases of a pack stand, one file for each file of rules.
FOLDER = Path("cases") / "boundary"
SIGNS = {"+": TRUE, "-": FALSE, "?": UNKNOWN}
_SIGN = {truth: sign for sign, truth in SIGNS.items()}
_FIRST = ("industry", "nature", "works.kind")
#: What a code is called, beside it, for readers.
_LABEL = re.compile(r"（[^;|=]*?）(?=,|$)")
_RATIO = re.compile(r"(-?\d+)/([1-9]\d*)(.*)")
HEAD = """\
# 求解器写的边界用例，标量机逐条复算过。由 `greenrule pack cases --generate` 写入；规则改动后重新生成，看过差异再提交。
# 行首：+ 规则成立，- 不成立，? 未知，! 证明达不到，~ 没有做到；竖线后是为何有这一例。每条规则首例之后只写与首例不同的事实，? 为不知道。
# 行首说的是整条规则，竖线后说的是条件的这一部分；“成立而决定”：其余不变而此处反过来，结果就变。"""


@dataclass(frozen=True, slots=True)
class Line:
    """One case: the truth a rule must have, the facts that are known, and why the case is there."""

    expected: Truth
    facts: Mapping[str, Value]
    why: str
    at: Place | None = None


@dataclass
class Chapter:
    """The cases of one rule; `impossible` and `undecided` are goals, each with the reason."""

    rule: str
    fingerprint: str
    effect: str
    lines: list[Line] = field(default_factory=list)
    impossible: list[tuple[str, str]] = field(default_factory=list)
    undecided: list[tuple[str, str]] = field(default_factory=list)
    at: Place | None = None
    #: the day that its cases are asked for, and the packs that were read together
    on: date | None = None
    packs: tuple[str, ...] = ()


def fingerprint(body: Node, wanted: Iterable[Goal]) -> str:
    """Eight hexadecimal digits of a condition, its places left out, and of what its cases must show."""
    return hashlib.sha256(repr((body, [goal.label for goal in wanted])).encode()).hexdigest()[:8]


def _value_text(wording: Wording, fact: str, value: Value) -> str:
    """A value on a line of the file."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (str, frozenset)):
        codes = [value] if isinstance(value, str) else sorted(value)
        named = ((code, wording.code(fact, code)) for code in codes)
        return ",".join(text if _LABEL.sub("", text) == code else code for code, text in named) or "无"
    if isinstance(value, Quantity):
        return f"{_exact_text(value.value)} {value.unit}".strip()
    if isinstance(value, Fraction):
        return _exact_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _exact_text(value: Fraction) -> str:
    """A decimal where that is exact, otherwise a fraction: the third of a limit is `50/3`, and nothing near it is."""
    text = number_text(value)
    return text if Fraction(text) == value else f"{value.numerator}/{value.denominator}"


def _rank(fact: str) -> tuple[int, str]:
    """Who it is comes first."""
    return _FIRST.index(fact) if fact in _FIRST else len(_FIRST), fact


def write_chapter(chapter: Chapter, wording: Wording) -> str:
    """The lines of one rule."""
    out = [f"= {chapter.rule} {chapter.fingerprint} {chapter.effect}"]
    out.append(f"# {wording.sentence.rule(wording.book.rules[chapter.rule])}")
    base: Mapping[str, Value] = chapter.lines[0].facts if chapter.lines else {}
    for number, line in enumerate(chapter.lines):
        changed = {name: value for name, value in line.facts.items() if number == 0 or base.get(name) != value}
        told = [
            f"{wording.fact(name)}={_value_text(wording, name, changed[name])}" for name in sorted(changed, key=_rank)
        ]
        told += [f"{wording.fact(name)}=?" for name in sorted(base, key=_rank) if name not in line.facts]
        out.append(f"{_SIGN[line.expected]} {'; '.join(told)} | {line.why}")
    out += [f"! {label} | {reason}" for label, reason in chapter.impossible]
    out += [f"~ {label} | {reason}" for label, reason in chapter.undecided]
    return "\n".join(out) + "\n"


def write_book(book: Rulebook, chapters: Iterable[Chapter], on: date, packs: Iterable[str]) -> str:
    """A whole file: cases of a law of some packs on a day."""
    wording = Wording(book)
    told = [write_chapter(chapter, wording) for chapter in chapters]
    return "\n".join([HEAD, f"on {on.isoformat()} with {' '.join(packs)}", "", *told])


def read_book(book: Rulebook, path: Path, faults: list[Fault]) -> list[Chapter]:
    """The chapters of a file; whatever is wrong is added to `faults`.

    C030 a line that cannot be read · C031 a fact or value that is not in the vocabulary · C032 a rule twice, or cases before any rule.
    """
    chapters: list[Chapter] = []
    seen: set[str] = set()
    called = {spec.zh: name for name, spec in book.facts.items()}
    on: date | None = None
    packs: tuple[str, ...] = ()
    try:
        text = read_text(path)
    except InputFault as error:
        faults.extend(error.faults)
        return []
    for number, line in enumerate(text.splitlines(), 1):
        place = Place(str(path), number)
        sign, _, rest = line.partition(" ")
        if not line.strip() or sign.startswith("#"):
            continue
        if sign == "on":
            day, _, names = rest.partition(" with ")
            on, packs = _day(day, place, faults), tuple(names.split())
        elif sign == "=":
            words = rest.split(" ", 2)
            if len(words) != 3:
                faults.append(Fault("C030", "规则行应为 `= 编号 指纹 效果`", place, "重新生成这个文件"))
                continue
            if words[0] in seen:
                faults.append(Fault("C032", f"规则 `{words[0]}` 的用例写了两处", place, "两处留一处"))
            seen.add(words[0])
            chapters.append(Chapter(words[0], words[1], words[2], at=place, on=on, packs=packs))
        elif not chapters:
            faults.append(Fault("C032", "用例之前没有规则行", place, "重新生成这个文件"))
        elif sign in SIGNS:
            case = _case(book, called, chapters[-1], SIGNS[sign], rest, place, faults)
            if case is not None:
                chapters[-1].lines.append(case)
        elif sign in ("!", "~"):
            label, _, reason = rest.rpartition(" | ")
            (chapters[-1].impossible if sign == "!" else chapters[-1].undecided).append((label or rest, reason))
        else:
            faults.append(Fault("C030", f"这一行读不懂：`{line[:40]}`", place, "行首应为 = + - ? ! ~ 之一"))
    return chapters


def _case(
    book: Rulebook, called: Mapping[str, str], chapter: Chapter, expected: Truth, rest: str, place: Place, faults: list[Fault]
) -> Line | None:  # fmt: skip
    told, bar, why = rest.partition(" | ")
    if not bar:
        faults.append(Fault("C030", "用例行应为 `事实=值; … | 理由`", place, "重新生成这个文件"))
        return None
    facts: dict[str, Any] = dict(chapter.lines[0].facts) if chapter.lines else {}
    for item in told.split(";"):
        label, equals, raw = item.strip().partition("=")
        if not label:
            continue
        name = called.get(label, label)
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
        if spec.kind.vocab:
            raw = _LABEL.sub("", raw)
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
