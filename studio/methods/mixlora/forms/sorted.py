"""The CPU's form: slots sorted by expert within a chunk of tokens that stays in cache; rank-r products per expert.

Both passes walk over tokens chunk by chunk, work in place and recompute all but G and U.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.activation import activate, activation_backward
from studio.methods.mixlora.call import Experts, LowRank, Settings
from studio.methods.mixlora.forms.slots import Chunk, chunks
from studio.methods.mixlora.frozen import Matrices


def forward(
    x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return (y [tokens, hidden], G [tokens, inner], U [tokens, inner] or None) for x [tokens, hidden].

    experts, weights: [tokens, k], -1 and 0 for unused slots.
    """
    dtype = low.dtype
    frozen = settings.matrices(settings.base_dtype)
    x = x.to(settings.base_dtype)
    gate = F.linear(x, frozen.gate, frozen.gate_bias)
    up = None if frozen.up is None else F.linear(x, frozen.up, frozen.up_bias)
    dropped, _ = _dropped(x, settings, dtype)
    y = torch.empty(x.shape[0], frozen.down.shape[0], dtype=settings.base_dtype, device=x.device)
    for chunk in chunks(experts, settings.experts, settings.chunk):
        here = slice(chunk.start, chunk.stop)
        w = weights[here].to(dtype)
        _, _, h = _hidden(chunk, dropped[here], gate[here], None if up is None else up[here], low, settings, dtype)
        s = _sum_slots(h, chunk, w)
        part = F.linear(s.to(settings.base_dtype), frozen.down)
        if frozen.down_bias is not None:
            part += frozen.down_bias * w.sum(dim=1, keepdim=True).to(part.dtype)
        if low.down is not None:
            mask = settings.inner_mask(chunk.start, chunk.stop, h.shape[1], h)
            if mask is not None:
                h *= mask.index_select(0, chunk.rows)
            delta = h.new_empty(h.shape[0], y.shape[1])
            for expert, a, b in chunk.segments:
                torch.mm(h[a:b] @ low.down.A[expert].T, low.down.B[expert].T, out=delta[a:b])
            part += _sum_slots(delta, chunk, w * settings.scaling).to(part.dtype)
        y[here] = part
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
    """Return (dx, dweights [tokens, k], gradients of the low-rank pairs) for dy [tokens, hidden]."""
    dtype = low.dtype
    frozen = settings.matrices(settings.base_dtype)
    x = x.to(settings.base_dtype)
    dy = dy.to(settings.base_dtype)
    dropped, input_mask = _dropped(x, settings, dtype)
    dx = torch.empty_like(x)
    dweights = torch.zeros(weights.shape, dtype=dtype, device=x.device)
    grads = Experts(*(_zeros(pair) for pair in (low.gate, low.up, low.down)))
    for chunk in chunks(experts, settings.experts, settings.chunk):
        here = slice(chunk.start, chunk.stop)
        _backward_chunk(
            chunk, dy[here], dropped[here], gate[here], None if up is None else up[here], weights[here].to(dtype),
            low, grads, frozen, settings, dtype, dx[here], dweights[here],
            None if input_mask is None else input_mask[here],
        )  # fmt: skip
    return dx, dweights, grads


def _backward_chunk(
    chunk: Chunk,
    dy: Tensor,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    w: Tensor,
    low: Experts,
    grads: Experts,
    frozen: Matrices,
    settings: Settings,
    dtype: torch.dtype,
    dx: Tensor,
    dweights: Tensor,
    input_mask: Tensor | None,
) -> None:
    s = settings.scaling
    rows = chunk.rows
    g, u, h = _hidden(chunk, x, gate, up, low, settings, dtype)
    ds = (dy @ frozen.down).to(dtype).index_select(0, rows)
    dslot = torch.linalg.vecdot(h, ds)
    dyw = dy.to(dtype)
    if frozen.down_bias is not None:
        dslot += (dyw @ frozen.down_bias.to(dtype)).index_select(0, rows)
    ws = w.flatten().index_select(0, chunk.order)[:, None]
    dh = ds.mul_(ws)
    if low.down is not None and grads.down is not None:
        mask = settings.inner_mask(chunk.start, chunk.stop, h.shape[1], h)
        masked = h
        if mask is not None:
            mask = mask.index_select(0, rows)
            masked = h * mask
        dys = dyw.index_select(0, rows)
        for expert, a, b in chunk.segments:
            z = masked[a:b] @ low.down.A[expert].T
            dz = dys[a:b] @ low.down.B[expert]
            dslot[a:b] += torch.linalg.vecdot(z, dz).mul_(s)
            z *= ws[a:b]
            dz *= ws[a:b]
            grads.down.B[expert].addmm_(dys[a:b].T, z, alpha=s)
            grads.down.A[expert].addmm_(dz.T, masked[a:b], alpha=s)
            if mask is None:
                dh[a:b].addmm_(dz, low.down.A[expert], alpha=s)
            else:
                dh[a:b] += (dz @ low.down.A[expert]).mul_(mask[a:b]).mul_(s)
    dweights.view(-1).index_copy_(0, chunk.order, dslot)
    if u is None:
        dg, du = activation_backward(settings.activation, dh, g), None
    else:
        du = dh * activate(settings.activation, g)
        dg = activation_backward(settings.activation, dh.mul_(u), g)
    through = torch.zeros(rows.shape[0], x.shape[1], dtype=dtype, device=x.device)
    xs = x.index_select(0, rows)
    for pair, grad, out in ((low.gate, grads.gate, dg), (low.up, grads.up, du)):
        if pair is None or grad is None or out is None:
            continue
        for expert, a, b in chunk.segments:
            inner = xs[a:b] @ pair.A[expert].T
            dinner = out[a:b] @ pair.B[expert]
            grad.B[expert].addmm_(out[a:b].T, inner, alpha=s)
            grad.A[expert].addmm_(dinner.T, xs[a:b], alpha=s)
            through[a:b].addmm_(dinner, pair.A[expert], alpha=s)
    ones = (w != 0).to(dtype)
    torch.mm(_sum_slots(dg, chunk, ones).to(dx.dtype), frozen.gate, out=dx)
    if du is not None and frozen.up is not None:
        dx.addmm_(_sum_slots(du, chunk, ones).to(dx.dtype), frozen.up)
    added = _sum_slots(through, chunk, ones)
    dx += (added if input_mask is None else added.mul_(input_mask)).to(dx.dtype)


def _hidden(
    chunk: Chunk, x: Tensor, gate: Tensor, up: Tensor | None, low: Experts, settings: Settings, dtype: torch.dtype
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Return G and U of each slot with its expert's update, and h = act(G) * U, all [slots, inner]."""
    g = gate.index_select(0, chunk.rows).to(dtype)
    u = None if up is None else up.index_select(0, chunk.rows).to(dtype)
    xs = x.index_select(0, chunk.rows)
    for pair, out in ((low.gate, g), (low.up, u)):
        if pair is not None and out is not None:
            for expert, a, b in chunk.segments:
                out[a:b].addmm_(xs[a:b] @ pair.A[expert].T, pair.B[expert].T, alpha=settings.scaling)
    h = activate(settings.activation, g)
    return g, u, h if u is None else h.mul_(u)


def _sum_slots(values: Tensor, chunk: Chunk, weights: Tensor) -> Tensor:
    """Return [tokens, features], each token's slots' values [slots, features] summed with weights [tokens, k]."""
    if not values.shape[0]:
        return values.new_zeros(chunk.position.shape[0], values.shape[1])
    return F.embedding_bag(chunk.position, values, mode="sum", per_sample_weights=weights)


def _dropped(x: Tensor, settings: Settings, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
    mask = settings.input_mask(x, dtype)
    x = x.to(dtype)
    return (x, None) if mask is None else (x * mask, mask)


def _zeros(pair: LowRank | None) -> LowRank | None:
    return None if pair is None else LowRank(torch.zeros_like(pair.A), torch.zeros_like(pair.B))
