"""Operations on 64-bit words whose bits are neighbouring sites of a row: each is one or a few machine instructions."""

import platform
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.simd import WORDS, any_bit, load, next_words, repeat, store

UNCHECKED = 8  # digits after which some of 256 bits are still undecided in most vectors: LLVM unrolls that many
BITS_OF_BYTES = WORD(0x0102040810204080)  # times eight bytes of 0 or 1: their bits come together at the top


def _instruction(name: str, arguments: int) -> Callable[..., Any]:
    """A function of words that LLVM turns into one instruction."""
    word = ir.IntType(64)

    def codegen(context, builder, signature, values):
        kind = ir.FunctionType(word, [word] * arguments)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)

    if arguments == 1:

        @intrinsic
        def of_one(typing_context, x):
            return types.uint64(types.uint64), codegen

        return of_one

    @intrinsic
    def of_two(typing_context, x, y):
        return types.uint64(types.uint64, types.uint64), codegen

    return of_two


popcount = _instruction("llvm.ctpop.i64", 1)


@numba.njit(inline="always")
def _deposit_one_by_one(x, mask):
    """The lowest bits of x at the places of the bits of mask, in their order."""
    placed = WORD(0)
    while mask:
        lowest = mask & (WORD(0) - mask)
        placed |= lowest & (WORD(0) - (x & WORD(1)))
        x >>= WORD(1)
        mask ^= lowest
    return placed


def _has_deposit() -> bool:
    known = platform.machine().lower() in ("x86_64", "amd64")
    return known and bool(binding.get_host_cpu_features().get("bmi2", False))


deposit = _instruction("llvm.x86.bmi.pdep.64", 2) if _has_deposit() else _deposit_one_by_one


@numba.njit(inline="always")
def fill(changes, value):
    """Every bit is `value` (0 or 1) until the first change, and is turned at each change."""
    for step in range(6):
        changes ^= changes << WORD(1 << step)
    return changes ^ (WORD(0) - value)


@numba.njit(inline="always")
def first_of_each(bits, begins):
    """The lowest of the bits in each stretch from one begin to before the next; bit 0 must be a begin."""
    through = ~bits & ~(begins >> WORD(1)) & ~(WORD(1) << WORD(63))  # a carry from each begin stops within its stretch
    return ((through + begins) ^ through) & bits


@numba.njit(inline="always")
def bits_of_bytes(eight, plane):
    """Bit `plane` of each of the eight bytes of a word, as the lowest eight bits."""
    return (((eight >> plane) & WORD(0x0101010101010101)) * BITS_OF_BYTES) >> WORD(56)


@numba.njit(inline="always")
def words_from(array, first):
    """The 64 bits of an array of words from bit number `first` on."""
    word, shift = first >> WORD(6), first & WORD(63)
    return (array[word] >> shift) | ((array[word + WORD(1)] << (WORD(63) - shift)) << WORD(1))


@numba.njit
def draw_bits(out, threshold, state):
    """Fill `out`, whole vectors, with bits that are each 1 with probability threshold / 2^64: compared digit by digit.

    state (4 * WORDS,) changes in place.
    """
    a, b, c, d = load(state, WORD(0)), load(state, WORD(1)), load(state, WORD(2)), load(state, WORD(3))
    ones = repeat(~WORD(0))
    for k in range(out.size // WORDS):
        left, below, digits = ones, ones ^ ones, threshold
        for _ in range(UNCHECKED):
            random, a, b, c, d = next_words(a, b, c, d)
            bit = repeat(WORD(0) - (digits >> WORD(63)))
            differs = bit ^ random
            below, left, digits = below | (left & bit & differs), left & ~differs, digits << WORD(1)
        while digits != WORD(0) and any_bit(left):
            random, a, b, c, d = next_words(a, b, c, d)
            bit = repeat(WORD(0) - (digits >> WORD(63)))
            differs = bit ^ random
            below, left, digits = below | (left & bit & differs), left & ~differs, digits << WORD(1)
        store(out, WORD(k), below)
    store(state, WORD(0), a)
    store(state, WORD(1), b)
    store(state, WORD(2), c)
    store(state, WORD(3), d)


@numba.njit
def draw_words(out, vectors, state):
    """Fill the first `vectors` vectors of `out` with random words; state (4 * WORDS,) changes in place."""
    a, b, c, d = load(state, WORD(0)), load(state, WORD(1)), load(state, WORD(2)), load(state, WORD(3))
    for k in range(vectors):
        random, a, b, c, d = next_words(a, b, c, d)
        store(out, WORD(k), random)
    store(state, WORD(0), a)
    store(state, WORD(1), b)
    store(state, WORD(2), c)
    store(state, WORD(3), d)
