"""The whole update of one projection as one autograd Function: router, experts and gates at LoRA's price.

With x [tokens, in], A [r, in], B [out, r], R [experts, in], expert e owning rows e·d to (e+1)·d of A, d = r / experts:

    g      = softmax over the top-k of R x, zero elsewhere            [tokens, experts]
    update = B · (A x ⊙ s g, each gate spread over its d places)      [tokens, out]

Written out by hand since a step is thousands of these: where x has the weights' own type, A and R are one product
forward and one each way backward; g in its dense form makes the softmax's backward one line without any gathering; and
x is kept as it came, where autograd would keep a float32 copy for the router of every projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True, slots=True)
class Update:
    """What one projection gives.

    update: [tokens, out]. gate_sums: [experts], gates summed over unmasked tokens. picked: [pairs, d], A_e x of the
    pairs that were asked for. These carry gradient. experts, weights: [tokens, k], where each token went.
    """

    update: Tensor
    gate_sums: Tensor
    picked: Tensor
    experts: Tensor
    weights: Tensor


def routed_update(
    x: Tensor,
    dropped: Tensor | None,
    weights: tuple[Tensor, Tensor, Tensor],
    top_k: int,
    scaling: float,
    mask: Tensor | None,
    indices: Tensor,
    barred: Tensor | None = None,
) -> Update:
    """Compute one projection's update.

    x: [tokens, in], what the router sees. dropped: the same after dropout, or None.
    weights: (A, B, R). mask: [tokens] 1 or 0, or None. indices: [n] tokens whose k pairs are picked, token by token.
    barred: [n] experts that no token may go to.
    """
    device = x.device.type
    product = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weights[0].dtype
    with torch.autocast(device, enabled=False):
        return Update(*_RoutedUpdate.apply(x, dropped, *weights, top_k, scaling, mask, indices, barred, product))


class _RoutedUpdate(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        dropped: Tensor | None,
        a: Tensor,
        b: Tensor,
        router: Tensor,
        top_k: int,
        scaling: float,
        mask: Tensor | None,
        indices: Tensor,
        barred: Tensor | None,
        product: torch.dtype,
    ) -> tuple[Tensor, ...]:
        experts, rank = router.shape[0], a.shape[0]
        ctx.together = dropped is None and x.dtype == a.dtype == router.dtype == product
        if ctx.together:
            both = F.linear(x, torch.cat([a, router]))
            low, logits = both[:, :rank].contiguous(), both[:, rank:]
        else:
            low = F.linear((x if dropped is None else dropped).to(product), a.to(product))
            logits = F.linear(x.to(router.dtype), router)
        if barred is not None:
            logits = logits.index_fill(-1, barred, float("-inf"))
        best, chosen = logits.topk(top_k, dim=-1)
        weights = best.softmax(dim=-1)
        gates = torch.zeros_like(logits, memory_format=torch.contiguous_format).scatter_(-1, chosen, weights)
        update = F.linear(_gated(low, gates, scaling), b.to(product))
        sums = gates.sum(dim=0) if mask is None else mask.to(gates.dtype) @ gates
        place = (indices[:, None] * experts + chosen.index_select(0, indices)).flatten()
        picked = low.view(-1, rank // experts).index_select(0, place)
        ctx.scaling = scaling
        ctx.save_for_backward(x, dropped, a, b, router, low, gates, mask, place)
        ctx.mark_non_differentiable(chosen, weights)
        ctx.set_materialize_grads(False)
        return update, sums, picked, chosen, weights

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        x, dropped, a, b, router, low, gates, mask, place = ctx.saved_tensors
        d_update, d_sums, d_picked = grads[:3]
        product, experts = low.dtype, gates.shape[1]
        d_low, d_gates, d_b = torch.zeros_like(low), torch.zeros_like(gates), None
        if d_update is not None:
            d_update = d_update.to(product)
            d_b = (d_update.t() @ _gated(low, gates, ctx.scaling)).to(b.dtype)
            d_gated = d_update @ b.to(product)
            d_low = _gated(d_gated, gates, ctx.scaling)
            d_gates = (d_gated * low).view(-1, experts, low.shape[1] // experts).sum(-1, dtype=gates.dtype)
            d_gates *= ctx.scaling
        if d_sums is not None:
            d_gates += d_sums if mask is None else d_sums * mask.to(gates.dtype)[:, None]
        if d_picked is not None:
            d_low.view(-1, d_picked.shape[1]).index_add_(0, place, d_picked.to(product))
        weighted = gates * d_gates
        d_logits = weighted - gates * weighted.sum(dim=-1, keepdim=True)
        if ctx.together:
            d_both = torch.cat([d_low, d_logits], dim=1)
            d_x = d_both @ torch.cat([a, router]) if ctx.needs_input_grad[0] else None
            d_a, d_router = (d_both.t() @ x).split([a.shape[0], experts])
            return d_x, None, d_a, d_b, d_router, None, None, None, None, None, None
        seen = x if dropped is None else dropped
        d_seen = (d_low @ a.to(product)).to(seen.dtype)
        d_x = (d_logits @ router).to(x.dtype) if ctx.needs_input_grad[0] else None
        d_a = (d_low.t() @ seen.to(product)).to(a.dtype)
        d_router = d_logits.t() @ x.to(router.dtype)
        if dropped is None and d_x is not None:
            d_x += d_seen
        return d_x, None if dropped is None else d_seen, d_a, d_b, d_router, None, None, None, None, None, None


def _gated(low: Tensor, gates: Tensor, scaling: float) -> Tensor:
    """Multiply each expert's share of the rank space [tokens, r] by its gate and by s."""
    spread = (gates * scaling).to(low.dtype)[..., None]
    return (low.view(*gates.shape, low.shape[1] // gates.shape[1]) * spread).flatten(1)
