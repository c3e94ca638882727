"""What would make a recipe fit: the smallest change, first of what the user left open, then of what they pinned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studio.core.recipe import ROUTED_METHODS, Recipe
from studio.core.units import memory
from studio.hardware.machine import Device, Machine
from studio.planner.choices import decide, optimizers, precisions
from studio.planner.pins import SEARCHED, checked_pins, value_of, with_value
from studio.planner.plan import Plan, plan_decided
from studio.planner.recipe_plan import budget_for, device_for
from studio.planner.shape import ModelShape
from studio.planner.source import model_shape

LEAST_LENGTH = 32
MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A change that makes the recipe fit: the fields with their new values, in words, and the plan with them.

    `moves_pins`: whether it sets a field that the user had pinned, which only they may do.
    """

    fields: dict[str, Any]
    what: str
    plan: Plan
    moves_pins: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "fields": dict(self.fields),
            "moves_pins": self.moves_pins,
            "peak_bytes": self.plan.peak_bytes,
            "recipe": self.plan.recipe.model_dump(mode="json"),
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """What would fit: `changes`, smallest first; where there are none, `least_bytes` is the budget that it takes."""

    changes: tuple[Change, ...]
    least_bytes: int

    def sentences(self) -> list[str]:
        """The advice for a person."""
        if self.changes:
            return [change.what for change in self.changes]
        return [
            f"No setting makes this model fit: it takes {memory(self.least_bytes)} at the least."
            " Choose a smaller model or a larger budget."
        ]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search counts: a shape on a device within a budget."""

    shape: ModelShape
    device: Device
    budget: int
    longest: int | None

    def plan(self, recipe: Recipe) -> Plan:
        decided = decide(recipe, self.shape, self.device, self.budget, self.longest)
        return plan_decided(decided, self.shape, self.device, self.budget, self.longest)


def would_fit(
    recipe: Recipe,
    machine: Machine,
    budget_bytes: int | None = None,
    pins: Iterable[str] | None = None,
    longest: int | None = None,
) -> Advice:
    """Tell what makes a recipe fit; no changes where it fits already.

    Single changes first, gentlest value of each; where none is enough, one set of several. Fields that are not pinned
    go before pinned ones, which are only advised. Raises ProblemError as `plan_recipe` does.
    """
    pinned = checked_pins(pins, recipe)
    device = device_for(recipe, machine)
    budget, _ = budget_for(recipe, machine, device, budget_bytes)
    place = _Place(model_shape(recipe.model), device, budget, longest)
    plan = place.plan(recipe)
    if plan.fits:
        return Advice((), plan.peak_bytes + plan.reserve_bytes)
    steps = {path: values for path in SEARCHED if (values := _milder(recipe, path, device))}
    open_fields = {path: values for path, values in steps.items() if path not in pinned}
    for fields in (open_fields, steps):
        changes = _single(recipe, fields, place, pinned)
        if not changes and (several := _several(recipe, fields, place, pinned)):
            changes = [several]
        if changes:
            return Advice(tuple(changes[:MOST_SAID]), changes[0].plan.peak_bytes + changes[0].plan.reserve_bytes)
    for path, values in steps.items():
        recipe = with_value(recipe, path, values[-1])
    least = place.plan(recipe)
    return Advice((), least.peak_bytes + least.reserve_bytes)


def _single(recipe: Recipe, fields: dict[str, list[Any]], place: _Place, pinned: frozenset[str]) -> list[Change]:
    found = []
    for path, values in fields.items():
        for value in values:
            plan = place.plan(with_value(recipe, path, value))
            if plan.fits:
                found.append(_change({path: value}, plan, pinned))
                break
    return found


def _several(recipe: Recipe, fields: dict[str, list[Any]], place: _Place, pinned: frozenset[str]) -> Change | None:
    """Set field after field to its harshest value until it fits, then take back what need not be so harsh."""
    chosen: dict[str, Any] = {}
    for path, values in fields.items():
        chosen[path] = values[-1]
        if place.plan(_with(recipe, chosen)).fits:
            break
    else:
        return None
    for path in list(chosen):
        without = {name: value for name, value in chosen.items() if name != path}
        if place.plan(_with(recipe, without)).fits:
            chosen = without
            continue
        for value in fields[path]:
            if place.plan(_with(recipe, {**chosen, path: value})).fits:
                chosen[path] = value
                break
    return _change(chosen, place.plan(_with(recipe, chosen)), pinned)


def _with(recipe: Recipe, fields: dict[str, Any]) -> Recipe:
    for path, value in fields.items():
        recipe = with_value(recipe, path, value)
    return recipe


def _milder(recipe: Recipe, path: str, device: Device) -> list[Any]:
    """Values of a field that need less memory than its own, gentlest first; none for one that is "auto"."""
    value = value_of(recipe, path)
    if value == "auto":
        return []  # it is at its smallest already where that is needed
    if path == "training.micro_batch":
        return [size for size in range(min(value, recipe.training.batch_size) - 1, 0, -1)
                if recipe.training.batch_size % size == 0]  # fmt: skip
    if path == "training.checkpointing":
        return [] if value else [True]
    if path == "training.optimizer":
        return ["adamw-8bit"] if "adamw-8bit" in _all(recipe, path, device) and value == "adamw" else []
    if path == "model.precision":
        order = [name for name in ("fp32", *_all(recipe, path, device)) if name != value]
        known = ("fp32", "bf16", "int8", "nf4")
        return [name for name in order if known.index(name) > known.index(value)]
    if path == "training.max_length":
        return _halves(value, LEAST_LENGTH)
    if path == "method.rank":
        least = 2 * recipe.method.experts if recipe.method.name == "moelora" else 1
        return [rank for rank in _halves(value, least) if recipe.method.name != "moelora" or not rank % (least // 2)]
    if recipe.method.name not in ROUTED_METHODS or recipe.method.name == "moelora":
        return []
    return _halves(value, max(2, recipe.method.top_k))


def _all(recipe: Recipe, path: str, device: Device) -> tuple[str, ...]:
    opened = with_value(recipe, path, "auto")
    return precisions(opened, device) if path == "model.precision" else optimizers(opened, device)


def _halves(value: int, least: int) -> list[int]:
    found = []
    while value > least:
        value = max(least, value // 2)
        found.append(value)
    return found


_WORDS = {
    "training.micro_batch": "compute {} rows at once",
    "training.checkpointing": "compute activations again in the backward pass",
    "training.optimizer": "keep the optimiser's states in 8 bits",
    "model.precision": "hold the frozen weights as {}",
    "training.max_length": "cut rows at {} tokens",
    "method.rank": "lower the rank to {}",
    "method.experts": "use {} experts",
}


def _change(fields: dict[str, Any], plan: Plan, pinned: frozenset[str]) -> Change:
    words = [_WORDS[path].format(value) for path, value in fields.items()]
    joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return Change(fields, f"{joined[0].upper()}{joined[1:]}.", plan, any(path in pinned for path in fields))
