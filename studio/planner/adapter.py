"""The trained tensors of each method, and what their gradients and optimiser states take."""

from __future__ import annotations

from collections import Counter
from math import prod

from studio.core.problem import ProblemError
from studio.core.recipe import MethodTable
from studio.planner.shape import Linear, ModelShape

ELEMENT = 4  # adapters are trained in float32 whatever the base's precision

Tensors = Counter[tuple[int, ...]]  # how many trained tensors there are of each shape


def targeted(shape: ModelShape, method: MethodTable) -> tuple[Linear, ...]:
    """The linears of one layer that the method adapts.

    Raises ProblemError naming targets that the model does not have.
    """
    names = {each.name.rpartition(".")[2]: each for each in shape.linears}
    if method.targets == "all":
        return shape.linears
    unknown = [name for name in method.targets if name.rpartition(".")[2] not in names]
    if unknown:
        raise ProblemError.at(
            "method.targets",
            f"the model has no projection {', '.join(map(repr, unknown))}.",
            f'Choose among {", ".join(names)}, or "all".',
        )
    wanted = {name.rpartition(".")[2] for name in method.targets}
    return tuple(each for name, each in names.items() if name in wanted)


def adapter_tensors(shape: ModelShape, method: MethodTable) -> Tensors:
    """Shape and number of every trained tensor of the whole model (METHODS.md sections 1 and 3)."""
    layer: Tensors = Counter()
    linears = targeted(shape, method)
    rank, experts = method.rank, method.experts
    inside = {each.name for each in shape.feed_forward}
    routed = {each.name for each in linears if each.name in inside}
    if method.name == "mixlora":
        if not routed:
            raise ProblemError.at(
                "method.targets",
                "none of them is in the feed-forward, where MixLoRA's experts live.",
                f"Add some of {', '.join(each.name.rpartition('.')[2] for each in shape.feed_forward)}.",
            )
        layer[(experts, shape.hidden)] += 1
    for each in linears:
        if method.name == "mixlora" and each.name in routed:
            layer[(experts, rank, each.inputs)] += 1
            layer[(experts, each.outputs, rank)] += 1
            continue
        layer[(rank, each.inputs)] += 1
        layer[(each.outputs, rank)] += 1
        if method.name == "dora":
            layer[(each.outputs,)] += 1
        if method.name == "moelora":
            layer[(experts, each.inputs)] += 1
    return Counter({size: count * shape.layers for size, count in layer.items()})


def elements(tensors: Tensors) -> int:
    """Elements of all tensors together."""
    return sum(prod(size) * count for size, count in tensors.items())


def optimizer_bytes(tensors: Tensors, optimizer: str) -> int:
    """Bytes of the optimiser's states once it has made a step.

    adamw: two float32 moments and a float32 step count for each tensor. adamw-8bit (bitsandbytes): two 8-bit moments
    with a float32 scale for each 256 elements; tensors under 4,096 elements keep float32 moments. Its two tables of 256
    float32 are shared by all tensors.
    """
    if optimizer == "adamw":
        return sum(count * (8 * prod(size) + 4) for size, count in tensors.items())
    total = 0
    for size, count in tensors.items():
        many = prod(size)
        total += count * (8 * many if many < 4096 else 2 * many + 8 * -(-many // 256))
    return total + (2 * 256 * 4 if any(prod(size) >= 4096 for size in tensors) else 0)
