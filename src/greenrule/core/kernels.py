"""Compiled loops: the one way in which numba is used in this house.

Compiled code is kept beside the module (in the user's cache where that cannot be written, nowhere where neither can), so
that only the first call on a machine waits for the compiler.  numba asks only the file of a kernel whether it has changed, not the files
of the kernels that it calls or of the numbers that it names; an edited predicate would leave stale machine code in its
callers.  Here every kernel carries the digest of all sources with kernels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])

#: What a module of kernels says, and the modules without any whose numbers and instructions are compiled in.
_SIGN, _NUMBERS = "import kernel\n", ("spatial/index/limits.py", "core/lanes.py")


@lru_cache(maxsize=1)
def sources_digest() -> str:
    """Digest of every module whose functions or numbers are compiled."""
    folder = Path(__file__).parents[1]
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        if _SIGN in text or name in _NUMBERS or name == "core/kernels.py":
            digest.update(f"{name}\n{text}".encode())
    return digest.hexdigest()


def kernel(function: _F) -> _F:
    """Compile a function over arrays and numbers; it runs without the interpreter's lock."""
    try:
        made: Any = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder that numba may write to
        return cast(_F, numba.njit(nogil=True)(function))
    # numba has no public hook for this; a test holds it to what numba keeps.
    made._cache._cache_file._source_stamp = sources_digest()
    return cast(_F, made)
