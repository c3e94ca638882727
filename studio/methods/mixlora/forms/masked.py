"""The form of static shapes: one dense product with all experts, in which each slot masks all but its own.

No gather, no sort and no synchronisation with the device, so it suits torch.compile, CUDA graphs and GPUs
without Triton. It costs experts · rank columns for each product where the sorted form costs rank. On a card all of it
is computed in the base's type, whose products run on tensor cores; only the pairs' gradients are summed in float32.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.activation import activate, activation_backward
from studio.methods.mixlora.call import Experts, LowRank, Passed, Settings


def forward(x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings) -> Passed:
    """Return y, G and U as `sorted.forward` does; differentiable by autograd too, for torch.compile."""
    dtype = _dtype(x, low, settings)
    frozen = settings.frozen()
    gate, up = frozen.first(x)
    input_mask = settings.input_mask(x, dtype)
    dropped = x.to(dtype) if input_mask is None else x.to(dtype) * input_mask
    wide = _Wide(low, dtype)
    parts = []
    for start in range(0, x.shape[0], settings.chunk):
        here = slice(start, min(start + settings.chunk, x.shape[0]))
        w = weights[here].to(dtype)
        inner = settings.inner_mask(start, here.stop, gate.shape[1], dropped)
        rank_gate, rank_up = wide.reduce(dropped[here])
        g0 = gate[here].to(dtype)
        u0 = None if up is None else up[here].to(dtype)
        total: Tensor | None = None
        reduced: Tensor | None = None
        for slot in range(experts.shape[1]):
            mine = wide.columns_of(experts[here, slot])
            _, _, h = _hidden(g0, u0, rank_gate, rank_up, mine, wide, settings)
            weighted = h * w[:, slot, None]
            total = weighted if total is None else total + weighted
            if low.down is not None:
                z = F.linear(weighted if inner is None else weighted * inner, wide.down_a) * mine
                reduced = z if reduced is None else reduced + z
        assert total is not None
        part = frozen.last(total.to(x.dtype), w, here)
        if reduced is not None:
            part = part + ((reduced @ wide.down_b) * settings.scaling).to(part.dtype)
        parts.append(part)
    return Passed(torch.cat(parts) if len(parts) != 1 else parts[0], gate, up)


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
    """Return (dx, dweights, gradients of the low-rank pairs) as `sorted.backward` does."""
    dtype = _dtype(x, low, settings)
    s = settings.scaling
    frozen = settings.frozen()
    dy = dy.to(settings.base_dtype)
    input_mask = settings.input_mask(x, dtype)
    dropped = x.to(dtype) if input_mask is None else x.to(dtype) * input_mask
    wide = _Wide(low, dtype)
    grads = _Wide(Experts(*(_zeros(pair) for pair in (low.gate, low.up, low.down))), low.dtype)
    dx = torch.empty_like(x)
    dweights = torch.empty(weights.shape, dtype=low.dtype, device=x.device)
    for start in range(0, x.shape[0], settings.chunk):
        here = slice(start, min(start + settings.chunk, x.shape[0]))
        w, xs, dyw = weights[here].to(dtype), dropped[here], dy[here].to(dtype)
        inner = settings.inner_mask(start, here.stop, gate.shape[1], xs)
        rank_gate, rank_up = wide.reduce(xs)
        g0, u0 = gate[here].to(dtype), None if up is None else up[here].to(dtype)
        ds = frozen.back_last(dy[here], here).to(dtype)
        bias_term = None if frozen.down_bias is None else dyw @ frozen.down_bias.to(dtype)
        dz_all = None if low.down is None else (dyw @ wide.down_b.T) * s
        dgate, dup = torch.zeros_like(g0), None if u0 is None else torch.zeros_like(g0)
        dranks: list[Tensor | None] = [None, None]
        reduced: Tensor | None = None
        for slot in range(experts.shape[1]):
            mine = wide.columns_of(experts[here, slot])
            wj = w[:, slot, None]
            g, u, h = _hidden(g0, u0, rank_gate, rank_up, mine, wide, settings)
            dweight = (h * ds).sum(dim=1, dtype=low.dtype)
            dh = ds * wj
            if dz_all is not None:
                masked = h if inner is None else h * inner
                z, dz = F.linear(masked, wide.down_a) * mine, dz_all * mine
                dweight += (z * dz).sum(dim=1, dtype=low.dtype)
                dz = dz * wj
                back = dz @ wide.down_a
                dh += back if inner is None else back * inner
                _add_product(grads.down_a, dz.T, masked)
                reduced = z * wj if reduced is None else reduced.addcmul_(z, wj)
            if bias_term is not None:
                dweight += bias_term
            dweights[here, slot] = dweight
            if u is None or dup is None:
                dg, du = activation_backward(settings.activation, dh, g), None
            else:
                du = dh * activate(settings.activation, g)
                dg = activation_backward(settings.activation, dh * u, g)
                dup += du
            dgate += dg
            for at, (rank, b, db, out) in enumerate(
                (
                    (rank_gate, wide.gate_b, grads.gate_b, dg),
                    (rank_up, wide.up_b, grads.up_b, du),
                )
            ):
                if rank is not None and out is not None:
                    _add_product(db, (rank * mine).T, out, s)
                    own = (out @ b.T) * mine
                    known = dranks[at]
                    dranks[at] = own if known is None else known.add_(own)
        if reduced is not None:
            _add_product(grads.down_b, reduced.T, dyw, s)
        through: Tensor | None = None
        for drank, a, da in ((dranks[0], wide.gate_a, grads.gate_a), (dranks[1], wide.up_a, grads.up_a)):
            if drank is not None:
                _add_product(da, drank.T, xs, s)
                added = (drank @ a) * s
                through = added if through is None else through.add_(added)
        part = frozen.back_first(dgate.to(dx.dtype), None if dup is None else dup.to(dx.dtype), here)
        if through is not None:
            part += (through if input_mask is None else through * input_mask[here]).to(part.dtype)
        dx[here] = part
    return dx, dweights, grads.narrow(low)


class _Wide:
    """All experts side by side: A as [experts * rank, in] and B as [experts * rank, out]."""

    def __init__(self, low: Experts, dtype: torch.dtype) -> None:
        some = next(pair for pair in (low.gate, low.up, low.down) if pair is not None)
        self.experts, self.rank = some.A.shape[0], some.A.shape[1]
        self.column_expert = torch.arange(self.experts, device=some.A.device).repeat_interleave(self.rank)
        self.dtype = dtype
        empty = some.A.new_empty(0, dtype=dtype)
        self.gate_a, self.gate_b = self._side_by_side(low.gate, empty)
        self.up_a, self.up_b = self._side_by_side(low.up, empty)
        self.down_a, self.down_b = self._side_by_side(low.down, empty)

    def _side_by_side(self, pair: LowRank | None, empty: Tensor) -> tuple[Tensor, Tensor]:
        if pair is None:
            return empty, empty
        return pair.A.to(self.dtype).flatten(0, 1), pair.B.to(self.dtype).transpose(1, 2).flatten(0, 1)

    def columns_of(self, expert: Tensor) -> Tensor:
        """Return [tokens, experts * rank], 1 in the columns of each token's expert; none for expert -1."""
        return (expert[:, None] == self.column_expert).to(self.dtype)

    def reduce(self, x: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Return x [tokens, hidden] in all experts' rank space, for gate and for up."""
        return (
            F.linear(x, self.gate_a) if self.gate_a.numel() else None,
            F.linear(x, self.up_a) if self.up_a.numel() else None,
        )

    def narrow(self, like: Experts) -> Experts:
        """Return these tensors in the shapes of `like`."""

        def back(a: Tensor, b: Tensor, pair: LowRank | None) -> LowRank | None:
            if pair is None:
                return None
            return LowRank(a.view(pair.A.shape), b.view(self.experts, self.rank, -1).transpose(1, 2))

        return Experts(
            back(self.gate_a, self.gate_b, like.gate),
            back(self.up_a, self.up_b, like.up),
            back(self.down_a, self.down_b, like.down),
        )


def _hidden(
    gate: Tensor,
    up: Tensor | None,
    rank_gate: Tensor | None,
    rank_up: Tensor | None,
    mine: Tensor,
    wide: _Wide,
    settings: Settings,
) -> tuple[Tensor, Tensor | None, Tensor]:
    s = settings.scaling
    g = gate if rank_gate is None else torch.addmm(gate, rank_gate * mine, wide.gate_b, alpha=s)
    u = up
    if up is not None and rank_up is not None:
        u = torch.addmm(up, rank_up * mine, wide.up_b, alpha=s)
    h = activate(settings.activation, g)
    return g, u, h if u is None else h * u


def _dtype(x: Tensor, low: Experts, settings: Settings) -> torch.dtype:
    """The type of everything but the pairs' gradients; on a processor the pairs' own, since nothing is gained there."""
    return settings.base_dtype if x.is_cuda else low.dtype


def _add_product(total: Tensor, a: Tensor, b: Tensor, scale: float = 1.0) -> None:
    """Add scale · a b to `total`, which may have a wider type than the product."""
    if a.dtype == total.dtype:
        total.addmm_(a, b, alpha=scale)
    else:
        total.add_(a @ b, alpha=scale)


def _zeros(pair: LowRank | None) -> LowRank | None:
    return None if pair is None else LowRank(torch.zeros_like(pair.A), torch.zeros_like(pair.B))
