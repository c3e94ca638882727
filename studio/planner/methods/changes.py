"""How the recipe of a method with plain pairs can be changed, and what the search tries of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from studio.core.recipe.recipe import MethodTable
from studio.planner.methods.arithmetic import Fields, Scaled
from studio.planner.shape import Linear, ModelShape

RANKS_TO_TRY = (8, 16, 32, 64)


class PlainChanges:
    """A rank that may be any whole number, no experts, and every projection worth adapting alone."""

    def divisor(self, method: MethodTable, rank: int) -> float:
        return math.sqrt(rank) if method.rank_stabilised else rank

    def alpha_scales(self, shape: ModelShape, method: MethodTable) -> Scaled:
        return "all"

    def rank_step(self, experts: int) -> int:
        return 1

    def least_rank(self, experts: int) -> int:
        return 1

    def ranks_to_try(self, asked: int) -> list[int]:
        return sorted({asked, *RANKS_TO_TRY})

    def experts_to_try(self, method: MethodTable) -> list[int]:
        return [method.experts]

    def fewer_experts(self, method: MethodTable, least: int) -> Iterator[int]:
        return iter(())

    def converted(self, method: MethodTable) -> Fields:
        return {}

    def main_part(self, shape: ModelShape) -> tuple[Linear, ...]:
        return shape.attention

    def alone(self, shape: ModelShape) -> tuple[Linear, ...]:
        return shape.linears


def halves(value: int, least: int) -> list[int]:
    """Half of `value`, half of that and so on, down to `least`."""
    found = []
    while value > least:
        value = max(least, value // 2)
        found.append(value)
    return found
