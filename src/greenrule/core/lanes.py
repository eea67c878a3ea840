"""Sixty-four values at a time: comparisons of values that lie in a row in memory, as the bits of one word.

What compilers make of such a loop written out is ten times slower than the instruction that processors have for it.  Only for
kernels; addresses are taken at their word, so whoever calls sees to it that 64 values lie there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 64


def _loaded(builder: Any, address: Any, of: Any) -> Any:
    """The 64 values of an LLVM type that begin at an address, wherever that lies."""
    row = ir.VectorType(of, LANES)
    found = builder.load(builder.inttoptr(address, ir.PointerType(row)))
    found.align = 1
    return found


def _repeated(builder: Any, value: Any) -> Any:
    """One value 64 times."""
    row = ir.VectorType(value.type, LANES)
    first = builder.insert_element(ir.Constant(row, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return builder.shuffle_vector(first, ir.Constant(row, ir.Undefined), places)


def _instruction(write: Callable[..., Any]) -> Any:
    """A function of kernels whose instructions `write` says; it is called with the arguments behind the first."""
    return intrinsic(write)


def _masked(value: Any) -> Callable[..., Any]:
    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.IntType(value.bitwidth)
        both = builder.and_(_loaded(builder, args[0], kind), _repeated(builder, args[1]))
        some = builder.icmp_unsigned("!=", both, ir.Constant(ir.VectorType(kind, LANES), None))
        return builder.bitcast(some, ir.IntType(LANES))

    return write


@_instruction
def bytes_with(typing: Any, address: Any, mask: Any) -> Any:
    """Word whose bit i says whether byte i at `address` has any bit of `mask` (uint8)."""
    return types.uint64(types.int64, types.uint8), _masked(types.uint8)


@_instruction
def shorts_with(typing: Any, address: Any, mask: Any) -> Any:
    """Word whose bit i says whether the 16-bit number i at `address` has any bit of `mask` (uint16)."""
    return types.uint64(types.int64, types.uint16), _masked(types.uint16)


@_instruction
def wholes_from(typing: Any, address: Any, bound: Any) -> Any:
    """Word whose bit i says whether the 64-bit whole number i at `address` is `bound` (int64) or more."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.icmp_signed(">=", _loaded(builder, args[0], ir.IntType(64)), _repeated(builder, args[1]))
        return builder.bitcast(found, ir.IntType(LANES))

    return types.uint64(types.int64, types.int64), write


@_instruction
def floats_from(typing: Any, address: Any, bound: Any) -> Any:
    """Word whose bit i says whether the 64-bit float i at `address` is `bound` or more; NaN is not."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.fcmp_ordered(">=", _loaded(builder, args[0], ir.DoubleType()), _repeated(builder, args[1]))
        return builder.bitcast(found, ir.IntType(LANES))

    return types.uint64(types.int64, types.float64), write


@_instruction
def short_whole(typing: Any, address: Any) -> Any:
    """The 32-bit whole number at an address."""

    def write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.load(builder.inttoptr(args[0], ir.PointerType(ir.IntType(32))))
        found.align = 1
        return builder.sext(found, ir.IntType(64))

    return types.int64(types.int64), write


def _adding(bits: int) -> Any:
    def write(typing: Any, address: Any, word: Any, weight: Any) -> Any:
        def instructions(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.IntType(bits)
            row = ir.VectorType(kind, LANES)
            chosen = builder.bitcast(args[1], ir.VectorType(ir.IntType(1), LANES))
            more = builder.select(chosen, _repeated(builder, args[2]), ir.Constant(row, None))
            found = builder.add(_loaded(builder, args[0], kind), more)
            builder.store(found, builder.inttoptr(args[0], ir.PointerType(row)), align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.uint64, getattr(types, f"uint{bits}")), instructions

    return _instruction(write)


#: Add a weight (uint8) to those of the 64 bytes at an address whose bits are set in a word.
add_to_bytes = _adding(8)
#: The same for 64 numbers of 32 bits, weight uint32.
add_to_words = _adding(32)
