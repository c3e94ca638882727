"""A run's scores before and after training, and its loss curves: what the model card and the report both tell."""

from __future__ import annotations

from studio.core.problem import ProblemError
from studio.core.run.curve_names import LOSS, held_out_loss, task_curve
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.units import number_text, score_text
from studio.report.pictures import Curve

TRAINING = "training loss"
"""What the curve of the training loss is called."""


def scores(reader: RunReader, first: bool) -> dict[str, TaskScore]:
    """The base's scores, measured before the first step, or the newest of the adapter's."""
    found = [event.tasks for event in evaluations(reader) if (event.when == "before") == first]
    return found[-1] if found else {}


def evaluations(reader: RunReader) -> list[EvaluationEnded]:
    """Every evaluation, oldest first; one that a resumed run repeated is there once."""
    events = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
    last = {(event.step, event.when): event for event in events if isinstance(event, EvaluationEnded)}
    return list(last.values())


def began_with(run: RunFolder) -> str:
    """What the scores before training are of."""
    try:
        return "start" if run.recipe().model.adapter else "base"
    except ProblemError:
        return "before"


def told(score: TaskScore) -> str:
    """A score with its standard error, by its metric."""
    if score.metric == "loss":
        return f"{number_text(score.value)} ± {number_text(score.stderr)}"
    return score_text(score.metric, score.value, score.stderr)


def curves_of(reader: RunReader, up_to: int | None = None) -> list[Curve]:
    """The training loss and every task's held-out loss, those that have points, up to the step `up_to`."""
    known = (curve for name in reader.last_scalars() if (curve := task_curve(name)) is not None)
    tasks = sorted(curve.task for curve in known if curve.is_held_out and curve.figure == "loss")
    named = [(TRAINING, LOSS), *((f"{task}, held out", held_out_loss(task)) for task in tasks)]
    found = []
    for title, name in named:
        points = {point.step: point.value for point in reader.scalars(name=name)}
        steps = sorted(step for step in points if up_to is None or step <= up_to)
        found.append((title, steps, [points[step] for step in steps]))
    return [curve for curve in found if curve[1]]
