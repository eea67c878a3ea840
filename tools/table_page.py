"""The page of dated tables: what the standards print, beside what the packs hold."""

from __future__ import annotations

from tools.markdown import page, table

from greenrule.packs.book import Law
from greenrule.packs.tables import load_tables


def tables_page(law: Law) -> str:
    """`tables.md`: every dated table of the packs, each edition with its days, its citation and what is not sure of it."""
    parts = []
    found = load_tables(law.folders)
    for item in sorted(found.values(), key=lambda item: item.id):
        parts.append(f"## `{item.id}` {item.zh}")
        for edition in item.editions:
            lines = [
                f"From {edition.first}" + (f" to {edition.last}" if edition.last else "") + f", by `{edition.cite}`."
            ]
            if edition.note:
                lines.append(f"{'Not sure 未定' if not edition.sure else 'Note 说明'}: {edition.note}")
            parts.append("\n\n".join(lines))
            parts.append(table(item.columns, [[row[column].text for column in item.columns] for row in edition.rows]))
    unsure = sum(not edition.sure for item in found.values() for edition in item.editions)
    count = sum(len(item.editions) for item in found.values())
    lead = (
        f"{len(found)} tables in {count} editions, {unsure} of them not sure throughout. A table holds what the standard prints, so that "
        "both can be laid side by side. [Editions of the air standards](../explanation/air-editions.md) says how they are used."
    )
    return page("Tables", lead, *parts)
