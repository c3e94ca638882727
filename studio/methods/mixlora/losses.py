"""The balance loss and the z-loss of one forward, right under accumulation, checkpointing and several processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.forward_record import ForwardRecord
from studio.methods.step_sums import LayerTotals, processes, sum_over_processes

Losses = dict[str, Tensor]


def losses_of(
    record: ForwardRecord, balance: float, z: float, pooled: bool, last: Mapping[int, Tensor]
) -> tuple[Losses, Losses]:
    """Return (weighted losses with gradient, unweighted values without) of one finished forward, by name.

    balance = E · Σ_e f_e p_e with f the mean one-hot (summed over slots) and p the mean softmax, over unmasked
    tokens, in each layer and then averaged; `pooled` takes f and p over all layers' tokens first. Only p carries
    gradient. f and the token count are means over all processes, so that the processes' mean gradient is that
    of the whole batch; of this process alone where the record is `apart`.

    last: each layer's f [experts] of the whole step before this one, zeros where none is known. The weighted loss takes
    it in place of this forward's own: being linear in p, it then adds up over micro-batches to the loss of the
    optimiser's batch, however that is divided. The values are this forward's own.
    """
    if not record.layers:
        return {}, {}
    alike: dict[int, list[int]] = {}
    for layer, sums in record.layers.items():
        alike.setdefault(sums.probability.shape[0], []).append(layer)
    groups = [_Alike.of(record, layers, pooled, last) for layers in alike.values()]
    depth = len(record.layers)
    values = {"balance": _sum(group.balance(group.own, depth) * group.probability for group in groups).detach()}
    weighted: dict[str, Tensor] = {}
    if balance:
        coefficients = [group.balance(group.share, depth) for group in groups]
        weighted["balance"] = _sum(each * group.probability for each, group in zip(coefficients, groups, strict=True))
        weighted["balance"] = weighted["balance"] * balance
        record.coefficients["balance"] = _by_layer(groups, coefficients, balance)
    if z:
        per_token = [group.per_token(depth) for group in groups]
        squares = _sum(each * group.z for each, group in zip(per_token, groups, strict=True))
        values["router_z"], weighted["router_z"] = squares.detach(), squares * z
        record.coefficients["router_z"] = _by_layer(groups, per_token, z)
    return weighted, values


@dataclass(frozen=True, slots=True)
class _Alike:
    """The layers with the same number of experts, side by side: a card is asked once for all, not once for each.

    own, share, probability: [layers, experts]; tokens, z: [layers, 1].
    """

    layers: list[int]
    own: Tensor
    share: Tensor
    probability: Tensor
    z: Tensor
    tokens: Tensor
    processes: int

    @classmethod
    def of(cls, record: ForwardRecord, layers: list[int], pooled: bool, last: Mapping[int, Tensor]) -> _Alike:
        sums = [record.layers[layer] for layer in layers]
        slots = torch.stack([each.slots for each in sums]).sum(dim=1)
        tokens = torch.stack([each.tokens for each in sums])[:, None]
        count = processes() if record.training and not record.apart else 1
        if count > 1:
            both = torch.cat([slots, tokens], dim=1)
            sum_over_processes(both)
            slots, tokens = both[:, :-1], both[:, -1:]
        tokens = tokens.clamp(min=1)
        own = slots / tokens
        if pooled:
            own = own.mean(dim=0).expand_as(own)
        share = own
        if any(layer in last for layer in layers):
            # Chosen on the device: to ask whether the loads are known would make a card wait.
            known = torch.stack([last.get(layer, torch.zeros_like(own[0])) for layer in layers])
            share = torch.where(known.any(dim=1, keepdim=True), known, own)
        probability = torch.stack([each.probability for each in sums])
        z = torch.stack([each.z for each in sums])[:, None]
        return cls(layers, own, share, probability, z, tokens, count)

    def per_token(self, depth: int) -> Tensor:
        """What one token's term counts for in the mean over tokens and over `depth` layers, [layers, 1]."""
        return self.processes / (self.tokens * depth)

    def balance(self, share: Tensor, depth: int) -> Tensor:
        """The balance loss's coefficient of each probability, [layers, experts]."""
        return share * (share.shape[1] * self.per_token(depth))


def balance_value(layers: Iterable[LayerTotals], pooled: bool) -> Tensor:
    """Return E · Σ f p of a whole step's totals, averaged over layers or of all layers' tokens together; scalar."""
    shares = [totals.share for totals in layers]
    means = [totals.probability / totals.tokens.clamp(min=1) for totals in layers]
    if pooled:
        shares, means = [torch.stack(shares).mean(dim=0)], [torch.stack(means).mean(dim=0)]
    return torch.stack([len(f) * (f * p).sum() for f, p in zip(shares, means, strict=True)]).mean()


def _sum(terms: Iterable[Tensor]) -> Tensor:
    return torch.stack([each.sum(dim=1).sum() for each in terms]).sum()


def _by_layer(groups: Sequence[_Alike], coefficients: Sequence[Tensor], weight: float) -> dict[int, Tensor]:
    found: dict[int, Tensor] = {}
    for group, each in zip(groups, coefficients, strict=True):
        found |= dict(zip(group.layers, (each * weight).unbind(), strict=True))
    return found


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
