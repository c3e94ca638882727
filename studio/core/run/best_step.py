"""Which evaluated step was the best, by the rule that the recipe states."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from statistics import fmean
from typing import Literal

from studio.core.run.events import EvaluationEnded

Rule = Literal["loss", "score", "none"]


def merit(evaluation: EvaluationEnded, rule: Rule) -> float | None:
    """How good an evaluation was, higher is better: the mean over its tasks; None where the rule finds no number.

    "score" counts the tasks that are scored by their answers; where all are scored by their loss, that decides.
    """
    if rule == "none":
        return None
    scores = [score.value for score in evaluation.tasks.values() if score.metric != "loss"]
    if rule == "score" and scores:
        return fmean(scores)
    losses = [score.loss for score in evaluation.tasks.values() if score.loss is not None]
    return -fmean(losses) if losses and all(math.isfinite(loss) for loss in losses) else None


def best_step(
    evaluations: Iterable[EvaluationEnded], rule: Rule, among: Collection[int] | None = None, up_to: int | None = None
) -> int | None:
    """The step of the best evaluation, the earliest of equals; None where no evaluation can be compared.

    `among` and `up_to` restrict the steps to choose from. A score from before training does not count.
    """
    best: tuple[float, int] | None = None
    for evaluation in evaluations:
        step, found = evaluation.step, merit(evaluation, rule)
        left_out = (among is not None and step not in among) or (up_to is not None and step > up_to)
        if step > 0 and found is not None and not left_out:
            best = max(best, (found, -step)) if best else (found, -step)
    return -best[1] if best else None
