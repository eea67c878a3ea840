"""How loops are compiled: numba, without the interpreter's lock, kept on disk so that a machine compiles them once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numba

from greenrule.core.files import cache_folder


@lru_cache(maxsize=1)
def _folder() -> str | None:
    """Where compiled code is kept: our own cache folder, for an installation may be read-only; None where nothing can be."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        (folder / "numba").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder / "numba")


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call; later processes load the machine code.

    A compiled function calls no other one: numba asks only a function's own file whether it has changed.
    """
    chosen = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    folder = chosen or _folder()
    # numba reads the setting when a function is decorated; it is put back, for others have their own mind about it.
    numba.config.CACHE_DIR = folder or ""  # type: ignore[attr-defined]
    try:
        made: Callable[..., Any] = numba.njit(nogil=True, cache=folder is not None, boundscheck=False)(function)
    finally:
        numba.config.CACHE_DIR = chosen  # type: ignore[attr-defined]
    return made
