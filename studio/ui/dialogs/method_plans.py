"""What a comparison would train, planned in a thread: each method's recipe, its parameters, its memory and its time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.methods.registry import MethodName
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.words import sentences, tr
from studio.hardware.machine import Machine
from studio.planner.compared_recipes import recipe_of_method
from studio.planner.equal_parameters import trainable_parameters
from studio.planner.model_source import model_shape
from studio.planner.plan import Plan
from studio.planner.recipe_plan import plan_recipe
from studio.planner.run_time import UNKNOWN_TIME, RunTime, RunTimes


@dataclass(frozen=True, slots=True)
class MethodPlan:
    """One method of a comparison: its recipe with its plan, or `why_not`.

    `trained` parameters are None, and so is the plan, where the model or the machine is not known.
    """

    name: MethodName
    recipe: Recipe | None = None
    why_not: str = ""
    trained: int | None = None
    plan: Plan | None = None
    time: RunTime = UNKNOWN_TIME


class MethodPlans(QObject):
    """Plans the methods that it is asked for last; `found` brings a tuple of MethodPlan."""

    found = Signal(object)
    _planned = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="method-plans")
        self._times = RunTimes()
        self._asked: object = None
        self._left = False
        self._planned.connect(self._on_planned)

    def ask(self, recipe: Recipe, methods: Sequence[MethodName], same_rank: bool, machine: Machine | None) -> None:
        """Plan `recipe` with each of these methods."""
        if not self._left:
            self._asked = asked = object()
            self._pool.submit(self._plan, asked, recipe, tuple(methods), same_rank, machine)

    def leave(self) -> None:
        """Stop for good; waits for a plan in progress."""
        self._left = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _plan(
        self,
        asked: object,
        recipe: Recipe,
        methods: tuple[MethodName, ...],
        same_rank: bool,
        machine: Machine | None,
    ) -> None:
        found = []
        for name in methods:
            if asked is not self._asked or self._left:
                return  # another question came meanwhile
            try:
                found.append(self._of(recipe_of_method(recipe, name, same_rank), machine))
            except ProblemError as error:
                found.append(
                    MethodPlan(name, why_not=sentences(*(sentences(p.what, p.remedy) for p in error.problems)))
                )
            except Exception as error:  # noqa: BLE001  a fault of the planner must not leave the dialog waiting
                found.append(
                    MethodPlan(
                        name, why_not=tr("The plan failed: {kind}: {error}", kind=type(error).__name__, error=error)
                    )
                )
        self._planned.emit(asked, tuple(found))

    def _of(self, recipe: Recipe, machine: Machine | None) -> MethodPlan:
        trained = trainable_parameters(model_shape(recipe.model), recipe.method)
        if machine is None:
            return MethodPlan(recipe.method.name, recipe, trained=trained)
        plan = plan_recipe(recipe, machine)
        return MethodPlan(recipe.method.name, recipe, "", trained, plan, self._times.of(plan))

    @Slot(object, object)
    def _on_planned(self, asked: object, found: tuple[MethodPlan, ...]) -> None:
        if asked is self._asked and not self._left:
            self.found.emit(found)
