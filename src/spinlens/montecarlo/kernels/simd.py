"""A machine vector of WORDS 64-bit words as a value in compiled code: one bit a replica, held in registers.

Numba turns loops over words into vector code only when it can prove enough, and keeps their state in memory. A vector
type of its own leaves nothing to prove.
"""

import operator
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, overload, register_model

WORD = np.uint64
WORDS = 4  # one AVX2 register; LLVM splits or joins it elsewhere
LANES = 64 * WORDS
VECTOR = ir.VectorType(ir.IntType(64), WORDS)


class _Words(types.Type):
    """The type of such a vector."""

    def __init__(self) -> None:
        super().__init__(name=f"Words({WORDS})")


WORDS_TYPE = _Words()


@register_model(_Words)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, VECTOR)


def _place(context: Any, builder: Any, array_type: Any, array: Any, row: Any) -> Any:
    """Pointer to row `row` of a one-dimensional array of words seen as rows of WORDS."""
    data = context.make_array(array_type)(context, builder, array).data
    index = builder.mul(row, ir.Constant(row.type, WORDS))
    return builder.bitcast(builder.gep(data, [index]), VECTOR.as_pointer())


@intrinsic
def load(typing_context, array, row):
    """The vector array[WORDS * row : WORDS * (row + 1)]; no bounds check."""

    def codegen(context, builder, signature, arguments):
        value = builder.load(_place(context, builder, signature.args[0], *arguments))
        value.align = 8
        return value

    return WORDS_TYPE(array, row), codegen


@intrinsic
def store(typing_context, array, row, value):
    """Write the vector to array[WORDS * row : WORDS * (row + 1)]; no bounds check."""

    def codegen(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place).align = 8
        return context.get_dummy_value()

    return types.none(array, row, value), codegen


@intrinsic
def prefetch(typing_context, array, index):
    """Bring the cache line of a contiguous array's entry near, index counted flat; changes nothing, no bounds check."""

    def codegen(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch")
        builder.call(function, [place, *(ir.Constant(number, value) for value in (0, 3, 1))])  # to read, near, data
        return context.get_dummy_value()

    return types.none(array, index), codegen


@intrinsic
def repeat(typing_context, word):
    """The vector with this uint64 in every place."""

    def codegen(context, builder, signature, arguments):
        nothing, lane = ir.Constant(VECTOR, ir.Undefined), ir.IntType(32)
        first = builder.insert_element(nothing, arguments[0], ir.Constant(lane, 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(lane, WORDS), [0] * WORDS))

    return WORDS_TYPE(types.uint64), codegen


@intrinsic
def any_bit(typing_context, value):
    """Whether any bit of the vector is set."""

    def codegen(context, builder, signature, arguments):
        kind, name = ir.FunctionType(ir.IntType(64), [VECTOR]), f"llvm.vector.reduce.or.v{WORDS}i64"
        joined = builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)
        return builder.icmp_unsigned("!=", joined, ir.Constant(joined.type, 0))

    return types.boolean(value), codegen


def _binary(operation: Callable[..., Any], instruction: str) -> None:
    """Let the operator act on two vectors by one LLVM instruction."""

    @intrinsic
    def apply(typing_context, first, second):
        def codegen(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments)

        return WORDS_TYPE(first, second), codegen

    @overload(operation)
    def typed(first, second):
        if first is second is WORDS_TYPE:
            return lambda first, second: apply(first, second)
        return None


for _operation, _instruction in (
    (operator.and_, "and_"),
    (operator.or_, "or_"),
    (operator.xor, "xor"),
    (operator.add, "add"),
    (operator.lshift, "shl"),
    (operator.rshift, "lshr"),
):
    _binary(_operation, _instruction)


@overload(operator.invert)
def _invert(value):
    if value is not WORDS_TYPE:
        return None
    return lambda value: value ^ repeat(~WORD(0))


@numba.njit(inline="always")
def next_words(a, b, c, counter):
    """(random vector, state): a step of SFC64 in every word (C. Doty-Humphrey, PractRand; NumPy's SFC64)."""
    random = a + b + counter
    rotated = (c << repeat(WORD(24))) | (c >> repeat(WORD(40)))
    return random, b ^ (b >> repeat(WORD(11))), c + (c << repeat(WORD(3))), rotated + random, counter + repeat(WORD(1))
