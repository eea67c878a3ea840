"""The worlds that the solver looks through: one variable per fact, and what a model of them says in the facts' own words.

A truth is a Boolean, an amount an exact rational, a date its ordinal, a category or set one Boolean per *class* of codes: codes
which every rule treats alike need one variable between them, and the tree above them is worked into the classes, so that no
world can hold a code without what lies above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from greenrule.backends.situation import Members, Value, members
from greenrule.backends.writer import climb, under
from greenrule.core.units import Quantity, factor
from greenrule.rules.book import FactSpec, Rulebook, Vocabulary
from greenrule.rules.nodes import In, Node, Under

#: A formula, or a constant that Python can already fold.
Formula: TypeAlias = "z3.BoolRef | bool"
#: What a test asks of codes: exactly these (`is`, `in`), or at or below these (`under`, with open ones and those above).
Test = tuple[frozenset[str], frozenset[str] | None, frozenset[str]]


def conj(*parts: Formula) -> Formula:
    """Conjunction with constants folded.

    >>> conj(True, z3.Bool("a"), True), conj(z3.Bool("a"), False)
    (a, False)
    """
    kept: list[z3.BoolRef] = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            kept.append(part)
    return True if not kept else kept[0] if len(kept) == 1 else z3.And(kept)


def disj(*parts: Formula) -> Formula:
    """Disjunction with constants folded."""
    kept: list[z3.BoolRef] = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            kept.append(part)
    return False if not kept else kept[0] if len(kept) == 1 else z3.Or(kept)


def neg(part: Formula) -> Formula:
    """Negation with constants folded."""
    if isinstance(part, bool):
        return not part
    return part.arg(0) if z3.is_not(part) else z3.Not(part)


def formula(part: Formula) -> z3.BoolRef:
    """The solver's form of a formula that may be a Python constant."""
    return z3.BoolVal(part) if isinstance(part, bool) else part


def rational(value: Fraction | int) -> z3.ArithRef:
    """An exact rational as the solver writes it."""
    exact = Fraction(value)
    return z3.RealVal(f"{exact.numerator}/{exact.denominator}")


def every_node(book: Rulebook) -> Iterator[Node]:
    """All nodes of all rules, definitions and derivations of a book."""
    for rule in book.rules.values():
        yield from rule.when.walk()
    for item in book.definitions.values():
        yield from item.body.walk()
    for spec in book.facts.values():
        for derivation in spec.derive:
            yield from derivation.value.walk()
            if derivation.when is not None:
                yield from derivation.when.walk()


def test_of(book: Rulebook, node: In | Under) -> Test:
    """What a membership asks, apart from which fact it asks."""
    if isinstance(node, In):
        return frozenset(node.codes), None, frozenset()
    return climb(book, node)


def passes(vocabulary: Vocabulary, code: str, test: Test) -> int:
    """The truth (0, 1, 2) of a test for one single code."""
    listed, opened, above = test
    if opened is None:
        return 2 if code in listed else 0
    return under(members(vocabulary, (code,)), listed, opened, above)


@dataclass
class Classes:
    """The codes of one vocabulary, parted into classes that all tests treat alike.

    `codes[i]` are the members of class i, `answers[test][i]` is the test's truth (0, 1, 2) for each of them.  With `leaves` only codes
    with nothing below them count: a fully known project names its class of industry, not a division.
    """

    vocabulary: Vocabulary
    tests: Sequence[Test]
    leaves: bool = True
    codes: list[tuple[str, ...]] = field(default_factory=list)
    answers: dict[Test, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parents = set(self.vocabulary.parent.values()) if self.leaves else set()
        tests = list(dict.fromkeys(self.tests))
        groups: dict[tuple[int, ...], list[str]] = {}
        for code in self.vocabulary.labels:
            if code not in parents:
                one = members(self.vocabulary, (code,))
                groups.setdefault(tuple(self._answer(one, code, test) for test in tests), []).append(code)
        self.codes = [tuple(found) for found in groups.values()]
        for index, test in enumerate(tests):
            self.answers[test] = tuple(signature[index] for signature in groups)
        self.of = {code: index for index, found in enumerate(self.codes) for code in found}

    @staticmethod
    def _answer(one: Members, code: str, test: Test) -> int:
        listed, opened, above = test
        if opened is None:
            return 2 if code in listed else 0
        return under(one, listed, opened, above)

    def answer(self, test: Test) -> tuple[int, ...]:
        """The test's truth per class; `LookupError` when a class holds codes that this new test would part."""
        if test not in self.answers:
            found = [{passes(self.vocabulary, code, test) for code in codes} for codes in self.codes]
            if any(len(truths) > 1 for truths in found):
                raise LookupError("a test asks for codes that no rule tells apart: name it when the world is made")
            self.answers[test] = tuple(truths.pop() for truths in found)
        return self.answers[test]


@dataclass(frozen=True, slots=True)
class Variable:
    """The solver's variables of one fact: `known`, and its value in the sort of its kind.

    `value` is a Boolean, a rational (base units) or an integer (ordinal of a day); `classes` are one Boolean per class of codes.
    """

    spec: FactSpec
    known: z3.BoolRef
    value: Any = None
    classes: tuple[z3.BoolRef, ...] = ()


class World:
    """Variables for every fact of a book.

    `extra` are nodes beyond the book's own whose codes must be told apart; `leaves` as in `Classes`; `tag` keeps the names of several worlds
    in one solver apart.
    """

    def __init__(self, book: Rulebook, extra: Iterable[Node] = (), leaves: bool = True, tag: str = "") -> None:
        self.book, self.leaves, self.tag = book, leaves, tag
        tests: dict[str, list[Test]] = {}
        for node in (*every_node(book), *(part for item in extra for part in item.walk())):
            if isinstance(node, (In, Under)) and node.fact in book.facts:
                vocab = book.facts[node.fact].kind.vocab or ""
                tests.setdefault(vocab, []).append(test_of(book, node))
        self.classes = {
            name: Classes(vocabulary, tests.get(name, ()), leaves) for name, vocabulary in book.vocabularies.items()
            if any(spec.kind.vocab == name for spec in book.facts.values())
        }  # fmt: skip
        self._holding: dict[tuple[str, frozenset[int]], z3.BoolRef] = {}
        self.variables = {spec.id: self._variable(spec) for spec in book.facts.values()}

    def _variable(self, spec: FactSpec) -> Variable:
        name, form = f"{spec.id}{self.tag}", spec.kind.form
        known = z3.Bool(f"{name}?")
        if form == "truth":
            return Variable(spec, known, z3.Bool(name))
        if form in ("quantity", "number"):
            return Variable(spec, known, z3.Real(name))
        if form == "date":
            return Variable(spec, known, z3.Int(name))
        classes = self.classes[spec.kind.vocab or ""].codes
        return Variable(spec, known, None, tuple(z3.Bool(f"{name}={codes[0]}") for codes in classes))

    def sound(self) -> dict[str, z3.BoolRef]:
        """What holds of every world by the kinds of its facts alone, by fact: amounts are not negative, a category has one value,
        a project has an industry."""
        out: dict[str, z3.BoolRef] = {}
        for name, variable in self.variables.items():
            form = variable.spec.kind.form
            if form in ("quantity", "number"):
                out[name] = variable.value >= 0
            elif form == "date":
                out[name] = z3.And(variable.value >= 1, variable.value <= date.max.toordinal())
            elif form == "category":
                out[name] = z3.PbEq([(one, 1) for one in variable.classes], 1)
            elif name == "industry":
                out[name] = z3.Or(variable.classes)
        return out

    def industries(self, most: int = 1) -> z3.BoolRef:
        """The project has so many kinds of industry at most."""
        return z3.AtMost(*self.variables["industry"].classes, most)

    # -- from and to the facts' own words --------------------------------------------------------------------
    def equals(self, name: str, value: Value) -> z3.BoolRef:
        """That a fact has a value, as people write it (`Value`); whether it is known is another matter.

        Codes of one class cannot be told apart: a code stands for its class.  `ValueError` for a code that is not in this world
        (a division where only classes count).
        """
        variable = self.variables[name]
        spec = variable.spec
        if spec.kind.form == "truth":
            return variable.value if value else z3.Not(variable.value)
        if spec.kind.form == "quantity":
            assert isinstance(value, Quantity)
            return variable.value == rational(value.base)
        if spec.kind.form == "number":
            return variable.value == rational(value.base if isinstance(value, Quantity) else Fraction(value))  # type: ignore[arg-type]
        if spec.kind.form == "date":
            assert isinstance(value, date)
            return variable.value == value.toordinal()
        classes = self.classes[spec.kind.vocab or ""]
        codes = {value} if isinstance(value, str) else set(value)  # type: ignore[arg-type]
        if not codes <= classes.of.keys():
            raise ValueError(f"{name}: {'、'.join(sorted(codes - classes.of.keys()))} are not codes of this world")
        held = frozenset(classes.of[code] for code in codes)
        if (name, held) not in self._holding:
            parts = [one if index in held else z3.Not(one) for index, one in enumerate(variable.classes)]
            self._holding[name, held] = z3.And(parts)
        return self._holding[name, held]

    def read_as(self, model: z3.ModelRef, name: str, value: z3.ArithRef) -> Value:
        """An amount that stands for a fact in a model; `ArithmeticError` for one that is no ratio of whole numbers."""
        found = model.eval(value, model_completion=True)
        if not z3.is_rational_value(found):
            raise ArithmeticError(f"{name} is {found}")
        exact = found.as_fraction()
        spec = self.variables[name].spec
        return exact if spec.kind.form == "number" else Quantity(exact / factor(spec.unit)[1], spec.unit)

    def read(self, model: z3.ModelRef, name: str) -> Value:
        """The value of a fact in a model; of a class, its first code."""
        variable = self.variables[name]
        spec = variable.spec
        if spec.kind.form == "truth":
            return bool(z3.is_true(model.eval(variable.value, model_completion=True)))
        if spec.kind.form in ("quantity", "number"):
            return self.read_as(model, name, variable.value)
        if spec.kind.form == "date":
            return date.fromordinal(model.eval(variable.value, model_completion=True).as_long())
        codes = self.classes[spec.kind.vocab or ""].codes
        held = [
            codes[i][0] for i, one in enumerate(variable.classes) if z3.is_true(model.eval(one, model_completion=True))
        ]
        if spec.kind.form == "category":
            return held[0] if held else None
        return frozenset(held)

    def facts(self, model: z3.ModelRef, names: Iterable[str] | None = None) -> dict[str, Value]:
        """The values of facts (all by default) in a model."""
        return {name: self.read(model, name) for name in (self.variables if names is None else names)}


def known_facts(world: World, model: z3.ModelRef, flags: Mapping[str, Formula]) -> dict[str, Value]:
    """The facts that a model holds to be known, with their values."""
    return {
        name: world.read(model, name) for name, flag in flags.items()
        if z3.is_true(model.eval(formula(flag), model_completion=True))
    }  # fmt: skip
