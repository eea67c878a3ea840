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
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_F = TypeVar("_F", bound=Callable[..., Any])

#: What a module of kernels says, and the modules without any whose numbers and instructions are compiled in.
_SIGN, _NUMBERS = "from greenrule.core.kernels import", ("spatial/index/limits.py", "core/lanes.py")


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
    return _compiled(function)


def inner(function: _F) -> _F:
    """`kernel` for what only kernels call and what makes no array: its arrays are not counted in and out at each call,
    which costs more than many a look."""
    return _compiled(function, _nrt=False)


def _compiled(function: _F, **more: Any) -> _F:
    try:
        made: Any = numba.njit(cache=True, nogil=True, **more)(function)
    except RuntimeError:  # no folder that numba may write to
        return cast(_F, numba.njit(nogil=True, **more)(function))
    # numba has no public hook for this; a test holds it to what numba keeps.
    made._cache._cache_file._source_stamp = sources_digest()
    return cast(_F, made)


def _fetching(_: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        made = context.make_array(kind)(context, builder, arguments[0])
        step = builder.extract_value(made.strides, 0)
        start = builder.ptrtoint(made.data, context.get_value_type(types.intp))
        address = builder.inttoptr(builder.add(start, builder.mul(arguments[1], step)), cgutils.voidptr_t)
        flag = ir.IntType(32)
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [cgutils.voidptr_t], ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        )
        # For reading, to be kept in all caches, data.
        builder.call(prefetch, [address, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


#: Inside kernels, `fetch_ahead(array, k)`: the processor fetches array[k] (row k) while other work goes on.  Nothing
#: happens where there is no such place.
fetch_ahead = cast(Callable[[Any, Any], None], intrinsic(_fetching))
