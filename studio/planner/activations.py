"""What autograd keeps between forward and backward, counted operation by operation.

The counts follow transformers' modelling code, PEFT's LoRA and DoRA layers, studio/methods and the chunked loss of
studio/training; tests/planner and tests/bench/bench_plan.py hold them against saved-tensor hooks on the real step. What
depends on the method is asked of its arithmetic, in `studio.planner.methods`.
"""

from __future__ import annotations

from studio.core.recipe.recipe import MethodTable
from studio.planner.methods.registry import arithmetic_of
from studio.planner.shape import ModelShape
from studio.planner.step import FLOAT, INDEX, Step, head_bytes, norm_bytes, rms_width


def kept_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept for backward by one micro-batch, from the embedding to the loss.

    With checkpointing each layer keeps its input, and what checkpointing cannot take from 8-bit linears; what one
    recomputed layer takes is a transient.
    """
    ask = arithmetic_of(method)
    outside = head_bytes(shape, step) + ask.kept_by_losses(shape, method, step)
    if step.checkpointing:
        inputs = shape.layers * step.tokens * shape.hidden * step.stream
        return inputs + held_anyway_bytes(shape, method, step) + outside
    layers = shape.layers * layer_bytes(shape, method, step) - _not_kept_by_first(shape, method, step)
    return layers + rotary_bytes(shape, step) + outside


def held_anyway_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes of inputs that 8-bit linears hold until backward although checkpointing computes their layers again.

    bitsandbytes puts them on its Functions' contexts rather than among the saved tensors, so the graph of the first
    pass holds them.
    """
    if step.precision != "int8" or not step.checkpointing:
        return 0
    return shape.layers * step.tokens * arithmetic_of(method).held_anyway(shape, step)


def input_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the batch itself: ids, mask and labels, attention's shared mask, and rotary tables where not kept.

    In one sequence, also each token's row and position.
    """
    tables = rotary_bytes(shape, step) if step.checkpointing else 0
    each = (5 if step.end_to_end else 3) * INDEX
    return each * step.tokens + (step.rows * step.length**2 if step.padded else 0) + tables


def rotary_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the rotary tables that all layers share: of one row's positions, or of each token's in one sequence."""
    return 2 * (step.tokens if step.end_to_end else step.length) * shape.rotary_dim * step.stream


def layer_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept by one decoder layer whose input wants a gradient."""
    per_token = len(shape.layer_norms) * norm_bytes(shape, step) + _kernel(shape, step)
    return step.tokens * per_token + arithmetic_of(method).kept(shape, method, step)


def _not_kept_by_first(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """What the first layer does not keep, since the frozen embedding under it wants no gradient."""
    ask = arithmetic_of(method)
    less = norm_bytes(shape, step)
    if not ask.adapted(shape, method, shape.attention):
        less += _kernel(shape, step)
    return step.tokens * less + ask.not_kept_by_first(shape, method, step)


def _kernel(shape: ModelShape, step: Step) -> int:
    """Bytes a token of attention itself: norms over heads, queries, keys, values, result, and mask or scores."""
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    total = 0
    if shape.head_norms:
        total += rms_width(shape, step) * (queries + keys) + FLOAT * (shape.heads + shape.kv_heads)
    if shape.soft_capped:
        # Eager attention: the capped scores, their softmax in float32, and its copy in the product's type.
        scores = step.width + FLOAT + (step.width if step.mixed else 0)
        return total + 3 * queries * step.width + shape.heads * step.length * scores
    repeated = queries if step.padded else keys  # with a mask, keys and values are repeated for every head
    total += (2 * queries + 2 * repeated) * step.width + FLOAT * shape.heads
    if step.padded:
        total += step.length * step.width  # each layer makes its own additive mask of the shared boolean one
    if len(shape.attention) == 2 and repeated == keys:
        total += queries * step.width + keys * step.width  # values are a view of the fused projection's whole result
    return total
