"""How a decoder layer's feed-forward is built: gate/up/down, fused gate_up, or fc1/fc2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from studio.methods.mixlora.frozen import Matrices, dense_weight

Activation = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class FeedForward:
    """How one feed-forward is built.

    kind: "gated" (three matrices), "fused" (gate and up stacked in one) or "plain" (two matrices, no gating).
    first, up, last: names of its linear children; `up` is None unless gated. `activation` is the child's own.
    """

    kind: str
    first: str
    up: str | None
    last: str
    hidden: int
    inner: int
    activation: Activation

    @property
    def projections(self) -> tuple[str, ...]:
        return tuple(name for name in (self.first, self.up, self.last) if name is not None)

    def shape_of(self, projection: str) -> tuple[int, int]:
        """Return (in, out) features of one projection; the fused one gives twice the inner size."""
        if projection == self.last:
            return self.inner, self.hidden
        return self.hidden, self.inner * (2 if self.kind == "fused" else 1)

    def matrices(self, module: nn.Module, dtype: torch.dtype) -> Matrices:
        """Return the frozen tensors of `module` as `dtype`; packed ones are unpacked here and freed by the caller."""

        def weight_and_bias(name: str) -> tuple[Tensor, Tensor | None]:
            linear = module.get_submodule(name)
            bias = getattr(linear, "bias", None)
            return dense_weight(linear, dtype), None if bias is None else bias.detach().to(dtype)

        first, first_bias = weight_and_bias(self.first)
        last, last_bias = weight_and_bias(self.last)
        if self.kind == "fused":
            gate_bias, up_bias = (None, None) if first_bias is None else first_bias.chunk(2)
            return Matrices(first[: self.inner], first[self.inner :], last, gate_bias, up_bias, last_bias)
        if self.up is None:
            return Matrices(first, None, last, first_bias, None, last_bias)
        up, up_bias = weight_and_bias(self.up)
        return Matrices(first, up, last, first_bias, up_bias, last_bias)
