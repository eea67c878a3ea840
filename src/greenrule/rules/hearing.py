"""Read back what `Sentence` says: a Chinese sentence to the condition, the consequence and the exceptions it was made from.

The sentences are a controlled language: labels and titles of the rulebook between fixed words.  All readings are tried; a
sentence that can be read in two ways is a fault, so that no two rules ever sound alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import UnitError, factor
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Or,
    Parameter,
    Table,
    Undecided,
    Under,
)  # fmt: skip
from greenrule.rules.render import OP_ZH, PLUS_ZH, expression_text, quoted

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_CODE = re.compile(r"（([A-Za-z0-9_]+)）")
_EXCEPT = re.compile(r"；但((?:“[^“”]*”)+)另有规定的除外$")
_LONGEST_UNIT = 16

_Reads = tuple[tuple[Node, int], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sentence says: the condition as the parser would give it, the consequence, rules that are exceptions."""

    when: Node
    then: str
    exceptions: tuple[str, ...] = ()


class Hearing:
    """Reads sentences of one rulebook.

    >>> Hearing(book).expression("新增生产能力不小于90 万吨/年")  # doctest: +SKIP
    Compare(op='>=', left=Fact(id='capacity.added'), right=Amount(value=Fraction(90, 1), unit='万吨/年'))
    """

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        truths = {spec.zh: spec.id for spec in book.facts.values() if spec.kind.form == "truth"}
        self.truths = _by_first({**truths, **{item.title: item.name for item in book.definitions.values()}})
        self.measures = _by_first(
            {spec.zh: spec.id for spec in book.facts.values() if spec.kind.form in ("quantity", "number", "date")}
        )
        self.parameters = _by_first({spec.zh: spec.id for spec in book.parameters.values()})
        kinds = {spec.zh: spec.id for spec in book.facts.values() if spec.kind.form in ("category", "set")}
        self.kinds = _by_first(kinds)
        self.decisions = _by_first({spec.zh: spec.id for spec in book.decisions.values()})
        self.tables = {quoted(spec.zh): spec.id for spec in book.parameters.values() if spec.table}
        self.lists = _titles((quoted(item.title), item.id) for item in book.lists.values())
        self.rules = _titles((quoted(item.title), item.id) for item in book.rules.values())

    def sentence(self, text: str) -> Heard:
        """A whole sentence: 当〔条件〕时，〔结果〕[；但〔例外〕另有规定的除外]。

        InputFault: R030 it cannot be read · R031 it can be read in more than one way.
        """
        body = text.strip()
        if not (body.startswith("当") and body.endswith("。")):
            raise InputFault(
                Fault("R030", f"不是“当……时，……。”的句子：{text[:40]}", None, "照 `greenrule pack sentence` 的写法")
            )
        found: dict[str, Heard] = {}
        for match in re.finditer("时，", body):
            then, names = body[match.end() : -1], _EXCEPT.search(body[match.end() : -1])
            titles = re.findall("“[^“”]*”", names[1]) if names else []
            if any(title not in self.rules for title in titles):
                continue
            rules = tuple(self.rules[title][0] for title in titles)
            for node in _Reader(self, body[1 : match.start()]).all():
                found.setdefault(expression_text(node), Heard(node, then[: names.start()] if names else then, rules))
        return self._one(text, found)

    def clause(self, text: str) -> Heard:
        """A condition alone.  InputFault as `sentence`."""
        return self._one(text, {expression_text(node): Heard(node, "") for node in _Reader(self, text.strip()).all()})

    def expression(self, text: str) -> Node:
        """A condition alone, as the parser would give it.  InputFault as `sentence`."""
        return self.clause(text).when

    def _one(self, text: str, found: Mapping[str, Heard]) -> Heard:
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise InputFault(Fault("R031", f"句子有几种读法：{text[:60]}", None, "；".join(list(found)[:3])))
        reader = _Reader(self, text.strip().removeprefix("当"))
        list(reader.expression(0))
        rest = reader.text[reader.far :][:24]
        close = near(
            rest.split("，")[0],
            [
                label
                for labels in (self.truths, self.measures, self.kinds)
                for group in labels.values()
                for label, _ in group
            ],
        )
        raise InputFault(
            Fault(
                "R030",
                f"读到“{rest}”读不下去",
                None,
                f"是否指 {'、'.join(close)}？" if close else "用事实、定义、参数的中文名称",
            )
        )


def _by_first(labels: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    out: dict[str, list[tuple[str, str]]] = {}
    for label, name in labels.items():
        out.setdefault(label[:1], []).append((label, name))
    return out


def _titles(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for title, name in pairs:
        out.setdefault(title, []).append(name)
    return out


class _Reader:
    """All readings of one text; each place and grade is read once."""

    def __init__(self, hearing: Hearing, text: str) -> None:
        self.hearing, self.text, self.far = hearing, text, 0
        self._kept: dict[tuple[str, int], _Reads] = {}

    def all(self) -> Iterator[Node]:
        """Readings of the whole text."""
        return (node for node, end in self.expression(0) if end == len(self.text))

    def at(self, start: int, word: str) -> int | None:
        """Where the text goes on after a word that must stand here."""
        if self.text.startswith(word, start):
            self.far = max(self.far, start + len(word))
            return start + len(word)
        return None

    def labels(self, groups: Mapping[str, list[tuple[str, str]]], start: int) -> Iterator[tuple[str, int]]:
        """Labels that stand here, with the name of what they are and the place after them."""
        for label, name in groups.get(self.text[start : start + 1], ()):
            end = self.at(start, label)
            if end is not None:
                yield name, end

    def keep(self, grade: str, start: int, reads: Iterator[tuple[Node, int]]) -> _Reads:
        """Readings from one place on, found once."""
        key = (grade, start)
        if key not in self._kept:
            self._kept[key] = ()
            self._kept[key] = tuple(reads)
        return self._kept[key]

    # -- connectives ---------------------------------------------------------------------------------------
    def expression(self, start: int) -> _Reads:
        """A chain of 且 or of 或, or one part alone."""
        return self.keep("expression", start, self._expression(start))

    def _expression(self, start: int) -> Iterator[tuple[Node, int]]:
        for node, end in self.part(start):
            yield node, end
            for join, kind in (("，且", And), ("，或", Or)):
                for parts, last in self._chain((node,), end, join):
                    yield kind(parts), last

    def _chain(self, parts: tuple[Node, ...], end: int, join: str) -> Iterator[tuple[tuple[Node, ...], int]]:
        after = self.at(end, join)
        for node, last in self.part(after) if after is not None else ():
            yield (*parts, node), last
            yield from self._chain((*parts, node), last, join)

    def part(self, start: int) -> _Reads:
        """A negation, an atom, or a chain in brackets."""
        return self.keep("part", start, self._part(start))

    def _part(self, start: int) -> Iterator[tuple[Node, int]]:
        after = self.at(start, "并非")
        if after is not None:
            for node, end in self.part(after):
                yield Not(node), end
        yield from self.bracketed(start)
        yield from self.atom(start)

    def bracketed(self, start: int) -> Iterator[tuple[Node, int]]:
        """（…） around a chain."""
        after = self.at(start, "（")
        for node, end in self.expression(after) if after is not None else ():
            closed = self.at(end, "）")
            if closed is not None and isinstance(node, (And, Or)):
                yield node, closed

    # -- atoms ---------------------------------------------------------------------------------------------
    def atom(self, start: int) -> Iterator[tuple[Node, int]]:
        """One statement."""
        for word, value in (("任何情形", True), ("无此情形", False)):
            end = self.at(start, word)
            if end is not None:
                yield Literal(value), end
        after = self.at(start, "（原文未定：")
        closed = self._closed(after) if after is not None else None
        if closed is not None:
            yield Undecided(self.text[after:closed]), closed + 1
        yield from self.applied(start)
        for name, end in self.labels(self.hearing.truths, start):
            yield Fact(name), end
        for name, end in self.labels(self.hearing.kinds, start):
            yield from self.members(name, end)
            yield from self.listed(name, end)
        for name, end in self.labels(self.hearing.decisions, start):
            yield from self.decided(name, end)
        for left, middle in self.sum(start):
            for op, word in OP_ZH.items():
                after = self.at(middle, word)
                for right, end in self.sum(after) if after is not None else ():
                    yield Compare(op, left, right), end

    def _closed(self, start: int) -> int | None:
        """Where the bracket that was opened before a place is closed."""
        depth = 1
        for place in range(start, len(self.text)):
            depth += {"（": 1, "）": -1}.get(self.text[place], 0)
            if depth == 0:
                return place
        return None

    def applied(self, start: int) -> Iterator[tuple[Node, int]]:
        """适用“规则的标题”."""
        after = self.at(start, "适用")
        for title, names in self.hearing.rules.items() if after is not None else ():
            end = self.at(after or 0, title)
            if end is not None:
                yield from ((Applies(name), end) for name in names)

    def listed(self, name: str, start: int) -> Iterator[tuple[Node, int]]:
        """属“名录”."""
        after = self.at(start, "属")
        for title, ids in self.hearing.lists.items() if after is not None else ():
            end = self.at(after or 0, title)
            if end is not None:
                yield from ((Under(name, (), (), one), end) for one in ids)

    def members(self, name: str, start: int) -> Iterator[tuple[Node, int]]:
        """为甲、乙 or 为甲（01）、乙（02）."""
        after = self.at(start, "为")
        if after is None:
            return
        spec = self.hearing.book.facts[name]
        labels = self.hearing.book.vocabularies[spec.kind.vocab or ""].labels
        for codes, end in self._coded((), after, labels):
            yield Under(name, codes), end
        if spec.kind.form == "category":
            names = _by_first({label: code for code, label in labels.items()})
            for codes, end in self._named((), after, names, "、"):
                yield In(name, codes), end

    def decided(self, name: str, start: int) -> Iterator[tuple[Node, int]]:
        """决定为甲或乙."""
        after = self.at(start, "为")
        names = _by_first({label: code for code, label in self.hearing.book.decisions[name].values})
        for codes, end in self._named((), after, names, "或") if after is not None else ():
            yield In(name, codes), end

    def _coded(
        self, codes: tuple[str, ...], start: int, labels: Mapping[str, str]
    ) -> Iterator[tuple[tuple[str, ...], int]]:
        for match in _CODE.finditer(self.text, start):
            code = match[1]
            if self.text[start : match.start()] == labels.get(code):
                yield (*codes, code), match.end()
                after = self.at(match.end(), "、")
                if after is not None:
                    yield from self._coded((*codes, code), after, labels)
                return
            if match.start() - start > 64:  # no label is that long
                return

    def _named(
        self, codes: tuple[str, ...], start: int, names: Mapping[str, list[tuple[str, str]]], join: str
    ) -> Iterator[tuple[tuple[str, ...], int]]:
        for code, end in self.labels(names, start):
            yield (*codes, code), end
            after = self.at(end, join)
            if after is not None:
                yield from self._named((*codes, code), after, names, join)

    # -- measures ------------------------------------------------------------------------------------------
    def sum(self, start: int) -> _Reads:
        """A measure, or several with 加, 减, 乘; the left binds first, brackets say otherwise."""
        return self.keep("sum", start, self._sum(start))

    def _sum(self, start: int) -> Iterator[tuple[Node, int]]:
        todo = list(self.product(start))
        while todo:
            left, end = todo.pop()
            yield left, end
            for op in ("+", "-"):
                after = self.at(end, PLUS_ZH[op])
                for right, last in self.product(after) if after is not None else ():
                    todo.append((Arithmetic(op, left, right), last))

    def product(self, start: int) -> _Reads:
        """Terms with 乘 between them."""
        return self.keep("product", start, self._product(start))

    def _product(self, start: int) -> Iterator[tuple[Node, int]]:
        todo = list(self.term(start))
        while todo:
            left, end = todo.pop()
            yield left, end
            after = self.at(end, PLUS_ZH["*"])
            for right, last in self.term(after) if after is not None else ():
                todo.append((Arithmetic("*", left, right), last))

    def term(self, start: int) -> Iterator[tuple[Node, int]]:
        """A fact, a parameter, an amount, a day, a table look-up, or a sum in brackets."""
        for name, end in self.labels(self.hearing.measures, start):
            yield Fact(name), end
        for name, end in self.labels(self.hearing.parameters, start):
            yield Parameter(name), end
        after = self.at(start, "（")
        for node, end in self.sum(after) if after is not None else ():
            closed = self.at(end, "）")
            if closed is not None and isinstance(node, Arithmetic):
                yield node, closed
        after = self.at(start, "按")
        for node, end in self.sum(after) if after is not None else ():
            looked = self.at(end, "查")
            for title, name in self.hearing.tables.items() if looked is not None else ():
                last = self.at(looked or 0, title)
                if last is not None:
                    yield Table(name, node), last
        day = _DAY.match(self.text, start)
        if day:
            yield Day(date(int(day[1]), int(day[2]), int(day[3]))), day.end()
        else:
            yield from self.amount(start)

    def amount(self, start: int) -> Iterator[tuple[Node, int]]:
        """A number, with every unit that may follow it."""
        number = _NUMBER.match(self.text, start)
        if number is None:
            return
        yield Amount(Fraction(number[0])), number.end()
        if self.text[number.end() : number.end() + 1] != " ":
            return
        begin = number.end() + 1
        for end in range(begin + 1, min(begin + _LONGEST_UNIT, len(self.text)) + 1):
            unit = self.text[begin:end]
            if unit != unit.strip() or not _is_unit(unit):
                continue
            yield Amount(Fraction(number[0]), unit), end


def _is_unit(text: str) -> bool:
    try:
        factor(text)
    except (UnitError, ValueError, AttributeError):
        return False
    return True
