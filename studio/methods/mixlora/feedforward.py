"""Finds the feed-forward of each decoder layer and reads its shape: gate/up/down, fused gate_up, or fc1/fc2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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

    Goes by the number and shapes of its linear children; only which of two equal matrices is the gate is
    told by name, since shapes cannot tell.
    """
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
    shapes = {name: features(child) for name, child in linears.items()}
    if len(shapes) == 3:
        return _gated(shapes, activation)
    if len(shapes) == 2:
        return _two_matrices(shapes, activation)
    return None


def _gated(shapes: dict[str, tuple[int, int]], activation: Activation) -> FeedForward | None:
    for last, (inner, hidden) in shapes.items():
        firsts = [name for name, shape in shapes.items() if name != last and shape == (hidden, inner)]
        gates = [name for name in firsts if "gate" in name]
        if len(firsts) == 2 and len(gates) == 1 and "down" in last:
            up = next(name for name in firsts if name != gates[0])
            return FeedForward("gated", gates[0], up, last, hidden, inner, activation)
    return None


def _two_matrices(shapes: dict[str, tuple[int, int]], activation: Activation) -> FeedForward | None:
    (first, (hidden, wide)), (last, (inner, out)) = shapes.items()
    if out != hidden:
        return None
    if wide == 2 * inner and "gate" in first and "up" in first:
        return FeedForward("fused", first, None, last, hidden, inner, activation)
    if wide == inner and "gate" not in first:
        return FeedForward("plain", first, None, last, hidden, inner, activation)
    return None


def find_feed_forwards(model: nn.Module) -> dict[str, FeedForward]:
    """Return every decoder layer's feed-forward by module name, in the order of depth.

    Raises ProblemError, naming the class, where a decoder layer has none of a supported kind.
    """
    prefix, decoder = decoder_of(model)
    found: dict[str, FeedForward] = {}
    for layer_name, layer in _decoder_layers(decoder):
        name, feed_forward = _feed_forward_in(layer)
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


def _feed_forward_in(layer: nn.Module) -> tuple[str, FeedForward | None]:
    for name, child in layer.named_children():
        base = getattr(child, "base_layer", child)  # a second adapter finds the first one's wrapper here
        feed_forward = read_feed_forward(base)
        if feed_forward is not None:
            return name, feed_forward
    return "", None


def _suspect(layer: nn.Module) -> str:
    for name, child in layer.named_children():
        if "attn" not in name and "attention" not in name and any(p.dim() > 1 for p in child.parameters()):
            return f"{type(child).__name__} ({name})"
    return f"What {type(layer).__name__} holds"
