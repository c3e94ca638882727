"""What the adapted projections leave behind of a forward, and the loads that are counted from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.methods.moelora.tokens import Tokens


@dataclass(frozen=True, slots=True)
class ProjectionSums:
    """One projection's part.

    probability: [experts] gates summed over unmasked tokens, with gradient. picked: [pairs, rank] the contrasted
    vectors, with gradient. chosen: [tokens, k] every token's experts. tokens: what the projections share. pairs:
    [experts, experts] tokens that two experts share, where that was asked for.
    """

    probability: Tensor
    picked: Tensor
    chosen: Tensor
    tokens: Tokens
    pairs: Tensor | None = None

    @property
    def pair_experts(self) -> Tensor:
        """The contrasted vectors' experts [pairs]."""
        return self.chosen.index_select(0, self.tokens.indices).flatten()


def count_slots(sums: Sequence[ProjectionSums], experts: int, bins: int) -> Tensor:
    """Count the routed slots of unmasked tokens: [bins, projections, experts] int64."""
    if any(each.tokens is not sums[0].tokens for each in sums):
        return torch.cat([count_slots_alike([each], experts, bins) for each in sums], dim=1)
    return count_slots_alike(sums, experts, bins)


def count_slots_alike(sums: Sequence[ProjectionSums], experts: int, bins: int) -> Tensor:
    """`count_slots` of projections that saw the same tokens, in one go."""
    shared, many = sums[0].tokens, len(sums)
    place = torch.stack([each.chosen for each in sums])
    place = place + torch.arange(many, device=place.device)[:, None, None] * experts
    if shared.groups is not None:
        place = place + shared.groups[:, None] * (many * experts)
    counted = torch.ones((), device=place.device) if shared.mask is None else shared.mask[:, None]
    slots = torch.zeros(bins * many * experts, device=place.device)
    slots.index_add_(0, place.flatten(), counted.expand(place.shape).flatten())
    return slots.view(bins, many, experts).to(torch.int64)
