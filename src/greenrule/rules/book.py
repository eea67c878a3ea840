"""A rulebook: what is declared (facts, parameters, lists, decisions) and what is ruled, linked and checked.

Packs assemble it; machines read it.  It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from greenrule.core.errors import Place
from greenrule.rules.items import CodeList, Definition, Rule
from greenrule.rules.kinds import Kind
from greenrule.rules.nodes import Node


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a fact follows from others: `value` holds when `when` is true, from `first` on, known since `recorded`.

    `presumed`: only as long as nobody says otherwise; a project that does contradicts nothing.
    """

    value: Node
    when: Node | None = None
    first: date | None = None
    recorded: date | None = None
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact of the vocabulary.

    `fixed` facts are never proposed for change; of the others `cost` is how much it takes to change one, as the pack judges it, and
    facts with the same `act` change together (move: the site); facts of one `family` share the spoken name and differ by dimension;
    `place` is plain data that casework turns into a look-up in a layer (the language never sees geometry).
    """

    id: str
    kind: Kind
    zh: str
    en: str
    question: str
    unit: str = ""
    fixed: bool = False
    cost: int | None = None
    act: str | None = None
    family: str | None = None
    derive: tuple[Derivation, ...] = ()
    place: Mapping[str, object] | None = None
    group: str | None = None
    note: str | None = None
    at: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a piecewise table: from `x` on (base units) the value is `y`."""

    x: Fraction
    y: Fraction


@dataclass(frozen=True, slots=True)
class DatedTable:
    """One edition of a piecewise table: its first day (None: always), its points, its citation, known since when."""

    first: date | None
    points: tuple[Point, ...]
    cite: str
    recorded: date | None = None


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A dated, cited value, or a piecewise table of such values.

    `values` are (first day, value in base units or None while announced, citation), oldest first; `recorded` says for
    each of them since when it is known.  `tables` are the editions of a table that has several, `table` is the latest.
    """

    id: str
    kind: Kind
    zh: str
    unit: str
    values: tuple[tuple[date, Fraction | None, str], ...] = ()
    table: tuple[Point, ...] = ()
    shape: str = "steps"
    argument: Kind | None = None
    sure: bool = True
    note: str | None = None
    at: Place | None = field(default=None, compare=False, repr=False)
    recorded: tuple[date | None, ...] = ()
    tables: tuple[DatedTable, ...] = ()
    amends: bool = False
    #: cite → where it was written, for values that another file added
    cited_at: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)
    #: where `table` stands; dated values carry their own
    cite: str | None = None

    @property
    def cites(self) -> tuple[str, ...]:
        """Every citation, each once."""
        return tuple(dict.fromkeys([*(cite for _, _, cite in self.values), *([self.cite] if self.cite else [])]))

    def on(self, day: date, known: date | None = None) -> tuple[Fraction | None, str | None]:
        """The value in force on a day (None before the first) as known on another, with its citation."""
        found: tuple[Fraction | None, str | None] = (None, None)
        for index, (start, value, cite) in enumerate(self.values):
            if start <= day and (known is None or not self.recorded or (self.recorded[index] or date.min) <= known):
                found = (value, cite)
        return found


@dataclass(frozen=True, slots=True)
class DecisionSpec:
    """A named decision and how the rules that speak on it combine.

    First layer: the strictest value among rules whose verb stands in `verbs` (or the outcome of `base`, or `default`).
    Second layer: rules whose verb stands in `replacing` replace it; several are settled by the newer instrument.
    `collect` decisions gather all values instead.
    """

    id: str
    zh: str
    values: tuple[tuple[str, str], ...] = ()
    verbs: Mapping[str, str | None] = field(default_factory=dict)
    replacing: Mapping[str, str | None] = field(default_factory=dict)
    default: str | None = None
    base: str | None = None
    collect: bool = False
    by_strength: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at: Place | None = field(default=None, compare=False, repr=False)
    recorded: date | None = None

    def rank(self, value: str) -> int:
        """Position of a value in the declared order, mildest first."""
        return [name for name, _ in self.values].index(value)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of codes; `parent` makes it a hierarchy (empty for flat lists).

    `dated` holds the codes that came or went later: code → (first day, last day, known since), each None where open.
    """

    id: str
    labels: Mapping[str, str]
    parent: Mapping[str, str] = field(default_factory=dict)
    dated: Mapping[str, tuple[date | None, date | None, date | None]] = field(default_factory=dict)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code itself and everything above it, up to `*`."""
        out = [code]
        while (code := self.parent.get(code, "")) != "":
            out.append(code)
        return (*out, "*")


@dataclass(frozen=True, slots=True)
class Ending:
    """An end that a later act brought to a rule: its last day, known since when, by which instrument or rule.

    An end that is not `sure` leaves the rule unknown from the day after, for its `reason`.
    """

    last: date
    recorded: date | None
    by: str
    sure: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Which edition governs a case whose `event` (a date fact) lies before the first `day` of the new one.

    `before`: `old` (the old edition governs it), `new` (the new one governs it too) or `undecided` (the text is silent, or
    nobody has seen it, for the `reason`).  `rules` are those of the new edition, `old` those of the one before;
    `missing` says what the old edition was where no pack holds it.
    """

    id: str
    zh: str
    event: str
    day: date
    before: str
    to: str
    decisions: tuple[str, ...]
    rules: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    missing: str | None = None
    reason: str | None = None
    note: str | None = None
    cite: str | None = None
    recorded: date | None = None
    at: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything a machine needs; `greenrule.rules.clocks.standing` gives it as it stood on a day and was known on another."""

    facts: Mapping[str, FactSpec]
    parameters: Mapping[str, ParameterSpec]
    lists: Mapping[str, CodeList]
    decisions: Mapping[str, DecisionSpec]
    vocabularies: Mapping[str, Vocabulary]
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    #: rule → (first day, last day or None, day from which we know it, standing for precedence: newer is larger)
    validity: Mapping[str, tuple[date, date | None, date, date]] = field(default_factory=dict)
    #: rules and definitions in an order in which each comes after what it reads
    order: tuple[str, ...] = ()
    #: rule → the ends that later acts brought to it; `validity` already has the earliest of those that are sure
    endings: Mapping[str, tuple[Ending, ...]] = field(default_factory=dict)
    #: rule → its last day of its own, without those ends
    bounds: Mapping[str, date | None] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()

    def all_exceptions(self) -> dict[str, tuple[str, ...]]:
        """Rule → rules that are exceptions to it, named by it or by themselves."""
        out: dict[str, list[str]] = {rule.id: list(rule.unless) for rule in self.rules.values() if rule.unless}
        for rule in self.rules.values():
            for other in rule.overrides:
                if rule.id not in out.setdefault(other, []):
                    out[other].append(rule.id)
        return {rule: tuple(names) for rule, names in out.items()}

    def exceptions(self, rule: str) -> tuple[str, ...]:
        """Rules that are exceptions to one rule."""
        return self.all_exceptions().get(rule, ())
