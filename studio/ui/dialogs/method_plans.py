"""What a comparison would train, planned in a thread: each method's recipe, its parameters, its memory and its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

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
from studio.ui.dialogs.planning import GivenUp, Planning


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


class MethodPlans(Planning):
    """Plans the methods that it is asked for last; `found` brings a tuple of MethodPlan."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._times = RunTimes()

    def ask(self, recipe: Recipe, methods: Sequence[MethodName], same_rank: bool, machine: Machine | None) -> None:
        """Plan `recipe` with each of these methods."""
        self.plan([recipe], partial(_planned, self._times, recipe, tuple(methods), same_rank, machine))


def _planned(
    times: RunTimes,
    recipe: Recipe,
    methods: tuple[MethodName, ...],
    same_rank: bool,
    machine: Machine | None,
    is_given_up: GivenUp,
) -> tuple[MethodPlan, ...] | None:
    found = []
    for name in methods:
        if is_given_up():
            return None
        try:
            found.append(_of(recipe_of_method(recipe, name, same_rank), machine, times))
        except ProblemError as error:
            found.append(MethodPlan(name, why_not=sentences(*(sentences(p.what, p.remedy) for p in error.problems))))
        except Exception as error:  # noqa: BLE001  a fault of the planner must not leave the dialog waiting
            why = tr("The plan failed: {kind}: {error}", kind=type(error).__name__, error=error)
            found.append(MethodPlan(name, why_not=why))
    return tuple(found)


def _of(recipe: Recipe, machine: Machine | None, times: RunTimes) -> MethodPlan:
    trained = trainable_parameters(model_shape(recipe.model), recipe.method)
    if machine is None:
        return MethodPlan(recipe.method.name, recipe, trained=trained)
    plan = plan_recipe(recipe, machine)
    return MethodPlan(recipe.method.name, recipe, "", trained, plan, times.of(plan))
