"""Several rows laid end to end in one sequence, so that no token is padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Packing:
    """How the rows of one sequence lie in it.

    count: how many rows there are. lengths: the tokens of each, in order; padding up to a card's multiple is one more
    at the end. rows: [1, tokens] int64, the row of each token (padding's is the last). positions: [1, tokens] int64,
    from 0 in each row. offsets: [lengths + 1] int32, where each begins, and the end of the last.
    """

    count: int
    lengths: tuple[int, ...]
    rows: Tensor
    positions: Tensor
    offsets: Tensor

    @staticmethod
    def of(lengths: Sequence[int], padding: int = 0) -> Packing:
        """Lay rows of these lengths end to end, with `padding` tokens behind them."""
        whole = (*lengths, padding) if padding else tuple(lengths)
        rows = torch.arange(len(whole)).clamp(max=len(lengths) - 1).repeat_interleave(torch.tensor(whole))
        positions = torch.cat([torch.arange(length) for length in whole])
        offsets = torch.tensor(list(accumulate(whole, initial=0)), dtype=torch.int32)
        return Packing(len(lengths), whole, rows[None], positions[None], offsets)

    def to(self, device: torch.device | str) -> Packing:
        rows, positions, offsets = (
            each.to(device, non_blocking=True) for each in (self.rows, self.positions, self.offsets)
        )
        return Packing(self.count, self.lengths, rows, positions, offsets)


def first_fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Divide rows among sequences of at most `capacity` tokens, the longest first, each into the first with room.

    Returns each sequence's rows as indices of `lengths`. A row longer than `capacity` has a sequence of its own.
    """
    room = np.zeros(len(lengths), dtype=np.int64)
    found: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        fits = room[: len(found)] >= lengths[index]
        place = int(fits.argmax()) if fits.any() else len(found)
        if place == len(found):
            found.append([])
            room[place] = capacity
        found[place].append(index)
        room[place] -= lengths[index]
    return found
