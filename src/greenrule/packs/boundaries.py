"""What the cases of a rule must show: each part of its condition deciding both ways, each bound hit exactly, each missing fact asked for.

A part *decides* a case when the rule would come out otherwise were the part otherwise (MC/DC, as avionics software is tested).
Goals are read from the rule alone and measured on the scalar machine, whoever wrote the cases.

Source: K. Hayhurst et al., A Practical Tutorial on Modified Condition/Decision Coverage, NASA/TM-2001-210876.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from greenrule.backends.replay import defined_away
from greenrule.backends.scalar import facts_in
from greenrule.core.units import factor
from greenrule.packs.thresholds import turns
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import (
    Amount,
    And,
    Applies,
    Compare,
    Decided,
    Defined,
    Fact,
    In,
    Literal,
    Node,
    Not,
    Or,
    Table,
    Undecided,
    Under,
    both,
)  # fmt: skip
from greenrule.rules.render import Sentence

Path = tuple[int, ...]
#: So many codes of a part are named; of more, the first.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that a case must show of a rule.

    `sort`: `true` and `false` (a part decides so), `edge` (a bound is hit), `beside` (it is just passed), `code` (a code of a list decides), `unknown` (a fact is missing).
    `step` and `below` are a step of a table, and just short of it.  `part` is the place of the part in the condition, `detail` a code, a fact or the number of a step.
    """

    sort: str
    part: Path
    label: str
    detail: str = ""


def condition(book: Rulebook, rule: str, carried: Iterable[str] = (), exceptions: Iterable[str] = ()) -> Node:
    """A rule's condition with the definitions it carries written out, and its exceptions as parts."""
    inside = frozenset(carried)

    def open_(node: Node) -> Node:
        match node:
            case Defined(name=name) if name in inside:
                return open_(book.definitions[name].body)
            case Not(arg=arg):
                return replace(node, arg=open_(arg))
            case And(parts=parts) | Or(parts=parts):
                return replace(node, parts=tuple(open_(part) for part in parts))
            case _:
                return node

    body = open_(book.rules[rule].when)
    others = tuple(Not(Applies(other)) for other in exceptions)
    return both((body, *others)) if others else body


def carriers(book: Rulebook, live: Iterable[str]) -> dict[str, str]:
    """Definition → the first rule in force that reads it: there its own parts are shown, elsewhere it is one part."""
    out: dict[str, str] = {}
    alive = set(live)
    for name in book.order:
        if name not in alive:
            continue
        todo: list[Node] = [book.rules[name].when]
        while todo:
            for node in todo.pop().walk():
                if isinstance(node, Defined) and node.name not in out:
                    out[node.name] = name
                    todo.append(book.definitions[node.name].body)
    return out


def list_carriers(book: Rulebook, live: Iterable[str]) -> dict[str, str]:
    """List of codes → the first rule in force that reads it: there each of its codes is shown."""
    alive = set(live)
    out: dict[str, str] = {}
    for name in book.order:
        if name in alive:
            for node in defined_away(book, book.rules[name].when).walk():
                if isinstance(node, Under) and node.listed is not None:
                    out.setdefault(node.listed, name)
    return out


def parts(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The parts of a condition that are true, false or unknown by themselves, each with its place."""
    match node:
        case Not(arg=arg):
            yield from parts(arg, (*path, 0))
        case And(parts=inner) | Or(parts=inner):
            for index, part in enumerate(inner):
                yield from parts(part, (*path, index))
        case Literal():
            return
        case _:
            yield path, node


def put(node: Node, path: Path, new: Node) -> Node:
    """The condition with another part in one place."""
    if not path:
        return new
    if isinstance(node, Not):
        return replace(node, arg=put(node.arg, path[1:], new))
    assert isinstance(node, (And, Or))
    inner = list(node.parts)
    inner[path[0]] = put(inner[path[0]], path[1:], new)
    return replace(node, parts=tuple(inner))


def at(node: Node, path: Path) -> Node:
    """The part in a place."""
    for index in path:
        node = node.arg if isinstance(node, Not) else node.parts[index]  # type: ignore[attr-defined]
    return node


def compared(op: str, offset: Fraction) -> bool:
    """Whether a comparison holds whose left side is greater than its right by an offset."""
    return {
        "<": offset < 0,
        "<=": offset <= 0,
        ">": offset > 0,
        ">=": offset >= 0,
        "==": offset == 0,
        "!=": offset != 0,
    }[op]


class Wording:
    """How a person reads a part of a condition, and the values that decide it."""

    def __init__(self, book: Rulebook) -> None:
        self.book, self.sentence = book, Sentence(book)

    def part(self, node: Node) -> str:
        """A part in words; of a row of codes the first and how many they are."""
        match node:
            case In(fact=fact, codes=codes) | Under(fact=fact, codes=codes, listed=None) if len(codes) > _FEW:
                return f"{self.book.facts[fact].zh}为{self.code(fact, codes[0])}等{len(codes)}项"
        return self.sentence.say(node)

    def code(self, fact: str, code: str) -> str:
        """A code of a fact with its name."""
        label = self.book.vocabularies[self.book.facts[fact].kind.vocab or ""].labels.get(code)
        return f"{code}（{label}）" if label else code

    def fact(self, name: str) -> str:
        """What a fact is called."""
        return self.book.facts[name].zh


def goals(book: Rulebook, body: Node, lists: frozenset[str], wording: Wording | None = None) -> list[Goal]:
    """What cases must show of a condition; `lists` are those whose codes are shown here."""
    found: list[Goal] = []
    told: dict[str, int] = {}
    say = wording or Wording(book)
    for path, part in parts(body):
        text = say.part(part)
        told[text] = told.get(text, 0) + 1
        name = text if told[text] == 1 else f"{text}（第{told[text]}处）"
        if isinstance(part, Undecided):
            found.append(Goal("unknown", path, f"{name}：未定"))
            continue
        found += [Goal("true", path, f"{name}：成立而决定"), Goal("false", path, f"{name}：不成立而决定")]
        if isinstance(part, Compare):
            found += _bounds(book, path, part, name, say)
        if (isinstance(part, Under) and (part.listed is None or part.listed in lists)) or isinstance(part, In):
            several = part.codes if len(part.codes) > 1 else ()
            found += [
                Goal("code", path, f"{name}：因{say.code(part.fact, code)}", code) for code in several if code != "*"
            ]
        if isinstance(part, (Applies, Decided)):
            continue
        # What a definition reads of other rules is unknown in their own cases.
        facts = sorted(facts_in(defined_away(book, part)))
        if isinstance(part, Defined):
            found += [Goal("unknown", path, f"{name}：未知")] if facts else []
        else:
            found += [
                Goal(
                    "unknown",
                    path,
                    f"{name}：未知" if text == say.fact(fact) else f"{name}：缺“{say.fact(fact)}”",
                    fact,
                )
                for fact in facts
            ]
    return found


def _bounds(book: Rulebook, path: Path, part: Compare, name: str, say: Wording) -> list[Goal]:
    """The bound of a comparison and what just passes it; of stairs that a number is read from, each step at which it turns."""
    if (
        not isinstance(part.left, Table)
        or book.parameters[part.left.parameter].shape != "steps"
        or facts_in(part.right)
    ):
        return [Goal("edge", path, f"{name}：恰为界值"), Goal("beside", path, f"{name}：刚过界值")]
    out: list[Goal] = []
    arg, table = part.left.arg, part.left.parameter
    unit = book.facts[arg.id].unit if isinstance(arg, Fact) else ""
    for index, point in enumerate(book.parameters[table].table):
        if turns(book, part, table, index):
            bound = say.part(Amount(point.x / (factor(unit)[1] if unit else 1), unit))
            out.append(Goal("step", path, f"{name}：{say.part(arg)}恰为{bound}", str(index)))
            out.append(Goal("below", path, f"{name}：{say.part(arg)}略低于{bound}", str(index)))
    return out
