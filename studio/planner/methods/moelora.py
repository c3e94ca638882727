"""MoELoRA's arithmetic: LoRA's pairs with a router each, and what the contrastive loss keeps and remembers."""

from __future__ import annotations

from collections.abc import Iterator

from studio.core.methods.moelora import LEAST_SHARE
from studio.core.recipe.recipe import MethodTable
from studio.planner.adapter import Tensors, targeted
from studio.planner.methods.arithmetic import Fields
from studio.planner.methods.lora import LoraArithmetic
from studio.planner.shape import Linear, ModelShape
from studio.planner.step import FLOAT, INDEX, Step, activated_width, read_width

HIGHEST_TRIED = 256


class MoeLoraArithmetic(LoraArithmetic):
    """Pairs whose rank is shared by routed experts; their product keeps its input as it came."""

    holes = 0.9
    lowers_pairs = False
    drops_apart = False

    def tensors(self, shape: ModelShape, method: MethodTable) -> Tensors:
        found = super().tensors(shape, method)
        for each in targeted(shape, method):
            found[(method.experts, each.inputs)] += shape.layers
        return found

    def remembered(self, shape: ModelShape, method: MethodTable) -> int:
        """The last step's loads of each router; the earlier vectors and an int64 count of each expert."""
        each = 4 * method.experts + 4 * method.memory * method.rank + 8 * method.experts
        return shape.layers * len(targeted(shape, method)) * each

    def constants(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        linears = self.adapted(shape, method, shape.linears)
        return len(linears) * INDEX * contrasted_pairs(method, step)

    def pair(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> int:
        return super().pair(linear, shape, method, step) + FLOAT * method.experts  # the gates

    def mask(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes of dropout's mask: on a CPU of the input's own type."""
        return linear.inputs if step.device == "cuda" else linear.inputs * read_width(linear, shape, step)

    def dropped_width(self, linear: Linear, shape: ModelShape, step: Step) -> int:
        return read_width(linear, shape, step)

    def keeps_input(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> bool:
        return True

    def kept_by_losses(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """The contrasted pairs' gradient, which is formed in the forward pass, and the mask of padding."""
        linears = shape.layers * len(targeted(shape, method))
        vectors = linears * contrasted_pairs(method, step) * step.width * method.rank // method.experts
        return vectors + (FLOAT * step.tokens if step.padded else 0)

    def inner_gradients(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """The last projection's input gets a gradient through the pair and one through the router, in float32.

        Both are made before anything is freed.
        """
        read = activated_width(shape, step)
        converted = read if read != FLOAT else (step.width if step.mixed else 0)
        return read + FLOAT + converted

    def lifts(self, step: Step) -> bool:
        return step.mixed

    def divisor(self, method: MethodTable, rank: int) -> float:
        return rank / method.experts

    def rank_step(self, experts: int) -> int:
        return experts

    def least_rank(self, experts: int) -> int:
        return LEAST_SHARE * experts

    def ranks_to_try(self, asked: int) -> list[int]:
        return sorted({rank for rank in (asked, 2 * asked, 4 * asked) if rank <= HIGHEST_TRIED})

    def fewer_experts(self, method: MethodTable, least: int) -> Iterator[int]:
        return (count for count in range(method.experts - 1, least - 1, -1) if method.rank % count == 0)

    def converted(self, method: MethodTable) -> Fields:
        """Two experts a token, and whole shares of the rank."""
        fields: Fields = {}
        if method.top_k < 2:
            fields["method.top_k"] = 2
        whole = max(LEAST_SHARE, method.rank // method.experts) * method.experts
        if whole != method.rank:
            fields["method.rank"] = whole
        if method.top_k > method.experts:
            fields["method.top_k"] = method.experts
        return fields


def contrasted_pairs(method: MethodTable, step: Step) -> int:
    """(Token, expert) pairs that are contrasted in each projection."""
    if not method.contrastive:
        return 0
    wanted = max(1, method.pairs // method.top_k) if method.pairs else step.tokens
    return min(step.tokens, wanted) * method.top_k
