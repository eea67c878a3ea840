"""How kernels are compiled: numba, without the interpreter's lock, kept on disk so that a machine compiles them once.

numba asks only the file of a kernel whether it has changed, not the files of the kernels it calls; an edited
predicate would leave stale machine code in its callers.  Here every kernel carries the digest of all kernel sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba

#: The modules whose functions are compiled.
SOURCES = ("compiling.py", "limits.py", "predicates.py", "arcs.py", "sets.py", "laying.py", "asking.py", "meeting.py")


@lru_cache(maxsize=1)
def stamp() -> str:
    """Digest of the sources of all kernels."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call; later processes load the machine code from numba's cache."""
    made = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    # No public hook exists; a test holds this to what numba writes.
    made._cache._cache_file._source_stamp = stamp()
    return made
