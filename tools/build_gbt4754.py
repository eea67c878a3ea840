"""Rewrites a public table of GB/T 4754-2017 (with amendment 1) into the layout of `packs/cn/vocab/gbt4754.csv`.

    python tools/build_gbt4754.py SOURCE.csv packs/cn/vocab/gbt4754.csv

The source has one row per division, group and class with columns `level`, `section_code`, `section_name`,
`division_code` … `class_name`.  Ours has `code,name,level,parent,section`, in the order of the codes under each section,
UTF-8 without a byte-order mark.  The tool refuses a source whose counts are not those of the standard.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

COUNTS = {"section": 20, "division": 97, "group": 473, "class": 1382}
_BRACKETS = str.maketrans("()", "（）")  # the source mixes half- and full-width brackets
_ABOVE = {"division": "section", "group": "division", "class": "group"}


def rewrite(source: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of our layout from rows of the source; raises ValueError where a parent is missing or a code is twice."""
    rows: dict[str, dict[str, str]] = {}
    for row in source:
        section = row["section_code"].strip()
        rows.setdefault(
            section,
            {
                "code": section,
                "name": row["section_name"].strip(),
                "level": "section",
                "parent": "",
                "section": section,
            },
        )
        level = row["level"].strip()
        code = row[f"{level}_code"].strip()
        if code in rows:
            raise ValueError(f"code {code} twice")
        parent = row[f"{_ABOVE[level]}_code"].strip()
        name = row[f"{level}_name"].strip().translate(_BRACKETS)
        rows[code] = {"code": code, "name": name, "level": level, "parent": parent, "section": section}
    orphans = [row["code"] for row in rows.values() if row["parent"] and row["parent"] not in rows]
    if orphans:
        raise ValueError(f"no parent for {', '.join(orphans)}")
    return sorted(rows.values(), key=lambda row: (row["section"], row["code"] != row["section"], row["code"]))


def main(arguments: list[str]) -> int:
    """Command line, see the top of the file."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8-sig", newline="") as file:
        rows = rewrite(list(csv.DictReader(file)))
    counts = {level: sum(row["level"] == level for row in rows) for level in COUNTS}
    if counts != COUNTS:
        print(f"counts {counts}, expected {COUNTS}", file=sys.stderr)
        return 1
    target = Path(arguments[1])
    draft = target.with_suffix(".part")
    with open(draft, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["code", "name", "level", "parent", "section"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
