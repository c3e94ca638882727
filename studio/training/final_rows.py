"""How many held-out rows are scored after training: all, or as many as take a bearable time at the speed on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio.core.run.events import EvaluationEnded
from studio.core.words import tr
from studio.data.tasks import Task

FINAL_SECONDS = 300.0
"""About how long the evaluation after training may take."""


def final_rows(tasks: Sequence[Task], ended: Iterable[EvaluationEnded], seconds: float) -> dict[str, int]:
    """How many held-out rows of each task are scored after training, by its name: at least `evaluate_rows` of them.

    It follows from the recorded evaluations `ended` alone, so that a run that is resumed decides the same again. Tasks
    share the seconds evenly, and what one does not need goes to the others. A task that was never scored, whose speed
    is not known, gets no more than `evaluate_rows`.
    """
    waiting = {task.name: task for task in tasks if task.held_out}
    each_row = _seconds_of_a_row(ended)
    rows = {name: min(task.evaluate_rows, len(task.held_out)) for name, task in waiting.items()}
    needs = {name: each_row[name] * len(task.held_out) for name, task in waiting.items() if name in each_row}
    left = seconds
    for done, (name, need) in enumerate(sorted(needs.items(), key=lambda item: (item[1], item[0]))):
        share = left / (len(needs) - done)
        count = len(waiting[name].held_out)
        rows[name] = count if need <= share else max(rows[name], int(share / each_row[name]))
        left -= min(need, share)
    return rows


def said_of(rows: dict[str, int], tasks: Sequence[Task]) -> str:
    """Which tasks are scored on fewer than all of their held-out rows, as a sentence; empty where none is."""
    few = [
        tr(
            "{some:,} of {all:,} held-out rows of {task}",
            some=rows[task.name],
            all=len(task.held_out),
            task=task.name,
        )
        for task in tasks
        if task.held_out and rows[task.name] < len(task.held_out)
    ]
    if not few:
        return ""
    said, *rest = few
    for part in rest:
        said = tr("{first} and {last}", first=said, last=part)
    return tr("{rows} were scored after training, spread evenly, since all would take too long.", rows=said)


def _seconds_of_a_row(ended: Iterable[EvaluationEnded]) -> dict[str, float]:
    """Seconds that one row of each task took: in the last evaluation during training, or else before it."""
    found: dict[str, float] = {}
    for event in sorted(ended, key=lambda event: event.when == "during"):
        if event.when == "after":
            continue
        # Earlier versions recorded the time of all tasks together.
        average = event.seconds / max(1, sum(score.rows for score in event.tasks.values()))
        for name, score in event.tasks.items():
            if score.rows:
                own = event.task_seconds.get(name)
                found[name] = average if own is None else own / score.rows
    return found
