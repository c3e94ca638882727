"""The largest memory that is needed only for a moment: a product's operands, logits, the optimiser's step."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from studio.core.at_once import LOGITS_AT_ONCE, MOST_LOGITS_AT_ONCE, ROWS_AT_ONCE, TOKENS_A_ROW
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr
from studio.planner.activations import held_anyway_bytes, layer_bytes
from studio.planner.adapter import ELEMENT, Tensors, elements
from studio.planner.methods.registry import arithmetic_of
from studio.planner.shape import ModelShape
from studio.planner.step import FLOAT, Step
from studio.planner.weights import PACKED


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
    evaluation runs, so only what is needed beyond both counts. `evaluates`: some task has held-out rows.
    """
    moments = _moments(shape, method, step, tensors, optimizer, kept, evaluates)
    moments[tr("the loss of one chunk of logits")] = loss_bytes(shape, step)
    what = max(moments, key=lambda name: moments[name])
    return moments[what], what


def roomy_chunk(
    shape: ModelShape,
    method: MethodTable,
    step: Step,
    tensors: Tensors,
    optimizer: str,
    kept: int,
    evaluates: bool = False,
) -> int:
    """How many logits a chunk of the loss may have so that it takes no more than another moment does.

    On a card alone: a processor reads the head from its memory no slower than it computes.
    """
    at_once = LOGITS_AT_ONCE
    if step.device != "cuda":
        return at_once
    room = max(_moments(shape, method, step, tensors, optimizer, kept, evaluates).values())
    while at_once < MOST_LOGITS_AT_ONCE and loss_bytes(shape, replace(step, logits_at_once=2 * at_once)) <= room:
        at_once *= 2
    return at_once


def _moments(
    shape: ModelShape, method: MethodTable, step: Step, tensors: Tensors, optimizer: str, kept: int, evaluates: bool
) -> dict[str, int]:
    """Every moment but the loss's, with its bytes."""
    backward = arithmetic_of(method).transient(shape, method, step)
    moments = {
        tr("one feed-forward and its backward pass"): backward,
        tr("the optimiser's step"): max(0, optimizer_step_bytes(tensors, optimizer, step) - kept),
    }
    if evaluates:
        moments[tr("one batch of an evaluation")] = max(
            0, evaluation_bytes(shape, step) - kept - elements(tensors) * ELEMENT
        )
    if step.checkpointing:
        recomputed = layer_bytes(shape, method, step)
        # The second pass' graph goes before the backward pass begins, and with it what only its 8-bit linears held:
        # backward reads theirs of the first pass, which `kept` has.
        held_twice = held_anyway_bytes(shape, method, step) // shape.layers
        together = max(recomputed, recomputed - held_twice + backward)
        moments[tr("one layer recomputed, and its backward pass")] = together
    return moments


def loss_bytes(shape: ModelShape, step: Step) -> int:
    """The logits of a chunk, and what its product copies of the head."""
    # Without bfloat16 units a CPU's product copies the head into its own layout, and as float32.
    head = (step.width + FLOAT) * shape.vocabulary * shape.hidden if step.device == "cpu" and step.mixed else 0
    return logits_bytes(shape, step) + head


def logits_bytes(shape: ModelShape, step: Step) -> int:
    """Logits of a chunk in the base's type, as float32, their log-softmax, and the gradients of both."""
    rows = min(step.answers, max(16, step.logits_at_once // max(1, shape.vocabulary)))
    width = 3 * FLOAT + (2 * step.width if step.mixed else 0) + (2 * step.width if shape.soft_capped else 0)
    return rows * shape.vocabulary * width


def evaluation_bytes(shape: ModelShape, step: Step) -> int:
    """One batch of an evaluation, without gradients: scored, or answered with a cache of keys and values."""
    tokens = max(step.length, min(ROWS_AT_ONCE * step.length, ROWS_AT_ONCE * TOKENS_A_ROW))
    matrices = sum(each.elements for each in shape.feed_forward) * step.width if step.precision in PACKED else 0
    lifted = FLOAT * shape.inner if step.mixed else 0  # adapters compute in float32
    layer = matrices + tokens * (4 * shape.inner * step.width + lifted + 4 * shape.hidden * step.stream)
    logits = min(LOGITS_AT_ONCE, tokens * shape.vocabulary) * (2 * FLOAT + (step.width if step.mixed else 0))
    cache = (shape.layers + 1) * tokens * 2 * shape.kv_heads * shape.head_dim * step.stream
    return max(logits + tokens * shape.hidden * step.stream, cache + layer)


def optimizer_step_bytes(tensors: Tensors, optimizer: str, step: Step) -> int:
    """AdamW's square roots, of one tensor after another; a card's fused step and the 8-bit forms work in place."""
    if optimizer != "adamw" or step.device == "cuda":
        return 0
    return 2 * ELEMENT * max((prod(size) for size in tensors), default=0)
