"""How a run's tasks are scored where its recipe leaves that to their rows: decided once, when the run began."""

from __future__ import annotations

from typing import Any, get_args

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MetricName
from studio.core.run.events import EvaluationEnded
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr

_METRICS = frozenset(get_args(MetricName)) - {"auto"}


def decided_metrics(run: RunFolder, provenance: dict[str, Any]) -> dict[str, str]:
    """Each task's metric by its name, as the run's first worker wrote it into the `provenance`.

    Runs of earlier versions wrote none there: their recorded evaluations say it, the newest last. Empty where neither
    does. Raises ProblemError where the provenance names what is no metric.
    """
    return _written(provenance) or _recorded(run)


def _written(provenance: dict[str, Any]) -> dict[str, str]:
    decided = provenance.get("decided")
    found = decided.get("metrics") if isinstance(decided, dict) else None
    if not isinstance(found, dict):
        return {}
    for task, metric in found.items():
        if not isinstance(metric, str) or metric not in _METRICS:
            raise ProblemError.at(
                "provenance.json: decided",
                tr("the metric of the task {task:.60} is {metric!r:.60}, which is none.", task=task, metric=metric),
                tr("Restore the file, or start a new run from the same recipe."),
            )
    return found


def _recorded(run: RunFolder) -> dict[str, str]:
    with run.reader() as reader:
        ended = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
    return {
        task: score.metric
        for event in ended
        if isinstance(event, EvaluationEnded)
        for task, score in event.tasks.items()
        if score.metric in _METRICS
    }
