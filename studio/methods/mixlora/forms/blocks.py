"""How large the fused kernels' blocks are, chosen by what the compiler makes of them on each card.

Compiled ahead of time by Triton 3.7 for compute capabilities 8.0 to 12.0 (`tests/bench/bench_kernels.py` prints the
table): shared memory is no limit anywhere, 36 KiB at most of the 99 KiB that the smallest cards give a block; registers
are. With 4 warps a block of 32 tokens spills from rank 32 on (48 bytes a thread at rank 16, 432 at rank 64); with 8
warps it does not up to slots · rank = 128. Beyond that, and in float32, whose operands are twice as wide, a block
takes 16 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

LEAST_RANK = 16  # what a tensor core takes at least; smaller ranks are filled with zeros
MOST_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Blocks:
    """One program's share: `tokens` by `inner` elements at a time, computed by `warps` of 32 threads."""

    tokens: int
    inner: int
    warps: int


def padded_rank(rank: int) -> int:
    """Return the rank that the kernels compute with, a power of two."""
    return max(LEAST_RANK, power_of_two(rank))


def power_of_two(value: int) -> int:
    """Return the least power of two that is not below `value`."""
    return 1 << max(value - 1, 0).bit_length()


def blocks_for(slots: int, rank: int, dtype: torch.dtype) -> Blocks:
    """Return the block sizes for `slots` experts a token of `rank`, on every card alike."""
    if dtype == torch.float32:
        return Blocks(16, 32, 8)
    return Blocks(32 if slots * padded_rank(rank) <= 128 else 16, 64, 8)
