"""Compile the translations of the server's pages (`.po` to `.mo`), without gettext's own tools.

    python tools/messages.py            # compile what has changed
    python tools/messages.py --check    # write nothing; exit 1 where a compiled file is not that of its text, or words lack English

The compiled files are committed: a fresh machine has nothing to compile them with before the set-up.
"""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[1] / "src" / "greenrule" / "web"
#: What is to be translated: in templates, in code.
_IN_TEMPLATES = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')""")
_BLOCKS = re.compile(r"\{%\s*blocktrans(?:late)?[^%]*%\}(.*?)\{%\s*(?:plural|endblocktrans(?:late)?)\s*%\}", re.S)
_IN_CODE = re.compile(r"""\b_\((["'])((?:(?!\1).)+)\1\)""")


def compiled(path: Path) -> bytes:
    """The compiled form of a `.po` file."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    # The same text gives the same file on every day.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def words() -> set[str]:
    """What pages and code say through the translation."""
    found: set[str] = set()
    for path in (*WEB.rglob("*.html"), *WEB.rglob("templates/**/*.txt")):
        text = path.read_text(encoding="utf-8")
        found |= {one or other for one, other in _IN_TEMPLATES.findall(text)}
        found |= {re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", block) for block in _BLOCKS.findall(text)}
    for path in WEB.rglob("*.py"):
        found |= {word for _, word in _IN_CODE.findall(path.read_text(encoding="utf-8"))}
    return found


def untranslated(path: Path) -> list[str]:
    """Words that have no English."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    there = set()
    for message in catalogue:
        if message.string:
            there |= {message.id} if isinstance(message.id, str) else set(message.id)
    return sorted(words() - there)


def main(arguments: list[str]) -> int:
    """Compile or check; the exit code."""
    wrong = 0
    for path in sorted(WEB.glob("locale/*/LC_MESSAGES/*.po")):
        target, data = path.with_suffix(".mo"), compiled(path)
        if not target.is_file() or target.read_bytes() != data:
            wrong += 1
            print(f"{'stale' if '--check' in arguments else 'written'}: {target.name} of {path.parent.parent.name}")
            if "--check" not in arguments:
                target.write_bytes(data)
        for word in untranslated(path):
            wrong += 1
            print(f"no {path.parent.parent.name} for: {word}")
    return 1 if wrong and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
