"""Reference page that tells what the cases that the solver wrote show of each clause, and what they cannot show."""

from __future__ import annotations

from collections import defaultdict

from tools.markdown import page, table

from greenrule.casework.boundary import load_chapters
from greenrule.casework.boundary_check import stated
from greenrule.packs.book import Law

_HEADS = {"rules": "rules", "goals": "goals", "cases": "generated cases", "shown": "shown", "impossible": "out of reach", "undecided": "not shown"}  # fmt: skip


def cases_page(law: Law) -> str:
    """`cases.md`: the golden files of generated cases counted by clause, and every goal without a case, with the reason."""
    rows = stated(law)
    by_instrument: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_instrument[row["clause"].partition("#")[0]].append(row)
    totals = [
        [law.instruments[name].title["zh"], *(sum(int(str(row[key])) for row in several) for key in _HEADS)]
        for name, several in by_instrument.items()
    ]
    parts = [f"## By instrument\n\n{table(('instrument', *_HEADS.values()), totals)}"]
    for name, several in by_instrument.items():
        found = [(law.instruments.find(str(row["clause"]))[1], row) for row in several]
        lines = [[clause.label if clause else "", *(row[key] for key in _HEADS)] for clause, row in found]
        parts.append(f"## {law.instruments[name].title['zh']}\n\n{table(('clause', *_HEADS.values()), lines)}")
    chapters = load_chapters(law, [])
    beyond = [
        [f"`{name}`", label, reason, "proved" if proved else ""]
        for name in law.book.rules
        if name in chapters
        for proved, several in ((True, chapters[name].impossible), (False, chapters[name].undecided))
        for label, reason in several
    ]
    parts.append(
        f"## Goals without a case\n\n{table(('rule', 'goal 目标', 'reason 理由', 'proved by the solver'), beyond)}"
    )
    lead = (
        "What the cases that the solver wrote (`cases/boundary/*.cases` of the packs) show of each clause. A *goal* is one thing that cases "
        "must show of a rule: each part of its condition deciding that it holds, and that it does not; each threshold met exactly and just "
        "passed; each code of a list; each exception; each missing fact. A goal *out of reach* is proved so; what is *not shown* has a reason. "
        "Cases written by hand ask a rule alone, without what follows from other facts or is taken for granted, and so show some goals "
        "that are out of reach here. A rule counts with the clause that it cites first. `greenrule pack cases` replays the cases and prints the same counts with the "
        "goals that cases written by hand show; `greenrule pack test` fails where a case comes out otherwise or a goal has none "
        "([how to review them](../how-to/add-a-rule.md#let-the-solver-write-the-rest))."
    )
    return page("Generated cases", lead, *parts)
