"""Each layer's routing sums of one forward, from which losses and loads come."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.methods.forward_record import BatchTokens
from studio.methods.mixlora.router import Routing


@dataclass(slots=True)
class LayerSums:
    """One layer's sums over unmasked tokens.

    probability: [experts] sum of the full softmax; z: scalar sum of squared logsumexp; both carry gradient
    where the layer ran with gradient. slots: [bins, experts] routed slots (`ForwardRecord.bins`). tokens: scalar.
    pairs: [experts, experts] tokens that two experts share, where that was asked for and tokens have several slots.
    """

    probability: Tensor
    z: Tensor
    slots: Tensor
    tokens: Tensor
    pairs: Tensor | None = None


def layer_sums(routing: Routing, tokens: BatchTokens, bins: int, with_z: bool) -> LayerSums:
    """Sum one layer's routing over its unmasked tokens, whose bins are below `bins`.

    Unused slots (-1) count nowhere. with_z: sum z too, which stays 0 otherwise.
    """
    probabilities, keep = routing.probabilities, tokens.keep
    squares = routing.logits.logsumexp(dim=-1).square() if with_z else None
    if keep is not None:
        probabilities = probabilities * keep[:, None]
        squares = None if squares is None else squares * keep
    z = probabilities.new_zeros(()) if squares is None else squares.sum()
    return LayerSums(probabilities.sum(dim=0), z, _slots(routing, tokens, bins), tokens.count)


def _slots(routing: Routing, tokens: BatchTokens, bins: int) -> Tensor:
    """Return the slots [bins, experts] that unmasked tokens were routed to, counted by one sum over flat places."""
    experts, count = routing.experts, routing.probabilities.shape[-1]
    counted = routing.probabilities.new_ones(()) if tokens.keep is None else tokens.keep[:, None]
    if not routing.all_used:
        counted = counted * (experts >= 0)
        experts = experts.clamp(min=0)
    places = experts if tokens.groups is None else torch.add(experts, tokens.groups[:, None], alpha=count)
    slots = routing.probabilities.new_zeros(bins * count)
    # Sums of ones are exact, so their order does not matter.
    return slots.scatter_add_(0, places.flatten(), counted.expand(experts.shape).flatten()).view(bins, count)
