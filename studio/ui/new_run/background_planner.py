"""Plans the recipe in a thread of its own while it is being edited, and looks for what would make it fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.words import tr
from studio.hardware.card_table import Card
from studio.hardware.machine import Machine
from studio.planner.advice import Change
from studio.planner.memory_groups import StepCost
from studio.planner.plan import Plan
from studio.planner.run_time import UNKNOWN_TIME, RunTime, RunTimes
from studio.planner.search import Alternative
from studio.ui.new_run.draft import folders_of, values_of
from studio.ui.off_thread import off_thread, wait_for

PAUSE_MS = 60  # a slider is followed while it moves
TYPING_MS = 350  # a model's name is typed to its end before it is looked for, here or on the hub
LENGTH = "training.max_length"  # chosen or not: no suggestion changes how much of a row is learned


@dataclass(frozen=True, slots=True)
class Asked:
    """What is planned: a recipe; the method that it is matched with; what the data is known to hold; and the wishes.

    `rows` of an epoch and their `longest` in tokens are None until the data was counted. `pins` are fields that no
    offer changes, `steps` the next larger values of fields whose cost is wanted.
    """

    recipe: Recipe
    other: MethodTable | None = None
    rows: int | None = None
    longest: int | None = None
    pins: frozenset[str] | None = None
    steps: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """The result of planning: a plan, or the problems that prevent one; `changes` and `remedy` say what would fit.

    `trained` weights are added to the base's `parameters`. `match` gives the recipe's method as many as
    `wanted_by`, which trains `wanted`; None where it has them, or where no rank does (`unmatched` says why).
    `exports` are sentences on what the run can become in other programs. Where the plan is for a card that is not
    in this machine, `here` is the result for this machine, on which the recipe would train. `whole` is false for a
    plan that came at once, whose offers and advice are still looked for.
    """

    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    remedy: str = ""
    fault: str = ""
    trained: int | None = None
    parameters: int | None = None
    match: MethodTable | None = None
    wanted_by: str = ""
    wanted: int | None = None
    unmatched: str = ""
    exports: tuple[str, ...] = ()
    here: Planned | None = None
    whole: bool = True
    time: RunTime = UNKNOWN_TIME
    costs: Mapping[str, StepCost] = field(default_factory=dict)

    @property
    def trains(self) -> Plan | None:
        """The plan of what Start would do, whichever card is chosen."""
        return self.plan if self.here is None else self.here.plan


class BackgroundPlanner(QObject):
    """Plans the newest recipe once typing pauses; `planned` brings a Planned: at once, and again with its offers."""

    planned = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._stopped = False
        self._machine: Machine | None = None
        self._asked: Asked | None = None
        self._card: Card | None = None
        self._times = RunTimes()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_pause)

    def set_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on."""
        self._machine = machine
        self._wait_for_pause()

    @Slot(object)
    def set_card(self, card: Card | None) -> None:
        """Plan for a card that is not in this machine; None is the machine itself."""
        self._card = card
        self._wait_for_pause()

    def ask(self, asked: Asked | None) -> None:
        """Plan this soon; None asks for nothing."""
        before, self._asked = self._asked, asked
        if asked is not None and (before is None or before.recipe.model != asked.recipe.model):
            self._wait_for_end_of_typing()
        else:
            self._wait_for_pause()

    def stop(self) -> None:
        """Stop for good; waits a moment for a plan in progress."""
        self._stopped = True
        self._timer.stop()
        wait_for(self)

    def _wait_for_pause(self) -> None:
        # Not started anew: a slider that moves without a rest is followed, too.
        if not self._stopped and not self._timer.isActive():
            self._timer.start(PAUSE_MS)

    def _wait_for_end_of_typing(self) -> None:
        if not self._stopped:
            self._timer.start(TYPING_MS)

    @Slot()
    def _on_pause(self) -> None:
        self._plan(False)

    def _plan(self, whole: bool) -> None:
        """Plan what was asked last; a drive that sleeps keeps nothing waiting but the plans of what lies on it."""
        if self._asked is None or self._machine is None or self._stopped:
            return
        work = partial(planned_for, self._asked, self._machine, self._card, whole, self._times)
        on = folders_of(values_of(self._asked.recipe))  # it looks at the model, and how many rows the files may have
        off_thread(self, "plan", work, partial(self._on_found, self._asked, self._card, whole), on=on)

    def _on_found(self, asked: Asked, card: Card | None, whole: bool, planned: Planned) -> None:
        # What the thread has found may come after the end, or when something else is asked.
        if asked is not self._asked or card != self._card or self._stopped:
            return
        self.planned.emit(planned)
        if not whole and planned.plan is not None:
            self._plan(True)


def planned_for(asked: Asked, machine: Machine, card: Card | None, whole: bool, times: RunTimes) -> Planned:
    """Plan what was asked for: with offers and advice, or where not `whole` only the plan, its time and its steps.

    Raises nothing: a fault of the planner is said in place of the plan, for which the form would wait for ever.
    """
    try:
        if card is None:
            planned = plan_with_advice(asked.recipe, machine, asked.rows, asked.pins, whole, asked.longest)
        else:
            planned = plan_elsewhere(asked.recipe, machine, card, asked.rows, asked.pins, whole, asked.longest)
        return with_parameters(_timed(planned, asked, times), asked.recipe, asked.other)
    except Exception as error:  # noqa: BLE001  it must not take the form with it
        return Planned(None, fault=tr("The plan failed: {kind}: {error}", kind=type(error).__name__, error=error))


def plan_with_advice(
    recipe: Recipe,
    machine: Machine,
    rows: int | None = None,
    pins: frozenset[str] | None = None,
    whole: bool = True,
    typical: int | None = None,
) -> Planned:
    """Plan a recipe; where it does not fit, find the smallest changes with which it would.

    Without `pins`, what differs from its default counts as chosen by a person: the form sets every field.
    """
    from studio.planner import alternatives, plan_recipe, would_fit
    from studio.planner.pins import SEARCHED, value_of

    try:
        plan = plan_recipe(recipe, machine)
        if not whole:
            return Planned(plan, whole=False)
        chosen = (
            [path for path in SEARCHED if value_of(recipe, path) != value_of(defaults(recipe), path)]
            if pins is None
            else sorted(pins & set(SEARCHED))
        )
        others = tuple(alternatives(recipe, machine, pins=(*chosen, LENGTH), rows=rows, typical=typical))
        if plan.fits:
            return Planned(plan, alternatives=others)
        advice = would_fit(recipe, machine, pins=chosen)
        return Planned(plan, changes=advice.changes, alternatives=others, remedy=tr(" Or: ").join(advice.sentences()))
    except ProblemError as error:
        return Planned(None, error.problems)


def plan_elsewhere(
    recipe: Recipe,
    machine: Machine,
    card: Card,
    rows: int | None = None,
    pins: frozenset[str] | None = None,
    whole: bool = True,
    typical: int | None = None,
) -> Planned:
    """Plan a recipe for a card that is not here, beside the plan for this machine, whose problems count."""
    from studio.planner import for_card

    here = plan_with_advice(recipe, machine, rows, pins, whole, typical)
    there = plan_with_advice(*for_card(recipe, machine, card), rows, pins, whole, typical)
    return replace(there, problems=here.problems or there.problems, here=here)


def _timed(planned: Planned, asked: Asked, times: RunTimes) -> Planned:
    """Add how long the run and each offer take, and what a step of each field costs."""
    from studio.planner.memory_groups import step_cost

    if planned.plan is None:
        return planned
    try:
        took = times.of(planned.plan, asked.rows, asked.longest)
        offers = []
        for each in planned.alternatives:
            of = times.of(each.plan, asked.rows, asked.longest)
            offers.append(replace(each, seconds=of.seconds, basis=of.basis, at_least=of.at_least))
        costs = {path: step_cost(planned.plan, asked.recipe, path, value) for path, value in asked.steps}
    except ProblemError:
        return planned  # a model that went away meanwhile: the next plan says so
    known = {path: cost for path, cost in costs.items() if cost is not None}
    return replace(planned, time=took, alternatives=tuple(offers), costs=known)


def with_parameters(planned: Planned, recipe: Recipe, other: MethodTable | None) -> Planned:
    """Add the numbers of trained parameters, and the rank that gives the recipe's method as many as `other`.

    Raises nothing: where the model cannot be read, the plan says so.
    """
    from studio.core.twins.exports import exports_text
    from studio.planner.equal_parameters import trainable_parameters, with_equal_parameters
    from studio.planner.exports import recipe_exports
    from studio.planner.model_source import model_shape

    if planned.plan is None:
        return planned
    try:
        shape = model_shape(recipe.model)
        trained = trainable_parameters(shape, recipe.method)
        exports = tuple(exports_text(recipe_exports(recipe)))
        planned = replace(planned, trained=trained, parameters=shape.parameters, exports=exports)
        if other is None or other.name == recipe.method.name:
            return planned
        wanted = trainable_parameters(shape, other)
        planned = replace(planned, wanted_by=other.name, wanted=wanted)
        match = with_equal_parameters(shape, other, recipe.method.name)
    except ProblemError as error:
        return replace(planned, unmatched=str(error.problems[0]))
    return (
        planned
        if (match.rank, match.alpha) == (recipe.method.rank, recipe.method.alpha)
        else replace(planned, match=match)
    )


def defaults(recipe: Recipe) -> Recipe:
    """The recipe of the same tasks with every other field at its default."""
    return Recipe(tasks=recipe.tasks)
