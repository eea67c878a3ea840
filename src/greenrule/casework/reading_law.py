"""The law reader in English: documents, clauses with what rests on them, rules, and search; read from the Chinese pages by ids.

What a clause says stays Chinese: the reader never shows it but from somebody's own copy.  Names of places and authorities and numbers
of documents stay Chinese too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from greenrule.casework.demands import COUNTED, demand_in_english
from greenrule.casework.questioning import question_in_english
from greenrule.core.tongue import amount, unit_words, words
from greenrule.packs.clause_labels import clause_in_english
from greenrule.packs.english import english_sentence
from greenrule.packs.instrument import Instrument
from greenrule.packs.library.entries import search_index
from greenrule.packs.library.pages import Library
from greenrule.packs.library.search import Entry, Index
from greenrule.rules.english import INDUSTRIES

#: Kinds of what rests on a clause → the section of its English, and the part that names it.
_NAMED = {"tasks": ("tasks", "title"), "targets": ("targets", "indicator"), "transitions": ("transitions", "label")}


def _said(text: Any) -> Any:
    """A word of the program."""
    return words().get(text, text) if isinstance(text, str) else text


class EnglishReader:
    """One library, read in English."""

    def __init__(self, library: Library) -> None:
        self.library, self.law, self.book = library, library.law, library.law.book
        self.english = english_sentence(library.law)
        self.words = self.english.words
        self.beside = self.words.beside

    # -- documents -----------------------------------------------------------------------------------------
    def documents(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A list of documents."""
        return [self.head(row) for row in rows]

    def head(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What is said of a document as a whole; its Chinese title stands beside."""
        texts = self.beside.get("instruments", {}).get(row["id"], {})
        successor = row["successor"]
        return {
            **row, "title": self.title(row["id"], row["title"]), "title_zh": row["title"], "kind_label": _said(row["kind_label"]),
            "quality": _said(row["quality"]), "note": texts.get("note", row["note"]),
            "in_force": {**row["in_force"], "reason": texts.get("in_force", row["in_force"]["reason"])},
            "successor": successor and {
                **successor, "title": self.title(successor["id"], successor["title"]), "reason": texts.get("successor", successor["reason"])
            },
        }  # fmt: skip

    def title(self, name: str, title: Any) -> Any:
        """A document's title."""
        return self.words.instruments.get(name, title)

    def document(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A document with its clauses."""
        reasons = self.beside.get("clause_reasons", {}).get(row["id"], {})
        clauses = [
            {**one, "label": clause_in_english(one["label"]), "heading": self.heading(row["id"], one["id"], one["heading"]),
             "reason": reasons.get(one["id"], one["reason"])}
            for one in row["clauses"]
        ]  # fmt: skip
        return {**self.head(row), "clauses": clauses, "whole": self.carried(row["whole"])}

    def heading(self, instrument: str, clause: str, text: Any) -> Any:
        """The heading of a clause; an item of a catalogue goes by the industries that it names, or by what its rules are called."""
        if found := self.beside.get("headings", {}).get(instrument, {}).get(clause):
            return found
        for catalogue in self.library.shelf.catalogues.values():
            if catalogue.instrument == instrument and clause.isdigit() and (item := catalogue.printed.get(int(clause))):
                if item.codes:
                    return ", ".join(self.english.code(INDUSTRIES, code) for code in item.codes)
                return f"item {clause}" if text else text
        return text

    # -- a clause ------------------------------------------------------------------------------------------
    def page(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """A clause with what rests on it."""
        head = self.head(page["instrument"])
        label, item = clause_in_english(page["label"]), self.law.instruments[page["instrument"]["id"]]
        reasons = self.beside.get("clause_reasons", {}).get(item.id, {})
        number = f" ({item.number})" if item.number else ""
        out = {
            **page, "instrument": head, "label": label, "heading": self.heading(item.id, page["id"], page["heading"]),
            "cite": f"“{head['title']}”{number}, {label}", "cite_note": self.cite_note(item, page["cite_note"]),
            "reason": reasons.get(page["id"], page["reason"]),
            "read_from": {**page["read_from"], "quality": _said(page["read_from"]["quality"])},
            "above": [self.short(one) for one in page["above"]], "below": [self.short(one) for one in page["below"]],
            "before": page["before"] and self.short(page["before"]), "after": page["after"] and self.short(page["after"]),
            "touching": [self.touch(one) for one in page["touching"]],
        }  # fmt: skip
        return out | self.carried(page)

    def short(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A link to a clause."""
        heading = self.heading(row["instrument"], row["clause"], row["heading"])
        return {**row, "label": clause_in_english(row["label"]), "heading": heading}

    def touch(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A clause that touches another, with what they share."""
        named = {
            "conflict": "conflicts",
            "exception": "rules",
            "rests_on": "rules",
            "parameter": "parameters",
            "list": "lists",
            "fact": "facts",
        }
        ties = [
            {**tie, "kind_label": _said(tie["kind_label"]), "label": self.name(named[tie["kind"]], tie["id"], tie["label"])}
            for tie in row["ties"]
        ]  # fmt: skip
        return {**self.short(row), "title": self.title(row["instrument"], row["title"]), "ties": ties}

    def name(self, kind: str, name: str, text: str) -> str:
        """What something is called, by its kind and id."""
        if kind == "rules" and name in self.book.rules:
            return self.english.title(self.book.rules[name])
        if kind == "facts" and name in self.book.facts:
            return self.book.facts[name].en or text
        if kind in _NAMED:
            section, part = _NAMED[kind]
            return str(self.beside.get(section, {}).get(name, {}).get(part, text))
        table = {
            "parameters": {**self.beside.get("tables", {}), **self.words.parameters}, "lists": self.words.lists,
            "conflicts": self.words.conflicts, "limits": self.words.filing_limits, "registers": self.beside.get("registers", {}),
        }.get(kind, {})  # fmt: skip
        return str(table.get(name, text))

    def cite_note(self, item: Instrument, text: str | None) -> str | None:
        """Why a document is not plainly in force: the packs' own remarks, and that another took its place."""
        if not text:
            return text
        texts = self.beside.get("instruments", {}).get(item.id, {})
        own = {"note": item.note, "in_force": item.in_force.reason, "edition": item.edition_note,
               "successor": item.successor.reason if item.successor else None}  # fmt: skip
        for key, chinese in own.items():
            if chinese and key in texts:
                text = text.replace(chinese, texts[key])
        if item.successor is not None:
            told = "absorbed into" if item.successor.how == "absorbed" else "superseded by"
            title = self.title(item.successor.id, item.successor.id)
            text = re.sub(r"自(\d{4}-\d\d-\d\d)起被(?:吸收入|取代为)[^；]+", rf"from \1 {told} “{title}”", text)
        return "; ".join(_said(part) for part in text.split("；"))

    def cite(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A citation as a link."""
        label = row["label"] and clause_in_english(row["label"])
        return {**row, "title": self.title(row["instrument"], row["title"]), "label": label}

    # -- what rests on it ----------------------------------------------------------------------------------
    def carried(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """All that rests on a clause."""
        return {
            "rules": [self.rule(one) for one in row["rules"]],
            "tasks": [self.task(one) for one in row["tasks"]], "targets": [self.target(one) for one in row["targets"]],
            "parameters": [self.parameter(one) for one in row["parameters"]], "lists": [self.codes(one) for one in row["lists"]],
            "limits": [self.limit(one) for one in row["limits"]],
            "transitions": [{**one, **self.beside.get("transitions", {}).get(one["id"], {})} for one in row["transitions"]],
            "places": [{**one, **self.beside.get("place_notes", {}).get(one["id"], {})} for one in row["places"]],
            "registers": [
                {**one, "label": self.name("registers", one["id"], one["label"]), "area": _said(one["area"])} for one in row["registers"]
            ],
            "conflicts": [self.conflict(one) for one in row["conflicts"]],
            "readings": [self.reading(one) for one in row["readings"]],
        }  # fmt: skip

    def rule(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A rule in words."""
        rule = self.book.rules[row["id"]]
        effects = [
            {**told, "label": f"{self.english.decision(effect.decision)}: {self.english.effect(effect)}"}
            for told, effect in zip(row["effects"], rule.effects, strict=True)
        ]  # fmt: skip
        return {
            **row, "title": self.english.title(rule), "sentence": self.english.rule(rule), "then": self.english.then(rule),
            "due": row["due"] and self.words.due.get(row["due"], row["due"]), "strength_label": _said(row["strength_label"]),
            "effects": effects, "cites": [self.cite(one) for one in row["cites"]],
            "notes": list(self.beside.get("notes", {}).get(rule.id, row["notes"])),
            "undecided": [self.words.undecided.get(text, text) for text in row["undecided"]],
            "facts": [{**one, "label": self.name("facts", one["id"], one["label"])} for one in row["facts"]],
            "parameters": [{**one, "label": self.name("parameters", one["id"], one["label"])} for one in row["parameters"]],
            "exceptions": [{**one, "title": self.name("rules", one["id"], one["title"])} for one in row["exceptions"]],
        }  # fmt: skip

    def task(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A task; authorities and places keep their names."""
        texts = self.beside.get("tasks", {}).get(row["id"], {})
        whats = texts.get("deadlines", [])
        deadlines = [
            {**one, "what": whats[at] if at < len(whats) else one["what"]} for at, one in enumerate(row["deadlines"])
        ]
        told = {key: texts[key] for key in ("title", "output", "note") if key in texts}
        labels = {key: _said(row[key]) for key in ("mode_label", "strength_label")}
        return {**row, **told, **labels, "deadlines": deadlines}

    def target(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A target with what it demands."""
        texts = self.beside.get("targets", {}).get(row["id"], {})
        spec = self.library.shelf.coverage.targets[row["id"]]
        unit = COUNTED[spec.unit] if spec.unit in COUNTED else unit_words(spec.unit)[0]
        return {**row, **texts, "demand": demand_in_english(spec), "unit": unit, "kind_label": _said(row["kind_label"])}

    def parameter(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A parameter with its values, or a table in editions."""
        unit = row["unit"]
        note = self.beside.get("parameter_notes", {}).get(row["id"], row["note"])
        value = row["value"] if not unit or not row["value"] else amount(row["value"])
        values = [{**one, "value": amount(f"{one['value']} {unit}") if unit and one["value"] else one["value"], "cite": self.cite(one["cite"])}
                  for one in row["values"]]  # fmt: skip
        out = {
            **row,
            "label": self.name("parameters", row["id"], row["label"]),
            "note": note,
            "value": _said(value),
            "values": values,
        }
        if "editions" in row:
            out["editions"] = [{**one, "cite": self.cite(one["cite"]), "note": None} for one in row["editions"]]
        return {**out, "unit": unit_words(unit)[0] if unit else unit}

    def codes(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A list with its members."""
        vocabulary = self.book.lists[row["id"]].vocab

        def named(codes: list[dict[str, str]]) -> list[dict[str, str]]:
            return [
                {**one, "label": "all" if one["code"] == "*" else self.english.code(vocabulary, one["code"])}
                for one in codes
            ]

        return {
            **row, "label": self.words.lists.get(row["id"], row["label"]), "members": named(row["members"]), "open": named(row["open"]),
            "note": self.beside.get("list_notes", {}).get(row["id"], row["note"]), "cites": [self.cite(one) for one in row["cites"]],
        }  # fmt: skip

    def limit(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A time limit."""
        limit = self.library.shelf.limits[row["id"]]
        days = f"{limit.days} {'working days' if limit.counting == 'working' else 'days'}"
        note = self.beside.get("limit_notes", {}).get(row["id"], row["note"])
        return {**row, "label": self.name("limits", row["id"], row["label"]), "value": days, "note": note}

    def conflict(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Where documents disagree."""
        texts = self.beside.get("conflict_texts", {}).get(row["id"], {})
        return {
            **row, **texts, "topic": self.words.conflicts.get(row["id"], row["topic"]), "resolved_label": _said(row["resolved_label"]),
            "rules": [{**one, "title": self.name("rules", one["id"], one["title"])} for one in row["rules"]],
            "cites": [self.cite(one) for one in row["cites"]],
        }  # fmt: skip

    def reading(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """How something was read."""
        text = self.readings.get((row["kind"], row["id"], row["text"]), row["text"])
        return {
            **row,
            "kind_label": _said(row["kind_label"]),
            "label": self.name(row["kind"], row["id"], row["label"]),
            "text": text,
        }

    @cached_property
    def readings(self) -> dict[tuple[str, str, str], str]:
        """Kind, id and Chinese of every reading → its English."""
        out: dict[tuple[str, str, str], str] = {}
        for rule in self.book.rules.values():
            for text, told in zip(rule.notes, self.beside.get("notes", {}).get(rule.id, ()), strict=False):
                out["rules", rule.id, text] = told
            for text in self.library.shelf.reads(rule.id).undecided:
                out["rules", rule.id, text] = self.words.undecided.get(text, text)
        coverage = self.library.shelf.coverage
        groups: tuple[tuple[str, str, Any], ...] = (
            ("parameters", "parameter_notes", self.book.parameters.values()), ("lists", "list_notes", self.book.lists.values()),
            ("limits", "limit_notes", self.library.shelf.limits.values()), ("tasks", "tasks", coverage.tasks.values()),
            ("targets", "targets", coverage.targets.values()),
        )  # fmt: skip
        for kind, section, items in groups:
            for item in items:
                told = self.beside.get(section, {}).get(item.id, "")
                told = told.get("note", "") if isinstance(told, Mapping) else told
                if item.note and told:
                    out[kind, item.id, item.note] = told
        for place in self.library.shelf.gazetteer:
            texts = self.beside.get("place_notes", {}).get(place.id, {})
            for key, chinese in (("note", place.note), ("undrawn", getattr(place.basis, "reason", None))):
                if chinese and key in texts:
                    out["places", place.id, chinese] = texts[key]
        return out

    # -- search --------------------------------------------------------------------------------------------
    @cached_property
    def index(self) -> Index:
        """Full-text search over the English; what has none is found by its Chinese."""
        chinese = search_index(self.library.shelf)
        return Index((self.entry(one) for one in chinese.entries), chinese.weight)

    def entry(self, entry: Entry) -> Entry:
        """An entry of the search in English."""
        kinds = {"rule": "rules", "reading": "rules", "task": "tasks", "target": "targets", "parameter": "parameters", "list": "lists",
                 "fact": "facts", "conflict": "conflicts", "limit": "limits", "transition": "transitions", "register": "registers"}  # fmt: skip
        name = entry.id.partition(":")[0] if entry.kind == "reading" else entry.id
        if entry.kind == "instrument":
            title = str(self.title(entry.id, entry.title))
        elif entry.kind in ("clause", "item"):
            instrument, _, clause = entry.id.partition("#")
            title = str(self.heading(instrument, clause, entry.title))
            title = clause_in_english(title)
        else:
            title = self.name(kinds.get(entry.kind, ""), name, entry.title)
        texts = tuple(replace(one, text=self.piece(entry, one.name, one.text, title)) for one in entry.texts)
        more = dict(entry.more)
        if more.get("cite") and (item := self.law.instruments.get(str(more["instrument"]))):
            at = item.clause(str(more["clause"])) if more["clause"] else None
            number = item.number or f"“{self.title(item.id, item.title['zh'])}”"
            more["cite"] = f"{number}, {clause_in_english(at.label)}" if at else number
        return Entry(entry.kind, entry.id, title, texts, more)

    def piece(self, entry: Entry, field: str, text: str, title: str) -> str:
        """One field of an entry."""
        rule = self.book.rules.get(entry.id)
        if text == entry.title or field in ("title", "heading"):
            return title
        if rule is not None and field == "sentence":
            return self.english.rule(rule)
        if rule is not None and field == "value":
            return self.words.due.get(text, text)
        if entry.kind == "reading":
            return self.readings.get(("rules", entry.id.partition(":")[0], text), text)
        if entry.kind == "conflict" and field in ("reading", "reason"):
            return str(
                self.beside.get("conflict_texts", {})
                .get(entry.id, {})
                .get("differ" if field == "reading" else field, text)
            )
        if entry.kind == "target" and field == "value":
            return demand_in_english(self.library.shelf.coverage.targets[entry.id])
        if entry.kind == "task" and field == "value":
            return "; ".join(self.beside.get("tasks", {}).get(entry.id, {}).get("deadlines", ())) or text
        if entry.kind in ("task", "target", "transition"):
            return str(self.beside.get(f"{entry.kind}s", {}).get(entry.id, {}).get(field, text))
        if entry.kind == "clause" and field == "reason":
            instrument, _, clause = entry.id.partition("#")
            return str(self.beside.get("clause_reasons", {}).get(instrument, {}).get(clause, text))
        if field == "carries":
            return self.carries(*entry.id.partition("#")[::2])
        if entry.kind == "fact" and field == "question":
            return question_in_english(self.law, self.book.facts[entry.id])
        if field == "label" and "#" in entry.id:
            instrument, _, clause = entry.id.partition("#")
            found = self.law.instruments[instrument].clause(clause)
            return clause_in_english(found.label) if found else text
        if field == "members":
            item = self.book.lists[entry.id]
            return ", ".join(
                self.english.code(item.vocab, code) for code in (*item.codes, *item.open_within) if code != "*"
            )
        sections = {"parameter": "parameter_notes", "list": "list_notes", "limit": "limit_notes"}
        if field == "note" and entry.kind in sections:
            return str(self.beside.get(sections[entry.kind], {}).get(entry.id, text))
        if field == "note" and entry.kind == "instrument":
            return str(self.beside.get("instruments", {}).get(entry.id, {}).get("note", text))
        return text

    def carries(self, instrument: str, clause: str) -> str:
        """What rests on a clause, by title."""
        carried = self.library.shelf.carriers(instrument, clause)
        told = [self.name(kind, name, name) for kind in ("rules", "tasks", "targets") for name in carried.get(kind, ())]
        return "; ".join(dict.fromkeys(told))

    def found(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """An answer of the search with its labels; the hits are English already."""
        return {
            **told, "kinds": [{**one, "label": _said(one["label"])} for one in told["kinds"]],
            "fields": {name: _said(label) for name, label in told["fields"].items()},
            "items": [{**one, "kind_label": _said(one["kind_label"])} for one in told["items"]],
        }  # fmt: skip
