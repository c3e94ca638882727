"""What a sweep would take, planned in a thread: the memory and the time of each of its settings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

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


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A sweep's plans, one for each member, and the seconds that all of them take in turn; or why there are none.

    way: which of them train together, None where that could not be planned.
    """

    plans: tuple[Plan, ...] = ()
    seconds: float | None = None
    why_not: str = ""
    way: SweepWay | None = None


class SweepPlans(QObject):
    """Plans the sweep that it is asked for last; `found` brings its SweepPlan."""

    found = Signal(object)
    _planned = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sweep-plans")
        self._times = RunTimes()
        self._known: dict[str, tuple[Plan, float | None]] = {}
        self._machine: Machine | None = None
        self._asked: object = None
        self._left = False
        self._planned.connect(self._on_planned)

    def ask(self, sweep: Sweep, machine: Machine) -> None:
        """Plan this sweep on this machine."""
        if not self._left:
            self._asked = asked = object()
            self._pool.submit(self._plan, asked, sweep, machine)

    def leave(self) -> None:
        """Stop for good; waits for a plan in progress."""
        self._left = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _plan(self, asked: object, sweep: Sweep, machine: Machine) -> None:
        if machine is not self._machine:
            self._machine, self._known = machine, {}
        found: list[tuple[Plan, float | None]] = []
        try:
            for member in sweep.members:
                if asked is not self._asked or self._left:
                    return  # another question came meanwhile
                found.append(self._of(member.recipe, machine))
            plans = tuple(plan for plan, _ in found)
            recipes = [member.recipe for member in sweep.members]
            way = way_of(recipes, machine, sweep.together, sweep.at_once, plans)
        except ProblemError as error:
            self._planned.emit(
                asked, SweepPlan(why_not=sentences(*(sentences(p.what, p.remedy) for p in error.problems)))
            )
            return
        except Exception as error:  # noqa: BLE001  a fault of the planner must not leave the dialog waiting
            self._planned.emit(asked, SweepPlan(why_not=tr("The plan failed: {error}", error=first_line(error))))
            return
        times = [seconds for _, seconds in found if seconds is not None]
        total = sum(times) if len(times) == len(found) else None
        self._planned.emit(asked, SweepPlan(plans, total, way=way))

    def _of(self, recipe: Recipe, machine: Machine) -> tuple[Plan, float | None]:
        """A run's plan and seconds; runs that differ in what neither counts share them."""
        training = recipe.training.model_copy(update={"learning_rate": 1e-4})
        kind = repr(recipe.model_copy(update={"name": "run", "seed": 0, "training": training}))
        if kind not in self._known:
            plan = plan_recipe(recipe, machine)
            self._known[kind] = plan, self._times.of(plan).seconds
        return self._known[kind]

    @Slot(object, object)
    def _on_planned(self, asked: object, found: SweepPlan) -> None:
        if asked is self._asked and not self._left:
            self.found.emit(found)
