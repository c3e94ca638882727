"""Slots (token, expert) of one chunk of tokens, ordered so that each expert's rows lie together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens start..stop and their used slots, sorted by expert.

    rows: [slots] token of each slot, counted from `start`. order: [slots] index into the chunk's flattened
    [tokens * k] slots. segments: (expert, first row, end row) of each expert that is used here.
    position: [tokens, k] row of each slot, 0 for an unused one, whose weight is 0.
    """

    start: int
    stop: int
    rows: Tensor
    order: Tensor
    segments: list[tuple[int, int, int]]
    position: Tensor


def chunks(experts: Tensor, count: int, size: int) -> Iterator[Chunk]:
    """Walk over experts [tokens, k] (-1 unused) in chunks of `size` tokens; sorts and counts once for all."""
    tokens, k = experts.shape
    device = experts.device
    key = experts.flatten().long()
    chunk_of = torch.arange(tokens, device=device).repeat_interleave(k) // size
    # Unused slots sort behind the chunk's last expert.
    key = torch.where(key < 0, count, key) + chunk_of * (count + 1)
    order = key.argsort(stable=True)
    inverse = torch.empty_like(order)
    inverse[order] = torch.arange(order.numel(), device=device)
    starts = range(0, tokens, size)
    counts = torch.bincount(key, minlength=len(starts) * (count + 1)).view(len(starts), count + 1).tolist()
    for start, per_expert in zip(starts, counts, strict=True):
        stop = min(start + size, tokens)
        segments = []
        low = 0
        for expert, rows in enumerate(per_expert[:count]):
            if rows:
                segments.append((expert, low, low + rows))
                low += rows
        chosen = order[start * k : start * k + low] - start * k
        position = inverse[start * k : stop * k] - start * k
        if per_expert[count]:
            position = torch.where(position < low, position, 0)
        yield Chunk(start, stop, chosen // k, chosen, segments, position.view(-1, k))
