"""The trained tensors of each method, and what their gradients and optimiser states take."""

from __future__ import annotations

from collections import Counter
from math import prod

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
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
    """Shape and number of every trained tensor of the whole model (studio/methods/README.md).

    Raises ProblemError where layers are listed one by one and the model has more or fewer.
    """
    found: Tensors = Counter()
    linears = targeted(shape, method)
    inside = {each.name for each in shape.feed_forward}
    if method.name != "mixlora":
        for each in linears:
            _add_pair(found, each, method.rank, shape.layers)
            if method.name == "dora":
                found[(each.outputs,)] += shape.layers
            if method.name == "moelora":
                found[(method.experts, each.inputs)] += shape.layers
        return found
    routed = [each for each in linears if each.name in inside]
    if not routed:
        raise ProblemError.at(
            "method.targets",
            "none of them is in the feed-forward, where MixLoRA's experts live.",
            f"Add some of {', '.join(each.name.rpartition('.')[2] for each in shape.feed_forward)}.",
        )
    for (experts, rank), layers in Counter(expert_layers(shape, method)).items():
        found[(experts, shape.hidden)] += layers
        for each in routed:
            found[(experts, rank, each.inputs)] += layers
            found[(experts, each.outputs, rank)] += layers
            if method.magnitudes:
                found[(experts, each.outputs)] += layers
    for each in linears:
        if each.name not in inside:
            _add_pair(found, each, method.attention_rank or method.rank, shape.layers)
            if method.magnitudes:
                found[(each.outputs,)] += shape.layers
    return found


def expert_layers(shape: ModelShape, method: MethodTable) -> list[tuple[int, int]]:
    """MixLoRA's (experts, rank) of each layer; ProblemError where a list does not have one entry for each."""
    for name in ("layer_experts", "layer_ranks"):
        given = getattr(method, name)
        if given is not None and len(given) != shape.layers:
            raise ProblemError.at(
                f"method.{name}",
                f"it has {len(given)} entries, but the model has {shape.layers} layers.",
                "Give one entry for each layer, first layer first.",
            )
    experts = method.layer_experts or [method.experts] * shape.layers
    ranks = method.layer_ranks or [method.rank] * shape.layers
    return list(zip(experts, ranks, strict=True))


def memory_bytes(shape: ModelShape, method: MethodTable) -> int:
    """Bytes of what a routed method remembers between steps, in float32 unless said otherwise.

    Each router has the last step's loads, and with loss-free balancing its bias. Each of MoELoRA's projections also has
    its earlier vectors, and a count (int64) for each expert.
    """
    if method.name == "moelora":
        each = 4 * method.experts + 4 * method.memory * method.rank + 8 * method.experts
        return shape.layers * len(targeted(shape, method)) * each
    if method.name == "mixlora":
        experts = sum(count for count, _ in expert_layers(shape, method))
        return experts * (8 if method.balance_bias else 4)
    return 0


def _add_pair(found: Tensors, linear: Linear, rank: int, layers: int) -> None:
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
