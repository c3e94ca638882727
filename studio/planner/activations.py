"""What autograd keeps between forward and backward: counted operation by operation, in bytes of one token.

The counts follow transformers' modelling code, PEFT's LoRA layers and studio/methods; tests/planner measures them with
saved-tensor hooks on the real training step.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.recipe import MethodTable
from studio.planner.adapter import ELEMENT, targeted
from studio.planner.shape import Linear, ModelShape
from studio.planner.weights import base_bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One micro-batch on a device: rows of `length` tokens, and how it is computed."""

    rows: int
    length: int
    precision: str
    checkpointing: bool
    device: str  # torch's word: "cuda", "cpu", …

    @property
    def tokens(self) -> int:
        return self.rows * self.length


def kept_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept for backward by one micro-batch, from the embedding to the loss.

    With checkpointing each layer keeps its input, and one layer at a time is recomputed: that one is not in here.
    """
    width = base_bytes(step.precision)
    if step.checkpointing:
        layers = shape.layers * step.tokens * shape.hidden * width
    else:
        layers = shape.layers * layer_bytes(shape, method, step)
    return layers + _outside(shape, step)


def layer_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept by one decoder layer."""
    attention = _attention(shape, method, step)
    norms = len(shape.layer_norms) * _norm(shape.hidden, step)
    return step.tokens * (attention + norms + _feed_forward(shape, method, step))


def _outside(shape: ModelShape, step: Step) -> int:
    """The final norm, the rotary tables, and the answers' hidden states with their gradient."""
    width = base_bytes(step.precision)
    rotary = 2 * step.length * shape.rotary_dim * width
    return step.tokens * (_norm(shape.hidden, step) + shape.hidden * width) + rotary


def _norm(hidden: int, step: Step) -> int:
    """RMSNorm: its input as float32 (the residual itself, or a copy of it) and the reciprocal root."""
    return 4 * hidden + 4


def _attention(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes a token: queries, keys, values and output of the attention kernel, and the adapters' inputs."""
    width = base_bytes(step.precision)
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    kernel = (2 * queries + 2 * keys) * width + 4 * shape.heads
    return kernel + sum(_low_rank(each, method, step) for each in _plain(shape, method, shape.attention))


def _plain(shape: ModelShape, method: MethodTable, linears: tuple[Linear, ...]) -> list[Linear]:
    return [each for each in targeted(shape, method) if each in linears]


def _low_rank(linear: Linear, method: MethodTable, step: Step) -> int:
    """One plain LoRA pair: dropout's mask, its output, and the rank-r product."""
    width = base_bytes(step.precision)
    mask = 0
    copied = 0
    if method.dropout:
        mask = linear.inputs * (1 if step.device == "cuda" else ELEMENT)
        copied = linear.inputs * ELEMENT
    elif width != ELEMENT:
        copied = linear.inputs * ELEMENT
    return mask + copied + method.rank * ELEMENT


def _feed_forward(shape: ModelShape, method: MethodTable, step: Step) -> int:
    width = base_bytes(step.precision)
    if method.name == "mixlora":
        inner = (1 if shape.kind == "plain" else 2) * shape.inner * width
        routing = 8 * method.top_k + 4 * method.top_k + 8 * method.experts
        return shape.hidden * (width + (4 if width != 4 else 0)) + inner + routing
    inner = (2 if shape.kind == "plain" else 4) * shape.inner * width
    return inner + sum(_low_rank(each, method, step) for each in _plain(shape, method, shape.feed_forward))
