"""Which tokens' pairs are contrasted: some, spread evenly over those that are not padding, chosen once a forward."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


def chosen_tokens(mask: Tensor | None, tokens: int, wanted: int, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Return `wanted` tokens spread evenly over the unmasked ones, in order, and which of them count.

    mask: [tokens] bool or None. turn: scalar integer, which shifts the choice, so that rows of one length do not always
    give the same places; nothing is random. Of fewer unmasked tokens each is chosen, once.
    Returns (indices [wanted], valid [wanted]).
    """
    device = turn.device
    if wanted >= tokens:
        every = torch.arange(tokens, device=device)
        return every, torch.ones_like(every, dtype=torch.bool) if mask is None else mask
    ranks = torch.arange(1, tokens + 1, device=device) if mask is None else mask.cumsum(0)
    count = ranks[-1]
    # Multiples of the golden ratio modulo 1 fall evenly: Knuth's multiplicative hash, in integers.
    shift = (((turn * 2654435769) & 0xFFFFFFFF) * count) >> 32
    ordinals = (torch.arange(wanted, device=device) * count + shift) // wanted
    fresh = torch.cat([ordinals.new_ones(1, dtype=torch.bool), ordinals[1:] != ordinals[:-1]])
    indices = torch.searchsorted(ranks, ordinals + 1).clamp(max=tokens - 1)
    return indices, fresh & (ordinals < count)


@dataclass(slots=True)
class PairChoice:
    """One forward's choice, shared by all projections that see the same tokens, and by their recomputations."""

    turn: Tensor
    made: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def of(self, mask: Tensor | None, tokens: int, wanted: int) -> tuple[Tensor, Tensor]:
        """Return (indices, valid) of `chosen_tokens`, made the first time and the same ever after."""
        if tokens not in self.made:
            self.made[tokens] = chosen_tokens(mask, tokens, wanted, self.turn)
        return self.made[tokens]
