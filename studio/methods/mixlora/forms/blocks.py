"""How large the fused kernels' blocks are, chosen by what the compiler makes of them on each card.

Compiled ahead of time by Triton 3.7 (`tests/bench/bench_kernels.py` prints the table): shared memory is no limit, at
most 34 KiB up to rank 128 of the 99 KiB that the smallest cards give a block; registers are. With 4 warps a block of
32 tokens spills 48 bytes a thread at rank 16 and 432 at rank 64 (bf16, 2 slots, compute capability 8.6); with 8 warps
it is at most 32 on capabilities 8.0 to 12.0 at rank 16, and 16 at rank 64. Beyond slots * rank = 128, and in float32,
whose operands are twice as wide, a block takes 16 tokens. None of this was timed on a card yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from studio.core.methods.mixlora import LEAST_RANK

ACTIVATIONS = {"silu": 0, "gelu_tanh": 1, "gelu": 2, "relu": 3}
"""The kernels' number of each activation that they know."""


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
    """Return the block sizes of the kernels over tokens, for `slots` experts a token of `rank`, on every card alike."""
    if dtype == torch.float32:
        return Blocks(16, 32, 8)
    return Blocks(32 if slots * padded_rank(rank) <= 128 else 16, 64, 8)


def expert_blocks_for(rank: int, dtype: torch.dtype) -> Blocks:
    """Return the block sizes of the kernel over experts, which holds six [rank, inner] tensors throughout."""
    if dtype == torch.float32:
        return Blocks(16, 32, 8)
    padded = padded_rank(rank)
    if padded <= 32:
        return Blocks(32, 64, 8)
    return Blocks(32 if padded <= 64 else 16, 32, 8)
