"""Which evaluated step was the best, by the rule that the recipe states."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from statistics import fmean
from typing import Literal

from studio.core.run.events import EvaluationEnded, TaskScore

Rule = Literal["loss", "score", "none"]


def merit(evaluation: EvaluationEnded, rule: Rule) -> float | None:
    """How good an evaluation was, higher is better: the mean over its tasks; None where the rule finds no number.

    "score" counts the tasks that are scored by their answers; where all are scored by their loss, that decides.
    """
    return merit_of(evaluation.tasks, rule)


def merit_of(tasks: Mapping[str, TaskScore], rule: Rule) -> float | None:
    """The same of an evaluation's scores by task."""
    if rule == "none":
        return None
    # The evaluation at the end has more rows than the others: it is compared on those that all of them have.
    scores = [
        score.value if score.steady is None else score.steady for score in tasks.values() if score.metric != "loss"
    ]
    if rule == "score" and scores:
        return fmean(scores)
    losses = [
        score.loss if score.steady_loss is None else score.steady_loss
        for score in tasks.values()
        if score.loss is not None
    ]
    return -fmean(losses) if losses and all(math.isfinite(loss) for loss in losses) else None


def best_step(
    evaluations: Iterable[EvaluationEnded], rule: Rule, among: Collection[int] | None = None, up_to: int | None = None
) -> int | None:
    """The step of the best evaluation, the earliest of equals; None where no evaluation can be compared.

    `among` and `up_to` restrict the steps to choose from. A score from before training does not count, nor does one
    of other tasks or metrics than the newest evaluation's: those are numbers of another kind.
    """
    known = [
        (each.step, found, _measured(each, rule))
        for each in evaluations
        if each.step > 0 and (up_to is None or each.step <= up_to) and (found := merit(each, rule)) is not None
    ]
    _, _, measured = max(known, key=lambda each: each[0], default=(0, 0.0, None))
    alike = [(found, -step) for step, found, of in known if of == measured and (among is None or step in among)]
    return -max(alike)[1] if alike else None


def _measured(evaluation: EvaluationEnded, rule: Rule) -> dict[str, str]:
    """What a merit is the mean of: each task's metric, by its name."""
    tasks = evaluation.tasks.items()
    if rule == "score" and any(score.metric != "loss" for _, score in tasks):
        return {task: score.metric for task, score in tasks if score.metric != "loss"}
    return {task: "loss" for task, score in tasks if score.loss is not None}


def evaluations_without_gain(
    evaluations: Iterable[EvaluationEnded], rule: Rule, every: int, last: int, up_to: int
) -> int:
    """How many evaluations up to the step `up_to` came after the best one; 0 where none can be compared.

    Only those count that the recipe asked for: at each multiple of `every` steps and at the `last`. One more that
    somebody asked for must not change where a run ends.
    """
    due = [each for each in evaluations if each.step and (each.step % every == 0 or each.step == last)]
    best = best_step(due, rule, up_to=up_to)
    return 0 if best is None else len({each.step for each in due if best < each.step <= up_to})
