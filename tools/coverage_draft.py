"""Bring `coverage.yaml` of a pack up to what its rules, tasks, targets and conflicts cite.

    python tools/coverage_draft.py             # write
    python tools/coverage_draft.py --check     # write nothing; exit 1 where it is behind

Ids of rules, tasks, targets and conflicts are taken from what cites each clause; what no longer cites it goes.
Registers, reasons and the comments at the head are kept as they were written by hand.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap

from greenrule.packs.book import Law, load_book
from greenrule.packs.coverage import CARRIERS, carriers_of
from greenrule.packs.marked import Marked, load_marked
from greenrule.packs.places import load_places
from greenrule.packs.targets import load_targets
from greenrule.packs.tasks import load_tasks

_WIDTH = 118


def _flow(kind: str, ids: list[str]) -> list[str]:
    head = f"      {kind}: ["
    lines = wrap(", ".join(ids) + "]", _WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
    return [head + lines[0], *(" " * len(head) + line for line in lines[1:])]


def _hand(clauses: Mapping[str, Marked], clause: str, key: str) -> Marked | None:
    entry = clauses.get(clause)
    return entry.mapping().get(key) if entry is not None and isinstance(entry.value, dict) else None


def draft(law: Law, folder: Path) -> str:
    """The text that `coverage.yaml` of a pack should have."""
    path = folder / "coverage.yaml"
    gazetteer = load_places(law.folders)
    tasks = load_tasks(law.folders, law.instruments, gazetteer)
    targets = load_targets(law.folders, law.instruments, gazetteer)
    cited: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for instrument, clause, kind, id, _ in carriers_of(law, tasks, targets):
        cited[instrument, clause][kind].append(id)
    top = load_marked(path).mapping()
    written = path.read_text(encoding="utf-8").splitlines()
    lines = written[: next(number for number, line in enumerate(written) if line.startswith("clauses:")) + 1]
    for name, clauses in top["clauses"].mapping().items():
        lines.append(f"  {name}:")
        for clause in law.instruments[name].clauses:
            body: list[str] = []
            for kind in CARRIERS:
                if kind == "registers":
                    hand = _hand(clauses.mapping(), clause, kind)
                    ids = hand.texts() if hand is not None else []
                else:
                    ids = list(dict.fromkeys(cited[name, clause][kind]))
                body += _flow(kind, ids) if ids else []
            reason = _hand(clauses.mapping(), clause, "reason")
            body += [f"      reason: {reason.text()}"] if reason is not None else []
            lines += [f"    '{clause}':" + ("" if body else " {}"), *body]
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    """Write or check; the exit code."""
    law = load_book()
    behind = 0
    for folder in law.folders:
        path = folder / "coverage.yaml"
        if path.is_file() and (text := draft(law, folder)) != path.read_text(encoding="utf-8"):
            behind += 1
            print(f"{'behind' if '--check' in words else 'written'}: {path}")
            if "--check" not in words:
                path.write_text(text, encoding="utf-8")
    return 1 if behind and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
