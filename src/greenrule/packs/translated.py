"""Which English of the packs is lacking, speaks of what is gone, or is older than its Chinese.

Beside the English of a pack stands `english/read.csv`: of every entry the first digits of the SHA-256 of the Chinese that it was
translated from.  Where a note or a title changes, its English is stale until somebody has read both and said so
(`python tools/english_read.py SECTION ID`).  Texts without an id (deadlines, what a condition leaves open) are kept by their Chinese.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.book import Law
from greenrule.packs.coverage import load_coverage
from greenrule.packs.english import SECTIONS, english_words
from greenrule.packs.filings import FilingKind, Limit, load_filings
from greenrule.packs.instrument import Instrument
from greenrule.packs.marked import Marked, load_marked
from greenrule.packs.places import load_places
from greenrule.packs.tables import load_tables
from greenrule.rules.book import Rulebook
from greenrule.rules.english import INDUSTRIES
from greenrule.rules.nodes import Node, Undecided

#: section → id → parts of the text by name ("" where there is one part only)
Told = dict[str, dict[str, dict[str, str]]]
#: Sections that are kept by their Chinese.
BY_TEXT = ("due", "undecided", "departments")
#: Sections whose Chinese is no text of a file of its own.
_UNBOUND = ("layers", "consequences", "catalogues")
READ = "read.csv"


def chinese(law: Law) -> Told:
    """All that the packs say to people in Chinese and that is to have English, by section and id.

    Facts and vocabularies carry their English beside them.  Rules of the two catalogues are said from their item and value.
    """
    book, words = law.book, english_words(law)
    own = [rule for rule in book.rules.values() if rule.cites[0].partition("#")[0] not in words.catalogues]
    kinds, limits = _filings(law)
    coverage, tables = load_coverage(law), load_tables(law.folders)
    reasons = {
        name: {entry.clause: entry.reason for entry in clauses.values()} for name, clauses in coverage.entries.items()
    }
    found: dict[str, dict[str, Any]] = {
        "rules": {rule.id: {"title": rule.title, "then": rule.then} for rule in own},
        "notes": {rule.id: list(rule.notes) for rule in book.rules.values()},
        "decisions": {spec.id: {"label": spec.zh, "values": dict(spec.values)} for spec in book.decisions.values()},
        "definitions": {name: item.title for name, item in book.definitions.items()},
        "lists": {name: item.title for name, item in book.lists.items()},
        "list_notes": {name: item.note for name, item in book.lists.items()},
        "parameters": {name: spec.zh for name, spec in book.parameters.items()},
        "parameter_notes": {name: spec.note for name, spec in book.parameters.items()},
        "industries": dict(book.vocabularies[INDUSTRIES].labels) if INDUSTRIES in book.vocabularies else {},
        "groups": {name: zh for name, (zh, _) in law.groups.items()},
        "conflicts": {str(item["id"]): item["topic"] for item in law.conflicts},
        "conflict_texts": {str(item["id"]): {"differ": item["differ"], "reason": item["reason"]} for item in law.conflicts},
        "transitions": {
            item.id: {"label": item.zh, "missing": item.missing, "reason": item.reason, "note": item.note} for item in book.transitions
        },
        "filings": {
            "kinds": {name: kind.label for name, kind in kinds.items()},
            "limits": {name: limit.label for name, limit in limits.items()},
        },
        "limit_notes": {name: limit.note for name, limit in limits.items()},
        "tasks": {
            item.id: {"title": item.title, "output": item.output, "deadlines": [one.what for one in item.deadlines], "note": item.note}
            for item in coverage.tasks.values()
        },
        "targets": {item.id: {"indicator": item.indicator, "note": item.note} for item in coverage.targets.values()},
        "headings": {item.id: {clause.id: clause.heading for clause in item.clauses.values()} for item in law.instruments.values()},
        "clause_reasons": reasons,
        "instruments": {item.id: _of_instrument(item) for item in law.instruments.values()},
        "place_notes": {
            item.id: {"note": item.note, "undrawn": getattr(item.basis, "reason", None)} for item in load_places(law.folders)
        },
        "registers": {item.id: item.name for item in coverage.registers.values()},
        "tables": {name: table.zh for name, table in tables.items()},
        "due": {rule.due: rule.due for rule in book.rules.values() if rule.due},
        "undecided": {text: text for text in open_texts(book)},
        "departments": {name: name for task in coverage.tasks.values() for name in (*task.departments, *task.lead)},
    }  # fmt: skip
    return {
        section: {name: parts for name, text in entries.items() if (parts := dict(_parts(text)))}
        for section, entries in found.items()
    }


def _filings(law: Law) -> tuple[Mapping[str, FilingKind], dict[str, Limit]]:
    """Kinds of filings and time limits; none where no pack says anything of filings."""
    if not any((folder / "filings.yaml").is_file() for folder in law.folders):
        return {}, {}
    filings = load_filings(law.folders, law.instruments)
    limits = {filings.tell_once.id: filings.tell_once}
    for kind in filings.kinds.values():
        limits |= {limit.id: limit for limit in (kind.decide, *kind.publish.values())}
    return filings.kinds, limits


def texts_beside(law: Law, sections: Iterable[str]) -> dict[str, str]:
    """Chinese text → English, of some sections that are kept by id."""
    there, words = chinese(law), english_words(law)
    out: dict[str, str] = {}
    for section in sections:
        for name, parts in there[section].items():
            told = dict(_parts(words.beside[section].get(name)))
            out |= {text: told[part] for part, text in parts.items() if part in told}
    return out


def _of_instrument(item: Instrument) -> dict[str, str | None]:
    """What a pack says of a document beside its title."""
    return {
        "note": item.note, "in_force": item.in_force.reason, "successor": item.successor.reason if item.successor else None,
        "edition": item.edition_note,
    }  # fmt: skip


def _parts(text: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts of an entry by name; those of a list by their number."""
    if isinstance(text, Mapping):
        for key, item in text.items():
            yield from _parts(item, f"{name}.{key}" if name else str(key))
    elif isinstance(text, list | tuple):
        for number, item in enumerate(text, 1):
            yield from _parts(item, f"{name}.{number}" if name else str(number))
    elif text not in (None, ""):
        yield name, str(text)


def open_texts(book: Rulebook) -> Iterator[str]:
    """What the texts leave open, as conditions write it."""
    bodies: list[Node] = [rule.when for rule in book.rules.values()]
    bodies += [item.body for item in book.definitions.values()]
    yield from (node.reason for body in bodies for node in body.walk() if isinstance(node, Undecided))


def fingerprint(parts: Mapping[str, str]) -> str:
    """Eight hex digits that tell one Chinese text from another.

    >>> fingerprint({"": "新建"}), fingerprint({"": "新建、扩建"})
    ('b15acfbf', 'a9f2368b')
    """
    told = "\0".join(f"{name}={text}" for name, text in sorted(parts.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Translated:
    """An entry of `english/*.yaml`: its folder, its place, its parts."""

    folder: Path
    place: Place
    parts: Mapping[str, str]


def english(law: Law, faults: list[Fault]) -> dict[str, dict[str, Translated]]:
    """Every entry of the English of the packs, read strictly; sections that nobody knows are faults (TNG003)."""
    found: dict[str, dict[str, Translated]] = {}
    for folder in law.folders:
        for path in sorted((folder / "english").glob("*.yaml")):
            try:
                sections = load_marked(path)
                for section, entries in sections.mapping().items():
                    if section not in SECTIONS:
                        close = "、".join(near(section, SECTIONS)) or "、".join(sorted(SECTIONS))
                        faults.append(Fault("TNG003", f"english/ 里没有 `{section}` 这一节", sections.key_places[section], f"可用：{close}"))  # fmt: skip
                        continue
                    for name, entry in entries.mapping().items():
                        parts = dict(_parts(_texts(entry)))
                        found.setdefault(section, {})[name] = Translated(folder, entries.key_places[name], parts)
            except InputFault as error:
                faults.extend(error.faults)
    return found


def _texts(entry: Marked) -> Any:
    """A value as it is written: `no` stays a word."""
    if isinstance(entry.value, dict):
        return {key: _texts(item) for key, item in entry.value.items()}
    if isinstance(entry.value, list):
        return [_texts(item) for item in entry.value]
    return entry.raw


def read_marks(folder: Path) -> dict[tuple[str, str], str]:
    """Section and id → fingerprint of the Chinese that the English was made from."""
    path = folder / "english" / READ
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["section"], row["id"]): row["chinese"] for row in csv.DictReader(file)}


def stale_english(law: Law) -> list[Fault]:
    """What the English speaks of that the packs do not hold (TNG001), and what is older than its Chinese (TNG002)."""
    faults: list[Fault] = []
    told, there = english(law, faults), chinese(law)
    marks = {folder: read_marks(folder) for folder in law.folders}
    for section, entries in told.items():
        if section in _UNBOUND:
            continue
        for name, entry in entries.items():
            source = there.get(section, {}).get(name)
            if source is None or entry.parts.keys() - source.keys():
                gone = "、".join(sorted(part for part in entry.parts if part and part not in (source or {})))
                what = f"{section} `{name}`{f' 的 {gone}' if gone and source is not None else ''}"
                faults.append(Fault("TNG001", f"english/ 里的 {what} 不在政策包里", entry.place, "改成现在的名称，或删去"))  # fmt: skip
            elif section not in BY_TEXT and marks[entry.folder].get((section, name)) != fingerprint(source):
                faults.append(Fault("TNG002", f"{section} `{name}` 的中文在译成英文之后改过，或尚未核对", entry.place,
                                    f"核对英文后运行 `python tools/english_read.py {section} {name}`"))  # fmt: skip
    return faults


def lacking_english(law: Law) -> list[str]:
    """What people meet and what has no English, as `section name`."""
    book, words = law.book, english_words(law)
    told, there = english(law, []), chinese(law)
    out = [f"facts {name}" for name, spec in book.facts.items() if not spec.en]
    out += [
        f"codes {name} {code}"
        for name, vocabulary in book.vocabularies.items() if name != INDUSTRIES
        for code in vocabulary.labels if not words.vocabularies.get(name, {}).get(code)
    ]  # fmt: skip
    for section, entries in there.items():
        for name, parts in entries.items():
            has = told[section][name].parts if name in told.get(section, {}) else {}
            out += [f"{section} {name}{f' {part}' if part else ''}" for part in parts if not has.get(part)]
    return out
