"""The projections that a method adapts, its trained tensors, and what their optimiser states take."""

from __future__ import annotations

from collections import Counter
from math import prod

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr
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
            tr("the model has no projection {projections}.", projections=", ".join(map(repr, unknown))),
            tr('Choose among {projections}, or "all".', projections=", ".join(names)),
        )
    wanted = {name.rpartition(".")[2] for name in method.targets}
    return tuple(each for name, each in names.items() if name in wanted)


def add_pair(found: Tensors, linear: Linear, rank: int, layers: int) -> None:
    """Add one low-rank pair's tensors in each of `layers` layers."""
    found[(rank, linear.inputs)] += layers
    found[(linear.outputs, rank)] += layers


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
