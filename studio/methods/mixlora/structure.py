"""Finds the feed-forward of each decoder layer, and which of its matrices does what by what it computes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.core.words import listed, tr
from studio.methods.causal import decoder_of
from studio.methods.mixlora.feedforward import Activation, FeedForward
from studio.methods.mixlora.frozen import features, keep_layout

SUPPORTED = (
    "gate_proj/up_proj/down_proj (llama, mistral, qwen2, qwen3, gemma 1-3, smollm3)",
    "gate_up_proj/down_proj (phi3)",
    "fc1/fc2 (phi)",
)

Shapes = dict[str, tuple[int, int]]


def candidates(shapes: Shapes, activation: Activation) -> list[FeedForward]:
    """Return every reading that the shapes (in, out) of two or three linear children allow, the likely names first."""
    found: list[FeedForward] = []
    if len(shapes) == 3:
        for gate, up, last in permutations(shapes):
            inner, hidden = shapes[last]
            if shapes[gate] == shapes[up] == (hidden, inner):
                found.append(FeedForward("gated", gate, up, last, hidden, inner, activation))
    elif len(shapes) == 2:
        for first, last in permutations(shapes):
            (hidden, wide), (inner, out) = shapes[first], shapes[last]
            kind = {inner: "plain", 2 * inner: "fused"}.get(wide)
            if out == hidden and kind is not None:
                found.append(FeedForward(kind, first, None, last, hidden, inner, activation))
    return sorted(found, key=lambda each: "gate" not in each.first or "down" in each.first)


@torch.no_grad()
def reading_of(module: nn.Module, possible: list[FeedForward]) -> FeedForward | None:
    """Return which of the `possible` readings gives what `module` gives for a few random tokens, or None.

    So gate and up are distinguished by which of them the activation is applied to, and a feed-forward that does more
    than is supported here (a norm, a clamp, a multiplier, a second input) has no reading. Weights that are missing yet
    (meta) or all zero prove nothing; then the reading that matches the names is taken.
    """
    keep_layout(module)
    tensors = [*module.parameters(), *module.buffers()]
    if any(tensor.is_meta for tensor in tensors):
        return _by_name(possible)
    floats = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
    dtype = floats[0] if floats else torch.float32
    device = tensors[0].device if tensors else torch.device("cpu")
    packed = len(floats) < len(tensors) or dtype.itemsize < 4
    for each in possible:
        x = torch.randn(4, each.hidden, generator=torch.Generator().manual_seed(0)).to(device, dtype)
        try:
            expected = module(x)
        except TypeError:  # it wants more than the hidden states
            return None
        if not isinstance(expected, Tensor) or expected.shape != x.shape:
            return None
        if not expected.any():
            return _by_name(possible)
        error = (_compute(each, module, x.float()) - expected.float()).norm() / expected.float().norm()
        if error < (0.1 if packed else 1e-2):
            return each
    return None


def _by_name(possible: list[FeedForward]) -> FeedForward | None:
    return next((each for each in possible if "gate" in each.first or each.kind == "plain"), None)


def _compute(each: FeedForward, module: nn.Module, x: Tensor) -> Tensor:
    frozen = each.matrices(module, torch.float32)
    h = each.activation(F.linear(x, frozen.gate, frozen.gate_bias))
    if frozen.up is not None:
        h = h * F.linear(x, frozen.up, frozen.up_bias)
    return F.linear(h, frozen.down, frozen.down_bias)


def read_feed_forward(module: nn.Module) -> FeedForward | None:
    """Return how `module` is built, or None where it is not a feed-forward of a supported kind.

    Goes by the number and shapes of its linear children, and by what it computes for a few random tokens.
    """
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
                tr("{suspect} is not a feed-forward that MixLoRA supports.", suspect=_suspect(layer)),
                tr("Choose a model with {supported}, or the method lora.", supported=listed(SUPPORTED)),
            )
        found[".".join(part for part in (prefix, layer_name, name) if part)] = feed_forward
    if not found:
        raise ProblemError.at(
            type(model).__name__,
            tr("No decoder layers were found in it."),
            tr("Choose a causal language model with {supported}.", supported=listed(SUPPORTED)),
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
