"""Two findings side by side: which facts, days, layers and clauses differ, and the least of it that makes the difference.

Either side is a project on a day, as known on a day, under a law and over a workspace.  For every decision that comes out
otherwise the smallest set of differences is looked for which, put into the first case, gives the outcome of the second;
what is reported was asked again and came out so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from greenrule.backends.decide import Outcome
from greenrule.casework.changes import shown
from greenrule.casework.lawdiff import LawItem, differences, frozen, frozen_pair, mixture, relevant, with_sources
from greenrule.casework.project import Project
from greenrule.casework.screening import Inquiry, Screener
from greenrule.casework.situation import Machine
from greenrule.casework.smallest import Smallest, smallest
from greenrule.rules.book import FactSpec

#: One difference that may account for a change: ("fact", id), ("rule", id), ("parameter", id) …
Cause = tuple[str, str]
#: The law as one difference, before it is looked into.
_LAW: Cause = ("law", "")


@dataclass
class Side:
    """One of the two: a project asked of a law on a day."""

    name: str
    project: Project
    screener: Screener
    inquiry: Inquiry
    machine: Machine
    finding: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, project: Project, screener: Screener, repair: bool = False) -> Side:
        """Ask the project; errors as `Screener.screen`."""
        inquiry = screener.inquire(project, repair)
        machine = screener.machine(project.on, screener.events(project))
        finding = screener.screen(project, repair=repair)
        return cls(name, project, screener, inquiry, machine, finding, machine.answer(inquiry.given).outcomes)

    def head(self) -> dict[str, Any]:
        """What the side is, as plain data."""
        return {
            "name": self.name, "title": self.project.name, "on": self.project.on.isoformat(),
            "known": self.screener.known.isoformat() if self.screener.known else None,
            "decision": self.finding["decision"], "digest": self.finding["digest"],
        }  # fmt: skip


def compare(a: Side, b: Side) -> dict[str, Any]:
    """What differs between two findings, and why, as plain data."""
    found = _Comparison(a, b)
    return {
        "a": a.head(),
        "b": b.head(),
        "differences": {
            "facts": found.facts_told(),
            "law": [item.to_json() for item in found.law],
            "layers": _pairs(a.finding["versions"]["layers"], b.finding["versions"]["layers"]),
            "packs": _pairs(a.finding["versions"]["packs"], b.finding["versions"]["packs"]),
            "units": _units(a, b),
        },
        "decisions": [found.explained(name) for name in found.changed],
        "grounds": found.grounds(),
        "same": [name for name in found.names if name not in found.changed],
        "notes": [*a.notes, *b.notes],
    }


class _Comparison:
    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.facts = {**b.machine.book.facts, **a.machine.book.facts}
        names = sorted({*a.inquiry.given, *b.inquiry.given})
        self.given = [
            name for name in names
            if _value(a.inquiry.given.get(name)) != _value(b.inquiry.given.get(name))
        ]  # fmt: skip
        one, other = a.machine, b.machine
        same_law = one.book is other.book and one.program.live == other.program.live and one.on == other.on
        self.law: list[LawItem] = [] if same_law else differences(frozen(one.program), frozen(other.program))
        self.names = list(dict.fromkeys([*one.book.decisions, *other.book.decisions]))
        self.changed = [name for name in self.names if self.key(a.outcomes.get(name)) != self.key(b.outcomes.get(name))]

    # -- what differs --------------------------------------------------------------------------------------
    def facts_told(self) -> list[dict[str, Any]]:
        """Facts that differ, with where each value comes from."""
        return [self.fact_told(name) for name in self.given]

    def fact_told(self, name: str) -> dict[str, Any]:
        out: dict[str, Any] = {"kind": "fact", "id": name, "label": self.facts[name].zh}
        for key, side in (("a", self.a), ("b", self.b)):
            known = side.inquiry.known.get(name)
            value = side.inquiry.given.get(name)
            out[key] = shown(value)
            out[f"text_{key}"] = _told(side, self.facts[name], value)
            out[f"from_{key}"] = known.source if known else None
        return out

    def grounds(self) -> list[dict[str, Any]]:
        """Decisions that come out the same on other grounds."""
        out = []
        for name in self.names:
            sides = {"a": self.a, "b": self.b}
            rules = {key: side.outcomes[name].deciding for key, side in sides.items() if name in side.outcomes}
            spec = self.a.machine.book.decisions.get(name)
            if name in self.changed or spec is None or spec.collect or len({frozenset(r) for r in rules.values()}) < 2:
                continue
            told = {
                f"rules_{key}": [self.rule_told(sides[key], rule) for rule in found] for key, found in rules.items()
            }
            out.append({"decision": name, "label": spec.zh, "instead": [], **told})
        return out

    # -- why -----------------------------------------------------------------------------------------------
    def explained(self, name: str) -> dict[str, Any]:
        """One decision that came out otherwise, with the least that accounts for it."""
        a, b = self.a.outcomes.get(name), self.b.outcomes.get(name)
        spec = self.a.machine.book.decisions.get(name) or self.b.machine.book.decisions[name]
        out: dict[str, Any] = {"decision": name, "label": spec.zh, "values": dict(spec.values)}
        for key, outcome, side in (("a", a, self.a), ("b", b, self.b)):
            out[key] = _word(outcome)
            out[f"candidates_{key}"] = list(outcome.candidates) if outcome and outcome.value is None else []
            out[f"rules_{key}"] = [self.rule_told(side, rule) for rule in (outcome.deciding if outcome else ())]
        if not spec.collect:
            return out | self.accounted(name)
        # What is collected is explained piece by piece: each has its own rule and its own cause.
        for key, ones, others, side in (
            ("gained", _collected(b), _collected(a), self.b), ("lost", _collected(a), _collected(b), self.a),
        ):  # fmt: skip
            out[key] = [
                {"value": value, "rules": [self.rule_told(side, rule) for rule in rules], **self.accounted(name, value)}
                for value, rules in ones.items() if value not in others
            ]  # fmt: skip
        return out

    def accounted(self, name: str, value: str | None = None) -> dict[str, Any]:
        found = self.causes(name, value)
        return {
            "because": [self.told(cause) for cause in found.parts],
            "instead": [[self.told(cause) for cause in parts] for parts in found.others],
            "smallest": found.proven,
            "verified": True,
        }

    def rule_told(self, side: Side, rule: str) -> dict[str, Any]:
        item = side.machine.book.rules[rule]
        cites = [
            side.screener.law.instruments.resolve(c, side.project.on, side.screener.known).text for c in item.cites[:1]
        ]
        return {"rule": rule, "title": item.title, "cites": list(item.cites), "text": "；".join(cites)}

    def told(self, cause: Cause) -> dict[str, Any]:
        kind, name = cause
        if kind == "fact":
            return self.fact_told(name)
        item = next(item for item in self.law if item.key == cause)
        return {**item.to_json(), "a": item.before, "b": item.after}

    @staticmethod
    def key(outcome: Outcome | None, piece: str | None = None) -> Any:
        """What counts as the same outcome: the value and what else is possible; of a collecting decision what it holds.

        With a `piece` only whether the decision holds that.
        """
        if outcome is None:
            return None
        if not outcome.candidates:
            held = frozenset(_collected(outcome))
            return held if piece is None else piece in held
        return outcome.value, frozenset(outcome.candidates)

    def causes(self, name: str, piece: str | None = None) -> Smallest[Cause]:
        """The smallest set of differing facts (and of differences of law) that turns the first outcome into the second."""
        target = self.key(self.b.outcomes.get(name), piece)

        def reached(machine: Machine, taken: frozenset[Cause]) -> bool:
            return bool(self.key(self.ask(machine, taken, name), piece) == target)

        names = self.relevant(name, piece)
        facts: list[Cause] = [("fact", fact) for fact in self.given if fact in names]
        if not any(not item.wording for item in self.law):
            return smallest(facts, lambda taken: reached(self.a.machine, taken))
        before, after = self.frozen_pair(name, piece)
        items = [item.key for item in differences(before, after) if not item.wording]
        whole = {False: self.machine(before), True: self.machine(mixture(before, after, items))}
        found = smallest([*facts, _LAW], lambda taken: reached(whole[_LAW in taken], taken))
        if _LAW not in found.parts:
            return found
        swapped = frozenset(cause for cause in found.parts if cause != _LAW)
        asked: dict[frozenset[Cause], bool] = {}

        def of_law(taken: frozenset[Cause]) -> bool:
            if taken not in asked:
                asked[taken] = reached(self.machine(mixture(before, after, taken)), swapped)
            return asked[taken]

        inner = smallest(items, of_law, budget=150)
        parts = tuple(cause for cause in found.parts if cause != _LAW)
        others = tuple((*parts, *more) for more in inner.others)
        return Smallest((*parts, *inner.parts), others, found.proven and inner.proven)

    def relevant(self, name: str, piece: str | None) -> set[str]:
        """Facts that a decision (or a piece of it) can depend on in either law, through rules and derivations."""
        out: set[str] = set()
        for side in (self.a, self.b):
            book, program = side.machine.book, side.machine.program
            wanted = self.wanted(side, name, piece)
            for step in program.steps:
                if step.name in wanted:
                    out |= step.facts
            out |= with_sources(book, out)
        return out

    def frozen_pair(self, name: str, piece: str | None) -> tuple[Any, Any]:
        """Both laws, only what the decision rests on for the industries of either project."""
        sides = (self.a, self.b)
        wanted = [self.wanted(side, name, piece) for side in sides]
        return frozen_pair(self.a.machine.program, self.b.machine.program, wanted)

    def wanted(self, side: Side, name: str, piece: str | None) -> set[str]:
        """What a decision (or a piece of it) rests on in one law, for the industries of either project."""
        names: set[str] = set()
        program = side.machine.program
        if name in side.machine.book.decisions:
            for other in (self.a, self.b):
                found = side.machine.complete({k: v for k, v in other.inquiry.given.items() if k == "industry"})[0]
                names |= relevant(program, found.get("industry^"), name)
        if piece is None:
            return names
        needs = {
            f"decision:{step.decision}" if step.decision is not None else step.name: step.needs
            for step in program.steps
        }
        kept = {voice.rule for voice in program.speaking.get(name, ()) if voice.value == piece} & names
        ahead = list(kept)
        while ahead:
            more = (needs.get(ahead.pop(), frozenset()) & names) - kept
            kept |= more
            ahead += more
        return kept | {f"decision:{name}"}

    def machine(self, book: Any) -> Machine:
        """A machine over a frozen book: its days do not matter any more."""
        return Machine(replace(self.a.screener.law, book=book), self.a.project.on)

    def ask(self, machine: Machine, taken: frozenset[Cause], name: str) -> Outcome | None:
        """The first case with some facts as the second has them."""
        given = dict(self.a.inquiry.given)
        for kind, fact in taken:
            if kind == "fact":
                given[fact] = self.b.inquiry.given.get(fact)
        if name not in machine.book.decisions:
            return None
        known = {fact: value for fact, value in given.items() if fact in machine.book.facts}
        return machine.answer(known, name).outcomes.get(name)


def _value(value: Any) -> Any:
    return value.base if hasattr(value, "base") else value


def _word(outcome: Outcome | None) -> str | None:
    if outcome is None:
        return None
    return outcome.word if outcome.candidates else None


def _collected(outcome: Outcome | None) -> dict[str, list[str]]:
    """What a collecting decision holds, each with the rules that say so."""
    out: dict[str, list[str]] = {}
    for value, rule in outcome.collected if outcome else ():
        out.setdefault(value, []).append(rule)
    return out


def _told(side: Side, spec: FactSpec, value: Any) -> str:
    """A fact's value in words."""
    if value is None:
        return "不知"
    if isinstance(value, bool):
        return "是" if value else "否"
    vocabulary = side.machine.book.vocabularies.get(spec.kind.vocab or "")
    if vocabulary is not None:
        codes = sorted(value) if isinstance(value, frozenset) else [value]
        words = [str(vocabulary.labels.get(code, code)) for code in codes]
        return "、".join(f"{code} {word}" if code.isdigit() else word for code, word in zip(codes, words, strict=True))
    return str(shown(value))


def _pairs(a: Mapping[str, str], b: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"id": key, "a": a.get(key), "b": b.get(key)} for key in sorted({*a, *b}) if a.get(key) != b.get(key)]


def _units(a: Side, b: Side) -> list[dict[str, Any]]:
    """Control units that one touches and the other does not."""
    ones, others = ({unit["code"]: unit for unit in side.inquiry.units} for side in (a, b))
    return [
        {"code": code, "name": unit["name"], "class": unit["class"], "touched_by": key}
        for key, mine, yours in (("a", ones, others), ("b", others, ones))
        for code, unit in mine.items() if code not in yours
    ]  # fmt: skip


def default_on(project: Project, on: date | None) -> Project:
    """The project asked for another day."""
    return project if on is None else replace(project, on=on, raw={**project.raw, "on": on.isoformat()})
