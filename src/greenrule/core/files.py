"""Files that appear whole or not at all: written to a temporary neighbour, flushed to the disk, renamed into place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_file(path: Path, data: bytes, rights: int = 0o666) -> None:
    """Put `data` at `path` (not a link, its folder exists); an existing file stays as it was until the new one is complete.

    `rights` are those of the new file, less the user's mask: the ones any new file gets, not a temporary file's.
    Errors: OSError as the system raises it; nothing is left behind then.
    """
    # A name of its own: the target's may already be as long as names can be.
    temporary = path.parent / f".greenrule-{secrets.token_hex(8)}.tmp"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def cache_folder() -> Path | None:
    """Where what can be made again is kept between runs (compiled rulebooks, compiled loops); None when the user wants none.

    `GREENRULE_CACHE=off` does without, another value names a folder; else it is the user's own cache folder.
    """
    wish = os.environ.get("GREENRULE_CACHE", "")
    if wish.lower() in ("off", "0", "no"):
        return None
    if wish:
        return Path(wish)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "greenrule"
    except RuntimeError:  # no home directory
        return None
