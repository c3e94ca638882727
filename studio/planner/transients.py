"""The largest memory that is needed for a moment and given back: a product's operands, logits, the optimiser's step."""

from __future__ import annotations

from math import prod

from studio.core.recipe import MethodTable
from studio.planner.activations import Step, layer_bytes
from studio.planner.adapter import Tensors
from studio.planner.shape import ModelShape
from studio.planner.weights import PACKED, base_bytes

LOGITS_AT_ONCE = 2**24  # elements of float32 that the chunked loss computes at once (studio/training/answer_loss.py)
CHUNK = 128  # tokens that MixLoRA's forms walk at a time


def largest_transient(shape: ModelShape, method: MethodTable, step: Step, tensors: Tensors) -> tuple[int, str]:
    """Bytes of the largest transient, and what it is."""
    moments = {
        "the loss of one chunk of logits": _loss(shape, step),
        "the backward pass of one feed-forward": _feed_forward(shape, method, step),
        "the optimiser's step": _optimizer(tensors),
    }
    if step.checkpointing:
        recomputed = layer_bytes(shape, method, step)
        moments["one layer recomputed, and its backward pass"] = recomputed + _feed_forward(shape, method, step)
    what = max(moments, key=lambda name: moments[name])
    return moments[what], what


def _loss(shape: ModelShape, step: Step) -> int:
    """Logits of a chunk in the base's type, as float32, their log-softmax, and the gradients of both."""
    rows = min(step.tokens, max(16, LOGITS_AT_ONCE // max(1, shape.vocabulary)))
    width = base_bytes(step.precision)
    elements = rows * shape.vocabulary
    return elements * (3 * 4 + (2 * width if width != 4 else 0))


def _feed_forward(shape: ModelShape, method: MethodTable, step: Step) -> int:
    width = base_bytes(step.precision)
    matrices = sum(each.elements for each in shape.feed_forward) * width if step.precision in PACKED else 0
    if method.name != "mixlora":
        return matrices // len(shape.feed_forward) + 4 * step.tokens * shape.inner * width
    slots = min(step.tokens, CHUNK) * method.top_k
    chunk = slots * (8 * shape.inner + 3 * shape.hidden) * 4
    whole = step.tokens * shape.hidden * (2 * 4 + 3 * width)
    return matrices + chunk + whole


def _optimizer(tensors: Tensors) -> int:
    """AdamW walks over tensors one by one or in groups; two temporaries of the largest are alive at a time."""
    return 2 * 4 * max((prod(size) for size in tensors), default=0)
