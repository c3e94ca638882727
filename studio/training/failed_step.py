"""A step that fails before the optimiser moves the weights: it is undone, and tried with less memory or reported."""

from __future__ import annotations

from typing import Any

import torch

from studio.core.problem import DoesNotFitError, ProblemError
from studio.core.words import enumerated, tr
from studio.methods.protocols import routed_method
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.state import RandomStates, method_buffers

ROWS_NAMED = 20


class StepUndo:
    """Puts back what a failed step has changed: gradients, random states, the method's buffers."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._buffers = list(method_buffers(model).values())
        self.remember()

    def remember(self) -> None:
        """Call it before each step."""
        self._random = RandomStates.capture()
        self._values = [buffer.clone() for buffer in self._buffers]

    def undo(self) -> None:
        self._model.zero_grad()
        self._random.restore()
        with torch.no_grad():
            for buffer, value in zip(self._buffers, self._values, strict=True):
                buffer.copy_(value)
        if (routed := routed_method(self._model)) is not None:
            routed.forget_step()


def retry_with_less(run: ActiveRun, undo: StepUndo, trouble: str) -> None:
    """Undo a step that ran out of memory and take less from here on.

    Where nothing is left to give up, the steps before it are saved and DoesNotFitError is raised.
    """
    undo.undo()
    try:
        run.recovery.reduce(run.step + 1, trouble)
    except DoesNotFitError:
        run.save()
        raise


def retry_scaled_less(run: ActiveRun, undo: StepUndo) -> bool:
    """Undo a step whose float16 gradient overflowed, and halve the loss's factor; False where that is not the cause."""
    if run.loss_scale is None or not run.loss_scale.lower():
        return False
    undo.undo()
    factor = run.loss_scale.value
    print(
        f"step {run.step + 1}: a float16 gradient overflowed; computed again with the loss times {factor:g}", flush=True
    )
    return True


def not_finite(run: ActiveRun, undo: StepUndo, what: str) -> ProblemError:
    """The Problem of a step whose loss or gradient is not finite, after the step before it was saved.

    It is not saved where its own weights are not finite.
    """
    rows = run.compute.rows(run.step)
    if all(bool(torch.isfinite(one).all()) for one in run.model.parameters() if one.requires_grad):
        undo.undo()
        run.save()
    newest = run.saver.newest
    batch = enumerated(tr("{task} row {row}", task=task, row=row + 1) for task, row in rows[:ROWS_NAMED])
    if len(rows) > ROWS_NAMED:
        batch = tr("{rows} and {n} more", rows=batch, n=len(rows) - ROWS_NAMED)
    remedy = (
        tr(
            "Lower training.learning_rate, or look at these rows; resuming continues from step {step}.",
            step=newest.step,
        )
        if newest
        else tr(
            "Lower training.learning_rate, or look at these rows; resuming continues from the beginning, as there is no"
            " checkpoint."
        )
    )
    return ProblemError.at(
        tr("step {step}", step=run.step + 1),
        tr("{what} is not a finite number. The batch was: {rows}.", what=what, rows=batch),
        remedy,
    )
