"""The best step by the recipe's rule."""

from __future__ import annotations

import pytest

from studio.core.run.best_step import best_step, merit
from studio.core.run.events import EvaluationEnded, TaskScore


def scored(step: int, *tasks: tuple[str, float, float | None]) -> EvaluationEnded:
    """An evaluation of tasks of (metric, value, loss)."""
    scores = {
        f"task{number}": TaskScore(metric=metric, value=value, stderr=0.0, rows=10, loss=loss)
        for number, (metric, value, loss) in enumerate(tasks)
    }
    return EvaluationEnded(step=step, tasks=scores, seconds=1.0)


FOUR = [
    scored(0, ("json", 0.99, 0.1)),  # before training: no result of it
    scored(2, ("json", 0.5, 2.0), ("loss", 1.0, 1.0)),
    scored(4, ("json", 0.4, 1.0), ("loss", 1.2, 1.2)),
    scored(6, ("json", 0.5, 3.0), ("loss", 1.2, 1.2)),
]


@pytest.mark.parametrize(("rule", "step"), [("loss", 4), ("score", 2), ("none", None)])
def test_that_the_rule_decides_which_step_was_best(rule: str, step: int | None) -> None:
    assert best_step(FOUR, rule) == step  # type: ignore[arg-type]


def test_that_the_mean_over_the_tasks_counts_and_losses_count_as_no_scores() -> None:
    assert merit(FOUR[1], "loss") == -1.5
    assert merit(FOUR[1], "score") == 0.5


def test_that_where_all_is_scored_by_its_loss_the_loss_decides() -> None:
    assert merit(scored(1, ("loss", 2.0, 2.0)), "score") == -2.0


@pytest.mark.parametrize("loss", [None, float("nan"), float("inf")])
def test_that_a_loss_that_is_not_a_number_is_never_the_best(loss: float | None) -> None:
    assert best_step([scored(1, ("json", 1.0, loss))], "loss") is None


def test_that_only_what_is_still_there_can_be_kept() -> None:
    assert best_step(FOUR, "loss", among=[2, 6]) == 2
    assert best_step(FOUR, "loss", up_to=2) == 2
    assert best_step(FOUR, "loss", among=[]) is None


@pytest.mark.parametrize(("rule", "step"), [("loss", 2), ("score", 6)])
def test_that_scores_of_another_metric_than_the_newest_are_not_compared(rule: str, step: int) -> None:
    exact, by_choice = [scored(2, ("exact-match", 0.9, 1.0))], [("choice", 0.3, 3.0), ("choice", 0.4, 2.0)]
    found = [*exact, *(scored(4 + 2 * number, task) for number, task in enumerate(by_choice))]
    assert best_step(found, rule) == step  # type: ignore[arg-type]
    assert best_step(found, "score", up_to=2) == 2
    assert best_step(found, "score", among=[2]) is None
