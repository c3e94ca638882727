"""Each layer's routing sums of one forward, from which losses and loads come."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.router import Routing


@dataclass(slots=True)
class LayerSums:
    """One layer's sums over unmasked tokens.

    probability: [experts] sum of the full softmax; z: scalar sum of squared logsumexp; both carry gradient
    where the layer ran with gradient. slots: [groups, experts] routed slots. tokens: scalar.
    """

    probability: Tensor
    z: Tensor
    slots: Tensor
    tokens: Tensor


def layer_sums(routing: Routing, mask: Tensor | None, groups: Tensor | None, group_count: int) -> LayerSums:
    """Sum one layer's routing over its unmasked tokens.

    Unused slots (-1) count nowhere. mask: [tokens] bool. groups: [tokens] integers below group_count.
    """
    experts = routing.experts
    count = routing.probabilities.shape[-1]
    used = F.one_hot(experts.clamp(min=0), count) * (experts >= 0)[..., None]
    squares = routing.logits.logsumexp(dim=-1).square()
    probabilities = routing.probabilities
    per_token = used.sum(dim=1).to(probabilities.dtype)
    if mask is None:
        tokens = per_token.new_full((), float(experts.shape[0]))
    else:
        keep = mask.to(probabilities.dtype)
        probabilities = probabilities * keep[:, None]
        squares = squares * keep
        per_token = per_token * mask[:, None]
        tokens = keep.sum()
    if groups is None:
        slots = per_token.sum(dim=0, keepdim=True)
        if group_count > 1:
            slots = F.pad(slots, (0, 0, 0, group_count - 1))
    else:
        slots = per_token.new_zeros(group_count, count).index_add_(0, groups, per_token)
    return LayerSums(probabilities.sum(dim=0), squares.sum(), slots.detach(), tokens)
