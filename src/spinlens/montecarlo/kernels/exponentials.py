"""Exponential deviates in bulk, and the search for a time among ascending ones, eight at once."""

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spinlens.montecarlo.kernels.scalar import WORD, advance

EIGHT = ir.VectorType(ir.DoubleType(), 8)


@numba.njit(error_model="numpy", fastmath={"contract", "arcp"})
def fill_exponentials(draws, bits, raw, state):
    """Fill draws with independent deviates of mean 1: minus the logarithm of a uniform number in (0, 1), to 1e-14.

    bits: the same memory as uint64. raw: as many words, of which LLVM can see that they lie elsewhere, so that the
    loops become vector code. state (4,): the random stream. The logarithm is 2 atanh of (m - 1) / (m + 1) for m in
    [1 / sqrt 2, sqrt 2), by its power series, and ln 2 times the exponent.
    """
    a, b, c, counter = state[0], state[1], state[2], state[3]
    for i in range(len(raw)):
        random, a, b, c, counter = advance(a, b, c, counter)
        raw[i] = random
    state[0], state[1], state[2], state[3] = a, b, c, counter
    for i in range(len(raw)):
        draws[i] = np.float64(np.int64(raw[i] >> WORD(11))) + 0.5
    for i in range(len(raw)):
        word = bits[i]
        exponent = ((word + WORD(0x95F619980C433)) >> WORD(52)) - WORD(1023)
        raw[i] = exponent
        bits[i] = word - (exponent << WORD(52))
    for i in range(len(raw)):
        z = (draws[i] - 1.0) / (draws[i] + 1.0)
        y = z * z
        series = (((2.0 / 15 * y + 2.0 / 13) * y + 2.0 / 11) * y + 2.0 / 9) * y + 2.0 / 7
        series = ((series * y + 2.0 / 5) * y + 2.0 / 3) * y + 2.0
        draws[i] = -((np.int64(raw[i]) - 53) * 0.6931471805599453 + z * series)


@intrinsic
def count_passed(typing_context, times, first, time):
    """How many of the eight ascending times from times[first] on come before the first that is later than `time`."""

    def codegen(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), EIGHT.as_pointer())
        value = builder.load(place)
        value.align = 8
        nothing, lane, long = ir.Constant(EIGHT, ir.Undefined), ir.IntType(32), ir.IntType(64)
        one = builder.insert_element(nothing, arguments[2], ir.Constant(lane, 0))
        all_ = builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(lane, 8), [0] * 8))
        later = builder.bitcast(builder.fcmp_ordered(">", value, all_), ir.IntType(8))
        stopped = builder.or_(builder.zext(later, long), ir.Constant(long, 256))
        kind = ir.FunctionType(long, [long, ir.IntType(1)])
        zeros = cgutils.get_or_insert_function(builder.module, kind, "llvm.cttz.i64")
        return builder.call(zeros, [stopped, ir.Constant(ir.IntType(1), 1)])

    return types.int64(times, first, time), codegen


@numba.njit(inline="always")
def find_piece(ends, piece, time):
    """The first piece from `piece` on that ends later than `time`; there is one before the array's last eight."""
    passed = count_passed(ends, piece, time)
    piece += passed
    while passed == 8:
        passed = count_passed(ends, piece, time)
        piece += passed
    return piece
