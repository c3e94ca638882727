"""What one adapted projection leaves behind of a forward: sums of its gates, its loads and its contrasted pairs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.methods.mixlora.record import LayerSums
from studio.methods.moelora.product import Update


@dataclass(slots=True)
class ProjectionSums(LayerSums):
    """One projection's sums over unmasked tokens.

    probability: [experts] sum of the gates, with gradient. slots: as in LayerSums; z and tokens are not used.
    picked: [pairs, rank] the contrasted vectors, with gradient; experts, valid: [pairs]. Empty without a contrast.
    """

    picked: Tensor
    experts: Tensor
    valid: Tensor


def projection_sums(
    update: Update, mask: Tensor | None, groups: Tensor | None, group_count: int, indices: Tensor, valid: Tensor
) -> ProjectionSums:
    """Count the slots of one projection and put its sums together.

    mask: [tokens] bool or None. groups: [tokens] integers below group_count, or None where all are group 0.
    indices, valid: [n], the tokens whose pairs were picked.
    """
    sums, top_k = update.gate_sums, update.experts.shape[1]
    count = sums.shape[0]
    place = update.experts if groups is None else update.experts + groups[:, None] * count
    ones = torch.ones((), device=place.device).expand(place.shape)
    counted = ones if mask is None else mask[:, None].to(ones.dtype).expand(place.shape)
    slots = torch.zeros(group_count * count, device=place.device)
    slots.index_add_(0, place.flatten(), counted.flatten())
    nothing = sums.new_zeros(())
    return ProjectionSums(
        probability=sums,
        z=nothing,
        slots=slots.view(group_count, count),
        tokens=nothing,
        picked=update.picked,
        experts=update.experts.index_select(0, indices).flatten(),
        valid=valid.repeat_interleave(top_k),
    )
