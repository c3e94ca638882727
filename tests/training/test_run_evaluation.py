"""A run is scored on few rows before training, on the recipe's during it, and on all of them at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder
from studio.training import run_evaluation
from tests.training.small_run import curve, events, small_run, train, write_task


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    place = tmp_path_factory.mktemp("scored")
    write_task(place, "ask", held_out=9)
    changes = {"training__max_steps": 2, "training__evaluate_every": 1, "tasks__ask__evaluate_rows": 4}
    folder = small_run(place, tiny_model, **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_evaluation, "FIRST_SECONDS", 0.0)
        assert train(folder) == 0
    return folder


def test_that_rows_grow_from_a_few_before_training_to_all_at_the_end(scored: RunFolder) -> None:
    before, during, after = events(scored, "EvaluationEnded")
    assert [each.tasks["ask"].rows for each in (before, during, after)] == [2, 4, 9]
    assert {each.tasks["ask"].of_rows for each in (before, during, after)} == {9}
    assert before.tasks["ask"].base is None
    assert during.tasks["ask"].base.rows == after.tasks["ask"].base.rows == 2


def test_that_the_curve_and_the_best_step_go_by_the_same_rows(scored: RunFolder) -> None:
    *_, after = events(scored, "EvaluationEnded")
    ask = after.tasks["ask"]
    assert ask.steady_loss != ask.loss
    assert curve(scored, "eval/ask/loss")[2] == ask.steady_loss
    assert after.tasks["tell"].steady is None, "two rows are all that it has"


def test_that_answers_are_kept_for_reading_and_pairing(scored: RunFolder) -> None:
    kept = [each for each in events(scored, "AnswersKept") if each.task == "ask"]
    assert [(each.step, each.when) for each in kept] == [(0, "before"), (1, "during"), (2, "after")]
    assert set(kept[0].rows) < set(kept[1].rows) < set(kept[2].rows)
    assert [len(each.answers) for each in kept] == [2, 4, 9]
    (during,) = [each for each in events(scored, "EvaluationEnded") if each.when == "during"]
    against = during.tasks["ask"].base
    values, first = (dict(zip(each.rows, each.values, strict=True)) for each in (kept[1], kept[0]))
    assert against.value == sum(first.values()) / 2
    assert against.difference == pytest.approx(sum(values[row] - first[row] for row in first) / 2)
