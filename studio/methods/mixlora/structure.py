"""Which of a feed-forward's matrices does what, told by what it computes rather than by what it calls them."""

from __future__ import annotations

from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.methods.mixlora.feedforward import Activation, FeedForward
from studio.methods.mixlora.frozen import keep_layout

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

    So gate and up are told apart by which of them the activation is applied to, and a feed-forward that does more
    than is known here (a norm, a clamp, a multiplier, a second input) is none. Weights that are not there yet (meta)
    or are all zero prove nothing; then the reading whose names tell is taken.
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
