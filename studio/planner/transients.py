"""The largest memory that is needed for a moment and given back: a product's operands, logits, the optimiser's step."""

from __future__ import annotations

import functools
import importlib.util
from math import prod

from studio.core.at_once import LOGITS_AT_ONCE, ROWS_AT_ONCE, TOKENS_A_ROW
from studio.core.methods.mixlora import LEAST_RANK, MOST_SLOTS, STRETCH, STRETCH_CUDA
from studio.core.recipe.recipe import MethodTable
from studio.planner.activations import FLOAT, Step, activated_width, given_width, head_bytes, layer_bytes
from studio.planner.adapter import ELEMENT, Tensors, elements, expert_layers
from studio.planner.shape import ModelShape
from studio.planner.weights import PACKED

# The sorted form's blocks.
SORTED_BUFFERS, SORTED_ELEMENTS, SORTED_ROWS = 7, 32 * 8192, 256
FUSED_ACTIVATIONS = ("silu", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
FUSED_BLOCK, FUSED_INNER, FUSED_PROGRAMS = 32, 64, 1024


def largest_transient(
    shape: ModelShape,
    method: MethodTable,
    step: Step,
    tensors: Tensors,
    optimizer: str,
    kept: int,
    evaluates: bool = False,
) -> tuple[int, str]:
    """Bytes of the largest transient, and what it is.

    `kept` are the bytes of activations: they are gone when the optimiser steps, and the gradients with them when an
    evaluation runs, so of both only what is needed beyond counts. `evaluates`: some task has held-out rows.
    """
    backward = _feed_forward(shape, method, step)
    if method.name != "mixlora":
        backward = max(0, max(backward, _forward(shape, method, step)) - head_bytes(shape, step))
    moments = {
        "the loss of one chunk of logits": _loss(shape, step),
        "one feed-forward and its backward pass": backward,
        "the optimiser's step": max(0, _optimizer(tensors, optimizer, step) - kept),
    }
    if evaluates:
        moments["one batch of an evaluation"] = max(0, _evaluation(shape, step) - kept - elements(tensors) * ELEMENT)
    if step.checkpointing:
        recomputed = layer_bytes(shape, method, step)
        moments["one layer recomputed, and its backward pass"] = recomputed + backward
    what = max(moments, key=lambda name: moments[name])
    return moments[what], what


def form_of(shape: ModelShape, method: MethodTable, device: str) -> str:
    """The form of MixLoRA's arithmetic that "auto" takes on a device: fused or masked on a card, sorted elsewhere."""
    if device != "cuda":
        return "sorted"
    fits = shape.activation in FUSED_ACTIVATIONS and method.top_k <= MOST_SLOTS
    return "fused" if fits and _triton_installed() else "masked"


@functools.cache
def _triton_installed() -> bool:
    return importlib.util.find_spec("triton") is not None


def _loss(shape: ModelShape, step: Step) -> int:
    """Logits of a chunk in the base's type, as float32, their log-softmax, and the gradients of both."""
    rows = min(step.answers, max(16, LOGITS_AT_ONCE // max(1, shape.vocabulary)))
    width = 3 * FLOAT + (2 * step.width if step.mixed else 0) + (2 * step.width if shape.soft_capped else 0)
    # Without bfloat16 units a CPU's product takes the head anew in its own layout, and as float32.
    head = (step.width + FLOAT) * shape.vocabulary * shape.hidden if step.device == "cpu" and step.mixed else 0
    return rows * shape.vocabulary * width + head


def _evaluation(shape: ModelShape, step: Step) -> int:
    """One batch of an evaluation, without gradients: scored, or answered with a cache of keys and values."""
    tokens = max(step.length, min(ROWS_AT_ONCE * step.length, ROWS_AT_ONCE * TOKENS_A_ROW))
    matrices = sum(each.elements for each in shape.feed_forward) * step.width if step.precision in PACKED else 0
    lifted = FLOAT * shape.inner if step.mixed else 0  # adapters compute in float32
    layer = matrices + tokens * (4 * shape.inner * step.width + lifted + 4 * shape.hidden * step.stream)
    logits = min(LOGITS_AT_ONCE, tokens * shape.vocabulary) * (2 * FLOAT + (step.width if step.mixed else 0))
    cache = (shape.layers + 1) * tokens * 2 * shape.kv_heads * shape.head_dim * step.stream
    return max(logits + tokens * shape.hidden * step.stream, cache + layer)


def _feed_forward(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """What one feed-forward's backward pass holds beside what was kept for it."""
    width, tokens = step.width, step.tokens
    packed = step.precision in PACKED
    if method.name != "mixlora":
        matrix = _matrix(shape, method, step)
        return matrix + tokens * (_inner_gradients(shape, method, step) * shape.inner + 2 * shape.hidden * FLOAT)
    matrices = sum(each.elements for each in shape.feed_forward) * width if packed else 0
    experts, rank = max(expert_layers(shape, method), key=prod)
    pairs = experts * rank * sum(each.inputs + each.outputs for each in shape.feed_forward)
    slots = {"top-k": method.top_k, "top-p": experts, "switch": 1}[method.routing]
    form = form_of(shape, method, step.device)
    if form == "sorted" and not method.magnitudes:
        return matrices + _sorted(shape, tokens, width, slots, bool(method.dropout)) + pairs * ELEMENT
    # Dropped x, its mask with the draws that it is made of, dx and the low-rank part of dx; the pairs' gradients.
    whole = tokens * shape.hidden * (4 * width + FLOAT) + pairs * ELEMENT
    if method.magnitudes:
        return matrices + whole + tokens * slots * 10 * shape.inner * FLOAT
    if form == "fused":
        return matrices + whole + _fused(shape, tokens, width, experts, max(rank, LEAST_RANK), slots, pairs)
    stretch = min(tokens, STRETCH_CUDA)
    lifted = 3 if step.mixed else 0  # G, U and dS, which are float32 already otherwise
    return matrices + whole + stretch * FLOAT * ((14 + lifted) * shape.inner + 4 * experts * rank)


def _matrix(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes of the one frozen matrix that is unpacked, or for DoRA measured, at a time."""
    if step.precision not in PACKED and method.name != "dora":
        return 0
    return max(each.elements for each in shape.feed_forward) * step.width


def _forward(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """What the last feed-forward's own forward pass holds, when all that is kept is there already.

    The norm's result and the frozen product, then the pair's product, scaled, and the sum; and what the last linear
    reads for as long as it is at work, which adapters lift to float32 (PEFT's not beside packed matrices on a card).
    """
    read, hidden = activated_width(shape, step), step.tokens * step.stream * shape.hidden
    wide = step.tokens * shape.inner
    lifts = step.mixed and (method.name == "moelora" or step.precision not in PACKED or step.device != "cuda")
    lifted = FLOAT * wide if lifts and read != FLOAT else 0
    dropped = FLOAT * wide if lifts and method.dropout and method.name != "moelora" else 0
    return read * wide + lifted + 2 * hidden + max(_matrix(shape, method, step), dropped, 3 * hidden)


def _inner_gradients(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes a token and inner feature that a plain feed-forward's backward takes beyond what it gives back meanwhile.

    MoELoRA makes the gradients of the last projection's input through the pair and through the router, in float32,
    before it lets go of anything. PEFT's dropout makes a gradient of another in float32 when the dropped input is gone;
    then the product of both halves makes two gradients of one when the mask is gone too.
    """
    given, width = given_width(shape.feed_forward[0], shape, step), step.width
    if method.name == "dora":
        return 4 * width
    if method.name == "moelora":
        read = activated_width(shape, step)
        converted = read if read != FLOAT else (width if step.mixed else 0)
        return read + FLOAT + converted
    if not method.dropout:
        return max(FLOAT, 3 * given - width)
    mask = 1 if step.device == "cuda" else FLOAT
    return max(2 * FLOAT - width, 3 * given - width - mask)


def _sorted(shape: ModelShape, tokens: int, width: int, slots: int, dropout: bool) -> int:
    """The sorted form: x, dy and dx whole; a stretch's gradients at the inner size, its slots' x and dy; buffers."""
    stretch = min(tokens, STRETCH)
    whole = tokens * shape.hidden * (2 * width + FLOAT * (1 + dropout))
    inner = stretch * shape.inner * (FLOAT * (3 + dropout) + (width if width != FLOAT else 0))
    rows = max(8, min(SORTED_ROWS, SORTED_ELEMENTS // shape.inner))
    return whole + inner + stretch * slots * shape.hidden * FLOAT * 2 + SORTED_BUFFERS * rows * shape.inner * FLOAT


def _fused(shape: ModelShape, tokens: int, width: int, experts: int, rank: int, slots: int, pairs: int) -> int:
    """The fused kernels: three tensors [tokens, inner], rank-space sums in parts, and pairs lowered and padded."""
    blocks = -(-tokens // FUSED_BLOCK)
    parts = min(-(-shape.inner // FUSED_INNER), max(1, -(-FUSED_PROGRAMS // blocks)))
    rank_space = tokens * rank * FLOAT * (3 * parts * slots + 2 * experts)
    return 3 * tokens * shape.inner * width + rank_space + pairs * (width + ELEMENT)


def _optimizer(tensors: Tensors, optimizer: str, step: Step) -> int:
    """AdamW's square roots: of all tensors together on a card, where torch steps them in one go, else one by one.

    The 8-bit forms work in place.
    """
    if optimizer != "adamw":
        return 0
    if step.device == "cuda":
        return elements(tensors) * ELEMENT
    return 2 * ELEMENT * max((prod(size) for size in tensors), default=0)
