"""One autograd Function over every form: it keeps x, G, U and the routing for backward, and little else."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.mixlora.call import Experts, LowRank, Passed, Settings


class Form(Protocol):
    """A way of computing the sum over experts, forward and backward; see `forms.sorted` for the shapes."""

    def forward(self, x: Tensor, experts: Tensor, weights: Tensor, low: Experts, settings: Settings) -> Passed: ...

    def backward(
        self,
        dy: Tensor,
        x: Tensor,
        gate: Tensor,
        up: Tensor | None,
        experts: Tensor,
        weights: Tensor,
        low: Experts,
        settings: Settings,
        kept: tuple[Tensor, ...] = (),
    ) -> tuple[Tensor, Tensor, Experts]: ...


class MixtureFunction(torch.autograd.Function):
    """y = W_down (Σ_j g_j h_j) + Σ_j g_j s B_down A_down h_j, with h_j as in studio/methods/README.md.

    Saved for backward: G and U (2 · inner elements a token), what the form keeps besides, and by reference x, routing
    and parameters.
    """

    @staticmethod
    def forward(
        ctx: Any, form: Form, settings: Settings, x: Tensor, experts: Tensor, weights: Tensor, *pairs: Tensor | None
    ) -> Tensor:
        y, gate, up, kept = form.forward(x, experts, weights, _experts(pairs), settings)
        ctx.form, ctx.settings, ctx.pairs = form, settings, len(pairs)
        ctx.save_for_backward(x, experts, weights, gate, up, *pairs, *kept)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, experts, weights, gate, up, *more = ctx.saved_tensors
        low, kept = _experts(more[: ctx.pairs]), tuple(more[ctx.pairs :])
        with torch.autocast(x.device.type, enabled=False):
            dx, dweights, grads = ctx.form.backward(dy, x, gate, up, experts, weights, low, ctx.settings, kept)
        flat: list[Tensor | None] = []
        for pair in (grads.gate, grads.up, grads.down):
            flat += [None, None] if pair is None else [pair.A, pair.B]
        return None, None, dx.to(x.dtype), None, dweights.to(weights.dtype), *flat


def _experts(pairs: Any) -> Experts:
    gate_a, gate_b, up_a, up_b, down_a, down_b = pairs
    return Experts(
        None if gate_a is None else LowRank(gate_a, gate_b),
        None if up_a is None else LowRank(up_a, up_b),
        None if down_a is None else LowRank(down_a, down_b),
    )


def mixture(form: Form, settings: Settings, x: Tensor, experts: Tensor, weights: Tensor, low: Experts) -> Tensor:
    """Return the experts' weighted sum [tokens, hidden] for x [tokens, hidden], differentiable.

    experts, weights: [tokens, k] as in `router.Routing`.
    """
    pairs: list[Tensor | None] = []
    for pair in (low.gate, low.up, low.down):
        pairs += [None, None] if pair is None else [pair.A, pair.B]
    with torch.autocast(x.device.type, enabled=False):
        return MixtureFunction.apply(form, settings, x.to(settings.base_dtype), experts, weights, *pairs)
