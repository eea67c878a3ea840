"""Compiled loops: the one way in which numba is used on this floor.

Compiled code is kept beside the module (or in the user's cache where that cannot be written), so that only the first
call on a machine waits for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])


def kernel(function: _F) -> _F:
    """Compile a function over arrays and numbers; it runs without the interpreter's lock."""
    return cast(_F, numba.njit(cache=True, nogil=True)(function))
