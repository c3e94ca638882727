"""The oracle: every expert as a whole feed-forward of its own, one after another, in plain autograd."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.call import Experts, LowRank, Settings


def loop_mixture(x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings) -> Tensor:
    """Return Σ_j g_j · expert_j(x) [tokens, hidden] as the paper writes it, without any sharing.

    Slow and hungry on purpose: it is what the other forms are compared with.
    """
    frozen = settings.matrices(settings.base_dtype)
    dtype = low.dtype
    x = x.to(settings.base_dtype)
    input_mask = settings.input_mask(x, dtype)
    inner_mask = _whole_inner_mask(x, frozen.down.shape[1], dtype, settings)
    y = torch.zeros(x.shape[0], frozen.down.shape[0], dtype=dtype, device=x.device)

    def projected(v: Tensor, w: Tensor, bias: Tensor | None, pair: LowRank | None, e: int, m: Tensor | None) -> Tensor:
        out = F.linear(v.to(settings.base_dtype), w, bias).to(dtype)
        if pair is None:
            return out
        v = v.to(dtype) if m is None else v.to(dtype) * m
        return out + settings.scaling * F.linear(F.linear(v, pair.A[e]), pair.B[e])

    for expert in range(settings.experts):
        tokens, slots = torch.where(experts == expert)
        v = x[tokens]
        m = None if input_mask is None else input_mask[tokens]
        h = settings.activation(projected(v, frozen.gate, frozen.gate_bias, low.gate, expert, m))
        if frozen.up is not None:
            h = h * projected(v, frozen.up, frozen.up_bias, low.up, expert, m)
        m = None if inner_mask is None else inner_mask[tokens]
        out = projected(h, frozen.down, frozen.down_bias, low.down, expert, m)
        y = y.index_add(0, tokens, out * weights[tokens, slots].to(dtype)[:, None])
    return y.to(settings.base_dtype)


def _whole_inner_mask(x: Tensor, inner: int, dtype: torch.dtype, settings: Settings) -> Tensor | None:
    like = torch.empty(0, dtype=dtype, device=x.device)
    masks = [
        settings.inner_mask(start, min(start + settings.chunk, x.shape[0]), inner, like)
        for start in range(0, x.shape[0], settings.chunk)
    ]
    kept = [mask for mask in masks if mask is not None]
    return torch.cat(kept) if kept else None
