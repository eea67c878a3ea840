"""The English of packs: `english/*.yaml`, the column `en` of vocabularies, the English titles of instruments.

Another language changes no answer: the folder is no part of a pack's digest, and law is read without it.  What lacks English, and what
is older than its Chinese, is found by `greenrule.packs.translated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from greenrule.packs.book import Law
from greenrule.packs.marked import load_marked, read_text
from greenrule.packs.vocabulary import read_rows
from greenrule.rules.book import Rulebook
from greenrule.rules.english import INDUSTRIES, EnglishSentence, Words

#: What `english/*.yaml` may hold: what sentences of rules are made of, …
_FLAT = ("definitions", "parameters", "lists", "groups", "layers", "conflicts", "due", "undecided", "catalogues")
_SPOKEN = (*_FLAT, "decisions", "consequences", "filings", "rules", "industries")
#: … and what stands beside the rules, by the ids of the packs.
BESIDE = ("notes", "list_notes", "conflict_texts", "transitions", "parameter_notes", "tasks", "targets", "headings", "clause_reasons",
          "instruments", "place_notes", "registers", "tables", "limit_notes", "departments")  # fmt: skip
SECTIONS = frozenset((*_SPOKEN, *BESIDE))


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
            for section, entries in _read(path).items():
                found.setdefault(section, {}).update(entries or {})
    filings = found.get("filings", {})
    return Words(
        decisions={name: (entry["label"], entry.get("values") or {}) for name, entry in found.get("decisions", {}).items()},
        vocabularies={**_vocabularies(folders), INDUSTRIES: found.get("industries", {})},
        rules={name: (entry["title"], entry["then"]) for name, entry in found.get("rules", {}).items()},
        consequences=found.get("consequences", {}),
        filing_kinds=filings.get("kinds", {}),
        filing_limits=filings.get("limits", {}),
        instruments={name: title for name, title in titles if title},
        beside={section: found.get(section, {}) for section in BESIDE},
        **{section: found.get(section, {}) for section in _FLAT},
    )  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    """A file as plain text; the strict reading, which takes ten times as long, is for what the quick one cannot read, and for `pack lint`."""
    import yaml

    try:
        found = yaml.load(read_text(path), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError:
        found = None
    plain: dict[str, Any] = found if isinstance(found, dict) else load_marked(path).plain() or {}
    return plain


def _vocabularies(folders: tuple[Path, ...]) -> dict[str, Mapping[str, str]]:
    out: dict[str, Mapping[str, str]] = {}
    for folder in folders:
        for path in sorted((folder / "vocab").glob("*.csv")):
            rows = read_rows(path)
            if rows and "en" in rows[0][1]:
                out[path.stem] = {row["id"]: row["en"] for _, row in rows if row["en"]}
    return out
