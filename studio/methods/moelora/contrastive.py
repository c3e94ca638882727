"""The contrastive loss over (token, expert) pairs, with its gradient, of all projections a chunk at a time.

With u_i the normalised output of pair i's expert, C all other pairs and the memory, P_i the vectors of the same expert
in C, and tau the temperature (studio/methods/README.md):

    loss = mean over i of the mean over p in P_i of  -log( exp(u_i·u_p / tau) / sum over c in C of exp(u_i·u_c / tau) )

Pairs without any other vector of their expert are no anchors; they stay in the others' denominators. Where experts are
perfectly clustered and far apart the loss is the mean of ln |P_i|, its floor; where all vectors are one, ln |C|.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.methods.moelora.memory import Remembered

AT_ONCE = {"cpu": 2**21, "cuda": 2**23}  # similarities held at a time: 8 MiB on a CPU, 32 MiB on a card


@dataclass(frozen=True, slots=True)
class Contrast:
    """The outcome for each projection: nothing here carries gradient.

    loss, floor: [projections]; zero where no pair has a positive. gradient: [projections, pairs, rank], of each loss by
    the vectors that went in. units: the vectors at unit length. valid: [projections, pairs], which pairs took part.
    """

    loss: Tensor
    floor: Tensor
    gradient: Tensor
    units: Tensor
    valid: Tensor


@torch.no_grad()
def contrast(vectors: Tensor, experts: Tensor, valid: Tensor, old: Remembered, temperature: float) -> Contrast:
    """Compute the loss of vectors [projections, pairs, rank], of any length, and its gradient by them.

    experts: [projections, pairs]. valid: [projections, pairs] bool, False for what is out altogether. It is computed in
    float32 or wider.
    """
    with torch.autocast(vectors.device.type, enabled=False):
        wide = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
        squares = wide.square().sum(dim=-1, keepdim=True)
        # A vector of zeros has no direction: it is left out, and its gradient is zero rather than without bound.
        valid = valid & (squares[..., 0] > torch.finfo(wide.dtype).tiny)
        inverse = torch.where(valid[..., None], squares, 1.0).rsqrt()
        units = torch.where(valid[..., None], wide * inverse, 0.0)
        loss, floor, grad = _by_units(units, experts, valid, old, temperature)
        # Only what turns a vector changes the loss; what lengthens it does not.
        grad = (grad - units * (units * grad).sum(dim=-1, keepdim=True)) * inverse
        return Contrast(loss, floor, torch.where(valid[..., None], grad, 0.0), units, valid)


def _by_units(
    units: Tensor, experts: Tensor, valid: Tensor, old: Remembered, temperature: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (loss [projections], floor [projections], gradient [projections, pairs, rank]) of unit vectors."""
    earlier, present = old.vectors.to(units.dtype), old.valid
    count = earlier.shape[1]
    own = ((experts[..., None] == torch.arange(count, device=units.device)) & valid[..., None]).to(units.dtype)
    # Sums over an expert stand for its positives, so that no [pairs, candidates] mask is needed.
    sums = own.transpose(1, 2) @ units + (earlier * present[..., None]).sum(dim=2)
    others = own @ sums - units
    totals = own.sum(dim=1) + present.sum(dim=2)
    positives = (own @ totals[..., None])[..., 0] - 1.0
    anchors = valid & (positives > 0)
    positives = positives.clamp(min=1.0)
    share = anchors.to(units.dtype) / anchors.sum(dim=1, keepdim=True).clamp(min=1)
    candidates = torch.cat([units, earlier.flatten(1, 2)], dim=1)
    bias = torch.where(torch.cat([valid, present.flatten(1)], dim=1), 0.0, -torch.inf).to(units.dtype)
    near, grad = _log_sums(units, candidates, bias, share, temperature)
    pull = (units * others).sum(dim=-1) / (positives * temperature)
    loss = torch.where(anchors, share * (near - pull), 0.0).sum(dim=1)
    weight = (share / (positives * temperature))[..., None]
    weighted = weight * units
    grad -= weight * others + own @ (own.transpose(1, 2) @ weighted) - weighted
    return loss, (share * positives.log()).sum(dim=1), grad


def _log_sums(
    units: Tensor, candidates: Tensor, bias: Tensor, share: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return log Σ exp(similarity / temperature) [projections, pairs] over the others, and Σ share · its gradient.

    A similarity of unit vectors is at most 1, so exponents are taken less 1 / temperature and cannot overflow; at
    temperatures so low that all could vanish, each row's own maximum is taken instead.
    """
    projections, pairs, _ = units.shape
    near, grad = torch.empty_like(share), torch.zeros_like(units)
    at_once = AT_ONCE.get(units.device.type, AT_ONCE["cuda"])
    rows = max(1, min(pairs, at_once // candidates.shape[1]))
    layers = max(1, at_once // (rows * candidates.shape[1]))
    bounded = 2.0 / temperature < 80.0
    for first in range(0, projections, layers):
        some = slice(first, first + layers)
        everyone, their_bias = candidates[some], bias[some, None]
        for start in range(0, pairs, rows):
            here = slice(start, min(start + rows, pairs))
            mine = units[some, here]
            offset = their_bias - 1.0 / temperature if bounded else their_bias
            similar = torch.baddbmm(offset, mine, everyone.transpose(1, 2), alpha=1.0 / temperature)
            # A pair is not a candidate for itself.
            similar[:, :, here].diagonal(dim1=1, dim2=2).fill_(-torch.inf)
            top: Tensor | float = 1.0 / temperature
            if not bounded:
                top = similar.amax(dim=2).clamp_(min=-2.0 / temperature)
                similar.sub_(top[..., None])
            likely = similar.exp_()
            total = likely.sum(dim=2).clamp_(min=torch.finfo(likely.dtype).tiny)
            near[some, here] = total.log() + top
            scale = (share[some, here] / (total * temperature))[..., None]
            grad[some, here] += (likely @ everyone) * scale
            grad[some] += likely[..., :pairs].transpose(1, 2) @ (mine * scale)
    return near, grad
