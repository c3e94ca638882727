"""The names of the curves in run.db, made and taken apart here only; they are on disk, so they never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.core.words import tr

LOSS = "loss"
MEMORY = "memory_bytes"
"""The training loss of all tasks together."""

AUXILIARY_SHARE = "auxiliary_share"
"""The share of a step's whole loss that its weighted auxiliary losses are, such as the balance loss."""

_FLOOR = "_floor"


@dataclass(frozen=True, slots=True)
class TaskCurve:
    """A curve of one task: "task" curves are measured on the rows of a step, "eval" curves on all held-out rows."""

    measured_on: Literal["task", "eval"]
    task: str
    figure: str

    @property
    def is_held_out(self) -> bool:
        return self.measured_on == "eval"


def training_loss(task: str) -> str:
    """The loss of a task's own rows in each step."""
    return f"task/{task}/loss"


def held_out_loss(task: str) -> str:
    """The loss of a task's held-out rows in each evaluation."""
    return f"eval/{task}/loss"


def held_out_score(task: str) -> str:
    """The value of a task's metric in each evaluation."""
    return f"eval/{task}/score"


def auxiliary(value: str) -> str:
    """The curve of a value that a method adds to a step: "balance" is a loss; a floor is what a loss is compared to."""
    return value if value.endswith(_FLOOR) else f"{value}_loss"


def memory_of(process: int) -> str:
    """The curve of the memory of one of several processes' devices, counted from 1; of the first one alone too."""
    return MEMORY if process == 1 else f"{MEMORY}/{process}"


def task_curve(name: str) -> TaskCurve | None:
    """Take the name of a task's curve apart; None for every other curve."""
    match name.split("/"):
        case [("task" | "eval") as measured_on, task, figure]:
            return TaskCurve(measured_on, task, figure)
    return None


def shows_learning(name: str) -> bool:
    """Whether a curve is the loss or a score, of all tasks or of one; others show the step or the method at work."""
    return name == LOSS or task_curve(name) is not None


def curve_title(name: str) -> str:
    """What a curve that shows learning is called where one is chosen."""
    curve = task_curve(name)
    if curve is None:
        return tr("Training loss, all tasks")
    return (
        tr("Held-out {figure}, {task}", figure=curve.figure, task=curve.task)
        if curve.is_held_out
        else tr("Training loss, {task}", task=curve.task)
    )


def curve_order(name: str) -> int:
    """Sorts curves: the loss of all tasks, the tasks' losses, what was held out, then every other."""
    curve = task_curve(name)
    return (2 if curve.is_held_out else 1) if curve else 0 if name == LOSS else 3
