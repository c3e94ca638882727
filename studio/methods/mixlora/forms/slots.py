"""Slots (token, expert) of a stretch of tokens, ordered so that each expert's rows lie together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tokens start..stop and their used slots, sorted by expert.

    tokens: [slots] token of each slot, counted from `start`. order: [slots] index into the stretch's flattened
    [tokens * k] slots. segments: (expert, first row, end row) of each expert that is used here.
    """

    start: int
    stop: int
    tokens: Tensor
    order: Tensor
    segments: list[tuple[int, int, int]]

    def blocks(self, rows: int) -> Iterator[tuple[int, int, int]]:
        """Walk over (expert, first row, end row) in pieces of at most `rows` rows."""
        for expert, first, end in self.segments:
            for low in range(first, end, rows):
                yield expert, low, min(low + rows, end)


def by_expert(experts: Tensor, count: int) -> list[tuple[Tensor, Tensor]]:
    """Return each expert's tokens and slots, in order, for experts [tokens, k] (-1 unused).

    On a card the processor waits once, for the numbers of all experts.
    """
    flat = experts.flatten()
    ascending, order = flat.sort(stable=True)
    begins = torch.searchsorted(ascending, torch.arange(count + 1, device=flat.device, dtype=flat.dtype))
    edges = begins.cpu().tolist()
    tokens, slots = order // experts.shape[1], order % experts.shape[1]
    return [(tokens[begin:end], slots[begin:end]) for begin, end in itertools.pairwise(edges)]


def stretches(experts: Tensor, count: int, size: int) -> Iterator[Stretch]:
    """Walk over experts [tokens, k] (-1 unused) in stretches of `size` tokens; sorts and counts once for all."""
    tokens, k = experts.shape
    key = experts.flatten().long()
    stretch_of = torch.arange(tokens, device=experts.device).repeat_interleave(k) // size
    # Unused slots sort behind the stretch's last expert.
    key = torch.where(key < 0, count, key) + stretch_of * (count + 1)
    order = key.argsort(stable=True)
    starts = range(0, tokens, size)
    counts = torch.bincount(key, minlength=len(starts) * (count + 1)).view(len(starts), count + 1).tolist()
    for start, per_expert in zip(starts, counts, strict=True):
        segments = []
        low = 0
        for expert, rows in enumerate(per_expert[:count]):
            if rows:
                segments.append((expert, low, low + rows))
                low += rows
        chosen = order[start * k : start * k + low] - start * k
        yield Stretch(start, min(start + size, tokens), chosen // k, chosen, segments)
