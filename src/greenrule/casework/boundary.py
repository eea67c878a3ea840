"""Generated cases of a law: written by the solver, read once by a person, and checked ever after without the solver.

`generate` makes the chapters of rules, `texts` what their golden files then are, `keep` writes them.  `casework.boundary_check` replays
them.  A chapter that still holds stays as it is, so that what changes in a file is what changed in the law.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from greenrule.backends.questions import Prover
from greenrule.casework.proving import axiom_words
from greenrule.casework.situation import Machine
from greenrule.casework.writing import write_bytes
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.book import Law
from greenrule.packs.boundaries import carriers, list_carriers
from greenrule.packs.casebook import FOLDER, Chapter, book_files, read_book, write_book
from greenrule.packs.cases import CASE_DAY
from greenrule.packs.generating import Generator
from greenrule.packs.worlds import load_statements, statement_nodes

Progress = Callable[[int, int], None] | None


def carried(law: Law, live: Iterable[str]) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Rule → definitions whose parts, and lists whose codes, are shown by its cases."""
    out = []
    for found in (carriers(law.book, live), list_carriers(law.book, live)):
        turned: dict[str, set[str]] = defaultdict(set)
        for name, rule in found.items():
            turned[rule].add(name)
        out.append({rule: frozenset(names) for rule, names in turned.items()})
    return out[0], out[1]


def chosen(law: Law, live: Iterable[str], only: Sequence[str] = ()) -> list[str]:
    """Rules in force (or those whose id begins so), each after what it reads."""
    alive = set(live)
    names = (name for name in law.book.order if name in alive and name in law.book.rules)
    return [name for name in names if not only or name.startswith(tuple(only))]


def place_of(law: Law, rule: str) -> Path:
    """The golden file of a rule: named after its file of rules, in the same pack."""
    at = law.book.rules[rule].at
    assert at is not None
    file = Path(str(at.file))
    return file.parent.parent / FOLDER / f"{file.stem}.cases"


def packs_of(law: Law) -> tuple[str, ...]:
    """The packs that were read together; lists of a user's own are none."""
    return tuple(name for name in law.versions if not name.startswith("list:"))


def load_chapters(law: Law, faults: list[Fault]) -> dict[str, Chapter]:
    """The chapters of all golden files of a law, by rule; whatever cannot be read is added to `faults`."""
    out: dict[str, Chapter] = {}
    for path in book_files(law.folders):
        out.update((chapter.rule, chapter) for chapter in read_book(law.book, path, faults))
    return out


def generate(
    law: Law, on: date = CASE_DAY, *, only: Sequence[str] = (), fresh: bool = False, timeout: float = 10.0,
    progress: Progress = None,
) -> dict[str, Chapter]:  # fmt: skip
    """Chapters for all rules in force on a day (or those whose id begins so).

    The solver looks for what the golden files do not show yet; `fresh` makes every case anew.
    """
    machine = Machine(law, on)
    statements = load_statements(law)
    prover = Prover(
        law.book, on, statements=statement_nodes(statements), timeout=timeout, program=machine.program,
        complete=lambda facts: machine.complete(facts)[0],
    )  # fmt: skip

    def because(axiom: str) -> str:
        sort, _, name = axiom.partition(":")
        return statements[name].why if sort == "state" else axiom_words(law, axiom)

    inside, lists = carried(law, machine.program.live)
    generator = Generator(prover, lambda facts: machine.complete(facts)[0], inside, lists, because)
    # A file that cannot be read is made anew; `pack cases` says what is wrong with it.
    old = {} if fresh else load_chapters(law, [])
    names = chosen(law, machine.program.live, only)
    out: dict[str, Chapter] = {}
    for number, name in enumerate(names, 1):
        before = old.get(name)
        out[name] = generator.chapter(name, before if before is not None and before.on == on else None)
        if progress is not None:
            progress(number, len(names))
    return out


def texts(law: Law, made: Mapping[str, Chapter], on: date = CASE_DAY, whole: bool = True) -> dict[Path, str | None]:
    """What the golden files are with these chapters; None for a file of which nothing is left.

    When not the `whole` law was made, the chapters of other rules stay as they are.
    """
    chapters = dict(made) if whole else {**load_chapters(law, []), **made}
    files: dict[Path, list[Chapter]] = {path: [] for path in book_files(law.folders)} if whole else {}
    touched = {place_of(law, name) for name in made}
    for name in law.book.rules:
        if name in chapters and (path := place_of(law, name)) in touched:
            files.setdefault(path, []).append(chapters[name])
    return {
        path: write_book(law.book, several, on, packs_of(law)) if several else None for path, several in files.items()
    }


def keep(wanted: Mapping[Path, str | None]) -> list[Path]:
    """Write files that differ from what is there, remove those of which nothing is left; says which."""
    changed = [path for path in wanted if _now(path) != (wanted[path] or "")]
    for path in changed:
        text = wanted[path]
        if text is None:
            path.unlink()
        else:
            write_bytes(path, text.encode())
    return changed


def differences(wanted: Mapping[Path, str | None]) -> list[str]:
    """Lines of a unified diff from what the files are to what they should be; none where nothing differs."""
    out: list[str] = []
    for path, text in wanted.items():
        before, after = _now(path).splitlines(), (text or "").splitlines()
        out += difflib.unified_diff(before, after, str(path), f"{path}（重新生成）", lineterm="", n=2)
    return out


def _now(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    except OSError as error:
        raise InputFault(Fault("C037", f"用例文件读不了：{error.strerror}", None, f"检查 {path} 的权限")) from None
