"""What a sweep would take, planned in a thread: the memory and the time of each of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import Sweep
from studio.core.words import sentences, tr
from studio.hardware.machine import Machine
from studio.planner.plan import Plan
from studio.planner.recipe_plan import plan_recipe
from studio.planner.run_time import RunTimes
from studio.planner.together import SweepWay, way_of
from studio.ui.dialogs.planning import GivenUp, Planning


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A sweep's plans, one for each member, and the seconds that all of them take in turn; or why there are none.

    way: which of them train together, None where that could not be planned.
    """

    plans: tuple[Plan, ...] = ()
    seconds: float | None = None
    why_not: str = ""
    way: SweepWay | None = None


class SweepPlans(Planning):
    """Plans the sweep that it is asked for last; `found` brings its SweepPlan."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planner = _Planner()

    def ask(self, sweep: Sweep, machine: Machine) -> None:
        """Plan this sweep on this machine."""
        recipes = tuple(member.recipe for member in sweep.members)
        self.plan(recipes, partial(self._planner.planned, sweep, recipes, machine))


class _Planner:
    """Plans sweeps, in whichever thread, and keeps the plans of runs that differ in nothing that counts."""

    def __init__(self) -> None:
        self._times = RunTimes()
        self._known: dict[str, tuple[Plan, float | None]] = {}
        self._machine: Machine | None = None

    def planned(
        self, sweep: Sweep, recipes: tuple[Recipe, ...], machine: Machine, is_given_up: GivenUp
    ) -> SweepPlan | None:
        if machine is not self._machine:
            self._machine, self._known = machine, {}
        found: list[tuple[Plan, float | None]] = []
        try:
            for recipe in recipes:
                if is_given_up():
                    return None
                found.append(self._of(recipe, machine))
            plans = tuple(plan for plan, _ in found)
            way = way_of(list(recipes), machine, sweep.together, sweep.at_once, plans)
        except ProblemError as error:
            return SweepPlan(why_not=sentences(*(sentences(p.what, p.remedy) for p in error.problems)))
        except Exception as error:  # noqa: BLE001  a fault of the planner must not leave the dialog waiting
            return SweepPlan(why_not=tr("The plan failed: {error}", error=first_line(error)))
        times = [seconds for _, seconds in found if seconds is not None]
        total = sum(times) if len(times) == len(found) else None
        return SweepPlan(plans, total, way=way)

    def _of(self, recipe: Recipe, machine: Machine) -> tuple[Plan, float | None]:
        """A run's plan and seconds; runs that differ in what neither counts share them."""
        training = recipe.training.model_copy(update={"learning_rate": 1e-4})
        kind = repr(recipe.model_copy(update={"name": "run", "seed": 0, "training": training}))
        if kind not in self._known:
            plan = plan_recipe(recipe, machine)
            self._known[kind] = plan, self._times.of(plan).seconds
        return self._known[kind]
