"""How large the fused kernels' tiles are: what each card may be tried with, and what was found the fastest there.

Compiled ahead of time by Triton 3.7 (`python -m tests.bench.bench_kernels` prints the table): shared memory is no
limit, at most 28 KiB of the 99 KiB that the smallest cards give a block; registers are. The first choice of each kind
spills nothing in 16 bits up to rank 32 and lets at least two blocks share a multiprocessor. A limit on registers
where a kernel has one keeps the compiler from taking a few more for a smaller occupancy, or fewer and spilling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from studio.core.methods.mixlora import LEAST_RANK

ACTIVATIONS = {"silu": 0, "gelu_tanh": 1, "gelu": 2, "relu": 3}
"""The kernels' number of each activation that they know."""

EXPERT_PROGRAMS, MOST_PARTS = 1024, 4
"""The kernel over experts is divided into parts of their tokens until it has so many programs."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """One program's share: `tokens` by `inner` elements at a time, computed by `warps` of 32 threads.

    `registers`: the most that a thread may take; None leaves it to the compiler.
    """

    tokens: int
    inner: int
    warps: int
    registers: int | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """The blocks of the kernels over tokens, forward and backward, of as many tokens each, and over experts."""

    forward: Blocks
    backward: Blocks
    experts: Blocks


@dataclass(frozen=True, slots=True)
class Kind:
    """What tiles are chosen for: `slots` experts a token of `rank`, the products' type, with dropout or without."""

    slots: int
    rank: int
    dtype: torch.dtype
    dropout: bool


_fastest: dict[Kind, Tiles] = {}


def choose(kind: Kind, tiles: Tiles) -> None:
    """Use these tiles from here on, in this process."""
    _fastest[kind] = tiles


def tiles_for(kind: Kind) -> Tiles:
    """Return the tiles that were chosen, or else those that suit every card."""
    return _fastest.get(kind) or first_tiles(kind)


def first_tiles(kind: Kind) -> Tiles:
    """Return the tiles with which nothing spills and two blocks share a multiprocessor, where there are such."""
    forward, backward = _over_tokens(kind)[0]
    return Tiles(forward, backward, _over_experts(kind)[0])


def candidates(kind: Kind, best: Tiles) -> Iterator[Tiles]:
    """Yield `best` with the kernels over tokens changed to each other choice."""
    for forward, backward in _over_tokens(kind):
        if backward != best.backward:
            yield replace(best, forward=forward, backward=backward)


def candidates_over_experts(kind: Kind, best: Tiles) -> Iterator[Tiles]:
    """Yield `best` with the kernel over experts changed to each other choice."""
    for experts in _over_experts(kind):
        if experts != best.experts:
            yield replace(best, experts=experts)


def _over_tokens(kind: Kind) -> list[tuple[Blocks, Blocks]]:
    if kind.dtype == torch.float32:  # operands are twice as wide
        return _alike(Blocks(16, 32, 4), Blocks(16, 32, 8))
    if kind.slots * padded_rank(kind.rank) > 64:
        return _alike(Blocks(16, 32, 4), Blocks(16, 32, 8))
    small = (Blocks(16, 64, 4, 168), Blocks(16, 64, 4))
    return [small, *_alike(Blocks(16, 32, 2)), (Blocks(32, 64, 8, 128), Blocks(32, 64, 8))]


def _alike(*blocks: Blocks) -> list[tuple[Blocks, Blocks]]:
    return [(each, each) for each in blocks]


def _over_experts(kind: Kind) -> list[Blocks]:
    """This kernel holds six [rank, inner] tensors throughout."""
    if kind.dtype == torch.float32:
        return [Blocks(16, 32, 4), Blocks(16, 32, 8)]
    if padded_rank(kind.rank) > 32:
        return [Blocks(16, 32, 4), Blocks(32, 32, 8)]
    return [Blocks(32, 64, 8, 128), Blocks(16, 64, 4, 128)]


def expert_parts(inner: int, experts: int, blocks: Blocks) -> int:
    """Return into how many parts each expert's tokens are divided.

    A small model has too few programs for a card: there one expert with most of the tokens would be one long program.
    """
    programs = max(1, -(-inner // blocks.inner) * experts)
    return min(MOST_PARTS, max(1, -(-EXPERT_PROGRAMS // programs)))


def padded_rank(rank: int) -> int:
    """Return the rank that the kernels compute with, a power of two."""
    return max(LEAST_RANK, power_of_two(rank))


def power_of_two(value: int) -> int:
    """Return the least power of two that is not below `value`."""
    return 1 << max(value - 1, 0).bit_length()
