"""The questions that the planner asks of a method; whoever plans compares no names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

from studio.core.recipe.recipe import MethodTable
from studio.planner.adapter import Tensors
from studio.planner.shape import Linear, ModelShape
from studio.planner.step import Step

Fields = dict[str, Any]
"""Fields of a recipe with new values, such as {"method.rank": 8}."""

Scaled = Literal["all", "attention", "none"]
"""Which updates a recipe's alpha scales."""


class Arithmetic(Protocol):
    """One method's memory, in bytes unless said otherwise, and how its recipe can be changed."""

    holes: float
    """On a CPU, the holes in the C library's heap, as a share of what all layers' activations take."""

    # What it trains, and what it remembers between steps.

    def tensors(self, shape: ModelShape, method: MethodTable) -> Tensors:
        """Shape and number of every trained tensor of the whole model; raises ProblemError for missing targets."""
        ...

    def remembered(self, shape: ModelShape, method: MethodTable) -> int:
        """Bytes that last from step to step and are not trained, of the whole model."""
        ...

    # What one layer keeps until its backward pass.

    def adapted(self, shape: ModelShape, method: MethodTable, among: Sequence[Linear]) -> list[Linear]:
        """Those of `among` that have a low-rank pair of their own beside them."""
        ...

    def kept(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes of one layer without its norms and the attention's kernel."""
        ...

    def not_kept_by_first(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """How much less of `kept` the first layer keeps, since nothing under it wants a gradient."""
        ...

    def held_anyway(self, shape: ModelShape, step: Step) -> int:
        """Bytes a token of one layer that 8-bit linears hold although checkpointing computes the layer again."""
        ...

    def kept_by_losses(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes that its own losses keep, of the whole model."""
        ...

    # What is needed for a moment.

    def transient(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes that one feed-forward and its backward pass hold beyond what was kept for it."""
        ...

    def beside_others(self, shape: ModelShape, method: MethodTable, step: Step) -> tuple[int, int]:
        """The same for rows beside those of other runs: what all runs hold at once, and one after another."""
        ...

    def form(self, shape: ModelShape, method: MethodTable, step: Step) -> str:
        """How it is computed on the step's device: runs of one form teach the ledger."""
        ...

    def form_elsewhere(self, form: str, capability: tuple[int, int]) -> str:
        """A sentence on the form that was counted for a card that is not here; empty where there is only one."""
        ...

    # How much is computed.

    def pairs_a_token(self, linear: Linear, shape: ModelShape, method: MethodTable) -> int:
        """Low-rank pairs of `linear` that one token passes through."""
        ...

    # How its recipe can be changed.

    def divisor(self, method: MethodTable, rank: int) -> float:
        """What alpha is divided by at this rank."""
        ...

    def alpha_scales(self, shape: ModelShape, method: MethodTable) -> Scaled:
        """Which updates alpha scales, where a method may scale some by itself."""
        ...

    def rank_step(self, experts: int) -> int:
        """The ranks that are possible with so many experts are multiples of this."""
        ...

    def least_rank(self, experts: int) -> int:
        """The smallest rank that is possible with so many experts."""
        ...

    def ranks_to_try(self, asked: int) -> list[int]:
        """Ranks among which the search chooses, ascending."""
        ...

    def experts_to_try(self, method: MethodTable) -> list[int]:
        """Numbers of experts among which the search chooses, ascending."""
        ...

    def fewer_experts(self, method: MethodTable, least: int) -> Iterator[int]:
        """Smaller numbers of experts, the gentlest first, down to `least`; none where it has no experts."""
        ...

    def converted(self, method: MethodTable) -> Fields:
        """What else must change in a recipe of another method when it becomes one of this method."""
        ...

    def main_part(self, shape: ModelShape) -> tuple[Linear, ...]:
        """The half of a layer's projections that matters most to it."""
        ...

    def alone(self, shape: ModelShape) -> tuple[Linear, ...]:
        """The projections each of which it can adapt alone."""
        ...
