"""The balance loss and the z-loss of one forward, right under accumulation, checkpointing and several processes."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.mixlora.sums import LayerSums
from studio.methods.record import ForwardRecord

Losses = dict[str, Tensor]


def losses_of(record: ForwardRecord, balance: float, z: float, pooled: bool) -> tuple[Losses, Losses]:
    """Return (weighted losses with gradient, unweighted values without) of one finished forward, by name.

    balance = E · Σ_e f_e p_e with f the mean one-hot (summed over slots) and p the mean softmax, over unmasked
    tokens, in each layer and then averaged; `pooled` takes f and p over all layers' tokens first. Only p carries
    gradient. f and the token count are means over all processes, so that the processes' mean gradient is that
    of the whole batch.
    """
    if not record.layers:
        return {}, {}
    slots, tokens, processes = _over_processes(record)
    depth = len(record.layers)
    share = {i: slots[i] / tokens[i].clamp(min=1) for i in record.layers}
    if pooled:
        mean = torch.stack(list(share.values())).mean(dim=0)
        share = dict.fromkeys(share, mean)
    coefficients: dict[str, dict[int, Tensor]] = {"balance": {}, "router_z": {}}
    for i in record.layers:
        per_token = processes / (tokens[i].clamp(min=1) * depth)
        coefficients["balance"][i] = share[i] * (share[i].shape[0] * per_token)
        coefficients["router_z"][i] = per_token
    weighted: dict[str, Tensor] = {}
    values: dict[str, Tensor] = {}
    for name, weight in (("balance", balance), ("router_z", z)):
        if weight == 0.0 and name == "router_z":
            continue
        record.coefficients[name] = {i: c * weight for i, c in coefficients[name].items()}
        total = sum((coefficients[name][i] * _term(name, sums)).sum() for i, sums in record.layers.items())
        assert isinstance(total, Tensor)
        values[name] = total.detach()
        if weight:
            weighted[name] = total * weight
    return weighted, values


def _term(name: str, sums: LayerSums) -> Tensor:
    return sums.probability if name == "balance" else sums.z


def _over_processes(record: ForwardRecord) -> tuple[dict[int, Tensor], dict[int, Tensor], int]:
    """Return each layer's slots [experts] and tokens summed over processes, and the number of processes."""
    slots = {i: sums.slots.sum(dim=0) for i, sums in record.layers.items()}
    tokens = {i: sums.tokens for i, sums in record.layers.items()}
    if not (record.training and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        return slots, tokens, 1
    flat = torch.cat([torch.cat([slots[i], tokens[i].reshape(1)]) for i in record.layers])
    dist.all_reduce(flat)
    at = 0
    for i in record.layers:
        count = slots[i].shape[0]
        slots[i], tokens[i] = flat[at : at + count], flat[at + count]
        at += count + 1
    return slots, tokens, dist.get_world_size()


class AttachSums(torch.autograd.Function):
    """Passes y through and, in backward, hands the layer's sums the gradient that the loss has for them."""

    @staticmethod
    def forward(ctx: Any, record: ForwardRecord, layer: int, y: Tensor, probability: Tensor, z: Tensor) -> Tensor:
        ctx.record, ctx.layer = record, layer
        ctx.like = (probability.new_zeros(()), z.new_zeros(()), probability.shape)
        return y.view_as(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        like_probability, like_z, shape = ctx.like
        found: list[Tensor] = []
        for name, like in (("balance", like_probability.expand(shape)), ("router_z", like_z)):
            scale = ctx.record.scales.get(name)
            coefficient = ctx.record.coefficients.get(name, {}).get(ctx.layer)
            if scale is None or coefficient is None:
                found.append(torch.zeros_like(like))
            else:
                found.append((scale * coefficient).to(like))
        return None, None, grad, found[0], found[1]
