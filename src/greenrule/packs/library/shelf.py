"""Everything that the packs hold, by the clause that it rests on: the shelf from which pages are read and that search goes through.

Clauses that an instrument lists and clauses of a numbered range (`art22`, item 85 of a catalogue) are kept alike; what cites an
instrument as a whole stands under the clause "".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from greenrule.core.errors import InputFault
from greenrule.packs.book import Law
from greenrule.packs.classes import Catalogue, load_catalogues
from greenrule.packs.coverage import Coverage, load_coverage
from greenrule.packs.filings import Limit, load_filings
from greenrule.packs.instrument import Clause, Instrument
from greenrule.packs.places import Gazetteer, load_places
from greenrule.packs.tables import Table, load_tables
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Defined, Fact, In, Node, Parameter, Undecided, Under
from greenrule.rules.nodes import Table as TableNode
from greenrule.rules.render import Sentence

#: What may rest on a clause → its name for readers, in the order in which a page shows it.
KINDS = {
    "rules": "规则", "tasks": "任务", "targets": "目标", "parameters": "参数", "lists": "名录", "limits": "办理时限",
    "transitions": "新旧衔接", "places": "地名", "registers": "台账与系统", "conflicts": "冲突",
}  # fmt: skip

#: instrument and clause; clause "" is the instrument as a whole
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reads:
    """What the condition of a rule reads, definitions opened, and what its text leaves open."""

    facts: frozenset[str]
    parameters: frozenset[str]
    lists: frozenset[str]
    undecided: tuple[str, ...]
    definitions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shelf:
    """A law with all that its packs say beside the rules."""

    law: Law
    coverage: Coverage
    gazetteer: Gazetteer
    tables: Mapping[str, Table]
    catalogues: Mapping[str, Catalogue]
    limits: Mapping[str, Limit]
    #: clause → kind → ids, in the order of the packs
    carried: Mapping[Key, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, law: Law) -> Shelf:
        """The shelf of a law.  Raises InputFault where tasks, targets, places, coverage or tables cannot be read."""
        faults: list[Any] = []
        catalogues = load_catalogues(law, faults)
        if faults:
            raise InputFault(faults)
        filings = load_filings(law.folders, law.instruments)
        limits = {item.id: item for item in (filings.tell_once, *(kind.decide for kind in filings.kinds.values()))}
        bare = cls(law, load_coverage(law), load_places(law.folders), load_tables(law.folders), catalogues, limits)
        carried: dict[Key, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for kind, id, cite in bare._citing():
            name, _, clause = cite.partition("#")
            carried[name, clause][kind][id] = None
        plain = {key: {kind: tuple(ids) for kind, ids in kinds.items()} for key, kinds in carried.items()}
        return cls(law, bare.coverage, bare.gazetteer, bare.tables, catalogues, limits, plain)

    def _citing(self) -> Iterator[tuple[str, str, str]]:
        """Kind, id and cite of everything that rests on a clause."""
        law, cited = self.law, {}
        for rule in law.book.rules.values():
            cited[rule.id] = rule.cites
            yield from (("rules", rule.id, cite) for cite in rule.cites)
        groups: tuple[tuple[str, Any], ...] = (
            ("tasks", self.coverage.tasks.values()), ("targets", self.coverage.targets.values()),
            ("parameters", (*law.book.parameters.values(), *self.tables.values())), ("lists", law.book.lists.values()),
            ("places", self.gazetteer),
        )  # fmt: skip
        for kind, items in groups:
            yield from ((kind, item.id, cite) for item in items for cite in item.cites)
        yield from (("limits", item.id, item.cite) for item in self.limits.values())
        yield from (("transitions", item.id, item.cite) for item in law.book.transitions if item.cite)
        for entry in self.coverage:
            yield from (
                ("registers", id, f"{entry.instrument}#{entry.clause}") for id in entry.carriers.get("registers", ())
            )
        for conflict in law.conflicts:
            cites = [*conflict["clauses"], *(cite for rule in conflict["rules"] for cite in cited.get(rule, ()))]
            yield from (("conflicts", str(conflict["id"]), cite) for cite in dict.fromkeys(cites))

    # -- documents -----------------------------------------------------------------------------------------
    def clauses(self, instrument: Instrument) -> dict[str, Clause]:
        """The clauses to show: those that are listed, every item of a catalogue, and of other ranges those that something cites."""
        if instrument.id not in self._clauses:
            shown = dict(instrument.clauses)
            ids = [clause for name, clause in self.carried if name == instrument.id and clause not in shown]
            if instrument.kind == "catalogue":
                ids += [
                    f"{item.prefix}{n}" for item in instrument.ranges for n in range(item.first, (item.last or 0) + 1)
                ]
            for id in sorted(set(ids) - shown.keys() - {""}, key=_in_order):
                found = instrument.clause(id)
                if found is not None:
                    shown[id] = found
            self._clauses[instrument.id] = shown
        return self._clauses[instrument.id]

    def heading(self, instrument: Instrument, clause: Clause) -> str | None:
        """The heading of a clause; an item of a catalogue goes by the classes of industry that it names."""
        return clause.heading or self._items.get((instrument.id, clause.id))

    def carriers(self, instrument: str, clause: str) -> Mapping[str, tuple[str, ...]]:
        """What rests on a clause, by kind, in the order of `KINDS`."""
        found = self.carried.get((instrument, clause), {})
        return {kind: found[kind] for kind in KINDS if kind in found}

    def reason(self, instrument: str, clause: str) -> str | None:
        """Why nothing can carry a clause, where the packs say so."""
        entry = self.coverage.entries.get(instrument, {}).get(clause)
        return entry.reason if entry else None

    @cached_property
    def _clauses(self) -> dict[str, dict[str, Clause]]:
        return {}

    @cached_property
    def _items(self) -> dict[Key, str]:
        labels = self.law.book.vocabularies["gbt4754"].labels if "gbt4754" in self.law.book.vocabularies else {}
        out: dict[Key, str] = {}
        for catalogue in self.catalogues.values():
            for number, item in catalogue.printed.items():
                key = (catalogue.instrument, str(number))
                if item.codes:
                    out[key] = "、".join(labels.get(code, code) for code in item.codes)
                elif rules := catalogue.items.get(number):
                    out[key] = rules[0].title.partition("：")[0]
        return out

    # -- rules ---------------------------------------------------------------------------------------------
    @cached_property
    def sentence(self) -> Sentence:
        """Rules in Chinese."""
        return Sentence(self.law.book)

    def reads(self, rule: str) -> Reads:
        """What a rule's condition reads, definitions opened."""
        if rule not in self._reads:
            self._reads[rule] = reads_of(self.law.book, self.law.book.rules[rule].when)
        return self._reads[rule]

    @cached_property
    def _reads(self) -> dict[str, Reads]:
        return {}

    @cached_property
    def conflicts(self) -> dict[str, Mapping[str, Any]]:
        """Conflicts by id."""
        return {str(item["id"]): item for item in self.law.conflicts}


def reads_of(book: Rulebook, body: Node) -> Reads:
    """What a condition reads, definitions opened."""
    facts: set[str] = set()
    parameters: set[str] = set()
    lists: set[str] = set()
    undecided: dict[str, None] = {}
    todo: list[Node] = [body]
    seen: set[str] = set()
    while todo:
        for part in todo.pop().walk():
            match part:
                case Fact(id=name) | In(fact=name):
                    facts.add(name)
                case Under(fact=name, listed=listed):
                    facts.add(name)
                    lists |= {listed} if listed is not None else set()
                case Parameter(id=name) | TableNode(parameter=name):
                    parameters.add(name)
                case Undecided(reason=reason):
                    undecided[reason] = None
                case Defined(name=name) if name not in seen:
                    seen.add(name)
                    todo.append(book.definitions[name].body)
    return Reads(frozenset(facts), frozenset(parameters), frozenset(lists), tuple(undecided), frozenset(seen))


def _in_order(id: str) -> tuple[str, tuple[int, ...]]:
    """Sort key of clause ids: `art2` before `art10`."""
    letters = id.rstrip("0123456789.")
    return letters, tuple(int(part) for part in id[len(letters) :].split(".") if part)
