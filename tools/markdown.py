"""Markdown for the generated pages: cells, tables, pages."""

from __future__ import annotations

from collections.abc import Iterable


def cell(text: object) -> str:
    """Text for a table cell: one line, no bars that would end it."""
    return str("" if text is None else text).replace("\n", " ").replace("|", "\\|").strip()


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def page(title: str, lead: str, *parts: str) -> str:
    """A generated page with its mark."""
    note = "<!-- Written by tools/reference.py; edit the source it describes, then run `make docs`. -->"
    return "\n\n".join([f"# {title}", note, lead, *(part.strip("\n") for part in parts if part.strip())]) + "\n"
