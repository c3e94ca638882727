"""What would make a recipe fit: the smallest change, first to what the user left open, then to what they pinned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.units import memory
from studio.core.words import capitalised, listed, sentences, tr
from studio.hardware.machine import Device, Machine
from studio.planner.advice_text import change_text, settings_text
from studio.planner.auto_fields import best_plan
from studio.planner.levers import ALWAYS_THE_USERS, Lever, applied, changed, levers, smallest, with_same_strength
from studio.planner.methods.arithmetic import Fields
from studio.planner.model_source import model_shape
from studio.planner.pins import checked_pins
from studio.planner.plan import Plan
from studio.planner.recipe_plan import budget_for, device_for
from studio.planner.shape import ModelShape

MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A change that makes the recipe fit: the fields and their new values, the change in words, and the resulting plan.

    `moves_pins`: whether it sets a field that only the user may change: one that they pinned, the method, its targets.
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
    """What would fit: `changes`, smallest first; where there are none, `least_bytes` is the budget needed.

    Without changes, `tried` lists how far each lever was pulled, `least_with` describes the smallest plan of all, and
    `unavailable` lists the levers that this device or installation lacks.
    """

    changes: tuple[Change, ...]
    least_bytes: int
    budget_bytes: int = 0
    tried: tuple[str, ...] = ()
    least_with: str = ""
    unavailable: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """The advice for a person; empty where the recipe already fits."""
        if self.changes or self.least_bytes <= self.budget_bytes:
            return [change.what for change in self.changes]
        budget, least = memory(self.budget_bytes), memory(self.least_bytes)
        none = (
            tr(
                "No combination of settings fits {budget}: the smallest plan takes {least}, with {settings}.",
                budget=budget,
                least=least,
                settings=self.least_with,
            )
            if self.least_with
            else tr(
                "No combination of settings fits {budget}: the smallest plan takes {least}.", budget=budget, least=least
            )
        )
        tried = tr("Tried: {levers}.", levers=_apart(self.tried)) if self.tried else ""
        lacking = tr("Not available here: {levers}.", levers=_apart(self.unavailable)) if self.unavailable else ""
        return [sentences(none, tried, lacking, tr("Choose a smaller model or a larger budget."))]

    def to_dict(self) -> dict[str, Any]:
        """Its keys in `plan --json`."""
        return {
            "would_fit": [change.to_dict() for change in self.changes],
            "least_bytes": self.least_bytes,
            "tried": list(self.tried),
            "unavailable": list(self.unavailable),
        }


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search counts: a recipe and its model on a device within a budget, and what the user pinned."""

    recipe: Recipe
    shape: ModelShape
    device: Device
    budget: int
    longest: int | None
    pinned: frozenset[str]

    def plan(self, fields: Fields) -> Plan | None:
        """The plan with these fields set; None where they do not go together or the model has no such projection."""
        recipe = applied(self.recipe, with_same_strength(self.recipe.method, fields, self.pinned, self.shape))
        if recipe is None:
            return None
        try:
            return best_plan(recipe, self.shape, self.device, self.budget, self.longest)
        except ProblemError:
            return None

    def fitting(self, fields: Fields) -> Plan | None:
        plan = self.plan(fields)
        return plan if plan is not None and plan.fits else None

    def change(self, fields: Fields, plan: Plan) -> Change:
        fields = with_same_strength(self.recipe.method, fields, self.pinned, self.shape)
        said = tr("{sentence}.", sentence=listed(change_text(self.recipe, fields, self.device, self.shape)))
        moves = any(path in self.pinned or path in ALWAYS_THE_USERS for path in fields)
        return Change(fields, capitalised(said), plan, moves)


def would_fit(
    recipe: Recipe,
    machine: Machine,
    budget_bytes: int | None = None,
    pins: Iterable[str] | None = None,
    longest: int | None = None,
) -> Advice:
    """Find what makes a recipe fit; no changes where it already fits, or where no combination of levers does it.

    Single changes first, gentlest value of each; where none is enough, one set of several. Fields that are not pinned
    go before pinned ones, the method and its targets, which are only suggested. Raises ProblemError as `plan_recipe`.
    """
    pinned = checked_pins(pins, recipe)
    device = device_for(recipe, machine)
    budget, _ = budget_for(recipe, machine, device, budget_bytes)
    shape = model_shape(recipe.model)
    plan = best_plan(recipe, shape, device, budget, longest)
    if plan.fits:
        return Advice((), plan.peak_bytes + plan.reserve_bytes, budget)
    place = _Place(recipe, shape, device, budget, longest, pinned)
    found = levers(recipe, shape, device)
    unpinned = [each for each in found if each.path not in pinned and each.path not in ALWAYS_THE_USERS]
    for pulled in (unpinned, found):
        changes = _single(pulled, place)
        if not changes and (several := _several(pulled, place)):
            changes = [several]
        if changes:
            return Advice(tuple(changes[:MOST_SAID]), _needs(changes[0].plan), budget)
    return _with_every_lever(found, place)


def _single(pulled: Sequence[Lever], place: _Place) -> list[Change]:
    found = []
    for lever in pulled:
        for fields in lever.steps:
            if (plan := place.fitting(fields)) is not None:
                found.append(place.change(fields, plan))
                break
    return found


def _several(pulled: Sequence[Lever], place: _Place) -> Change | None:
    """Pull lever after lever to its end until it fits, then ease those that need not go so far."""
    chosen: dict[str, Fields] = {}
    for lever in pulled:
        if not lever.steps:
            continue
        chosen[lever.path] = lever.steps[-1]
        if place.plan(_merged(chosen)) is None:  # such as a rank that cannot be divided among so many experts
            del chosen[lever.path]
        elif place.fitting(_merged(chosen)):
            return _eased(chosen, pulled, place)
    return None


def _with_every_lever(found: Sequence[Lever], place: _Place) -> Advice:
    """The last resort: every lever at its end, in each combination that could be the smallest."""
    least: tuple[Plan, Fields] | None = None
    for fields in smallest(place.recipe, place.shape, place.device):
        plan = place.plan(fields)
        if plan is not None and (least is None or plan.peak_bytes < least[0].peak_bytes):
            least = plan, fields
    assert least is not None, "every method can adapt some projection of every model"
    plan, fields = least
    fields = changed(place.recipe, fields)
    if plan.fits:
        grouped = {path: {path: value} for path, value in fields.items()}
        change = _eased(grouped, found, place)
        return Advice((change,), _needs(change.plan), place.budget)
    return Advice(
        (),
        _needs(plan),
        place.budget,
        tuple(lever.reach for lever in found if lever.reach),
        listed(settings_text(plan.recipe)),
        tuple(dict.fromkeys(lever.why_not for lever in found if lever.why_not)),
    )


def _eased(chosen: dict[str, Fields], pulled: Sequence[Lever], place: _Place) -> Change:
    """Release each lever that is not needed, the most drastic first, then ease the others as far as possible."""
    steps = {lever.path: lever.steps for lever in pulled}
    for path in reversed(list(chosen)):
        without = {name: fields for name, fields in chosen.items() if name != path}
        if without and place.fitting(_merged(without)):
            chosen = without
            continue
        for fields in steps.get(path, ()):
            if place.fitting(_merged({**chosen, path: fields})):
                chosen[path] = fields
                break
    fields = _merged(chosen)
    plan = place.fitting(fields)
    assert plan is not None, "only what still fits was eased"
    return place.change(fields, plan)


def _merged(chosen: dict[str, Fields]) -> Fields:
    return {path: value for fields in chosen.values() for path, value in fields.items()}


def _apart(parts: Sequence[str]) -> str:
    """Phrases one after the other, which may have commas of their own."""
    first, *rest = parts
    for part in rest:
        first = tr("{first}; {next}", first=first, next=part)
    return first


def _needs(plan: Plan) -> int:
    return plan.peak_bytes + plan.reserve_bytes
