"""The router of one adapted projection: a softmax over the top-k logits of each token, everything else zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


@dataclass(frozen=True, slots=True)
class Gates:
    """Where each token goes.

    experts: [tokens, k] integers, each row's experts distinct. weights: [tokens, k], each row sums to 1.
    dense: [tokens, experts], the same weights in their experts' columns and zeros elsewhere. Both carry gradient.
    """

    experts: Tensor
    weights: Tensor
    dense: Tensor


class Router(nn.Module):
    """One projection's router: weight [experts, in] in float32, without bias."""

    def __init__(self, inputs: int, experts: int, init_range: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, inputs, dtype=torch.float32))
        nn.init.normal_(self.weight, std=init_range)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits [tokens, experts] of x [tokens, in], in float32 whatever the mixed precision."""
        with torch.autocast(x.device.type, enabled=False):
            if x.dtype == self.weight.dtype:
                return F.linear(x, self.weight)
            return _WidenedProduct.apply(x, self.weight)


class _WidenedProduct(torch.autograd.Function):
    """x W^T in the wider of the two types; keeps x as it came, where autograd would keep a float32 copy of it.

    Seven projections route from their inputs in each layer, so the copies would outweigh what LoRA itself keeps.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        dtype = torch.promote_types(x.dtype, weight.dtype)
        return F.linear(x.to(dtype), weight.to(dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        dx = dweight = None
        if ctx.needs_input_grad[0]:
            dx = (grad @ weight.to(grad.dtype)).to(x.dtype)
        if ctx.needs_input_grad[1]:
            dweight = (grad.t() @ x.to(grad.dtype)).to(weight.dtype)
        return dx, dweight


def route(logits: Tensor, top_k: int) -> Gates:
    """Choose each token's k largest logits and share its weight among them by their softmax."""
    best, experts = logits.topk(top_k, dim=-1)
    weights = best.softmax(dim=-1)
    dense = torch.zeros_like(logits).scatter(-1, experts, weights)
    return Gates(experts, weights, dense)
