"""Cross-entropy through a language model's head without ever holding all logits.

With a vocabulary of 49,152 the logits of one row of 512 tokens take 100 MB, and their gradient as much again. Here
a chunk of positions goes through the head at a time, and its gradient is taken on the spot, so its logits are gone
before the next chunk's stand. torch 2.13 has `linear_cross_entropy` for the same; it is not used, since it knows
neither soft-capped logits nor packed heads, and it takes the frozen head's gradient too: measured on one CPU core
(512 positions, hidden 576, vocabulary 49,152, float32) 5.8 s against 0.96 s here and 1.1 s with whole logits.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from studio.core.at_once import LOGITS_AT_ONCE
from studio.methods.causal import Head

IGNORED = -100


@torch.compiler.disable
def summed_cross_entropy(
    hidden: Tensor, targets: Tensor, head: Head, vocabulary: int, head_learns: bool = False, at_once: int = 0
) -> tuple[Tensor, Tensor]:
    """The sum (scalar, with gradient) and the single losses [n] (without) of hidden [n, h] and targets [n].

    In float32, or wider where the model is. The head's own weights get a gradient only where `head_learns`; then
    chunks are recomputed in the backward pass. `at_once` logits are held together, 0 for as many as a processor's.
    """
    rows = max(16, (at_once or LOGITS_AT_ONCE) // max(1, vocabulary))
    if not len(targets):
        return hidden.to(_wide(hidden.dtype)).sum() * 0.0, hidden.new_zeros(0, dtype=_wide(hidden.dtype))
    if head_learns and torch.is_grad_enabled():
        losses = torch.cat(
            [
                checkpoint(_losses, piece, target, head, use_reentrant=False)
                for piece, target in zip(hidden.split(rows), targets.split(rows), strict=True)
            ]
        )
        return losses.sum(), losses.detach()
    total, losses = _ChunkedCrossEntropy.apply(hidden, targets, head, rows)
    return total, losses


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)


def _losses(hidden: Tensor, targets: Tensor, head: Head) -> Tensor:
    logits = head(hidden)
    return functional.cross_entropy(logits.to(_wide(logits.dtype)), targets, reduction="none")


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Takes each chunk's gradient in the forward pass, so that backward only scales it."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, targets: Tensor, head: Head, rows: int) -> tuple[Tensor, Tensor]:
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wanted else None
        losses = torch.empty(len(targets), dtype=_wide(hidden.dtype), device=hidden.device)
        for start in range(0, len(targets), rows):
            here = slice(start, start + rows)
            with torch.set_grad_enabled(wanted):
                piece = hidden[here].detach().requires_grad_(wanted)
                values = _losses(piece, targets[here], head)
                if gradient is not None:
                    gradient[here] = torch.autograd.grad(values.sum(), piece)[0]
            losses[here] = values.detach()
        if gradient is not None:
            ctx.save_for_backward(gradient)
        ctx.mark_non_differentiable(losses)
        return losses.sum(), losses

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        scale = gradients[0]
        if gradient.dtype == torch.float16:  # a GradScaler's factor is beyond float16
            return (gradient.float() * scale).to(gradient.dtype), None, None, None
        return gradient * scale.to(gradient.dtype), None, None, None
