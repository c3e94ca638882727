"""The balance loss and the z-loss of one forward, right under accumulation, checkpointing and several processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.forward_record import ForwardRecord
from studio.methods.mixlora.sums import LayerSums
from studio.methods.step_sums import LayerTotals, processes

Losses = dict[str, Tensor]


def losses_of(
    record: ForwardRecord, balance: float, z: float, pooled: bool, last: Mapping[int, Tensor]
) -> tuple[Losses, Losses]:
    """Return (weighted losses with gradient, unweighted values without) of one finished forward, by name.

    balance = E · Σ_e f_e p_e with f the mean one-hot (summed over slots) and p the mean softmax, over unmasked
    tokens, in each layer and then averaged; `pooled` takes f and p over all layers' tokens first. Only p carries
    gradient. f and the token count are means over all processes, so that the processes' mean gradient is that
    of the whole batch.

    last: each layer's f [experts] of the whole step before this one, zeros where none is known. The weighted loss takes
    it in place of this forward's own: being linear in p, it then adds up over micro-batches to the loss of the
    optimiser's batch, however that is divided. The values are this forward's own.
    """
    if not record.layers:
        return {}, {}
    slots, tokens, count = _over_processes(record)
    depth = len(record.layers)
    own = {i: slots[i] / tokens[i].clamp(min=1) for i in record.layers}
    if pooled:
        mean = torch.stack(list(own.values())).mean(dim=0)
        own = dict.fromkeys(own, mean)
    # Chosen on the device: to ask whether the loads are known would make a card wait.
    share = {i: torch.where(last[i].any(), last[i], own[i]) if i in last else own[i] for i in own}
    per_token = {i: count / (tokens[i].clamp(min=1) * depth) for i in record.layers}
    experts = {i: each.shape[0] for i, each in own.items()}
    weighted: dict[str, Tensor] = {}
    values = {"balance": _total(record, {i: own[i] * (experts[i] * per_token[i]) for i in own}, "balance").detach()}
    if balance:
        coefficients = {i: share[i] * (experts[i] * per_token[i]) for i in share}
        weighted["balance"] = _total(record, coefficients, "balance") * balance
        record.coefficients["balance"] = {i: each * balance for i, each in coefficients.items()}
    if z:
        squares = _total(record, per_token, "router_z")
        values["router_z"], weighted["router_z"] = squares.detach(), squares * z
        record.coefficients["router_z"] = {i: each * z for i, each in per_token.items()}
    return weighted, values


def balance_value(layers: Iterable[LayerTotals], pooled: bool) -> Tensor:
    """Return E · Σ f p of a whole step's totals, averaged over layers or of all layers' tokens together; scalar."""
    shares = [totals.share for totals in layers]
    means = [totals.probability / totals.tokens.clamp(min=1) for totals in layers]
    if pooled:
        shares, means = [torch.stack(shares).mean(dim=0)], [torch.stack(means).mean(dim=0)]
    return torch.stack([len(f) * (f * p).sum() for f, p in zip(shares, means, strict=True)]).mean()


def _total(record: ForwardRecord, coefficients: Mapping[int, Tensor], name: str) -> Tensor:
    terms = [(coefficients[i] * _term(name, sums)).sum() for i, sums in record.layers.items()]
    return torch.stack(terms).sum()


def _term(name: str, sums: LayerSums) -> Tensor:
    return sums.probability if name == "balance" else sums.z


def _over_processes(record: ForwardRecord) -> tuple[dict[int, Tensor], dict[int, Tensor], int]:
    """Return each layer's slots [experts] and tokens summed over processes, and the number of processes."""
    slots = {i: sums.slots.sum(dim=0) for i, sums in record.layers.items()}
    tokens = {i: sums.tokens for i, sums in record.layers.items()}
    if not record.training or processes() == 1:
        return slots, tokens, 1
    flat = torch.cat([torch.cat([slots[i], tokens[i].reshape(1)]) for i in record.layers])
    dist.all_reduce(flat)
    at = 0
    for i in record.layers:
        count = slots[i].shape[0]
        slots[i], tokens[i] = flat[at : at + count], flat[at + count]
        at += count + 1
    return slots, tokens, processes()


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
