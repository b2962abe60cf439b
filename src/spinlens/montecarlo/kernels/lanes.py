"""LANES float32 or uint32 numbers as a value in compiled code, one replica a lane; the same idea as `simd`.

Operations round as IEEE 754 says and `fma` rounds once, so that results are the same on every processor.
"""

import operator
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, overload, register_model

LANES = 16  # one AVX-512 register; LLVM splits it elsewhere
HALF, REAL = np.uint32, np.float32
VECTORS = {
    "Reals": ir.VectorType(ir.FloatType(), LANES),
    "Halves": ir.VectorType(ir.IntType(32), LANES),
}


class _Reals(types.Type):
    """float32 lanes."""

    def __init__(self) -> None:
        super().__init__(name=f"Reals({LANES})")


class _Halves(types.Type):
    """uint32 lanes."""

    def __init__(self) -> None:
        super().__init__(name=f"Halves({LANES})")


REALS, HALVES = _Reals(), _Halves()
OF = {REALS: VECTORS["Reals"], HALVES: VECTORS["Halves"]}


@register_model(_Reals)
class _RealsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, OF[REALS])


@register_model(_Halves)
class _HalvesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, OF[HALVES])


def _memory(kind: types.Type) -> tuple[Any, Any, Any]:
    """load(array, first), store(array, first, value), repeat(number): lanes first to first + LANES; no bounds check."""
    vector, single = OF[kind], types.float32 if kind is REALS else types.uint32

    def place(context: Any, builder: Any, array_type: Any, array: Any, first: Any) -> Any:
        data = context.make_array(array_type)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [first]), vector.as_pointer())

    @intrinsic
    def load(typing_context, array, first):
        def codegen(context, builder, signature, arguments):
            value = builder.load(place(context, builder, signature.args[0], *arguments))
            value.align = 4
            return value

        return kind(array, first), codegen

    @intrinsic
    def store(typing_context, array, first, value):
        def codegen(context, builder, signature, arguments):
            to = place(context, builder, signature.args[0], *arguments[:2])
            builder.store(arguments[2], to).align = 4
            return context.get_dummy_value()

        return types.none(array, first, value), codegen

    @intrinsic
    def repeat(typing_context, number):
        def codegen(context, builder, signature, arguments):
            nothing, index = ir.Constant(vector, ir.Undefined), ir.IntType(32)
            one = builder.insert_element(nothing, arguments[0], ir.Constant(index, 0))
            return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(index, LANES), [0] * LANES))

        return kind(single), codegen

    return load, store, repeat


load_reals, store_reals, reals = _memory(REALS)
load_halves, store_halves, halves = _memory(HALVES)


def _operator(operation: Callable[..., Any], instruction: str, kind: types.Type) -> None:
    @intrinsic
    def apply(typing_context, first, second):
        def codegen(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments)

        return kind(first, second), codegen

    @overload(operation)
    def typed(first, second):
        if first is second is kind:
            return lambda first, second: apply(first, second)
        return None


for _operation, _real, _half in (
    (operator.add, "fadd", "add"),
    (operator.sub, "fsub", "sub"),
    (operator.mul, "fmul", None),
    (operator.truediv, "fdiv", None),
    (operator.and_, None, "and_"),
    (operator.or_, None, "or_"),
    (operator.xor, None, "xor"),
    (operator.lshift, None, "shl"),
    (operator.rshift, None, "lshr"),
):
    if _real:
        _operator(_operation, _real, REALS)
    if _half:
        _operator(_operation, _half, HALVES)


def _conversion(instruction: str, to: types.Type) -> Any:
    @intrinsic
    def convert(typing_context, value):
        def codegen(context, builder, signature, arguments):
            return getattr(builder, instruction)(arguments[0], OF[to])

        return to(value), codegen

    return convert


unsigned_to_real, signed_to_real = _conversion("uitofp", REALS), _conversion("sitofp", REALS)
real_to_signed, bits_to_real, real_to_bits = (
    _conversion("fptosi", HALVES),
    _conversion("bitcast", REALS),
    _conversion("bitcast", HALVES),
)


def _function(name: str, arguments: int) -> Any:
    """An LLVM function of vectors of float32."""
    vector = OF[REALS]

    def codegen(context, builder, signature, values):
        kind = ir.FunctionType(vector, [vector] * arguments)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"{name}.v{LANES}f32"), values)

    if arguments == 1:

        @intrinsic
        def of_one(typing_context, x):
            return REALS(x), codegen

        return of_one

    @intrinsic
    def of_three(typing_context, x, y, z):
        return REALS(x, y, z), codegen

    return of_three


fma = _function("llvm.fma", 3)  # x y + z
absolute = _function("llvm.fabs", 1)
root = _function("llvm.sqrt", 1)


@intrinsic
def where_less(typing_context, first, second, yes, no):
    """yes where first < second, else no, lane by lane."""

    def codegen(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered("<", arguments[0], arguments[1]), arguments[2], arguments[3])

    return REALS(first, second, yes, no), codegen


@intrinsic
def bits_less(typing_context, first, second):
    """A word whose bit k is 1 where first < second in lane k."""

    def codegen(context, builder, signature, arguments):
        bits = builder.bitcast(builder.fcmp_ordered("<", *arguments), ir.IntType(LANES))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(first, second), codegen


@intrinsic
def where_bit(typing_context, word, yes, no):
    """yes in lane k where bit k of the word is 1, else no."""

    def codegen(context, builder, signature, arguments):
        low = builder.trunc(arguments[0], ir.IntType(LANES))
        return builder.select(builder.bitcast(low, ir.VectorType(ir.IntType(1), LANES)), arguments[1], arguments[2])

    return REALS(types.uint64, yes, no), codegen


@numba.njit(inline="always")
def next_halves(a, b, c, counter):
    """(random lanes, state): a step of SFC32 in every lane (C. Doty-Humphrey, PractRand)."""
    random = a + b + counter
    rotated = (c << halves(HALF(21))) | (c >> halves(HALF(11)))
    return random, b ^ (b >> halves(HALF(9))), c + (c << halves(HALF(3))), rotated + random, counter + halves(HALF(1))


@numba.njit(inline="always")
def uniform_reals(random):
    """Numbers above 0 up to 1 from random words."""
    return fma(unsigned_to_real(random), reals(REAL(2.0**-32)), reals(REAL(2.0**-33)))


@numba.njit(inline="always")
def power_of_two(x):
    """2^x for x <= 0, from 2^-60 for all below; relative error below 3e-7 (Taylor of degree 6 about whole numbers)."""
    x = where_less(x, reals(REAL(-60)), reals(REAL(-60)), x)
    whole = real_to_signed(x - reals(REAL(0.5)))  # towards 0: the nearest of numbers up to 0
    f = x - signed_to_real(whole)
    p = reals(REAL(1.5403530393381606e-4))
    p = fma(p, f, reals(REAL(1.3333558146428443e-3)))
    p = fma(p, f, reals(REAL(9.6181291076284771e-3)))
    p = fma(p, f, reals(REAL(5.5504108664821580e-2)))
    p = fma(p, f, reals(REAL(2.4022650695910071e-1)))
    p = fma(p, f, reals(REAL(6.9314718055994531e-1)))
    p = fma(p, f, reals(REAL(1.0)))
    return bits_to_real(real_to_bits(p) + (whole << halves(HALF(23))))
