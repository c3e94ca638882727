"""What every method needs of a causal language model in transformers: its decoder, its head, its last hidden states."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.words import tr

Head = Callable[[Tensor], Tensor]


def decoder_of(model: nn.Module) -> tuple[str, nn.Module]:
    """Return the text decoder and its name inside `model`; a vision tower beside it is not adapted."""
    get_decoder = getattr(model, "get_decoder", None)
    decoder = get_decoder() if callable(get_decoder) else model
    for name, module in model.named_modules():
        if module is decoder:
            return name, module
    return "", model


def head_of(causal: Any) -> Head | None:
    """The map from hidden states [n, hidden] to logits [n, vocabulary] as `causal` itself does it, or None.

    Known besides the plain linear head: soft-capped logits (Gemma 2), scaled ones (Cohere multiplies, Granite divides).
    """
    get_head = getattr(causal, "get_output_embeddings", None)
    if get_head is None or get_head() is None or "logits_to_keep" not in inspect.signature(causal.forward).parameters:
        return None
    config = _text_config(causal)
    return _CausalHead(
        causal,
        factor=(getattr(config, "logit_scale", None) or 1.0) / (getattr(config, "logits_scaling", None) or 1.0),
        cap=getattr(config, "final_logit_softcapping", None),
    )


@dataclass(frozen=True)
class _CausalHead:
    """A class rather than a closure, so that a copied or unpickled model has its own head and not the first one's."""

    causal: Any
    factor: float
    cap: float | None

    def __call__(self, hidden: Tensor) -> Tensor:
        # Looked up each time, since an adapter may have replaced the layer since.
        values: Tensor = self.causal.get_output_embeddings()(hidden)
        if self.factor != 1.0:
            values = values * self.factor
        return values if self.cap is None else torch.tanh(values / self.cap) * self.cap


def _text_config(causal: Any) -> Any:
    """The text decoder's part of a config, which is the whole one where nothing else is in the model."""
    return causal.config.get_text_config() if hasattr(causal.config, "get_text_config") else causal.config


class ChunkedHead:
    """The head of `causal`, to be applied to a few positions at a time.

    `whole_logits` is a sentence on why that is impossible; it is empty where it is possible. To have the last hidden
    states of a forward, call `expect()` before it and `take()` after it.
    """

    def __init__(self, causal: Any) -> None:
        self._causal = causal
        self._expected = False
        self._states: Tensor | None = None
        self._head = head_of(causal)
        self.whole_logits = "" if self._head else tr("its head has an unsupported form")
        self._hook = decoder_of(causal)[1].register_forward_hook(self._keep) if self._head else None

    @property
    def learns(self) -> bool:
        """Whether the head's own weights are trained."""
        return any(parameter.requires_grad for parameter in self._causal.get_output_embeddings().parameters())

    @property
    def vocabulary(self) -> int:
        """The number of logits of one position."""
        return int(_text_config(self._causal).vocab_size)

    def __call__(self, hidden: Tensor) -> Tensor:
        """Return the logits [n, vocabulary] of hidden [n, hidden]."""
        assert self._head is not None
        return self._head(hidden)

    def expect(self, wanted: bool = True) -> None:
        """Say whether the last hidden states of the forward that follows are to be kept; forget any others."""
        self._expected = wanted
        self._states = None

    def take(self) -> Tensor:
        """Return the last hidden states [batch, sequence, hidden] of the forward that was expected, after the norm."""
        states = self._states
        self.expect(False)
        assert states is not None, "the decoder was not run"
        return states

    def _keep(self, decoder: nn.Module, inputs: Any, output: Any) -> None:
        if self._expected:
            self._states = output[0]

    @torch.compiler.disable
    @torch.no_grad()
    def prove(self, hidden: Tensor, logits: Tensor) -> None:
        """Compare with its own logits [n, vocabulary] of hidden [n, hidden]; `whole_logits` notes a difference."""
        found = self(hidden)
        tolerance = 1e-5 if logits.dtype in (torch.float32, torch.float64) else 2e-2
        worst = (found.float() - logits.float()).abs().max() / logits.float().abs().max().clamp(min=1.0)
        if not bool(worst <= tolerance):
            self.whole_logits = tr(
                "its head computes more than is supported here (difference {worst:.1e})", worst=float(worst)
            )

    def remove(self) -> None:
        """Leave the model as it was found."""
        if self._hook is not None:
            self._hook.remove()
