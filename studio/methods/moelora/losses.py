"""The two extra losses of one forward, averaged over the adapted projections, right under every checkpointing."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.mixlora.record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.sums import ProjectionSums

Losses = dict[str, Tensor]


def losses_of(record: ForwardRecord, config: MoeLoraConfig) -> tuple[Losses, Losses]:
    """Return (weighted losses with gradient, unweighted values without) of one finished forward, by name.

    balance: squared coefficient of variation (population) of the gates summed over unmasked tokens, 0 when even and
    experts - 1 when one expert gets all. contrastive: see `contrastive`; its floor, the mean ln of the number of
    positives, is in the values as contrastive_floor. Each is the mean over all adapted projections, so that the
    weights mean the same for few targets and for many. Gates are summed over all processes; contrasts are each
    process's own, and the processes' gradients are averaged as those of the cross-entropy are.
    """
    if not record.layers:
        return {}, {}
    depths = list(record.layers)
    sums = [record.layers[depth] for depth in depths]
    gates = torch.stack([each.probability for each in sums])
    everywhere, processes = _over_processes(gates.detach(), record.training)
    balance, slope = squared_variation(everywhere)
    weighted: Losses = {}
    values = {"balance": balance.mean()}
    if config.balance_coef:
        slope = slope * (processes * config.balance_coef / len(sums))
        record.coefficients["balance"] = dict(zip(depths, slope, strict=True))
        # Its own gradient is `slope` whatever the other processes hold; the difference is zero but carries it.
        weighted["balance"] = balance.mean() * config.balance_coef + (slope * (gates - gates.detach())).sum()
    contrasts, floors = _contrasts(sums)
    if contrasts is not None and floors is not None:
        values |= {"contrastive": contrasts.detach(), "contrastive_floor": floors}
        weighted["contrastive"] = contrasts * config.contrastive_coef
        each = torch.full_like(contrasts.detach(), config.contrastive_coef / len(sums))
        record.coefficients["contrastive"] = dict.fromkeys(depths, each)
    return weighted, values


def squared_variation(gates: Tensor) -> tuple[Tensor, Tensor]:
    """Return (variance / mean²) of each row of gates [rows, experts], and its gradient [rows, experts].

    Rows without any weight give 0.
    """
    mean = gates.mean(dim=1, keepdim=True).clamp(min=torch.finfo(gates.dtype).eps)
    away = gates / mean - 1.0
    squares = away.square().mean(dim=1, keepdim=True) * (gates.sum(dim=1, keepdim=True) > 0)
    slope = 2.0 * (away - squares) / (gates.shape[1] * mean) * (gates.sum(dim=1, keepdim=True) > 0)
    return squares[:, 0], slope


def _contrasts(sums: list[Any]) -> tuple[Tensor | None, Tensor | None]:
    mine = [each for each in sums if isinstance(each, ProjectionSums)]
    contrasts = [each.contrast for each in mine if each.contrast is not None]
    floors = [each.floor for each in mine if each.floor is not None]
    return (torch.stack(contrasts).mean(), torch.stack(floors).mean()) if contrasts else (None, None)


def _over_processes(gates: Tensor, training: bool) -> tuple[Tensor, int]:
    if not (training and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        return gates, 1
    total = gates.clone()
    dist.all_reduce(total)
    return total, dist.get_world_size()


class AttachTerms(torch.autograd.Function):
    """Passes y through and, in backward, hands a recomputed projection's sums the gradient that the losses have.

    Needed for re-entrant checkpointing alone, where the sums of the first pass have none; see mixlora's `losses`.
    """

    @staticmethod
    def forward(
        ctx: Any, record: ForwardRecord, depth: int, y: Tensor, probability: Tensor, contrast: Tensor | None
    ) -> Tensor:
        ctx.record, ctx.depth = record, depth
        ctx.shapes = [None if each is None else torch.zeros_like(each) for each in (probability, contrast)]
        return y.view_as(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        found: list[Tensor | None] = []
        for name, like in zip(("balance", "contrastive"), ctx.shapes, strict=True):
            scale = ctx.record.scales.get(name)
            coefficient = ctx.record.coefficients.get(name, {}).get(ctx.depth)
            if like is None or scale is None or coefficient is None:
                found.append(like)
            else:
                found.append((like + scale * coefficient).to(like.dtype))
        return None, None, grad, *found
