"""One autograd Function over every form: it keeps x, G, U and the routing for backward, and little else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from studio.methods.mixlora.call import Experts, LowRank, Passed, Settings
from studio.methods.mixlora.frozen import Elsewhere


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
        return None, None, dx.to(x.dtype), None, dweights.to(weights.dtype), *_flat(grads)


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
    with torch.autocast(x.device.type, enabled=False):
        return MixtureFunction.apply(form, settings, x.to(settings.base_dtype), experts, weights, *_flat(low))


class PartsFunction(torch.autograd.Function):
    """The mixture without its frozen products, for given G and U: total [tokens, inner] and rest [tokens, hidden].

    y = W_down total + rest, as `MixtureFunction` has it; the same is saved for backward, total is not.
    """

    @staticmethod
    def forward(
        ctx: Any,
        form: Form,
        settings: Settings,
        x: Tensor,
        gate: Tensor,
        up: Tensor | None,
        down_bias: Tensor | None,
        experts: Tensor,
        weights: Tensor,
        *pairs: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        elsewhere = Elsewhere(x.shape[1], gate, up, down_bias, total=torch.empty_like(gate))
        passed = form.forward(x, experts, weights, _experts(pairs), replace(settings, elsewhere=elsewhere))
        ctx.form, ctx.settings, ctx.pairs, ctx.down_bias = form, settings, len(pairs), down_bias
        ctx.save_for_backward(x, experts, weights, gate, up, *pairs, *passed.kept)
        return cast(Tensor, elsewhere.total), passed.y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dtotal: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, experts, weights, gate, up, *more = ctx.saved_tensors
        low, kept = _experts(more[: ctx.pairs]), tuple(more[ctx.pairs :])
        elsewhere = Elsewhere(x.shape[1], gate, up, ctx.down_bias, dtotal=dtotal, dgate=torch.empty_like(gate))
        elsewhere.dup = None if up is None else torch.empty_like(up)
        settings = replace(ctx.settings, elsewhere=elsewhere)
        with torch.autocast(x.device.type, enabled=False):
            dx, dweights, grads = ctx.form.backward(dy, x, gate, up, experts, weights, low, settings, kept)
        found = (None, None, dx.to(x.dtype), elsewhere.dgate, elsewhere.dup, None, None, dweights.to(weights.dtype))
        return *found, *_flat(grads)


def mixture_parts(
    form: Form,
    settings: Settings,
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    down_bias: Tensor | None,
    experts: Tensor,
    weights: Tensor,
    low: Experts,
) -> tuple[Tensor, Tensor]:
    """Return (total, rest) of which W_down total + its bias + rest is what `mixture` returns, for G and U of x.

    gate, up: [tokens, inner], the frozen first products of x [tokens, hidden].
    """
    dtype = settings.base_dtype
    with torch.autocast(x.device.type, enabled=False):
        up = None if up is None else up.to(dtype)
        bias = None if down_bias is None else down_bias.detach().to(dtype)
        return PartsFunction.apply(form, settings, x.to(dtype), gate.to(dtype), up, bias, experts, weights, *_flat(low))


def _flat(low: Experts) -> list[Tensor | None]:
    flat: list[Tensor | None] = []
    for pair in (low.gate, low.up, low.down):
        flat += [None, None] if pair is None else [pair.A, pair.B]
    return flat
