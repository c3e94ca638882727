"""The GPU's form: everything of slot size inside three Triton kernels, which read and write [tokens, inner] once.

Tokens are laid in the order of their experts, so that a block of them meets few experts and skips the rest;
nothing waits for the device (tests/fake_cuda counts what would). Sums over tokens run in a fixed order, so a run
repeats itself bit for bit.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.activation import kind_of
from studio.methods.mixlora.call import Experts, LowRank, Passed, Settings
from studio.methods.mixlora.forms.blocks import (
    ACTIVATIONS,
    Blocks,
    Kind,
    Tiles,
    expert_parts,
    padded_rank,
    power_of_two,
    tiles_for,
)


@dataclass(slots=True)
class _Plan:
    """Routing and parameters in the kernels' shapes.

    order: [tokens] in the order of their experts. met: [blocks, slots, experts] the experts that a block of tokens in
    that order meets, as many as counts [blocks, slots] says. experts: [tokens, slots]. These four are int32, and kept
    for the backward pass. whole: no slot is unused.
    """

    order: Tensor
    met: Tensor
    counts: Tensor
    experts: Tensor
    weights: Tensor
    chosen: Tensor
    whole: bool
    slots: int
    rank: int
    tiles: Tiles
    pairs: dict[str, tuple[Tensor, Tensor]]
    flags: dict[str, Any]

    def ranks(self, values: Tensor) -> Tensor:
        """Return of values [tokens, experts, rank] each slot's own row, [tokens, slots, rank]; 0 for unused ones."""
        own = values.gather(1, self.chosen[:, :, None].expand(-1, -1, values.shape[2]))
        return own if self.whole else own * (self.experts >= 0)[:, :, None]

    def spread(self, values: Tensor, count: int) -> Tensor:
        """Return of values [tokens, slots, rank] the wide form [tokens, experts * rank], zero elsewhere."""
        wide = values.new_zeros(values.shape[0], count, values.shape[2])
        at = self.chosen[:, :, None].expand_as(values)
        if self.whole:
            return wide.scatter_(1, at, values).flatten(1)
        return wide.scatter_add_(1, at, values * (self.experts >= 0)[:, :, None]).flatten(1)


def forward(x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings) -> Passed:
    """Return y, G and U as `sorted.forward` does, and the routing's plan; y and the low-rank products in x's type."""
    from studio.methods.mixlora.forms import kernels

    frozen = settings.frozen()
    gate, up = frozen.first(x)
    plan = _plan(x, experts, weights, low, settings, up is not None)
    dropped, _ = _dropped(x, settings)
    tokens, inner = gate.shape
    rank_gate, rank_up = (_rank_space(plan, name, dropped, settings) for name in ("gate", "up"))
    parts, tiles, grid = _grid(tokens, inner, plan.tiles.forward)
    total = torch.empty_like(gate)
    z = torch.empty(parts, tokens, plan.slots, plan.rank, dtype=torch.float32, device=x.device)
    with _on(x.device):
        kernels._forward[grid](
            gate, gate if up is None else up, rank_gate, rank_up, plan.experts, plan.weights,
            plan.pairs["gate"][1], plan.pairs["up"][1], plan.pairs["down"][0], plan.order, plan.met, plan.counts,
            total, z, tokens, inner, tiles, settings.seed + 1, settings.dropout,
            WIDE=power_of_two(plan.slots * plan.rank), **plan.flags, **_sizes(plan.tiles.forward),
        )  # fmt: skip
    y = frozen.last(total, plan.weights, slice(tokens))
    if low.down is not None:
        wide = plan.spread((z.sum(dim=0) * settings.scaling).to(y.dtype), settings.experts)
        y.addmm_(wide, plan.pairs["down"][1].flatten(0, 1))
    ranks = [each for each, has in ((rank_gate, "HAS_RG"), (rank_up, "HAS_RU")) if plan.flags[has]]
    return Passed(y, gate, up, (plan.order, plan.met, plan.counts, plan.experts, *ranks))


def backward(
    dy: Tensor,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    experts: Tensor,
    weights: Tensor,
    low: Experts,
    settings: Settings,
    kept: tuple[Tensor, ...],
) -> tuple[Tensor, Tensor, Experts]:
    """Return (dx, dweights, gradients of the low-rank pairs) as `sorted.backward` does."""
    from studio.methods.mixlora.forms import kernels

    frozen = settings.frozen()
    plan = _plan(x, experts, weights, low, settings, up is not None, kept[:4])
    dropped, input_mask = _dropped(x, settings)
    dy = dy.to(settings.base_dtype).contiguous()
    tokens, inner = gate.shape
    count, rank = settings.experts, plan.rank
    ranks = iter(kept[4:])
    rank_gate, rank_up = (next(ranks) if plan.flags[has] else dropped for has in ("HAS_RG", "HAS_RU"))
    ds = frozen.back_last(dy, slice(tokens))
    down_a, down_b = plan.pairs["down"]
    dz = rank_gate
    if low.down is not None:
        dz = plan.ranks((dy @ down_b.flatten(0, 1).T).view(tokens, count, rank)) * settings.scaling
    parts, tiles, grid = _grid(tokens, inner, plan.tiles.backward)
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
            plan.pairs["up"][1], down_a, plan.order, plan.met, plan.counts, dgate, dup, drank_gate, drank_up,
            dweights, z, tokens, inner, tiles, settings.seed + 1, settings.dropout,
            WIDE=power_of_two(plan.slots * rank), **plan.flags, **_sizes(plan.tiles.backward),
        )  # fmt: skip
    slot, offsets = _by_expert(plan.experts, count)
    size = plan.tiles.experts
    stretches = expert_parts(inner, count, size)
    sums = torch.empty(3, stretches, count, rank, inner, **part)
    with _on(x.device):
        kernels._backward_experts[(-(-inner // size.inner), count, stretches)](
            gate, up_or_gate, ds, rank_gate, rank_up, dz, plan.weights, plan.pairs["gate"][1], plan.pairs["up"][1],
            down_a, slot, offsets, *sums, inner, settings.seed + 1, settings.dropout, PARTS=stretches,
            **plan.flags, **_sizes(size),
        )  # fmt: skip
    dgate_b, dup_b, ddown_a = sums[:, 0] if stretches == 1 else sums.sum(dim=1)
    dw = dweights.sum(dim=0)
    if frozen.down_bias is not None:
        dw += (dy @ frozen.down_bias).float()[:, None]
    if not plan.whole:
        dw = torch.where(plan.experts >= 0, dw, 0.0)
    dx = frozen.back_first(dgate, None if up is None else dup, slice(tokens))
    grads: dict[str, LowRank | None] = {"gate": None, "up": None, "down": None}
    # Added up by the products themselves; behind a mask it takes a matrix of its own.
    through = dx if input_mask is None else None
    for name, pair, dranks, db in (
        ("gate", low.gate, drank_gate, dgate_b),
        ("up", low.up, drank_up, dup_b),
    ):
        if pair is None or (name == "up" and up is None):
            continue
        # The scaling sits in the rank-space values, so B's gradient has it; A's and x's still want it.
        wide = plan.spread((dranks.sum(dim=0) * settings.scaling).to(settings.base_dtype), count)
        a = plan.pairs[name][0].flatten(0, 1)
        through = wide @ a if through is None else through.addmm_(wide, a)
        da = (wide.T @ dropped).float().view(count, rank, -1)
        grads[name] = _cut(da, db, pair)
    if input_mask is not None and through is not None:
        dx.addcmul_(through, input_mask)
    if low.down is not None:
        wide_z = plan.spread((z.sum(dim=0) * settings.scaling).to(dy.dtype), count)
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


def _plan(
    x: Tensor,
    experts: Tensor,
    weights: Tensor,
    low: Experts,
    settings: Settings,
    has_up: bool,
    kept: tuple[Tensor, ...] = (),
) -> _Plan:
    """Put routing and parameters into the kernels' shapes; `kept` is what the forward pass has of it already."""
    slots = experts.shape[1]
    some = next(pair for pair in (low.gate, low.up, low.down) if pair is not None)
    rank = padded_rank(some.A.shape[1])
    tiles = tiles_for(Kind(slots, rank, settings.base_dtype, settings.dropout > 0))
    order, met, counts, short = kept or _order(experts, settings.experts, tiles.forward.tokens)

    def padded(pair: LowRank | None) -> tuple[Tensor, Tensor]:
        if pair is None:
            return x, x  # never read: the kernels' flags leave them out
        return _lowered(pair.A, rank, settings.base_dtype), _lowered(pair.B.transpose(1, 2), rank, settings.base_dtype)

    flags = {
        "SLOTS": slots,
        "EXPERTS": settings.experts,
        "RANK": rank,
        "ACT": ACTIVATIONS[kind_of(settings.activation)],
        "HAS_UP": has_up,
        "HAS_RG": low.gate is not None,
        "HAS_RU": has_up and low.up is not None,
        "HAS_DOWN": low.down is not None,
        "DROPOUT": settings.dropout > 0,
        # Three products of halves: float32's accuracy on tensor cores. AMD's compiler does not offer it.
        "PRECISION": "ieee" if torch.version.hip else "tf32x3",
    }
    return _Plan(
        order=order,
        met=met,
        counts=counts,
        experts=short,
        weights=weights.detach().float().contiguous(),
        chosen=experts if settings.all_used else experts.clamp(min=0),
        whole=settings.all_used,
        slots=slots,
        rank=rank,
        tiles=tiles,
        pairs={"gate": padded(low.gate), "up": padded(low.up), "down": padded(low.down)},
        flags=flags,
    )


def _sizes(blocks: Blocks) -> dict[str, Any]:
    """What a launch wants to know of its blocks; loads are not ordered ahead, which would cost registers."""
    sizes: dict[str, Any] = {"BT": blocks.tokens, "BF": blocks.inner, "num_warps": blocks.warps, "num_stages": 1}
    if blocks.registers and not torch.version.hip:
        sizes["maxnreg"] = blocks.registers
    return sizes


def _order(experts: Tensor, count: int, block: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return `order`, `met`, `counts` and `experts` of a plan; nothing here waits for the device.

    Equal slots are put in the same place, so that blocks of tokens meet few experts: order by the whole row.
    """
    from studio.methods.mixlora.forms import kernels

    tokens, slots = experts.shape
    short = experts.to(torch.int32).contiguous()
    different = (count + 1) ** slots
    wide = short if different < 2**31 else experts.long()
    key = wide[:, 0]
    for slot in range(1, slots):
        key = torch.add(wide[:, slot], key, alpha=count + 1)
    if different < 2**15:
        key = key.to(torch.int16)  # a sort of short keys takes fewer passes over them
    order = key.argsort(stable=True).to(torch.int32)
    blocks = -(-tokens // block)
    met = torch.empty(blocks, slots, count, dtype=torch.int32, device=experts.device)
    counts = torch.empty(blocks, slots, dtype=torch.int32, device=experts.device)
    with _on(experts.device):
        kernels._meet[(blocks,)](
            short, order, met, counts, tokens, SLOTS=slots, EXPERTS=count, PLACES=power_of_two(count), BT=block
        )
    return order, met, counts, short


def _lowered(values: Tensor, rank: int, dtype: torch.dtype) -> Tensor:
    """Return values [experts, own rank, width] as `dtype`, in order, and filled with zeros to `rank`: one copy."""
    experts, own, width = values.shape
    if own == rank:
        return torch.empty(experts, rank, width, dtype=dtype, device=values.device).copy_(values)
    filled = torch.zeros(experts, rank, width, dtype=dtype, device=values.device)
    filled[:, :own].copy_(values)
    return filled


def _rank_space(plan: _Plan, name: str, dropped: Tensor, settings: Settings) -> Tensor:
    """Return s · A_e x of every slot, [tokens, slots, rank]; any tensor where the projection is not adapted."""
    if not plan.flags["HAS_RG" if name == "gate" else "HAS_RU"]:
        return dropped
    wide = F.linear(dropped, plan.pairs[name][0].flatten(0, 1))
    return plan.ranks(wide.view(dropped.shape[0], settings.experts, plan.rank)) * settings.scaling


def _by_expert(experts: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the used slots in the order of their experts, and where each expert's begin, [experts + 1]."""
    keys, slot = experts.flatten().to(torch.int16).sort(stable=True)  # unused slots, -1, come first
    begins = torch.searchsorted(keys, torch.arange(count + 1, dtype=torch.int16, device=experts.device), out_int32=True)
    return slot.to(torch.int32), begins


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
