"""The English of packs: `english/*.yaml`, the column `en` of vocabularies, the English titles of instruments.

Another language changes no answer: the folder is no part of a pack's digest, and law is read without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault
from greenrule.packs.book import Law
from greenrule.packs.marked import load_marked
from greenrule.packs.vocabulary import read_rows
from greenrule.rules.book import Rulebook
from greenrule.rules.english import EnglishSentence, Words
from greenrule.rules.nodes import Node, Parameter, Undecided

#: What `english/*.yaml` may hold.
_FLAT = ("definitions", "parameters", "lists", "groups", "layers", "conflicts", "due", "undecided", "catalogues")
_SECTIONS = frozenset((*_FLAT, "decisions", "consequences", "filings", "rules"))


def english_words(law: Law) -> Words:
    """The English labels of the packs in use, read when first asked for.

    Errors: those of `load_marked` (a file that cannot be read).
    """
    return _words(law.folders, tuple((name, item.title.get("en", "")) for name, item in law.instruments.items()))


def english_sentence(law: Law, book: Rulebook | None = None) -> EnglishSentence:
    """The writer of English sentences over a law's rulebook, or over the book as it stood on a day."""
    return EnglishSentence(book or law.book, english_words(law))


@lru_cache(maxsize=8)
def _words(folders: tuple[Path, ...], titles: tuple[tuple[str, str], ...]) -> Words:
    found: dict[str, dict[str, Any]] = {}
    for folder in folders:
        for path in sorted((folder / "english").glob("*.yaml")):
            for section, entries in (load_marked(path).plain() or {}).items():
                found.setdefault(section, {}).update(entries or {})
    filings = found.get("filings", {})
    return Words(
        decisions={name: (entry["label"], entry.get("values") or {}) for name, entry in found.get("decisions", {}).items()},
        vocabularies=_vocabularies(folders),
        rules={name: (entry["title"], entry["then"]) for name, entry in found.get("rules", {}).items()},
        consequences=found.get("consequences", {}),
        filing_kinds=filings.get("kinds", {}),
        filing_limits=filings.get("limits", {}),
        instruments={name: title for name, title in titles if title},
        **{section: found.get(section, {}) for section in _FLAT},
    )  # fmt: skip


def _vocabularies(folders: tuple[Path, ...]) -> dict[str, Mapping[str, str]]:
    out: dict[str, Mapping[str, str]] = {}
    for folder in folders:
        for path in sorted((folder / "vocab").glob("*.csv")):
            rows = read_rows(path)
            if rows and "en" in rows[0][1]:
                out[path.stem] = {row["id"]: row["en"] for _, row in rows if row["en"]}
    return out


def stale_english(law: Law) -> list[Fault]:
    """What the English of the packs speaks of that the packs do not hold (TNG001)."""
    words, book = english_words(law), law.book
    known: dict[str, tuple[Mapping[str, Any], Any]] = {
        "rules": (words.rules, book.rules), "decisions": (words.decisions, book.decisions), "definitions": (words.definitions, book.definitions),
        "parameters": (words.parameters, book.parameters), "lists": (words.lists, book.lists), "groups": (words.groups, law.groups),
        "due": (words.due, {rule.due for rule in book.rules.values()}), "undecided": (words.undecided, set(_open_texts(book))),
        "conflicts": (words.conflicts, {item.get("id") for item in law.conflicts}),
    }  # fmt: skip
    return [
        Fault("TNG001", f"english/ 里的 {section} `{name}` 不在政策包里", None, "改成现在的名称，或删去")
        for section, (told, there) in known.items() for name in told if name not in there
    ]  # fmt: skip


def lacking_english(law: Law) -> list[str]:
    """What people meet and what has no English, as `section name`; industry classes are told by code and Chinese name."""
    words, book = english_words(law), law.book
    catalogue = {name for name, item in book.rules.items() if item.cites[0].partition("#")[0] in words.catalogues}
    values = {
        f"{spec.id} {value}": words.decisions.get(spec.id, ("", {}))[1].get(value)
        for spec in book.decisions.values() for value, _ in spec.values
    }  # fmt: skip
    codes = {
        f"{name} {code}": words.vocabularies.get(name, {}).get(code)
        for name, vocabulary in book.vocabularies.items() if name != "gbt4754" for code in vocabulary.labels
    }  # fmt: skip
    read = {node.id for body in _bodies(book) for node in body.walk() if isinstance(node, Parameter)}
    sections: dict[str, tuple[Any, Any]] = {
        "facts": (book.facts, {name for name, spec in book.facts.items() if spec.en}), "decisions": (book.decisions, words.decisions),
        "values": (values, {name for name, label in values.items() if label}), "codes": (codes, {name for name, label in codes.items() if label}),
        "rules": (set(book.rules) - catalogue, words.rules), "definitions": (book.definitions, words.definitions),
        "lists": (book.lists, words.lists), "parameters": (read, words.parameters), "groups": (law.groups, words.groups),
        "due": ({rule.due for rule in book.rules.values() if rule.due}, words.due), "undecided": (set(_open_texts(book)), words.undecided),
        "conflicts": ({item.get("id") for item in law.conflicts}, words.conflicts),
    }  # fmt: skip
    return [
        f"{section} {name}" for section, (there, told) in sections.items() for name in sorted(there) if name not in told
    ]


def _bodies(book: Rulebook) -> Iterator[Node]:
    yield from (rule.when for rule in book.rules.values())
    yield from (item.body for item in book.definitions.values())


def _open_texts(book: Rulebook) -> Iterator[str]:
    """What the texts leave open, as conditions write it."""
    yield from (node.reason for body in _bodies(book) for node in body.walk() if isinstance(node, Undecided))
