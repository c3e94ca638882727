"""The CPU's form: slots sorted by expert, a few rows of one expert at a time in buffers that stay in cache.

Frozen products run over a whole stretch of tokens, where they are fastest; everything of slot size runs in
blocks of rows, in place. The backward pass recomputes all but G and U.
"""

from __future__ import annotations

import torch
from torch import Tensor

from studio.methods.mixlora.activation import activate_into, activation_backward_into
from studio.methods.mixlora.call import Experts, LowRank, Passed, Settings
from studio.methods.mixlora.forms.slots import Stretch, stretches
from studio.methods.mixlora.frozen import FrozenProducts

# Elements of one [rows, inner] buffer: four or five of them fit a core's second-level cache.
_BLOCK_ELEMENTS = 32 * 8192


def forward(x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings) -> Passed:
    """Return y [tokens, hidden], G [tokens, inner] and U [tokens, inner] or None for x [tokens, hidden].

    experts, weights: [tokens, k], -1 and 0 for unused slots.
    """
    dtype = low.dtype
    frozen = settings.frozen()
    gate, up = frozen.first(x)
    dropped, _ = _dropped(x, settings, dtype)
    y = torch.empty(x.shape, dtype=settings.base_dtype, device=x.device)
    rows = _block_rows(gate)
    work = _Buffers(rows, gate, dtype, 3)
    for stretch in stretches(experts, settings.experts, settings.chunk):
        here = slice(stretch.start, stretch.stop)
        w = weights[here].to(dtype)
        ws = w.flatten().index_select(0, stretch.order)[:, None]
        xs = dropped[here].index_select(0, stretch.tokens)
        rank_gate, rank_up = (_reduce(xs, pair, stretch, settings.scaling) for pair in (low.gate, low.up))
        z = None if low.down is None else xs.new_empty(xs.shape[0], low.down.A.shape[1])
        mask = settings.inner_mask(stretch.start, stretch.stop, gate.shape[1], ws)
        total = torch.zeros(here.stop - here.start, gate.shape[1], dtype=dtype, device=x.device)
        g_here, u_here = gate[here], None if up is None else up[here]
        for expert, a, b in stretch.blocks(rows):
            tokens = stretch.tokens[a:b]
            g = _with_update(g_here, tokens, rank_gate, low.gate, expert, a, b, work[0, b - a])
            h = activate_into(settings.activation, g, work[2, b - a])
            if u_here is not None:
                h.mul_(_with_update(u_here, tokens, rank_up, low.up, expert, a, b, work[1, b - a]))
            h.mul_(ws[a:b])
            total.index_add_(0, tokens, h)
            if z is not None and low.down is not None:
                if mask is not None:
                    h.mul_(torch.index_select(mask, 0, tokens, out=work[1, b - a]))
                torch.mm(h, low.down.A[expert].T, out=z[a:b])
        part = frozen.last(total.to(settings.base_dtype), w, here)
        if z is not None and low.down is not None:
            delta = z.new_empty(z.shape[0], part.shape[1])
            for expert, a, b in stretch.segments:
                torch.mm(z[a:b], low.down.B[expert].T, out=delta[a:b])
            part.index_add_(0, stretch.tokens, delta.to(part.dtype), alpha=settings.scaling)
        y[here] = part
    return Passed(y, gate, up)


def backward(
    dy: Tensor,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    experts: Tensor,
    weights: Tensor,
    low: Experts,
    settings: Settings,
    kept: tuple[Tensor, ...] = (),
) -> tuple[Tensor, Tensor, Experts]:
    """Return (dx, dweights [tokens, k], gradients of the low-rank pairs) for dy [tokens, hidden]."""
    dtype = low.dtype
    frozen = settings.frozen()
    dy = dy.to(settings.base_dtype)
    dropped, input_mask = _dropped(x, settings, dtype)
    dx = torch.empty_like(x)
    dweights = torch.zeros(weights.shape, dtype=dtype, device=x.device)
    grads = Experts(*(_zeros(pair) for pair in (low.gate, low.up, low.down)))
    rows = _block_rows(gate)
    work = _Buffers(rows, gate, dtype, 7)
    for stretch in stretches(experts, settings.experts, settings.chunk):
        here = slice(stretch.start, stretch.stop)
        through = _backward_stretch(
            stretch, dy[here], dropped[here], gate[here], None if up is None else up[here],
            weights[here].to(dtype), low, grads, frozen, settings, work, rows, dx[here], dweights[here], here,
        )  # fmt: skip
        if input_mask is not None:
            through.mul_(input_mask[here])
        dx[here] += through.to(dx.dtype)
    return dx, dweights, grads


def _backward_stretch(
    stretch: Stretch,
    dy: Tensor,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    w: Tensor,
    low: Experts,
    grads: Experts,
    frozen: FrozenProducts,
    settings: Settings,
    work: _Buffers,
    rows: int,
    dx: Tensor,
    dweights: Tensor,
    here: slice,
) -> Tensor:
    """Fill dx with the frozen part and dweights; add to grads; return the low-rank part of dx."""
    dtype, s = low.dtype, settings.scaling
    ws = w.flatten().index_select(0, stretch.order)[:, None]
    xs = x.index_select(0, stretch.tokens)
    rank_gate, rank_up = (_reduce(xs, pair, stretch, s) for pair in (low.gate, low.up))
    drank_gate, drank_up = (None if rank is None else torch.empty_like(rank) for rank in (rank_gate, rank_up))
    ds_all = frozen.back_last(dy, here).to(dtype)
    dys = dy.to(dtype).index_select(0, stretch.tokens)
    dslot = xs.new_empty(xs.shape[0])
    z = dz = dz_weighted = None
    if low.down is not None:
        z = xs.new_empty(xs.shape[0], low.down.A.shape[1])
        dz = torch.empty_like(z)
        for expert, a, b in stretch.segments:
            torch.mm(dys[a:b], low.down.B[expert], out=dz[a:b])
        dz.mul_(s)
        dz_weighted = dz * ws
    mask = settings.inner_mask(stretch.start, stretch.stop, gate.shape[1], ws)
    dgate = torch.zeros_like(ds_all)
    dup = None if up is None else torch.zeros_like(ds_all)
    for expert, a, b in stretch.blocks(rows):
        tokens, n = stretch.tokens[a:b], b - a
        g = _with_update(gate, tokens, rank_gate, low.gate, expert, a, b, work[0, n])
        act = activate_into(settings.activation, g, work[2, n])
        u = None
        h = act
        if up is not None:
            u = _with_update(up, tokens, rank_up, low.up, expert, a, b, work[1, n])
            h = torch.mul(act, u, out=work[3, n])
        dh = torch.index_select(ds_all, 0, tokens, out=work[4, n])
        torch.sum(torch.mul(h, dh, out=work[5, n]), 1, out=dslot[a:b])
        dh.mul_(ws[a:b])
        if z is not None and dz_weighted is not None and low.down is not None and grads.down is not None:
            dzw = dz_weighted[a:b]
            if mask is None:
                _reduce_down(h, dzw, low.down, grads.down, expert, z[a:b])
                dh.addmm_(dzw, low.down.A[expert])
            else:
                kept = torch.index_select(mask, 0, tokens, out=work[6, n])
                scratch = torch.mul(h, kept, out=work[5, n])
                _reduce_down(scratch, dzw, low.down, grads.down, expert, z[a:b])
                dh += torch.mm(dzw, low.down.A[expert], out=scratch).mul_(kept)
        if u is not None and dup is not None:
            du = act.mul_(dh)
            dh.mul_(u)
            _gather(du, rank_up, drank_up, low.up, grads.up, expert, a, b)
            dup.index_add_(0, tokens, du)
        dg = activation_backward_into(settings.activation, dh, g, work[3, n])
        _gather(dg, rank_gate, drank_gate, low.gate, grads.gate, expert, a, b)
        dgate.index_add_(0, tokens, dg)
    if z is not None and dz is not None and grads.down is not None:
        dslot += (z * dz).sum(dim=1)
        z.mul_(ws).mul_(s)
        for expert, a, b in stretch.segments:
            grads.down.B[expert].addmm_(dys[a:b].T, z[a:b])
    if frozen.down_bias is not None:
        dslot += dys @ frozen.down_bias.to(dtype)
    dweights.view(-1).index_copy_(0, stretch.order, dslot)
    frozen.back_first(dgate.to(dx.dtype), None if dup is None else dup.to(dx.dtype), here, out=dx)
    dxs = torch.zeros_like(xs)
    for pair, grad, drank in ((low.gate, grads.gate, drank_gate), (low.up, grads.up, drank_up)):
        if pair is not None and grad is not None and drank is not None:
            drank.mul_(s)
            for expert, a, b in stretch.segments:
                grad.A[expert].addmm_(drank[a:b].T, xs[a:b])
                dxs[a:b].addmm_(drank[a:b], pair.A[expert])
    return torch.zeros(x.shape, dtype=dtype, device=x.device).index_add_(0, stretch.tokens, dxs)


class _Buffers:
    """A few [rows, inner] buffers, made once and cut to the rows at hand: fresh pages cost more than the sums."""

    def __init__(self, rows: int, like: Tensor, dtype: torch.dtype, count: int) -> None:
        self._whole = torch.empty(count, rows, like.shape[1], dtype=dtype, device=like.device)

    def __getitem__(self, at: tuple[int, int]) -> Tensor:
        return self._whole[at[0], : at[1]]


def _block_rows(gate: Tensor) -> int:
    return max(8, min(256, _BLOCK_ELEMENTS // gate.shape[1]))


def _reduce(xs: Tensor, pair: LowRank | None, stretch: Stretch, scaling: float) -> Tensor | None:
    """Return s · A_e x of each slot [slots, rank], or None where the projection is not adapted."""
    if pair is None:
        return None
    rank = xs.new_empty(xs.shape[0], pair.A.shape[1])
    for expert, a, b in stretch.segments:
        torch.mm(xs[a:b], pair.A[expert].T, out=rank[a:b])
    return rank.mul_(scaling)


def _with_update(
    frozen: Tensor, tokens: Tensor, rank: Tensor | None, pair: LowRank | None, expert: int, a: int, b: int, out: Tensor
) -> Tensor:
    """Return in `out` the frozen product of the block's tokens with the expert's update added."""
    if frozen.dtype == out.dtype:
        torch.index_select(frozen, 0, tokens, out=out)
    else:
        out.copy_(frozen.index_select(0, tokens))
    return out if rank is None or pair is None else out.addmm_(rank[a:b], pair.B[expert].T)


def _gather(
    grad: Tensor, rank: Tensor | None, drank: Tensor | None, pair: LowRank | None, into: LowRank | None,
    expert: int, a: int, b: int,
) -> None:  # fmt: skip
    """Add one block's gradient [rows, inner] to its expert's B, and put its rank-space gradient aside."""
    if rank is None or drank is None or pair is None or into is None:
        return
    into.B[expert].addmm_(grad.T, rank[a:b])
    torch.mm(grad, pair.B[expert], out=drank[a:b])


def _reduce_down(h: Tensor, dz: Tensor, pair: LowRank, grad: LowRank, expert: int, z: Tensor) -> None:
    """Fill z with A h of one block, and add the block's part to A's gradient."""
    torch.mm(h, pair.A[expert].T, out=z)
    grad.A[expert].addmm_(dz.T, h)


def _dropped(x: Tensor, settings: Settings, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
    mask = settings.input_mask(x, dtype)
    x = x.to(dtype)
    return (x, None) if mask is None else (x * mask, mask)


def _zeros(pair: LowRank | None) -> LowRank | None:
    return None if pair is None else LowRank(torch.zeros_like(pair.A), torch.zeros_like(pair.B))
