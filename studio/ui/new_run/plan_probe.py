"""Plans the recipe in a thread of its own while it is being edited, and looks for what would make it fit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.recipe import Recipe
from studio.hardware.machine import Machine
from studio.planner.plan import Plan
from studio.ui.units import bytes_text

PAUSE_MS = 250


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of planning: a plan, or the problems that forbid one; `remedy` says what would fit."""

    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    remedy: str = ""
    fault: str = ""


class PlanProbe(QObject):
    """Plans the newest recipe once typing pauses; `planned` brings a Planned."""

    planned = Signal(object)
    _found = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="plan")
        self._machine: Machine | None = None
        self._recipe: Recipe | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_pause)
        self._found.connect(self._on_found)

    def set_machine(self, machine: Machine) -> None:
        self._machine = machine
        self._timer.start()

    def ask(self, recipe: Recipe | None) -> None:
        """Plan this recipe soon; None asks for nothing."""
        self._recipe = recipe
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @Slot()
    def _on_pause(self) -> None:
        if self._recipe is not None and self._machine is not None:
            self._pool.submit(self._plan, self._recipe, self._machine)

    def _plan(self, recipe: Recipe, machine: Machine) -> None:
        self._found.emit(recipe, plan_with_remedy(recipe, machine))

    @Slot(object, object)
    def _on_found(self, recipe: Recipe, planned: Planned) -> None:
        if recipe is self._recipe:
            self.planned.emit(planned)


def plan_with_remedy(recipe: Recipe, machine: Machine) -> Planned:
    """Plan a recipe; where it does not fit, try smaller ones until one does and name the difference."""
    from studio.planner import plan_recipe

    try:
        plan = plan_recipe(recipe, machine)
        if plan.fits:
            return Planned(plan)
        for change, smaller in smaller_recipes(recipe):
            found = plan_recipe(smaller, machine)
            if found.fits:
                return Planned(plan, remedy=f"It would fit with {change}: {bytes_text(found.peak_bytes)}.")
    except ProblemError as error:
        return Planned(None, error.problems)
    except Exception as error:  # noqa: BLE001  a fault of the planner must not take the form with it
        return Planned(None, fault=f"The plan failed: {type(error).__name__}: {error}")
    return Planned(plan, remedy="Even the smallest form of this recipe does not fit: take a smaller model.")


def smaller_recipes(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Recipes that need less and less, each with the words for what was changed; the changes add up."""
    changes: list[str] = []
    smaller = recipe

    def change(table: str, words: str, **values: object) -> tuple[str, Recipe]:
        nonlocal smaller
        changes.append(words)
        smaller = smaller.model_copy(update={table: getattr(smaller, table).model_copy(update=values)})
        return ", ".join(changes), smaller

    if recipe.training.micro_batch not in ("auto", 1):
        yield change("training", "micro_batch auto", micro_batch="auto")
    if recipe.training.checkpointing is False:
        yield change("training", "checkpointing auto", checkpointing="auto")
    if recipe.model.precision != "auto":
        yield change("model", "precision auto", precision="auto")
    if recipe.training.optimizer == "adamw":
        yield change("training", "optimizer auto", optimizer="auto")
    length = recipe.training.max_length
    while length > 256:
        length //= 2
        changes[:] = [words for words in changes if not words.startswith("max_length")]
        yield change("training", f"max_length {length}", max_length=length)
    if recipe.method.rank > 8 and recipe.method.name != "moelora":
        yield change("method", "rank 8", rank=8)
