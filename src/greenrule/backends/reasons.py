"""What decided a rule, from its form and its truth: the marks that a trace turns into facts, parameters and texts.

Written as source by a `Writer`: fixed marks become constants, the rest small expressions over the situation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenrule.backends.writer import CERTAIN, Writer
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Arithmetic,
    Compare,
    Day,
    Decided,
    Defined,
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

if TYPE_CHECKING:
    from greenrule.backends.scalar import Program

#: What decided, before it is looked up: (sort, id, cite); what a table gave depends on what it was asked, and comes with it.
Mark = tuple[str, str, str | None] | tuple[str, str, str | None, Any]
Marks = tuple[Mark, ...]

#: Truths that a part may have, as bits: false, unknown, true.
_F, _U, _T = 1, 2, 4
_ANY = _F | _U | _T
_BIT = (_F, _U, _T)


@dataclass(frozen=True, slots=True)
class Code:
    """Marks that depend on the situation: an expression that gives them."""

    text: str


Pieces = tuple[Mark | Code, ...]


def fixed(pieces: Pieces) -> Marks | None:
    """The marks, each once, where nothing about them depends on the situation."""
    marks = tuple(piece for piece in pieces if not isinstance(piece, Code))
    return tuple(dict.fromkeys(marks)) if len(marks) == len(pieces) else None


class Reasoner(Writer):
    """Each `visit_…` method gives the truth of a node as source; `why` gives the marks, knowing which truths are possible."""

    program: Program

    def reasons(self, name: str, truth: int) -> Pieces:
        """Marks of a rule or definition that came out so."""
        definition = self.book.definitions.get(name)
        if definition is not None:
            return self.why(definition.body, _BIT[truth])
        if name not in self.program.live:
            return ()
        # A rule with exceptions is a conjunction: it holds if its condition does and none of them applies.
        exceptions = (Not(Applies(other)) for other in self.program.exceptions.get(name, ()))
        parts = (self.book.rules[name].when, *exceptions)
        return self.why(And(parts) if len(parts) > 1 else parts[0], _BIT[truth])

    def why(self, node: Node, can: int) -> Pieces:
        """Marks of a node that has one of the truths `can` (numbers: any)."""
        match node:
            case Literal() | Amount() | Day():
                return ()
            case Undecided(reason=reason):
                return (("text", reason, None),)
            case Fact(id=name) | In(fact=name):
                return (("fact", name, None),)
            case Parameter(id=name):
                return (("parameter", name, self.book.parameters[name].on(self.on)[1]),)
            case Table(parameter=name, arg=arg):
                cite = self.book.parameters[name].cite
                return (*self.why(arg, _ANY), Code(f"(('parameter', {name!r}, {cite!r}, {self.run(node)}),)"))
            case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
                return (*self.why(left, _ANY), *self.why(right, _ANY))
            case Under():
                return self._under(node, can)
            case Decided(decision=decision, values=values):
                if not can & _U:
                    return (("decision", decision, None),)
                return (Code(f"W({decision!r}, {self.fresh(frozenset(values))})"),)
            case Defined(name=name) | Applies(rule=name):
                return (Code(f"P({name!r})"),)
            case Not(arg=arg):
                return self.why(arg, (can & _F and _T) | can & _U | (can & _T and _F))
            case And(parts=parts):
                return self._settled(parts, can, _F)
            case Or(parts=parts):
                return self._settled(parts, can, _T)
        raise TypeError(f"no reasons for {type(node).__name__}")

    def _under(self, node: Under, can: int) -> Pieces:
        plain: Mark = ("fact", node.fact, None)
        if node.listed is None or not can & _U:
            return (plain,)
        listed = self.book.lists[node.listed]
        text: Mark = ("text", f"名录“{listed.title}”未决：{listed.note or '原文未列全'}", None)
        if can == _U:
            return plain, text
        truth = self.run(node)
        if truth in CERTAIN:
            return (plain, text) if truth == "1" else (plain,)
        return plain, *self._choice([(f"{truth} == 1", (text,))], ())

    def _settled(self, parts: tuple[Node, ...], can: int, end: int) -> Pieces:
        """An `and` (end: false) or an `or` (end: true): the first part that settles it, else those that leave it open."""
        rest = can & ~end
        if not can & end:
            return self._unsettled(parts, rest, end)
        ways: list[tuple[str, Pieces]] = []
        for number, part in enumerate(parts, 1):
            truth = self.run(part)
            if truth == ("0" if end == _F else "2") or (not rest and number == len(parts)):
                return self._choice(ways, self.why(part, end))
            if truth not in CERTAIN:
                ways.append((f"not {truth}" if end == _F else f"{truth} == 2", self.why(part, end)))
        return self._choice(ways, self._unsettled(parts, rest, end) if rest else ())

    def _unsettled(self, parts: tuple[Node, ...], can: int, end: int) -> Pieces:
        """No part settles it.  An `and` rests on all its parts; an `or` on those that are unknown, or on all where none is."""
        if end == _F:
            return tuple(piece for part in parts for piece in self.why(part, _U | _T if can & _U else _T))
        if not can & _U:
            return tuple(piece for part in parts for piece in self.why(part, _F))
        unknown: Pieces = ()
        asked: list[str] = []
        for part in parts:
            truth = self.run(part)
            if truth == "0":
                continue
            first, name = self.held(truth)
            asked.append(first)
            reasons = self.why(part, _U)
            unknown += reasons if truth == "1" else self._choice([(first if can == _U else name, reasons)], ())
        if can == _U:
            return unknown
        # Every part is asked before its name is used.
        return self._choice([(" | ".join(asked) or "0", unknown)], self._unsettled(parts, _F, end))

    def _choice(self, ways: list[tuple[str, Pieces]], last: Pieces) -> Pieces:
        """The reasons of the first test that is met, else the last; a test that makes no difference is not made."""
        ways = list(ways)
        while ways and ways[-1][1] == last:
            ways.pop()
        if not ways:
            return last
        tests = " ".join(f"{self.joined(pieces)} if {test} else" for test, pieces in ways)
        return (Code(f"({tests} {self.joined(last)})"),)

    def joined(self, pieces: Pieces) -> str:
        """Source of a tuple of marks; neighbours that are fixed become one constant."""
        out: list[str] = []
        fixed: list[Mark] = []
        for piece in (*pieces, None):
            if piece is not None and not isinstance(piece, Code):
                fixed.append(piece)
                continue
            if fixed:
                out.append(self.fresh(tuple(fixed)))
                fixed = []
            if piece is not None:
                out.append(piece.text)
        return f"({' + '.join(out)})" if len(out) > 1 else out[0] if out else "()"
