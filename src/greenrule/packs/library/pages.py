"""What a reader sees, as plain data: the list of documents, one document as a tree of clauses, one clause with all that rests on it.

No text of a document is in here: headings, sentences and readings are the packs' own words.  The user's own copy of a document is
laid beside them by `copies`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import factor, number_text
from greenrule.packs.coverage import AREAS
from greenrule.packs.instrument import KINDS as INSTRUMENT_KINDS
from greenrule.packs.instrument import QUALITIES, Clause, Instrument
from greenrule.packs.library.entries import search_index, value_text
from greenrule.packs.library.search import Index
from greenrule.packs.library.shelf import KINDS, Shelf
from greenrule.packs.library.touching import TIES, Touching
from greenrule.packs.targets import KINDS as TARGET_KINDS
from greenrule.packs.tasks import MODES
from greenrule.rules.items import STRENGTHS, Rule

_RESOLVED = {
    "newer": "后文件优先",
    "special": "特别规定优先",
    "higher": "位阶高的优先",
    "stricter": "从严",
    "both_apply": "并存",
}
#: Clauses that touch one, beyond which the rest is only counted.
MOST_TOUCHING = 12


class Library:
    """The pages of a shelf and the search over it; made once for a law, and then only read."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.law = shelf, shelf.law

    @cached_property
    def index(self) -> Index:
        """Full-text search."""
        return search_index(self.shelf)

    @cached_property
    def touching(self) -> Touching:
        """The ties between clauses."""
        return Touching(self.shelf)

    # -- documents -----------------------------------------------------------------------------------------
    def instrument(self, name: str) -> Instrument:
        """The instrument of a name.  Raises InputFault LAW001 with what is like it."""
        found = self.law.instruments.get(name)
        if found is None:
            close = near(name, self.law.instruments)
            told = f"是否想找 {'、'.join(close)}？" if close else "编号见 `greenrule law show`"
            raise InputFault(Fault("LAW001", f"没有编号为 `{name}` 的文件", None, told))
        return found

    def clause(self, name: str, id: str) -> tuple[Instrument, Clause]:
        """A clause.  Raises InputFault LAW001, or LAW002 with what is like it."""
        instrument = self.instrument(name)
        found = instrument.clause(id)
        if found is None:
            close = near(id, self.shelf.clauses(instrument))
            told = f"是否想找 {'、'.join(close)}？" if close else f"条款见 `greenrule law show {name}`"
            raise InputFault(Fault("LAW002", f"`{name}` 没有条款 `{id}`", None, told))
        return instrument, found

    def documents(self, on: date) -> list[dict[str, Any]]:
        """All documents, those with clauses that the packs work out first."""
        return [self._head(item, on) for item in sorted(self.law.instruments.values(), key=self._order)]

    def _order(self, item: Instrument) -> tuple[bool, bool, str]:
        return item.id not in self.shelf.coverage.entries, not self.shelf.clauses(item), item.id

    def _head(self, item: Instrument, on: date) -> dict[str, Any]:
        span, after = item.in_force, item.successor
        return {
            "id": item.id, "number": item.number, "title": item.title["zh"], "kind": item.kind, "kind_label": INSTRUMENT_KINDS[item.kind],
            "issuer": item.issuer, "issued": _day(item.issued), "clauses": len(self.shelf.clauses(item)),
            "in_force": {
                "from": _day(span.first), "to": _day(span.last), "not_before": _day(span.not_before), "not_after": _day(span.not_after),
                "reason": span.reason, "on": on.isoformat(), "holds": self.law.instruments.resolve(item.id, on).in_force.word,
            },
            "quality": QUALITIES[item.quality], "sure": item.sure, "note": item.note, "implements": item.implements,
            "successor": None if after is None else {
                "id": after.id, "from": _day(after.first), "how": after.how, "sure": after.sure, "reason": after.reason,
                "title": self.law.instruments[after.id].title["zh"] if after.id in self.law.instruments else None,
            },
            "covered": item.id in self.shelf.coverage.entries,
        }  # fmt: skip

    def document(self, name: str, on: date) -> dict[str, Any]:
        """A document with its clauses in reading order, each with its depth and how much rests on it."""
        item = self.instrument(name)
        shown = self.shelf.clauses(item)
        rows = []
        for clause in _walk(shown, None):
            counts = {kind: len(ids) for kind, ids in self.shelf.carriers(name, clause.id).items()}
            rows.append({
                "id": clause.id, "label": clause.label, "heading": self.shelf.heading(item, clause), "part_of": clause.part_of,
                "depth": _depth(shown, clause), "counts": counts, "rules": list(self.shelf.carriers(name, clause.id).get("rules", ())),
                "reason": self.shelf.reason(name, clause.id),
            })  # fmt: skip
        return {
            **self._head(item, on), "clauses": rows, "whole": self._carried(name, ""),
            "implemented_by": [other.id for other in self.law.instruments.values() if other.implements == name],
            "takes_place_of": [other.id for other in self.law.instruments.values() if other.successor and other.successor.id == name],
            "ranges": [{"prefix": part.prefix, "from": part.first, "to": part.last} for part in item.ranges],
        }  # fmt: skip

    # -- a clause ------------------------------------------------------------------------------------------
    def page(self, name: str, id: str, on: date) -> dict[str, Any]:
        """A clause with the rules, tasks, targets and values that rest on it, how it was read, and what touches it."""
        item, clause = self.clause(name, id)
        shown = list(_walk(self.shelf.clauses(item), None))
        place = next((at for at, one in enumerate(shown) if one.id == id), None)
        touching = self.touching.of(name, id)
        cited = self.law.instruments.resolve(name, on)
        return {
            "id": id, "label": clause.label, "heading": self.shelf.heading(item, clause), "instrument": self._head(item, on),
            "cite": cited.text + clause.label, "cite_note": cited.note, "in_force": cited.in_force.word, "superseded_by": cited.superseded_by,
            "above": [self._short(item, one) for one in _above(item, clause)],
            "below": [self._short(item, one) for one in item.children(id)],
            "before": self._short(item, shown[place - 1]) if place else None,
            "after": self._short(item, shown[place + 1]) if place is not None and place + 1 < len(shown) else None,
            "reason": self.shelf.reason(name, id),
            "read_from": {"sha256": clause.sha256, "quality": QUALITIES[item.quality]},
            **self._carried(name, id),
            "touching": [self._touch(one) for one in touching[:MOST_TOUCHING]], "touching_total": len(touching),
        }  # fmt: skip

    def _short(self, item: Instrument, clause: Clause) -> dict[str, Any]:
        return {
            "instrument": item.id,
            "clause": clause.id,
            "label": clause.label,
            "heading": self.shelf.heading(item, clause),
        }

    def _touch(self, touch: Any) -> dict[str, Any]:
        item, clause = self.clause(touch.instrument, touch.clause)
        ties = [{"kind": kind, "kind_label": TIES[kind], "id": id, "label": label} for kind, id, label in touch.ties]
        return {**self._short(item, clause), "title": item.title["zh"], "number": item.number, "ties": ties}

    def _carried(self, name: str, id: str) -> dict[str, Any]:
        found = self.shelf.carriers(name, id)
        rules = [self.law.book.rules[one] for one in found.get("rules", ())]
        coverage = self.shelf.coverage
        tasks = [coverage.tasks[one] for one in found.get("tasks", ())]
        targets = [coverage.targets[one] for one in found.get("targets", ())]
        return {
            "rules": [self.rule(one) for one in rules],
            "tasks": [{**one.to_json(), "mode_label": MODES[one.mode], "strength_label": STRENGTHS[one.strength]} for one in tasks],
            "targets": [{**one.to_json(), "demand": one.demand, "kind_label": TARGET_KINDS[one.kind]} for one in targets],
            "parameters": [self.parameter(one) for one in self._parameters(found.get("parameters", ()), rules)],
            "lists": [self.list_of_codes(one) for one in self._lists(found.get("lists", ()), rules)],
            "limits": [self._limit(one) for one in found.get("limits", ())],
            "transitions": [self._transition(one) for one in found.get("transitions", ())],
            "places": [self._place(one) for one in found.get("places", ())],
            "registers": [self._register(one) for one in found.get("registers", ())],
            "conflicts": [self.conflict(one) for one in found.get("conflicts", ())],
            "readings": self._readings(rules, found),
        }  # fmt: skip

    def _parameters(self, own: Iterable[str], rules: Iterable[Rule]) -> list[str]:
        """Parameters that cite the clause, then those that its rules read."""
        return list(
            dict.fromkeys([*own, *(name for rule in rules for name in sorted(self.shelf.reads(rule.id).parameters))])
        )

    def _lists(self, own: Iterable[str], rules: Iterable[Rule]) -> list[str]:
        return list(
            dict.fromkeys([*own, *(name for rule in rules for name in sorted(self.shelf.reads(rule.id).lists))])
        )

    def rule(self, rule: Rule) -> dict[str, Any]:
        """A rule in words, with what it reads."""
        book, reads = self.law.book, self.shelf.reads(rule.id)
        span = book.validity.get(rule.id)
        return {
            "id": rule.id, "title": rule.title, "sentence": self.shelf.sentence.rule(rule), "then": rule.then, "due": rule.due,
            "strength": rule.strength, "strength_label": STRENGTHS[rule.strength], "subject": rule.subject,
            "effects": [{"decision": effect.decision, "label": self.shelf.sentence.effect(effect)} for effect in rule.effects],
            "cites": [self.cite(one) for one in rule.cites], "notes": list(rule.notes), "undecided": list(reads.undecided),
            "facts": [{"id": name, "label": book.facts[name].zh} for name in sorted(reads.facts)],
            "parameters": [{"id": name, "label": book.parameters[name].zh} for name in sorted(reads.parameters)],
            "exceptions": [{"id": name, "title": book.rules[name].title} for name in book.exceptions(rule.id)],
            "in_force": {"from": _day(span[0]), "to": _day(span[1])} if span else None,
        }  # fmt: skip

    def cite(self, cite: str) -> dict[str, Any]:
        """A citation as a link: instrument, clause, and the words for both."""
        item, clause = self.law.instruments.find(cite)
        return {"instrument": item.id, "clause": clause.id if clause else None, "number": item.number, "title": item.title["zh"],
                "label": clause.label if clause else None}  # fmt: skip

    def parameter(self, name: str) -> dict[str, Any]:
        """A parameter with its dated values, or a table of a standard with its editions."""
        spec = self.law.book.parameters.get(name)
        if spec is None:
            table = self.shelf.tables[name]
            editions = [{"from": _day(one.first), "to": _day(one.last), "cite": self.cite(one.cite), "sure": one.sure, "note": one.note,
                         "rows": len(one.rows)} for one in table.editions]  # fmt: skip
            return {"id": name, "label": table.zh, "unit": None, "value": None, "values": [], "editions": editions, "sure": all(
                one.sure for one in table.editions), "note": None}  # fmt: skip
        scale = factor(spec.unit)[1] if spec.unit else 1
        known = spec.recorded or (None,) * len(spec.values)
        values = [
            {"from": None if first == date.min else first.isoformat(), "value": None if value is None else number_text(value / scale),
             "cite": self.cite(cite), "recorded": _day(day)}
            for (first, value, cite), day in zip(spec.values, known, strict=True)
        ]  # fmt: skip
        points = [{"at": number_text(point.x), "value": number_text(point.y / scale)} for point in spec.table]
        return {"id": name, "label": spec.zh, "unit": spec.unit or None, "value": value_text(spec), "values": values, "points": points,
                "shape": spec.shape if spec.table else None, "sure": spec.sure, "note": spec.note}  # fmt: skip

    def list_of_codes(self, name: str) -> dict[str, Any]:
        """A list with its members and what lies open."""
        item = self.law.book.lists[name]
        labels = self.law.book.vocabularies[item.vocab].labels

        def named(codes: Iterable[str]) -> list[dict[str, str]]:
            return [{"code": code, "label": labels.get(code, "全部" if code == "*" else code)} for code in codes]

        return {"id": name, "label": item.title, "members": named(item.codes), "open": named(item.open_within), "note": item.note,
                "cites": [self.cite(one) for one in item.cites]}  # fmt: skip

    def _limit(self, name: str) -> dict[str, Any]:
        limit = self.shelf.limits[name]
        counting = "个工作日" if limit.counting == "working" else "日"
        return {
            "id": name,
            "label": limit.label,
            "value": f"{limit.days} {counting}",
            "sure": limit.sure,
            "note": limit.note,
        }

    def _transition(self, name: str) -> dict[str, Any]:
        turn = next(one for one in self.law.book.transitions if one.id == name)
        return {"id": name, "label": turn.zh, "day": turn.day.isoformat(), "before": turn.before, "reason": turn.reason or turn.missing,
                "note": turn.note}  # fmt: skip

    def _place(self, name: str) -> dict[str, Any]:
        place = self.shelf.gazetteer[name]
        reason = getattr(place.basis, "reason", None)
        return {"id": name, "label": place.zh, "note": place.note, "undrawn": reason}

    def _register(self, name: str) -> dict[str, Any]:
        register = self.shelf.coverage.registers[name]
        return {"id": name, "label": register.name, "area": AREAS[register.area]}

    def conflict(self, name: str) -> dict[str, Any]:
        """Where documents disagree, and what is done about it."""
        item, rules = self.shelf.conflicts[name], self.law.book.rules
        cites = [*item["clauses"], *(cite for rule in item["rules"] for cite in rules[rule].cites)]
        return {
            "id": name, "topic": item["topic"], "differ": item["differ"], "reason": item["reason"], "resolved_by": item["resolved_by"],
            "resolved_label": _RESOLVED[item["resolved_by"]], "prefer": list(item["prefer"]),
            "rules": [{"id": rule, "title": rules[rule].title} for rule in item["rules"]],
            "cites": [self.cite(cite) for cite in dict.fromkeys(cites)],
        }  # fmt: skip

    def _readings(self, rules: Iterable[Rule], found: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
        """How what the text leaves open was read: notes and open points of rules, uncertain values, lists that are not at hand."""
        out: list[dict[str, Any]] = []

        def add(kind: str, id: str, label: str, text: str | None, open_: bool) -> None:
            if text:
                out.append(
                    {"kind": kind, "kind_label": KINDS[kind], "id": id, "label": label, "text": text, "open": open_}
                )

        for rule in rules:
            for note in rule.notes:
                add("rules", rule.id, rule.title, note, False)
            for reason in self.shelf.reads(rule.id).undecided:
                add("rules", rule.id, rule.title, reason, True)
        for name in found.get("parameters", ()):
            if (spec := self.law.book.parameters.get(name)) is not None:
                add("parameters", name, spec.zh, spec.note, not spec.sure)
        for name in found.get("lists", ()):
            item = self.law.book.lists[name]
            add("lists", name, item.title, item.note, bool(item.open_within))
        for name in found.get("tasks", ()):
            add("tasks", name, self.shelf.coverage.tasks[name].title, self.shelf.coverage.tasks[name].note, False)
        for name in found.get("targets", ()):
            target = self.shelf.coverage.targets[name]
            add("targets", name, target.indicator, target.note, target.value is None and target.operator != "done")
        for name in found.get("places", ()):
            place = self.shelf.gazetteer[name]
            add(
                "places",
                name,
                place.zh,
                getattr(place.basis, "reason", None) or place.note,
                hasattr(place.basis, "reason"),
            )
        for name in found.get("limits", ()):
            add(
                "limits",
                name,
                self.shelf.limits[name].label,
                self.shelf.limits[name].note,
                not self.shelf.limits[name].sure,
            )
        return out


def _day(value: date | None) -> str | None:
    return None if value is None or value == date.min else value.isoformat()


def _walk(shown: Mapping[str, Clause], above: str | None) -> Iterable[Clause]:
    """Clauses in reading order, each before those within it."""
    below: dict[str | None, list[Clause]] = {}
    for clause in shown.values():
        below.setdefault(clause.part_of, []).append(clause)
    todo = list(reversed(below.get(above, [])))
    while todo:
        clause = todo.pop()
        yield clause
        todo += reversed(below.get(clause.id, []))


def _depth(shown: Mapping[str, Clause], clause: Clause) -> int:
    depth = 0
    while clause.part_of is not None and clause.part_of in shown:
        clause, depth = shown[clause.part_of], depth + 1
    return depth


def _above(item: Instrument, clause: Clause) -> list[Clause]:
    out: list[Clause] = []
    while clause.part_of is not None and (up := item.clause(clause.part_of)) is not None:
        out.insert(0, up)
        clause = up
    return out
