"""Cross-entropy on answer tokens only, without ever holding all logits.

With a vocabulary of 49,152 the logits of one row of 512 tokens take 100 MB, and their gradient as much again. Only
positions that predict an answer token matter, so only their hidden states go through the head, a chunk at a
time; a chunk's gradient is taken on the spot, so its logits are gone before the next chunk's stand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from studio.data.token_rows import IGNORED
from studio.methods.seams import routed_method

LOGITS_AT_ONCE = 2**24  # 64 MiB of float32

Head = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class RowLosses:
    """Losses of one forward: `total` is their sum with gradient; `rows` [batch] and `tokens` [batch] without."""

    total: Tensor
    rows: Tensor
    tokens: Tensor


class AnswerLoss:
    """Computes the loss of a causal language model on the tokens whose label is not -100.

    `whole_logits` tells, as a sentence, why the model's own forward is used in place of the chunked head, which
    costs memory; it is empty where the chunked head was proved to give the model's logits.
    """

    def __init__(self, model: Any) -> None:
        base: Any = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._model = model
        self._causal = base
        self._states: Tensor | None = None
        self._awaits_states = False
        self._head = head_of(base)
        if self._head is not None:
            base.get_decoder().register_forward_hook(self._keep_states)
        embeddings = base.get_output_embeddings()
        self._head_learns = embeddings is not None and any(one.requires_grad for one in embeddings.parameters())
        self.whole_logits = self._difference() if self._head else "its head has a form that is not known here"

    def __call__(
        self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, row_groups: Tensor | None = None
    ) -> RowLosses:
        """Run the model forward; all arguments [batch, sequence] but row_groups [batch], each row's task."""
        targets = labels[:, 1:]
        places = targets != IGNORED
        routed = routed_method(self._model)
        if routed is not None:
            routed.set_batch(attention_mask, row_groups)
        if self.whole_logits or self._head is None:
            logits = self._model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).logits
            losses = functional.cross_entropy(logits[:, :-1][places].float(), targets[places], reduction="none")
            total = losses.sum()
            losses = losses.detach()
        else:
            hidden = self._hidden(input_ids, attention_mask)[:, :-1][places]
            total, losses = summed_cross_entropy(
                hidden, targets[places], self._head, self._causal.config.vocab_size, self._head_learns
            )
        tokens = places.sum(dim=1)
        rows = torch.zeros(len(tokens), dtype=torch.float32, device=losses.device)
        rows.index_add_(0, torch.repeat_interleave(tokens), losses)
        return RowLosses(total, rows, tokens)

    def _hidden(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The last hidden states [batch, sequence, hidden], after the final norm.

        The whole model runs, with all hooks that a method hung on it, but it computes the logits of one position only.
        """
        self._awaits_states = True
        try:
            self._model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False, logits_to_keep=1)
        finally:
            self._awaits_states = False
            states, self._states = self._states, None
        assert states is not None
        return states

    def _keep_states(self, decoder: nn.Module, inputs: Any, output: Any) -> None:
        if self._awaits_states:
            self._states = output[0]

    def _difference(self) -> str:
        """Compare the chunked head with the model's own logits on a few tokens; empty when they agree."""
        assert self._head is not None
        was_training = self._model.training
        self._model.eval()
        try:
            with torch.no_grad():
                device = self._causal.get_input_embeddings().weight.device
                ids = torch.arange(1, 9, device=device)[None] % self._causal.config.vocab_size
                mask = torch.ones_like(ids)
                expected = self._causal(input_ids=ids, attention_mask=mask, use_cache=False).logits
                found = self._head(self._hidden(ids, mask))
        finally:
            self._model.train(was_training)
        tolerance = 1e-5 if expected.dtype == torch.float32 else 2e-2
        worst = (found.float() - expected.float()).abs().max() / expected.float().abs().max().clamp(min=1.0)
        return "" if bool(worst <= tolerance) else f"its head does more than is known here (difference {worst:.1e})"


def head_of(causal: Any) -> Head | None:
    """The map from hidden states [n, hidden] to logits [n, vocabulary] as `causal` itself does it, or None.

    Known besides the plain linear head: soft-capped logits (Gemma 2), scaled ones (Cohere multiplies, Granite divides).
    """
    linear = causal.get_output_embeddings()
    if linear is None or "logits_to_keep" not in inspect.signature(causal.forward).parameters:
        return None
    config = causal.config
    cap = getattr(config, "final_logit_softcapping", None)
    factor = (getattr(config, "logit_scale", None) or 1.0) / (getattr(config, "logits_scaling", None) or 1.0)

    def logits(hidden: Tensor) -> Tensor:
        values: Tensor = linear(hidden)
        if factor != 1.0:
            values = values * factor
        return values if cap is None else torch.tanh(values / cap) * cap

    return logits


def summed_cross_entropy(
    hidden: Tensor, targets: Tensor, head: Head, vocabulary: int, head_learns: bool = False
) -> tuple[Tensor, Tensor]:
    """The sum (scalar, float32, with gradient) and the single losses [n] (without) of hidden [n, h] and targets [n].

    The head's own weights get a gradient only where `head_learns`; then chunks are recomputed in the backward pass.
    """
    rows = max(16, LOGITS_AT_ONCE // max(1, vocabulary))
    if not len(targets):
        return hidden.float().sum() * 0.0, hidden.new_zeros(0, dtype=torch.float32)
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


def _losses(hidden: Tensor, targets: Tensor, head: Head) -> Tensor:
    return functional.cross_entropy(head(hidden).float(), targets, reduction="none")


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Takes each chunk's gradient in the forward pass, so that backward only scales it."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, targets: Tensor, head: Head, rows: int) -> tuple[Tensor, Tensor]:
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wanted else None
        losses = torch.empty(len(targets), dtype=torch.float32, device=hidden.device)
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
        return gradient * gradients[0].to(gradient.dtype), None, None, None
