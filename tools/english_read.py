"""Note that the English of something in the packs was read against the Chinese that stands there now.

    python tools/english_read.py notes air-01-a     # one entry, whatever was noted of it before
    python tools/english_read.py --new              # entries of which nothing is noted yet; and forget those that are gone
    python tools/english_read.py                    # list what is stale or lacking; exit 1 where anything is

`greenrule pack lint` says which entries are older than their Chinese.  Read both before you note it.
"""

from __future__ import annotations

import csv
import io
import sys

from greenrule.core.files import replace_file
from greenrule.packs.book import load_book
from greenrule.packs.translated import (
    BY_TEXT,
    READ,
    chinese,
    english,
    fingerprint,
    lacking_english,
    read_marks,
    stale_english,
)


def main(arguments: list[str]) -> int:
    """Write `english/read.csv` of each pack."""
    law = load_book()
    if not arguments:
        found = [*map(str, stale_english(law)), *(f"lacking: {name}" for name in lacking_english(law))]
        print("\n".join(found))
        return 1 if found else 0
    told, there = english(law, []), chinese(law)
    named = None if arguments == ["--new"] else {(arguments[0], name) for name in arguments[1:]}
    for folder in law.folders:
        marks = read_marks(folder)
        rows = []
        for section, entries in told.items():
            for name, entry in entries.items():
                source = there.get(section, {}).get(name)
                if entry.folder != folder or source is None or section in BY_TEXT:
                    continue
                key = (section, name)
                if key in (named or ()) or (named is None and key not in marks):
                    marks[key] = fingerprint(source)
                if key in marks:
                    rows.append((section, name, marks[key]))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("section", "id", "chinese"))
        writer.writerows(sorted(rows))
        replace_file(folder / "english" / READ, out.getvalue().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
