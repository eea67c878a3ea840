"""Every class of GB/T 4754 under a national catalogue, for every nature: decided, or open with a name for what is missing.

`catalogues/*.csv` of a pack restates each item's number, filled columns and codes; `catalogues/catalogues.yaml` says what is known
to be left out.  `uneven` holds the rules against the restated items; `survey` asks the machine about a project of which only class
and nature are known, and `unanswered` finds what has neither an answer nor a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.declarations import entries
from greenrule.packs.marked import Marked, take
from greenrule.packs.values import read_facts_given
from greenrule.packs.vocabulary import read_rows
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule
from greenrule.rules.nodes import And, Defined, Fact, Node, Under

#: The fact behind the asterisk of the catalogues (说明4).
BUILDING = "process.in_industrial_building"


@dataclass(frozen=True, slots=True)
class Row:
    """One class under one nature: the value or None, the candidates, what is missing, why it is left out if it is."""

    code: str
    nature: str
    value: str | None
    candidates: tuple[str | None, ...]
    missing: tuple[str, ...] = ()
    reason: str | None = None
    #: rules that may hold although nothing is missing for them: nobody could answer
    nameless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the catalogue prints it: values of its filled columns, codes of its categories (none where it has none)."""

    number: int
    values: frozenset[str]
    codes: tuple[str, ...]
    #: whether some of its categories count only where production is in an industrial building; None where columns differ
    industrial_building: bool | None
    place: Place


@dataclass(frozen=True)
class Catalogue:
    """A catalogue of a rulebook: its decision, its rules by item, and the classes that it is known to leave out."""

    id: str
    label: str
    decision: str
    instrument: str
    book: Rulebook
    aside: Mapping[str, Any]
    left: Mapping[str, str]
    settled: Mapping[tuple[str, str], str]
    beyond: Mapping[tuple[str, str], str]
    printed: Mapping[int, Item]
    at: Marked = field(repr=False)

    @cached_property
    def items(self) -> dict[int, list[Rule]]:
        """Rules by item number: those that classify for the decision and cite an item of the instrument first."""
        found: dict[int, list[Rule]] = {}
        for rule in self.book.rules.values():
            instrument, _, clause = rule.cites[0].partition("#")
            if (
                instrument == self.instrument
                and clause.isdigit()
                and any(e.decision == self.decision for e in rule.effects)
            ):
                found.setdefault(int(clause), []).append(rule)
        return found

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Four-digit codes."""
        return tuple(code for code in self.book.vocabularies["gbt4754"].labels if len(code) == 4 and code.isdigit())

    def under(self, codes: Iterable[str]) -> set[str]:
        """The classes at or below any of the codes."""
        wanted, vocabulary = set(codes), self.book.vocabularies["gbt4754"]
        return {code for code in self.classes if wanted & {code, *vocabulary.ancestors(code)}}

    def named(self, rules: Iterable[Rule]) -> set[str]:
        """The classes that the rules' industry conditions let in; rules without one bind everybody and name nobody."""
        out: set[str] = set()
        for rule in rules:
            parts = rule.when.parts if isinstance(rule.when, And) else (rule.when,)
            gates = [part for part in parts if isinstance(part, Under) and part.fact == "industry"]
            if gates:
                out |= self.under(gates[0].codes)
        return out

    @cached_property
    def listed(self) -> set[str]:
        """The classes that some item names."""
        return self.named(rule for rules in self.items.values() for rule in rules)


def load_catalogues(law: Law, faults: list[Fault]) -> dict[str, Catalogue]:
    """Read `catalogues.yaml` of every pack that has one; whatever is wrong is collected."""
    out: dict[str, Catalogue] = {}
    for folder in law.folders:
        for path in folder.glob("catalogues/catalogues.yaml"):
            for name, entry in entries(path, "catalogues", faults).items():
                found = take(
                    entry, {"label": "text", "decision": tuple(law.book.decisions), "instrument": "text"},
                    {"aside": "mapping", "left": "sequence", "settled": "sequence", "beyond": "sequence"},
                    faults=faults, what=f"名录 {name} ",
                )  # fmt: skip
                if not (found["label"] and found["decision"] and found["instrument"]):
                    continue
                plain = {key: item.text() for key, item in (found["aside"] or {}).items()}
                settled = {
                    (code, nature): reason
                    for codes, reason, more in _groups(found["settled"], {"natures": "texts"}, faults)
                    for code in codes
                    for nature in more["natures"] or ()
                }
                out[name] = Catalogue(
                    name, found["label"], found["decision"], found["instrument"], law.book,
                    read_facts_given(law.book, plain, entry.place, faults),
                    {code: reason for codes, reason, _ in _groups(found["left"], {}, faults) for code in codes},
                    settled,
                    {(more["item"], code): reason for codes, reason, more in _groups(found["beyond"], {"item": "text"}, faults) for code in codes},
                    _printed(path.with_name(f"{name}.csv"), law.book, faults), entry,
                )  # fmt: skip
    return out


def _printed(path: Path, book: Rulebook, faults: list[Fault]) -> dict[int, Item]:
    """The items of a catalogue as it prints them (`item,values,codes[,industrial_building]`)."""
    out: dict[int, Item] = {}
    try:
        rows = read_rows(path)
    except InputFault as error:
        faults.extend(error.faults)
        return out
    known = book.vocabularies["gbt4754"].labels
    for line, row in rows:
        place = Place(str(path), line)
        codes = tuple(row["codes"].split())
        faults += [
            Fault("P102", f"没有行业代码 `{code}`", place, "、".join(near(code, known)))
            for code in codes
            if code not in known
        ]
        starred = row["industrial_building"] == "yes" if "industrial_building" in row else None
        out[int(row["item"])] = Item(int(row["item"]), frozenset(row["values"].split()), codes, starred, place)
    return out


def _groups(
    items: list[Marked] | None, more: Mapping[str, str], faults: list[Fault]
) -> Iterator[tuple[list[str], str, dict[str, Any]]]:
    for item in items or []:
        found = take(item, {"codes": "texts", "reason": "text", **more}, {}, faults=faults, what="catalogues ")
        yield found["codes"] or [], found["reason"] or "", found


def uneven(catalogue: Catalogue) -> list[Fault]:
    """Where the rules and the printed items differ: an item without rules, a column, a code, an asterisk (P103)."""
    faults = []

    def tell(item: Item, told: str) -> None:
        faults.append(
            Fault("P103", f"{catalogue.label}第{item.number}项{told}", item.place, "核对名录，改规则或改这一行")
        )

    covered: set[str] = set()
    for number, item in catalogue.printed.items():
        rules = catalogue.items.get(number, [])
        values = {effect.value for rule in rules for effect in rule.effects if effect.decision == catalogue.decision}
        for value in sorted(item.values ^ {value for value in values if value}):
            tell(
                item,
                f"{'没有' if value in item.values else '多出'}“{dict(catalogue.book.decisions[catalogue.decision].values)[value]}”一栏的规则",
            )
        if item.codes:
            covered |= catalogue.under(item.codes)
            allowed = catalogue.under(item.codes) | {code for place, code in catalogue.beyond if place == str(number)}
            extra = sorted(catalogue.named(rules) - allowed)
            if extra:
                tell(item, f"的规则多出行业 {'、'.join(extra)}")
        if item.industrial_building is not None:
            for rule in rules:
                if (BUILDING in facts_of(catalogue.book, rule.when)) != item.industrial_building:
                    tell(
                        item, f"的规则 {rule.id} {'没有' if item.industrial_building else '不该'}问是否在工业建筑中生产"
                    )
    last = max(catalogue.printed.values(), key=lambda item: item.number, default=None)
    for number in sorted(catalogue.items.keys() - catalogue.printed.keys()):
        faults.append(Fault("P103", f"{catalogue.label}没有第{number}项，却有它的规则", catalogue.items[number][0].at))
    for code in sorted((covered - catalogue.listed) ^ catalogue.left.keys()):
        if last is not None:
            tell(last, f"以内，{code} 在项目代码之下而没有规则，与 left 所列不一致")
    return faults


def facts_of(book: Rulebook, node: Node) -> set[str]:
    """Facts that an expression reads, definitions opened."""
    out: set[str] = set()
    for part in node.walk():
        if isinstance(part, Defined):
            out |= facts_of(book, book.definitions[part.name].body)
        elif isinstance(part, Fact):
            out.add(part.id)
    return out


def survey(catalogue: Catalogue, natures: Iterable[str], on: date) -> Iterator[Row]:
    """What the machine answers for every class and nature when nothing else is known but `aside`; nature by nature."""
    program = Program(catalogue.book, on)
    for nature in natures:
        for code in catalogue.classes:
            values = encode(catalogue.book, {"industry": frozenset({code}), "nature": nature, **catalogue.aside})
            answer = program.run(values, catalogue.decision)
            outcome = answer.outcomes[catalogue.decision]
            missing: dict[str, None] = {}
            nameless = []
            if outcome.value is None:
                why = explain(program, values, answer)
                for rule in outcome.open:
                    lacks = [
                        r for r in why.rule(rule).reads if r.sort == "text" or (r.sort == "fact" and r.value is None)
                    ]
                    missing.update(dict.fromkeys(read.id for read in lacks))
                    nameless += [] if lacks else [rule]
            reason = None
            if outcome.value == "none":
                reason = catalogue.settled.get((code, nature)) or catalogue.left.get(code)
                reason = reason or (None if code in catalogue.listed else "名录各项都没有它")
            yield Row(code, nature, outcome.value, outcome.candidates, tuple(missing), reason, tuple(nameless))


def unanswered(catalogue: Catalogue, rows: Iterable[Row]) -> list[Fault]:
    """Classes without an answer or a reason, and reasons that no longer hold (P100).

    A class that an item names may come out as 不纳入 only for a reason that is written down; one that none names must.
    """
    faults = []
    for row in rows:
        known = (row.code, row.nature) in catalogue.settled or row.code in catalogue.left
        told = None
        if row.value == "none" and row.reason is None:
            told = "被某项点名，却不纳入，没有写明理由"
        elif row.value != "none" and known:
            told = "写明不纳入，却另有结果"
        elif row.value != "none" and row.code not in catalogue.listed:
            told = "没有一项点名它，却可能纳入"
        elif row.nameless:
            told = f"定不下来，规则 {'、'.join(row.nameless)} 又没有说缺什么"
        if told:
            name = catalogue.book.vocabularies["gbt4754"].labels[row.code]
            faults.append(
                catalogue.at.fault(
                    "P100",
                    f"{catalogue.label}：{row.code} {name}（{row.nature}）{told}",
                    "改规则，或在 catalogues.yaml 写明理由",
                )
            )
    return faults


def counts(rows: Iterable[Row]) -> dict[str, Counter[str]]:
    """Nature → how many classes came out as each value; `open` are those that wait for a named fact."""
    out: dict[str, Counter[str]] = {}
    for row in rows:
        out.setdefault(row.nature, Counter())[row.value if row.value is not None else "open"] += 1
    return out
