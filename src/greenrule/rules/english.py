"""English sentences of rules, from labels: total over the kinds of nodes, never a translation of a clause.

What has no English label keeps its Chinese one.  The sentence is for people; only the Chinese one reads back
(`greenrule.rules.hearing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from greenrule.core.tongue import amount
from greenrule.core.units import number_text
from greenrule.rules.book import DecisionSpec, Rulebook
from greenrule.rules.items import Effect, Rule
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

_OPS = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least", "==": "equals", "!=": "differs from"}
#: The vocabulary of industries, whose English is ours: its codes stand beside.
INDUSTRIES = "gbt4754"
_SIGNS = {"+": "plus", "-": "minus", "*": "times"}


@dataclass(frozen=True)
class Words:
    """English labels of a rulebook, by id; facts carry their own."""

    #: decision → label, and its values' labels
    decisions: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    vocabularies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: rule → title and consequence
    rules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    due: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)
    filing_kinds: Mapping[str, str] = field(default_factory=dict)
    filing_limits: Mapping[str, str] = field(default_factory=dict)
    catalogues: Mapping[str, str] = field(default_factory=dict)
    #: decision → value → what a catalogue orders
    consequences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: instrument → its English title
    instruments: Mapping[str, str] = field(default_factory=dict)
    #: section → id → what the packs say beside their rules: a text, or its parts by name or in order
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class EnglishSentence:
    """English of one rulebook: `title`, `then` and `rule` of rules, `say` of conditions."""

    def __init__(self, book: Rulebook, words: Words) -> None:
        self.book, self.words = book, words
        self._exceptions = book.all_exceptions()

    def title(self, rule: Rule) -> str:
        """A short name: the pack's, or for a catalogue rule its item and what it orders."""
        if rule.id in self.words.rules:
            return self.words.rules[rule.id][0]
        instrument, _, clause = rule.cites[0].partition("#")
        home = self.words.catalogues.get(instrument, instrument)
        return f"{home}, item {clause}: {self.effects(rule)}"

    def then(self, rule: Rule) -> str:
        """What follows: the pack's words, or for a catalogue rule what its value orders."""
        if rule.id in self.words.rules:
            return self.words.rules[rule.id][1]
        orders = [self.words.consequences.get(effect.decision, {}).get(effect.value or "") for effect in rule.effects]
        return "; ".join(filter(None, orders)) or self.effects(rule)

    def note(self, rule: Rule) -> str:
        """The notes of a rule as one text; empty where they have no English."""
        return "; ".join(self.words.beside.get("notes", {}).get(rule.id, ()))

    def effects(self, rule: Rule) -> str:
        """The effects as values of their decisions."""
        return ", ".join(dict.fromkeys(self.effect(effect) for effect in rule.effects))

    def effect(self, effect: Effect) -> str:
        """An effect as the value of its decision."""
        decision = self.book.decisions[effect.decision]
        value = effect.value if effect.value is not None else {**decision.verbs, **decision.replacing}.get(effect.verb)
        return self.value(decision, value) if value else self.decision(effect.decision)

    def rule(self, rule: Rule) -> str:
        """The rule as one sentence, exceptions named at its end."""
        text = f"Where {self.say(rule.when)}: {self.then(rule).rstrip('.')}"
        names = [f"“{self.title(self.book.rules[name])}”" for name in self._exceptions.get(rule.id, ())]
        return text + (f"; except as {' and '.join(names)} provide otherwise" if names else "") + "."

    def decision(self, name: str) -> str:
        """A decision's name."""
        return self.words.decisions[name][0] if name in self.words.decisions else self.book.decisions[name].zh

    def value(self, decision: DecisionSpec, code: str) -> str:
        """A decision's value."""
        _, values = self.words.decisions.get(decision.id, ("", {}))
        return values.get(code) or dict(decision.values).get(code, code)

    def code(self, vocabulary: str, code: str) -> str:
        """A code of a vocabulary."""
        return self.words.vocabularies.get(vocabulary, {}).get(code) or self.book.vocabularies[vocabulary].labels.get(
            code, code
        )

    def say(self, node: Node) -> str:
        """An expression in words."""
        match node:
            case Literal(value=value):
                return "in every case" if value else "in no case"
            case Undecided(reason=reason):
                return f"(the text leaves open: {self.words.undecided.get(reason, reason)})"
            case Amount(value=value, unit=unit):
                return amount(f"{number_text(value)} {unit}") if unit else number_text(value)
            case Day(value=value):
                return value.isoformat()
            case Fact(id=name):
                return self.book.facts[name].en or self.book.facts[name].zh
            case Defined(name=name):
                return self.words.definitions.get(name) or self.book.definitions[name].title
            case Parameter(id=name):
                return "the " + (self.words.parameters.get(name) or self.book.parameters[name].zh)
            case Table(parameter=name, arg=arg):
                return f"the {self.words.parameters.get(name) or self.book.parameters[name].zh} at {self.say(arg)}"
            case Applies(rule=rule):
                return f"“{self.title(self.book.rules[rule])}” applies"
            case Decided(decision=name, values=codes):
                values = " or ".join(self.value(self.book.decisions[name], code) for code in codes)
                return f"{self.decision(name)} is {values}"
            case Under(fact=fact, listed=str() as listed):
                return f"{self.say(Fact(fact))} is on the list “{self.words.lists.get(listed) or self.book.lists[listed].title}”"
            case In(fact=fact, codes=codes) | Under(fact=fact, codes=codes):
                return f"{self.say(Fact(fact))} is {self._members(fact, codes, isinstance(node, In))}"
            case Compare(op=op, left=left, right=right):
                return f"{self.say(left)} {_OPS[op]} {self.say(right)}"
            case Arithmetic(op=op, left=left, right=right):
                return f"{self._term(left, op)} {_SIGNS[op]} {self._term(right, op, True)}"
            case Not(arg=arg):
                return f"not ({self.say(arg)})"
            case And(parts=parts):
                return ", and ".join(self._part(part) for part in parts)
            case Or(parts=parts):
                return ", or ".join(self._part(part) for part in parts)
        raise TypeError(f"cannot say {type(node).__name__}")

    def _part(self, node: Node) -> str:
        return f"({self.say(node)})" if isinstance(node, (And, Or)) else self.say(node)

    def _term(self, node: Node, op: str, right: bool = False) -> str:
        looser = isinstance(node, Arithmetic) and (op == "*" or (right and op in "+-"))
        return f"({self.say(node)})" if looser else self.say(node)

    def _members(self, fact: str, codes: tuple[str, ...], flat: bool) -> str:
        vocabulary = self.book.facts[fact].kind.vocab or ""
        told = [self.code(vocabulary, code) for code in codes]
        coded = not flat and (vocabulary == INDUSTRIES or vocabulary not in self.words.vocabularies)
        return " or ".join([f"{name} ({code})" for name, code in zip(told, codes, strict=True)] if coded else told)
