"""Several adapters over one base, planned: what they hold together, how many fit, and whether one pass is faster."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.together import MOST_TOGETHER, why_not_shared
from studio.core.words import tr
from studio.hardware.machine import Machine
from studio.planner.methods.registry import arithmetic_of
from studio.planner.model_source import model_shape
from studio.planner.plan import CONTEXT, MARGIN, ROUNDING, Plan, corrected
from studio.planner.recipe_plan import plan_recipe
from studio.planner.speed_estimate import seconds_of, work_of
from studio.planner.step import Step
from studio.planner.together_peak import Share, fullest, share_of

EACH = ("adapter", "optimizer", "batch")
"""Held for each of the runs from step to step, or through one."""
WORTH_IT = 1.03
"""Runs train together where one after another takes this many times as long: below it, the estimate does not tell."""


@dataclass(frozen=True, slots=True)
class TogetherPlan:
    """Runs that train together; bytes.

    plans: as each would be alone. items: what they hold together, which sums to `peak_bytes`. in_turn_seconds,
    together_seconds: one micro-batch of each run, one after another and in one pass.
    """

    plans: tuple[Plan, ...]
    items: dict[str, int]
    in_turn_seconds: float
    together_seconds: float

    @property
    def peak_bytes(self) -> int:
        return sum(self.items.values())

    @property
    def budget_bytes(self) -> int:
        return min(plan.budget_bytes for plan in self.plans)

    @property
    def fits(self) -> bool:
        """Whether all of them fit in the budget, with the margin of a plan."""
        peak = self.peak_bytes
        return peak + int(MARGIN * peak) <= self.budget_bytes

    @property
    def gain(self) -> float:
        """How many times as long the runs take one after another."""
        return self.in_turn_seconds / self.together_seconds


@dataclass(frozen=True, slots=True)
class SweepWay:
    """How the runs of a sweep train: in batches that train together, or each by itself; `why` is a sentence.

    batches: the members' places, in order. together: the plan of the largest batch; None where none was planned.
    """

    batches: tuple[tuple[int, ...], ...]
    why: str
    together: TogetherPlan | None = None

    @property
    def is_together(self) -> bool:
        return any(len(batch) > 1 for batch in self.batches)


def planned_together(plans: Sequence[Plan]) -> TogetherPlan:
    """What runs hold and how long they take together, from the plan of each alone, its "auto" fields decided.

    Base and libraries are held once. The items of a step are those of its fullest moment (`fullest`), so that gradients
    may be none, or activations nearly none.
    """
    first = plans[0]
    shape, device, precision = model_shape(first.recipe.model), first.device, first.recipe.model.precision
    items = {"weights": first.items["weights"]}
    items |= {name: sum(plan.items[name] for plan in plans) for name in EACH}
    shares = [share_of(plan.recipe, shape, step) for plan, step in zip(plans, _steps(plans), strict=True)]
    moment = fullest(shares)
    items |= {"gradients": moment.gradients, "activations": moment.activations, "transient": moment.transient}
    items["context"] = CONTEXT[device.kind]
    items["rounding"] = _rounding(items, device.kind, plans, shares)
    learned = max(plan.correction.ratio for plan in plans)
    seen = sum(items.values()) - (0 if device.kind == "cpu" else items["context"])
    items = corrected(items, int((learned - 1) * seen), device.kind)
    works = [work_of(plan.recipe, shape, device) for plan in plans]
    in_turn = sum(seconds_of([work], precision, device) for work in works)
    return TogetherPlan(tuple(plans), items, in_turn, seconds_of(works, precision, device))


def _steps(plans: Sequence[Plan]) -> list[Step]:
    """Each run's largest micro-batch; where one computes its activations again, the base's layers do so for all."""
    steps = [plan.step for plan in plans if plan.step is not None]
    assert len(steps) == len(plans)
    again = any(step.checkpointing for step in steps)
    return [replace(step, together=True, checkpointing=again) for step in steps]


def _rounding(items: dict[str, int], device: str, plans: Sequence[Plan], shares: Sequence[Share]) -> int:
    """What the allocator takes beyond what is asked of it."""
    if device != "cpu":
        return int(ROUNDING[device] * sum(size for name, size in items.items() if name != "context"))
    # As for one run (`studio.planner.plan`): the C library's heap holds holes, here of what comes and goes in a step,
    # once for all runs; what is larger than 32 MiB, such as copies of the head, does not come from the heap. Gradients
    # lie where activations were. Measured for one to four adapters on the demo model's
    # shape, in ranks of 4 and 16, activations kept and computed again: tests/bench/README.md.
    holes = max(arithmetic_of(plan.recipe.method).holes for plan in plans)
    return int(holes * (max(items["gradients"], items["activations"]) + max(share.logits for share in shares)))


def way_of(
    recipes: Sequence[Recipe],
    machine: Machine,
    together: bool | str = "auto",
    at_once: int | str = "auto",
    plans: Sequence[Plan] | None = None,
) -> SweepWay:
    """Whether the runs of a sweep train together, and in which batches: as many as fit in the budget, evenly divided.

    together: True and False are what a person asked for, "auto" takes one pass where it is faster. `plans` are those of
    the recipes where they are made already. Raises ProblemError for a model or device that is not there.
    """
    alone = tuple((place,) for place in range(len(recipes)))
    if together is False or len(recipes) < 2:
        return SweepWay(alone, "")
    most = min(MOST_TOGETHER if at_once == "auto" else int(at_once), len(recipes))
    if why_not := why_not_shared(recipes):
        return SweepWay(alone, why_not)
    planned = list(plans) if plans is not None else [plan_recipe(recipe, machine) for recipe in recipes]
    if any(plan.ram_bytes for plan in planned):
        return SweepWay(alone, tr("A base with layers in the machine's memory is not shared."))
    for count in range(most, 1, -1):
        batches = _evenly(len(recipes), count)
        largest = max(
            (planned_together([planned[at] for at in batch]) for batch in batches), key=lambda p: p.peak_bytes
        )
        if largest.fits:
            break
    else:
        return SweepWay(alone, tr("Two adapters do not fit in memory together."), largest)
    if together == "auto" and largest.gain < WORTH_IT:
        return SweepWay(alone, tr("One after another is as fast here: this device is busy with one run."), largest)
    return SweepWay(batches, "", largest)


def _evenly(count: int, most: int) -> tuple[tuple[int, ...], ...]:
    """`count` places in order, in as few batches of at most `most` as there can be, of as equal sizes as there can."""
    batches = -(-count // most)
    edges = [round(batch * count / batches) for batch in range(batches + 1)]
    return tuple(tuple(range(begin, end)) for begin, end in itertools.pairwise(edges))
