"""Finds the feed-forward of each decoder layer and reads its shape: gate/up/down, fused gate_up, or fc1/fc2."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.methods.causal import decoder_of
from studio.methods.mixlora.frozen import Matrices, dense_weight, features

SUPPORTED = (
    "gate_proj/up_proj/down_proj (llama, mistral, qwen2, qwen3, gemma 1-3, smollm3), "
    "gate_up_proj/down_proj (phi3) and fc1/fc2 (phi)"
)

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


def read_feed_forward(module: nn.Module) -> FeedForward | None:
    """Return how `module` is built, or None where it is no feed-forward of a supported kind.

    Goes by the number and shapes of its linear children, and by what it computes for a few random tokens.
    """
    from studio.methods.mixlora.structure import candidates, reading_of

    parts = _parts(module)
    return None if parts is None else reading_of(module, candidates(*parts))


def _parts(module: nn.Module) -> tuple[dict[str, tuple[int, int]], Activation] | None:
    """Return the linear children's (in, out) by name, and the activation; None where there is more or less."""
    linears = {name: child for name, child in module.named_children() if hasattr(child, "in_features")}
    others = [child for name, child in module.named_children() if name not in linears]
    activation = next((child for child in others if not any(True for _ in child.parameters())), None)
    if activation is None:
        # Some models keep the activation as a function rather than as a module.
        activation = next(
            (
                value
                for name, value in vars(module).items()
                if "act" in name and callable(value) and not isinstance(value, type)
            ),
            None,
        )
    if activation is None or len(others) > 1 or any(True for child in others for _ in child.parameters()):
        return None
    return {name: features(child) for name, child in linears.items()}, activation


def find_feed_forwards(model: nn.Module) -> dict[str, FeedForward]:
    """Return every decoder layer's feed-forward by module name, in the order of depth.

    Raises ProblemError, naming the class, where a decoder layer has none of a supported kind.
    """
    prefix, decoder = decoder_of(model)
    found: dict[str, FeedForward] = {}
    known: dict[Hashable, FeedForward] = {}
    for layer_name, layer in _decoder_layers(decoder):
        name, feed_forward = _feed_forward_in(layer, known)
        if feed_forward is None:
            raise ProblemError.at(
                f"{prefix}.{layer_name}".strip("."),
                f"{_suspect(layer)} is no feed-forward that MixLoRA knows.",
                f"Choose a model with {SUPPORTED}, or the method lora.",
            )
        found[".".join(part for part in (prefix, layer_name, name) if part)] = feed_forward
    if not found:
        raise ProblemError.at(
            type(model).__name__,
            "No decoder layers were found in it.",
            f"Choose a causal language model with {SUPPORTED}.",
        )
    return found


def _decoder_layers(decoder: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    stacks = [
        (name, module)
        for name, module in decoder.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) and any(True for _ in module[0].named_children())
    ]
    if stacks:
        # The decoder's own stack is the outermost: experts of a mixture are lists inside its layers.
        name, stack = min(stacks, key=lambda item: item[0].count("."))
        for index, layer in enumerate(stack):
            yield f"{name}.{index}", layer


def _feed_forward_in(layer: nn.Module, known: dict[Hashable, FeedForward]) -> tuple[str, FeedForward | None]:
    for name, child in layer.named_children():
        base = getattr(child, "base_layer", child)  # a second adapter finds the first one's wrapper here
        parts = _parts(base)
        if parts is None:
            continue
        # One of each kind is tried out: all of them would mean to read all of the model's weights.
        kind = (type(base), tuple(parts[0].items()), type(parts[1]))
        feed_forward = known.get(kind) or read_feed_forward(base)
        if feed_forward is not None:
            known[kind] = feed_forward
            return name, replace(feed_forward, activation=parts[1])
    return "", None


def _suspect(layer: nn.Module) -> str:
    for name, child in layer.named_children():
        if "attn" not in name and "attention" not in name and any(p.dim() > 1 for p in child.parameters()):
            return f"{type(child).__name__} ({name})"
    return f"What {type(layer).__name__} holds"
