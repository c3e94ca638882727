"""The router: one float32 matrix per feed-forward, and the three ways of choosing experts from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


@dataclass(frozen=True, slots=True)
class Routing:
    """Where each token goes.

    experts: [tokens, k] integers, each row's experts distinct, -1 for an unused slot.
    weights: [tokens, k] the slot's weight in the sum, 0 for an unused slot; carries gradient.
    probabilities: [tokens, experts] softmax over all experts; carries gradient.
    logits: [tokens, experts].
    unchanged: [tokens] True where the token skips the feed-forward and keeps its input (switch overflow), or None.
    all_used: whether this way of choosing leaves no slot unused, so that none has to be looked for.
    """

    experts: Tensor
    weights: Tensor
    probabilities: Tensor
    logits: Tensor
    unchanged: Tensor | None = None
    all_used: bool = False


class Router(nn.Module):
    """One feed-forward's router: weight [experts, hidden] in float32, without bias.

    `selection_bias` [experts] exists only with loss-free balancing; it is a buffer that only selection sees.
    `last_loads` [experts] is what each expert got of a token on average over the last optimiser step, zeros before the
    first: a buffer that a run's checkpoints keep, adapters not.
    """

    selection_bias: Tensor | None
    last_loads: Tensor

    def __init__(self, hidden: int, experts: int, init_range: float, balanced_by_bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, hidden, dtype=torch.float32))
        nn.init.normal_(self.weight, std=init_range)
        self.register_buffer("last_loads", torch.zeros(experts, dtype=torch.float32), persistent=False)
        self.register_buffer("selection_bias", torch.zeros(experts, dtype=torch.float32) if balanced_by_bias else None)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits [tokens, experts] of x [tokens, hidden], in float32 under any mixed precision."""
        dtype = torch.promote_types(x.dtype, torch.float32)
        with torch.autocast(x.device.type, enabled=False):
            return F.linear(x.to(dtype), self.weight.to(dtype))

    @torch.no_grad()
    def nudge(self, counts: Tensor, rate: float) -> None:
        """Move the selection bias by `rate` towards even loads (DeepSeek-V3): b += rate · sign(mean − load).

        counts: [experts], the slots routed since the last step.
        """
        if self.selection_bias is not None:
            load = counts.to(self.selection_bias)
            self.selection_bias.add_(torch.sign(load.mean() - load), alpha=rate)


def without_barred(routing: Routing, barred: Tensor) -> Routing:
    """Return the routing with every slot unused that a barred expert got because too few were left."""
    gone = torch.isin(routing.experts, barred)
    experts, weights = routing.experts.masked_fill(gone, -1), routing.weights.masked_fill(gone, 0.0)
    return replace(routing, experts=experts, weights=weights, all_used=False)


class ChosenSoftmax(torch.autograd.Function):
    """The softmax over the chosen experts' logits, with a gradient that is exactly 0 where the experts are alike.

    A new adapter's experts are alike (B is 0), so the answers teach the router nothing yet. The plain formulas leave
    rounding errors of a difference of equal numbers, which Adam turns into steps of the full learning rate: the first
    choices would then be the processor's. Only differences between the experts' gradients matter, so they are formed
    first.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor) -> Tensor:
        weights = logits.softmax(dim=-1)
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (weights,) = ctx.saved_tensors
        apart = grad - grad[..., :1]
        return weights * (apart - (weights * apart).sum(dim=-1, keepdim=True))


def route_top_k(logits: Tensor, top_k: int, selection_bias: Tensor | None = None) -> Routing:
    """Choose the k most probable experts and renormalise their weights to 1."""
    probabilities = logits.softmax(dim=-1)
    seen = probabilities if selection_bias is None else probabilities.detach() + selection_bias
    experts = seen.topk(top_k, dim=-1).indices
    # The probabilities of the chosen, divided by their sum, are the softmax over their logits alone.
    weights = ChosenSoftmax.apply(logits.gather(-1, experts))
    return Routing(experts, weights, probabilities, logits, all_used=True)


def route_top_p(logits: Tensor, top_p: float, selection_bias: Tensor | None = None) -> Routing:
    """Choose the fewest experts whose probabilities reach `top_p`; weights are kept as they are.

    The reference's mixlora-dynamic. Slots beyond the chosen ones are -1 with weight 0.
    """
    probabilities = logits.softmax(dim=-1)
    seen = probabilities if selection_bias is None else probabilities.detach() + selection_bias
    experts = seen.sort(dim=-1, descending=True).indices
    ordered = probabilities.gather(-1, experts)
    reached_before = ordered.detach().cumsum(dim=-1) - ordered.detach()
    # The most probable expert is always in, also where its own probability exceeds top_p.
    kept = reached_before < top_p
    kept[:, 0] = True
    return Routing(torch.where(kept, experts, -1), torch.where(kept, ordered, 0.0), probabilities, logits)


@dataclass(frozen=True, slots=True)
class Sequences:
    """How tokens divide into sequences: `count` of equal length, or as `rows` [tokens] (ascending) says."""

    count: int
    rows: Tensor | None = None

    def places(self, chosen: Tensor) -> Tensor:
        """Number each sequence's chosen tokens, from 1, for each expert: [tokens, experts] of 0 and 1 to the same."""
        if self.rows is None:
            return chosen.view(self.count, -1, chosen.shape[-1]).cumsum(dim=1).view_as(chosen)
        totals = chosen.new_zeros(self.count, chosen.shape[-1]).index_add_(0, self.rows, chosen)
        before = totals.cumsum(dim=0) - totals
        return chosen.cumsum(dim=0) - before.index_select(0, self.rows)


def route_switch(logits: Tensor, capacity: int, sequences: Sequences, mask: Tensor | None) -> Routing:
    """Send each token to its most probable expert, of which each sequence may use `capacity` tokens.

    Tokens over capacity keep their input. Padding takes no capacity and keeps its input too; the reference
    lets padding take places. The same rule holds in training and at inference.
    """
    probabilities = logits.softmax(dim=-1)
    weights, experts = probabilities.max(dim=-1, keepdim=True)
    chosen = F.one_hot(experts[:, 0], logits.shape[-1])
    if mask is not None:
        chosen = chosen * mask.to(chosen.dtype)[:, None]
    kept = ((chosen > 0) & (sequences.places(chosen) <= capacity)).any(dim=-1, keepdim=True)
    return Routing(torch.where(kept, experts, -1), torch.where(kept, weights, 0.0), probabilities, logits, ~kept[:, 0])
