from __future__ import annotations

import pytest

from studio.core.run import curve_names
from studio.core.run.curve_names import TaskCurve, curve_title, task_curve


@pytest.mark.parametrize(
    ("name", "curve", "title"),
    [
        ("task/units/loss", TaskCurve("task", "units", "loss"), "Training loss, units"),
        ("eval/units/loss", TaskCurve("eval", "units", "loss"), "Held-out loss, units"),
        ("eval/eval/score", TaskCurve("eval", "eval", "score"), "Held-out score, eval"),
    ],
)
def test_that_a_tasks_curve_is_taken_apart_as_it_was_made(name: str, curve: TaskCurve, title: str) -> None:
    assert task_curve(name) == curve
    assert curve_title(name) == title
    make = {"task": {"loss": curve_names.training_loss}}.get(
        curve.measured_on, {"loss": curve_names.held_out_loss, "score": curve_names.held_out_score}
    )
    assert make[curve.figure](curve.task) == name


@pytest.mark.parametrize("name", ["loss", "balance_loss", "task/units", "task/a/b/loss", "other/units/loss", ""])
def test_that_no_other_curve_is_taken_for_a_tasks(name: str) -> None:
    assert task_curve(name) is None


def test_that_a_floor_is_not_called_a_loss() -> None:
    assert curve_names.auxiliary("contrastive") == "contrastive_loss"
    assert curve_names.auxiliary("contrastive_floor") == "contrastive_floor"


def test_that_curves_are_sorted_from_the_whole_to_the_held_out() -> None:
    names = ["grad_norm", "eval/units/score", "task/units/loss", "loss"]
    assert sorted(names, key=curve_names.curve_order) == names[::-1]
    assert [name for name in names if curve_names.shows_learning(name)] == names[1:]
