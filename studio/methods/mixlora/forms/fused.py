"""The GPU's form: everything of slot size inside three Triton kernels, which read and write [tokens, inner] once.

Tokens are laid in the order of their experts, so that a block of them meets few experts and skips the rest;
nothing waits for the device. Sums over tokens run in a fixed order, so a run repeats itself bit for bit.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.activation import kind_of
from studio.methods.mixlora.call import Experts, LowRank, Settings
from studio.methods.mixlora.forms.blocks import (
    ACTIVATIONS,
    Blocks,
    blocks_for,
    expert_blocks_for,
    padded_rank,
    power_of_two,
)


@dataclass(slots=True)
class _Plan:
    """Routing and parameters in the kernels' shapes; made anew in each pass, since it is small."""

    order: Tensor
    present: Tensor
    experts: Tensor
    weights: Tensor
    slots: int
    rank: int
    blocks: Blocks
    pairs: dict[str, tuple[Tensor, Tensor]]
    flags: dict[str, Any]

    def ranks(self, values: Tensor) -> Tensor:
        """Return of values [tokens, experts, rank] each slot's own row, [tokens, slots, rank]; 0 for unused ones."""
        at = self.experts.clamp(min=0).long()[:, :, None].expand(-1, -1, values.shape[2])
        return (values.gather(1, at) * (self.experts >= 0)[:, :, None]).contiguous()

    def spread(self, values: Tensor, count: int) -> Tensor:
        """Return of values [tokens, slots, rank] the wide form [tokens, experts * rank], zero elsewhere."""
        wide = values.new_zeros(values.shape[0], count, values.shape[2])
        at = self.experts.clamp(min=0).long()[:, :, None].expand_as(values)
        return wide.scatter_add_(1, at, values * (self.experts >= 0)[:, :, None]).flatten(1)


def forward(
    x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return (y, G, U) as `sorted.forward` does; y in x's type, low-rank products in it too."""
    from studio.methods.mixlora.forms import kernels

    frozen = settings.matrices(settings.base_dtype)
    gate = F.linear(x, frozen.gate, frozen.gate_bias)
    up = None if frozen.up is None else F.linear(x, frozen.up, frozen.up_bias)
    plan = _plan(x, experts, weights, low, settings, up is not None)
    dropped, _ = _dropped(x, settings)
    tokens, inner = gate.shape
    rank_gate, rank_up = (_rank_space(plan, name, dropped, settings) for name in ("gate", "up"))
    parts, tiles, grid = _grid(tokens, inner, plan.blocks)
    total = torch.empty_like(gate)
    z = torch.empty(parts, tokens, plan.slots, plan.rank, dtype=torch.float32, device=x.device)
    with _on(x.device):
        kernels._forward[grid](
            gate, gate if up is None else up, rank_gate, rank_up, plan.experts, plan.weights,
            plan.pairs["gate"][1], plan.pairs["up"][1], plan.pairs["down"][0], plan.order, plan.present,
            total, z, tokens, inner, tiles, settings.seed + 1, settings.dropout, EXPERTS=settings.experts,
            WIDE=power_of_two(plan.slots * plan.rank), **plan.flags,
        )  # fmt: skip
    y = F.linear(total, frozen.down)
    if frozen.down_bias is not None:
        y += frozen.down_bias * plan.weights.sum(dim=1, keepdim=True).to(y.dtype)
    if low.down is not None:
        wide = plan.spread(z.sum(dim=0), settings.experts) * settings.scaling
        y.addmm_(wide.to(y.dtype), plan.pairs["down"][1].flatten(0, 1))
    return y, gate, up


def backward(
    dy: Tensor,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    experts: Tensor,
    weights: Tensor,
    low: Experts,
    settings: Settings,
) -> tuple[Tensor, Tensor, Experts]:
    """Return (dx, dweights, gradients of the low-rank pairs) as `sorted.backward` does."""
    from studio.methods.mixlora.forms import kernels

    frozen = settings.matrices(settings.base_dtype)
    plan = _plan(x, experts, weights, low, settings, up is not None)
    dropped, input_mask = _dropped(x, settings)
    dy = dy.to(settings.base_dtype).contiguous()
    tokens, inner = gate.shape
    count, rank = settings.experts, plan.rank
    rank_gate, rank_up = (_rank_space(plan, name, dropped, settings) for name in ("gate", "up"))
    ds = dy @ frozen.down
    down_a, down_b = plan.pairs["down"]
    dz = rank_gate
    if low.down is not None:
        wide_dz = (dy @ down_b.flatten(0, 1).T).float() * settings.scaling
        dz = plan.ranks(wide_dz.view(tokens, count, rank)).to(settings.base_dtype)
    parts, tiles, grid = _grid(tokens, inner, plan.blocks)
    dgate = torch.empty_like(gate)
    dup = torch.empty_like(gate) if up is not None else dgate
    part: dict[str, Any] = {"dtype": torch.float32, "device": x.device}
    drank_gate = torch.empty(parts, tokens, plan.slots, rank, **part)
    drank_up = torch.empty_like(drank_gate)
    z = torch.empty_like(drank_gate)
    dweights = torch.empty(parts, tokens, plan.slots, **part)
    up_or_gate = gate if up is None else up
    with _on(x.device):
        kernels._backward_tokens[grid](
            gate, up_or_gate, ds, rank_gate, rank_up, dz, plan.experts, plan.weights, plan.pairs["gate"][1],
            plan.pairs["up"][1], down_a, plan.order, plan.present, dgate, dup, drank_gate, drank_up, dweights, z,
            tokens, inner, tiles, settings.seed + 1, settings.dropout, EXPERTS=count,
            WIDE=power_of_two(plan.slots * rank), PLACES=power_of_two(plan.slots), **plan.flags,
        )  # fmt: skip
    slot, offsets = _by_expert(plan.experts, count)
    dgate_b, dup_b, ddown_a = (torch.zeros(count, rank, inner, **part) for _ in range(3))
    size = expert_blocks_for(rank, settings.base_dtype)
    flags = plan.flags | {"BT": size.tokens, "BF": size.inner, "num_warps": size.warps}
    with _on(x.device):
        kernels._backward_experts[(-(-inner // size.inner), count)](
            gate, up_or_gate, ds, rank_gate, rank_up, dz, plan.weights, plan.pairs["gate"][1], plan.pairs["up"][1],
            down_a, slot, offsets, dgate_b, dup_b, ddown_a, inner, settings.seed + 1, settings.dropout, **flags,
        )  # fmt: skip
    dw = dweights.sum(dim=0)
    if frozen.down_bias is not None:
        dw += (dy @ frozen.down_bias).float()[:, None]
    dw = torch.where(plan.experts >= 0, dw, 0.0)
    dx = dgate @ frozen.gate
    if frozen.up is not None:
        dx.addmm_(dup, frozen.up)
    grads: dict[str, LowRank | None] = {"gate": None, "up": None, "down": None}
    through: Tensor | None = None
    for name, pair, dranks, db in (
        ("gate", low.gate, drank_gate, dgate_b),
        ("up", low.up, drank_up, dup_b),
    ):
        if pair is None or (name == "up" and up is None):
            continue
        # The scaling sits in the rank-space values, so B's gradient has it; A's and x's still want it.
        wide = (plan.spread(dranks.sum(dim=0), count) * settings.scaling).to(settings.base_dtype)
        back = wide @ plan.pairs[name][0].flatten(0, 1)
        through = back if through is None else through.add_(back)
        da = (wide.T @ dropped).float().view(count, rank, -1)
        grads[name] = _cut(da, db, pair)
    if through is not None:
        dx += through if input_mask is None else through * input_mask
    if low.down is not None:
        wide_z = (plan.spread(z.sum(dim=0), count) * settings.scaling).to(dy.dtype)
        grads["down"] = _cut(ddown_a, (wide_z.T @ dy).float().view(count, rank, -1), low.down)
    return dx, dw, Experts(grads["gate"], grads["up"], grads["down"])


def dropout_factors(tokens: int, inner: int, settings: Settings, device: torch.device) -> Tensor:
    """Return the factors [tokens, inner] by which the kernels drop in front of the last projection."""
    from studio.methods.mixlora.forms import kernels

    out = torch.empty(tokens, inner, device=device)
    with _on(device):
        kernels._mask[(-(-tokens // 32), -(-inner // 64))](
            out, tokens, inner, settings.seed + 1, settings.dropout, BT=32, BF=64
        )
    return out


def _on(device: torch.device) -> AbstractContextManager[Any]:
    """Make `device` the current one, on which Triton launches: a model on several cards has layers on others."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _plan(x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings, has_up: bool) -> _Plan:
    tokens, slots = experts.shape
    count = settings.experts
    some = next(pair for pair in (low.gate, low.up, low.down) if pair is not None)
    rank = padded_rank(some.A.shape[1])
    size = blocks_for(slots, rank, settings.base_dtype)
    # Equal slots are put in the same place, so that blocks of tokens meet few experts: order by the whole row.
    key = torch.zeros(tokens, dtype=torch.int64, device=x.device)
    for slot in range(slots):
        key = key * (count + 1) + experts[:, slot] + 1
    order = key.argsort(stable=True)
    present = torch.zeros(-(-tokens // size.tokens), slots, count + 1, dtype=torch.int32, device=x.device)
    block = torch.arange(tokens, device=x.device) // size.tokens
    sorted_experts = torch.where(experts < 0, count, experts)[order]
    for slot in range(slots):
        present[block, slot, sorted_experts[:, slot]] = 1

    def padded(pair: LowRank | None) -> tuple[Tensor, Tensor]:
        if pair is None:
            return x, x  # never read: the kernels' flags leave them out
        missing = rank - pair.A.shape[1]
        a = F.pad(pair.A, (0, 0, 0, missing)).to(settings.base_dtype)
        b = F.pad(pair.B.transpose(1, 2), (0, 0, 0, missing)).to(settings.base_dtype)
        return a.contiguous(), b.contiguous()

    flags = {
        "SLOTS": slots,
        "RANK": rank,
        "ACT": ACTIVATIONS[kind_of(settings.activation)],
        "HAS_UP": has_up,
        "HAS_RG": low.gate is not None,
        "HAS_RU": has_up and low.up is not None,
        "HAS_DOWN": low.down is not None,
        "DROPOUT": settings.dropout > 0,
        # Three products of halves: float32's accuracy on tensor cores. AMD's compiler does not offer it.
        "PRECISION": "ieee" if torch.version.hip else "tf32x3",
        "BT": size.tokens,
        "BF": size.inner,
        "num_warps": size.warps,
    }
    return _Plan(
        order=order.to(torch.int32),
        present=present[:, :, :count].contiguous(),
        experts=experts.to(torch.int32).contiguous(),
        weights=weights.detach().float().contiguous(),
        slots=slots,
        rank=rank,
        blocks=size,
        pairs={"gate": padded(low.gate), "up": padded(low.up), "down": padded(low.down)},
        flags=flags,
    )


def _rank_space(plan: _Plan, name: str, dropped: Tensor, settings: Settings) -> Tensor:
    """Return s · A_e x of every slot, [tokens, slots, rank]; any tensor where the projection is not adapted."""
    if not plan.flags["HAS_RG" if name == "gate" else "HAS_RU"]:
        return dropped
    wide = F.linear(dropped, plan.pairs[name][0].flatten(0, 1)).float() * settings.scaling
    values = wide.view(dropped.shape[0], settings.experts, plan.rank)
    return plan.ranks(values).to(settings.base_dtype)


def _by_expert(experts: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the used slots in the order of their experts, and where each expert's begin, [experts + 1]."""
    key = torch.where(experts < 0, count, experts).flatten().long()
    slot = key.argsort(stable=True)
    lengths = torch.zeros(count + 1, dtype=torch.int64, device=experts.device).scatter_add_(
        0, key, torch.ones_like(key)
    )
    offsets = F.pad(lengths[:count].cumsum(0), (1, 0))
    return slot.to(torch.int32), offsets.to(torch.int32)


def _grid(tokens: int, inner: int, size: Blocks) -> tuple[int, int, tuple[int, int]]:
    """Return (parts of the inner size, tiles of each part, grid): enough programs to fill a large GPU."""
    blocks, tiles = -(-tokens // size.tokens), -(-inner // size.inner)
    parts = min(tiles, max(1, -(-1024 // blocks)))
    per_part = -(-tiles // parts)
    return parts, per_part, (blocks, parts)


def _dropped(x: Tensor, settings: Settings) -> tuple[Tensor, Tensor | None]:
    mask = settings.input_mask(x, settings.base_dtype)
    x = x.to(settings.base_dtype)
    return (x, None) if mask is None else (x * mask, mask)


def _cut(a: Tensor, b: Tensor, like: LowRank) -> LowRank:
    """Return gradients [experts, padded rank, ·] in the shapes and the type of `like`."""
    rank = like.A.shape[1]
    return LowRank(a[:, :rank].to(like.A.dtype), b[:, :rank].transpose(1, 2).to(like.B.dtype))
