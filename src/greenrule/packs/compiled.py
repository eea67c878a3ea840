"""Keep a linked rulebook between runs, so that asking one question does not mean reading the whole law again.

The cache is keyed by the digests of the packs, of the user's lists and of the code that reads them; it is a convenience only:
whatever is wrong with it (unreadable, older, damaged, a read-only home) means reading the packs.  It lives in the user's own
cache folder with the trust of compiled Python files; `GREENRULE_CACHE=off` does without it, another value names a folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
from collections.abc import Iterable
from pathlib import Path

from greenrule.core.files import cache_folder, replace_file
from greenrule.packs.book import Law, default_packs, load_book, pack_digest


def _code_stamp() -> str:
    """Changes whenever the code that reads packs changes."""
    root = Path(__file__).resolve().parents[1]
    total = hashlib.sha256(sys.version.encode())
    for folder in ("core", "rules", "packs"):
        for path in sorted((root / folder).glob("*.py")):
            stat = path.stat()
            total.update(f"{folder}/{path.name}:{stat.st_size}:{stat.st_mtime_ns};".encode())
    return total.hexdigest()


def load_law(folders: Iterable[Path] | None = None, extra_lists: Iterable[Path] = ()) -> Law:
    """Like `load_book`, from the cache where nothing has changed.

    Errors: those of `load_book`; packs with faults are never cached.
    """
    paths = tuple(folders) if folders is not None else default_packs()
    lists = tuple(extra_lists)
    place = cache_folder()
    if place is None:
        return load_book(paths, lists)
    marks = [_code_stamp(), *(f"{path}={pack_digest(path)}" for path in paths if path.is_dir())]
    marks += [hashlib.sha256(path.read_bytes()).hexdigest() for path in lists if path.is_file()]
    file = place / f"law-{hashlib.sha256('|'.join(marks).encode()).hexdigest()[:32]}.pickle"
    with contextlib.suppress(Exception):  # any fault of the cache means: read the packs
        with file.open("rb") as stream:
            found = pickle.load(stream)
        if isinstance(found, Law):
            return found
    law = load_book(paths, lists)
    with contextlib.suppress(OSError):
        _store(file, law)
    return law


def _store(file: Path, law: Law) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Reading a pickle runs it: nobody but the user may write here, whatever the folder and the mask allow.
    replace_file(file, pickle.dumps(law, protocol=pickle.HIGHEST_PROTOCOL), rights=0o600)
    # Old compilations are of no use to anybody; a handful is kept for people who switch between packs.
    kept = sorted(file.parent.glob("law-*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[6:]:
        with contextlib.suppress(OSError):
            old.unlink()
