"""The contrastive loss over (token, expert) pairs, its gradient taken in the forward pass, a chunk at a time.

With u_i the normalised output of pair i's expert, C all other pairs and the memory, P_i the vectors of the same expert
in C, and tau the temperature (METHODS.md section 3):

    loss = mean over i of the mean over p in P_i of  -log( exp(u_i·u_p / tau) / sum over c in C of exp(u_i·u_c / tau) )

Pairs without any other vector of their expert are no anchors; they stay in the others' denominators. Where experts are
perfectly clustered and far apart the loss is the mean of ln |P_i|, its floor; where all vectors are one, ln |C|.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.moelora.memory import Remembered

AT_ONCE = 2**22  # similarities held at a time: 16 MiB of float32


def chosen_tokens(mask: Tensor | None, tokens: int, wanted: int, forwards: Tensor) -> tuple[Tensor, Tensor]:
    """Return `wanted` tokens spread evenly over the unmasked ones, in order, and which of them count.

    mask: [tokens] bool or None. forwards: scalar integer, which shifts the choice each time, so that rows of one length
    do not always give the same places; nothing is random. Of fewer unmasked tokens each is chosen, once.
    Returns (indices [wanted], valid [wanted]).
    """
    device = forwards.device
    if wanted >= tokens:
        every = torch.arange(tokens, device=device)
        return every, torch.ones_like(every, dtype=torch.bool) if mask is None else mask
    ranks = torch.full((tokens,), 1, device=device).cumsum(0) if mask is None else mask.cumsum(0)
    count = ranks[-1]
    # Multiples of the golden ratio modulo 1 fall evenly: Knuth's multiplicative hash, in integers.
    shift = (((forwards * 2654435769) & 0xFFFFFFFF) * count) >> 32
    ordinals = (torch.arange(wanted, device=device) * count + shift) // wanted
    fresh = torch.cat([ordinals.new_ones(1, dtype=torch.bool), ordinals[1:] != ordinals[:-1]])
    indices = torch.searchsorted(ranks, ordinals + 1).clamp(max=tokens - 1)
    return indices, fresh & (ordinals < count)


def normalised(vectors: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Return vectors [pairs, rank] at unit length in float32 or wider, and which have a direction at all.

    One of zeros (an input of zeros) has none: it is left out, and its gradient is zero rather than without bound.
    """
    wide = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
    squares = wide.square().sum(dim=-1, keepdim=True)
    has_direction = squares > torch.finfo(wide.dtype).tiny
    unit = wide * torch.where(has_direction, squares, 1.0).rsqrt()
    return torch.where(has_direction, unit, 0.0), valid & has_direction[:, 0]


def contrastive_loss(
    units: Tensor, experts: Tensor, valid: Tensor, remembered: Remembered, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return (loss with gradient, its floor without), both scalars; zero where no pair has a positive.

    units: [pairs, rank] of unit length. experts: [pairs]. valid: [pairs] bool, False for what is out altogether.
    """
    with torch.autocast(units.device.type, enabled=False):
        return _Contrast.apply(units, experts, valid, remembered, temperature)


class _Contrast(torch.autograd.Function):
    """Keeps only the gradient [pairs, rank] for backward; the similarities would be hundreds of times that."""

    @staticmethod
    def forward(
        ctx: Any, units: Tensor, experts: Tensor, valid: Tensor, remembered: Remembered, temperature: float
    ) -> tuple[Tensor, Tensor]:
        pairs = units.shape[0]
        old = remembered.vectors.to(units.dtype)
        units = torch.where(valid[:, None], units, 0.0)
        own = ((experts[:, None] == torch.arange(old.shape[0], device=units.device)) & valid[:, None]).to(units.dtype)
        # Sums over an expert stand for its positives, so that no [pairs, candidates] mask is needed.
        held = (old * remembered.valid[..., None]).sum(dim=1)
        others = (own.t() @ units + held)[experts] - units
        positives = (own.sum(dim=0) + remembered.valid.sum(dim=1))[experts] - 1.0
        anchors = valid & (positives > 0)
        positives = positives.clamp(min=1.0)
        share = anchors.to(units.dtype) / anchors.sum().clamp(min=1)
        candidates = torch.cat([units, old.flatten(0, 1)])
        present = torch.cat([valid, remembered.valid.flatten()])
        bias = torch.zeros((), dtype=units.dtype, device=units.device).where(present, -torch.inf)
        wanted = ctx.needs_input_grad[0]
        near = torch.empty_like(units[:, 0])
        grad = torch.zeros_like(units)
        rows = max(1, AT_ONCE // candidates.shape[0])
        for start in range(0, pairs, rows):
            here = slice(start, min(start + rows, pairs))
            near[here] = _chunk(units, candidates, bias, share, here, temperature, grad if wanted else None)
        pull = (units * others).sum(dim=-1) / (positives * temperature)
        loss = torch.where(anchors, share * (near - pull), 0.0).sum()
        floor = (share * positives.log()).sum()
        if wanted:
            weight = (share / (positives * temperature))[:, None]
            weighted = weight * units
            grad -= weight * others + own @ (own.t() @ weighted) - weighted
            ctx.save_for_backward(grad)
        ctx.mark_non_differentiable(floor)
        return loss, floor

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = ctx.saved_tensors
        return grad * grads[0].to(grad.dtype), None, None, None, None


def _chunk(
    units: Tensor,
    candidates: Tensor,
    bias: Tensor,
    share: Tensor,
    here: slice,
    temperature: float,
    grad: Tensor | None,
) -> Tensor:
    """Return log Σ exp(similarity / temperature) over the candidates of the anchors `here`; add its gradient."""
    mine = units[here]
    similar = torch.addmm(bias, mine, candidates.t(), alpha=1.0 / temperature)
    # A pair is no candidate of its own.
    similar[:, here].diagonal().fill_(-torch.inf)
    # Where no candidate is present the maximum is -inf; such rows are no anchors, but must not become NaN.
    top = similar.amax(dim=1, keepdim=True).clamp_(min=-2.0 / temperature)
    likely = similar.sub_(top).exp_()
    total = likely.sum(dim=1, keepdim=True).clamp_(min=torch.finfo(likely.dtype).tiny)
    if grad is not None:
        likely *= share[here, None] / (total * temperature)
        grad[here] += likely @ candidates
        grad.addmm_(likely[:, : units.shape[0]].t(), mine)
    return (top + total.log())[:, 0]
