"""Plans the recipe in a thread of its own while it is being edited, and looks for what would make it fit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.hardware.card_table import Card
from studio.hardware.machine import Machine
from studio.planner.advice import Change
from studio.planner.plan import Plan
from studio.planner.search import Alternative

PAUSE_MS = 250
LENGTH = "training.max_length"  # chosen or not: no suggestion changes how much of a row is learned


@dataclass(frozen=True, slots=True)
class Planned:
    """The result of planning: a plan, or the problems that prevent one; `changes` and `remedy` say what would fit.

    `trained` weights are added to the base's `parameters`. `match` gives the recipe's method as many as
    `wanted_by`, which trains `wanted`; None where it has them, or where no rank does (`unmatched` says why).
    `exports` are sentences on what the run can become in other programs. Where the plan is for a card that is not
    in this machine, `here` is the result for this machine, on which the recipe would train.
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

    @property
    def trains(self) -> Plan | None:
        """The plan of what Start would do, whichever card is chosen."""
        return self.plan if self.here is None else self.here.plan


class BackgroundPlanner(QObject):
    """Plans the newest recipe once typing pauses; `planned` brings a Planned."""

    planned = Signal(object)
    _found = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="plan")
        self._stopped = False
        self._machine: Machine | None = None
        self._recipe: Recipe | None = None
        self._other: MethodTable | None = None
        self._rows: int | None = None
        self._card: Card | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_pause)
        self._found.connect(self._on_found)

    def set_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on."""
        self._machine = machine
        self._wait_for_pause()

    @Slot(object)
    def set_card(self, card: Card | None) -> None:
        """Plan for a card that is not in this machine; None is the machine itself."""
        self._card = card
        self._wait_for_pause()

    def ask(self, recipe: Recipe | None, other: MethodTable | None = None, rows: int | None = None) -> None:
        """Plan this recipe soon, and match it with the method `other`; None asks for nothing.

        `rows` are those of an epoch, where they were counted.
        """
        self._recipe, self._other, self._rows = recipe, other, rows
        self._wait_for_pause()

    def count(self, rows: int | None) -> None:
        """Plan the same recipe again where the data has turned out to have other rows than was known."""
        if rows is not None and rows != self._rows:
            self.ask(self._recipe, self._other, rows)

    def stop(self) -> None:
        """Stop for good; waits for a plan in progress."""
        self._stopped = True
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _wait_for_pause(self) -> None:
        if not self._stopped:
            self._timer.start()

    @Slot()
    def _on_pause(self) -> None:
        if self._recipe is not None and self._machine is not None and not self._stopped:
            self._pool.submit(self._plan, self._recipe, self._machine, self._other, self._card, self._rows)

    def _plan(
        self, recipe: Recipe, machine: Machine, other: MethodTable | None, card: Card | None, rows: int | None
    ) -> None:
        if recipe is not self._recipe or card != self._card:
            return  # the recipe has changed while others were planned
        planned = (
            plan_with_advice(recipe, machine, rows) if card is None else plan_elsewhere(recipe, machine, card, rows)
        )
        self._found.emit((recipe, card), with_parameters(planned, recipe, other))

    @Slot(object, object)
    def _on_found(self, asked: tuple[Recipe, Card | None], planned: Planned) -> None:
        recipe, card = asked
        # What the thread has sent may arrive after the end.
        if recipe is self._recipe and card == self._card and not self._stopped:
            self.planned.emit(planned)


def plan_with_advice(recipe: Recipe, machine: Machine, rows: int | None = None) -> Planned:
    """Plan a recipe; where it does not fit, find the smallest changes with which it would."""
    from studio.planner import alternatives, plan_recipe, would_fit
    from studio.planner.pins import SEARCHED, value_of

    try:
        plan = plan_recipe(recipe, machine)
        # The form sets every field: only what differs from its default was chosen by a person.
        chosen = [path for path in SEARCHED if value_of(recipe, path) != value_of(defaults(recipe), path)]
        others = tuple(alternatives(recipe, machine, pins=(*chosen, LENGTH), rows=rows))
        if plan.fits:
            return Planned(plan, alternatives=others)
        advice = would_fit(recipe, machine, pins=chosen)
        return Planned(plan, changes=advice.changes, alternatives=others, remedy=" Or: ".join(advice.sentences()))
    except ProblemError as error:
        return Planned(None, error.problems)
    except Exception as error:  # noqa: BLE001  a fault of the planner must not take the form with it
        return Planned(None, fault=f"The plan failed: {type(error).__name__}: {error}")


def plan_elsewhere(recipe: Recipe, machine: Machine, card: Card, rows: int | None = None) -> Planned:
    """Plan a recipe for a card that is not here, beside the plan for this machine, whose problems count."""
    from studio.planner import for_card

    here = plan_with_advice(recipe, machine, rows)
    there = plan_with_advice(*for_card(recipe, machine, card), rows)
    return replace(there, problems=here.problems or there.problems, here=here)


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
