"""SHA-256 of every clause of a provincial document, from the text a pack was read from.

A rule cites a clause; the hash says which wording of the clause was read.  The texts themselves are not part of
this project, only their hashes, so the same text can be compared anywhere:

    python tools/clause_hashes.py sx-2024-7-measures TEXT.txt            # prints `clause sha256`, one per line
    python tools/clause_hashes.py --check INSTRUMENT.yaml TEXT.txt       # exit 1 where the pack and the text differ

What is hashed: the clause from its own number to the start of the next clause of the same or a higher level
(so a chapter includes its sections), with page numbers on lines of their own left out and all white space removed.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_NUMERALS = "一二三四五六七八九十"
_PAGE_MARK = re.compile(r"\s*[—－-]+\s*[0-9０-９]+\s*[—－-]+\s*")
_TO_ASCII = str.maketrans("０１２３４５６７８９．", "0123456789.")

_CHAPTER = re.compile(rf"\s*([{_NUMERALS}]+)、")
_SECTION = re.compile(rf"\s*[(（]([{_NUMERALS}]+)[)）]")
_ITEM = re.compile(r"\s*([0-9]+)\s*\.(?![0-9])")
_BOX = re.compile(r"\s*专栏\s*([0-9]+)")


@dataclass(frozen=True)
class Layout:
    """How one document numbers its clauses.

    `numbered` is the level whose numbers run through the whole document (`section` or `item`) and give the id alone;
    None where ids are built from chapter, section and item (`4.2.1`).
    """

    numbered: str | None
    opening: str  # the text that a reader calls the preamble starts after the first line that matches this
    closing: str | None = None
    boxes: bool = False


LAYOUTS = {
    "sx-2024-7-measures": Layout("section", r"\s*若干措施\s*$", r"\s*全省各级"),
    "sx-2022-8-taixin": Layout("item", r"关于支持太忻经济一体化发展 若干"),
    "sx-zoning-opinion": Layout("section", r""),
    "sx-2024-7-air": Layout("item", r"\s*实 施 方 案\s*$", r"\s*抄送"),
    "sx-ecoprovince-2030": Layout(None, r"\s*前\s*言", r"\s*抄送", boxes=True),
}


def chinese_number(word: str) -> int:
    """A Chinese numeral below one hundred.

    >>> [chinese_number(word) for word in ("三", "十", "十四", "二十", "二十六")]
    [3, 10, 14, 20, 26]
    """
    tens, ten, ones = word.rpartition("十")
    digits = {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)


def normalise(text: str) -> str:
    """The text without page marks and white space."""
    kept = (line for line in text.splitlines() if not _PAGE_MARK.fullmatch(line))
    return re.sub(r"\s+", "", "".join(kept))


def split_clauses(document: str, text: str) -> dict[str, str]:
    """Clause id → clause text (with line ends) of a document in LAYOUTS."""
    layout = LAYOUTS[document]
    lines = text.splitlines()
    starts: list[tuple[int, int, str]] = []  # line, level, id
    first = next((i + 1 for i, line in enumerate(lines) if layout.opening and re.match(layout.opening, line)), 0)
    starts.append((first, 1, "preface" if layout.boxes else "preamble"))
    chapter = section = 0
    box = ""
    for i in range(first, len(lines)):
        line = lines[i].translate(_TO_ASCII)
        if layout.closing and re.match(layout.closing, line):
            starts.append((i, 1, "closing"))
            break
        if layout.boxes and (found := _BOX.match(line)):
            box = f"box{found[1]}"
            starts.append((i, 2, box))
        elif (found := _CHAPTER.match(line)) and chinese_number(found[1]) == chapter + 1:
            chapter, section, box = chapter + 1, 0, ""
            starts.append((i, 1, f"{chapter}" if layout.boxes else f"s{chapter}"))
        elif found := _SECTION.match(line):
            section, box = chinese_number(found[1]), ""
            if layout.numbered == "section":
                starts.append((i, 2, str(section)))
            else:
                starts.append((i, 2, f"{chapter}.{section}" if layout.boxes else f"s{chapter}.{section}"))
        elif found := _ITEM.match(line):
            if layout.numbered == "item":
                starts.append((i, 3, found[1]))
            elif layout.boxes:
                starts.append((i, 3, f"{box}.{found[1]}" if box else f"{chapter}.{section}.{found[1]}"))
    clauses: dict[str, str] = {}
    for at, (line_no, level, name) in enumerate(starts):
        end = next((start for start, other, _ in starts[at + 1 :] if other <= level), len(lines))
        clauses[name] = "\n".join(lines[line_no:end])
    if layout.boxes or document == "sx-2024-7-air":
        clauses.pop("closing", None)  # the list of addressees, not a clause
    if document == "sx-2024-7-air":
        clauses.update(_paragraphs(clauses))
    return clauses


def _paragraphs(clauses: dict[str, str]) -> dict[str, str]:
    # A task may have several paragraphs, each ending with the departments in brackets: task 12 has 12.1 and 12.2.
    parts: dict[str, str] = {}
    for name, text in clauses.items():
        lines = [line for line in text.splitlines() if line.strip() and not _PAGE_MARK.fullmatch(line)]
        if not name.isdigit():
            continue
        blocks: list[list[str]] = [[]]
        for line in lines:
            blocks[-1].append(line)
            if re.search(r"负责\)\s*$", line) or (re.fullmatch(r"\s*(?:责|负责)\)\s*", line)):
                blocks.append([])
        blocks = [block for block in blocks if block]
        if len(blocks) > 1:
            parts.update({f"{name}.{n}": "\n".join(block) for n, block in enumerate(blocks, 1)})
    return parts


def clause_hashes(document: str, text: str) -> dict[str, str]:
    """Clause id → SHA-256 (hex) of the normalised clause text."""
    return {
        name: hashlib.sha256(normalise(clause).encode()).hexdigest()
        for name, clause in split_clauses(document, text).items()
    }


def _check(pack_file: Path, text: str) -> int:
    import yaml

    data = yaml.safe_load(pack_file.read_text(encoding="utf-8"))
    wanted = clause_hashes(data["id"], text)
    held = {str(clause["id"]): clause.get("sha256") for clause in data["clauses"]}
    wrong = [name for name in held | wanted if held.get(name) != wanted.get(name)]
    for name in wrong:
        print(f"{data['id']}#{name}: pack {held.get(name)}, text {wanted.get(name)}", file=sys.stderr)
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    """Command line, see the top of the file."""
    if len(arguments) == 3 and arguments[0] == "--check":
        return _check(Path(arguments[1]), Path(arguments[2]).read_text(encoding="utf-8"))
    if len(arguments) == 2 and arguments[0] in LAYOUTS:
        for name, digest in clause_hashes(arguments[0], Path(arguments[1]).read_text(encoding="utf-8")).items():
            print(name, digest)
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
