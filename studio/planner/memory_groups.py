"""A plan's memory in the four groups that a person can reason about, and what one step of a field costs."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.recipe.recipe import Recipe
from studio.core.words import mark, tr
from studio.planner.levers import applied
from studio.planner.model_source import model_shape
from studio.planner.plan import Plan, plan_decided
from studio.planner.speed_estimate import tokens_per_second

GROUPS: dict[str, tuple[str, ...]] = {
    mark("Model"): ("weights",),
    mark("Adapter"): ("adapter", "gradients", "sent", "optimizer"),
    mark("Rows at work"): ("activations", "batch", "transient"),
    mark("Libraries and spare"): ("context", "rounding", "correction"),
}
"""The groups and the items of `planner.plan.LABELS` in each; every item is in one."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a plan: its bytes, and its parts by their labels."""

    name: str
    size: int
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class StepCost:
    """What the next larger value of a field costs: bytes of the peak, and the factor of the time of one row."""

    value: int
    more_bytes: int
    time_factor: float


def groups_of(plan: Plan) -> tuple[Group, ...]:
    """The plan's items by group; they add up to its peak."""
    named = {item: group for group, items in GROUPS.items() for item in items}
    found: dict[str, list[tuple[str, int]]] = {group: [] for group in GROUPS}
    for name, size in plan.items.items():
        found[named.get(name, next(reversed(GROUPS)))].append((plan.labels.get(name, name), size))
    return tuple(Group(tr(group), sum(size for _, size in parts), tuple(parts)) for group, parts in found.items())


def step_cost(plan: Plan, asked: Recipe, path: str, value: int) -> StepCost | None:
    """What it costs to set the field at `path` to `value`, all else as the plan decided; None where it cannot be.

    A batch is divided as before: more rows in it take longer, and no more memory, where micro_batch is left open.
    """
    larger = applied(plan.recipe, {path: value})
    if larger is None:
        return None
    shape = model_shape(asked.model)
    changed = plan_decided(larger, shape, plan.device, plan.budget_bytes)
    before, after = (tokens_per_second(each, shape, plan.device) for each in (plan.recipe, larger))
    rows = larger.training.max_length / plan.recipe.training.max_length
    return StepCost(value, changed.peak_bytes - plan.peak_bytes, rows * before / after)
