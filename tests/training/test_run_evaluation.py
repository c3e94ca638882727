"""A run is scored on few rows before training, on the recipe's during it, and at its end on all that time allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_folder import RunFolder
from studio.data.tasks import Task
from studio.training import run_evaluation
from studio.training.final_rows import FINAL_SECONDS, final_rows
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
    assert not [each for each in events(scored, "WarningRaised") if each.where == "evaluation"]
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


def test_that_rows_that_would_take_too_long_are_left_out_at_the_end_and_that_is_said(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_task(tmp_path, "ask", held_out=9)
    folder = small_run(
        tmp_path, tiny_model, training__max_steps=2, training__evaluate_every=1, tasks__ask__evaluate_rows=4
    )

    def six_of_ask(tasks: Sequence[Task], ended: Iterable[EvaluationEnded], seconds: float) -> dict[str, int]:
        assert seconds == FINAL_SECONDS
        assert [event.step for event in ended] == [0, 1]
        assert all(event.task_seconds.keys() == event.tasks.keys() for event in ended)
        return {task.name: 6 if task.name == "ask" else len(task.held_out) for task in tasks}

    monkeypatch.setattr(run_evaluation, "final_rows", six_of_ask)
    assert train(folder) == 0
    *_, after = events(folder, "EvaluationEnded")
    assert (after.tasks["ask"].rows, after.tasks["ask"].of_rows) == (6, 9)
    assert after.tasks["ask"].steady_loss is not None
    *_, first, last = [set(each.rows) for each in events(folder, "AnswersKept") if each.task == "ask"]
    assert first < last, "the rows during training are among them"
    (said,) = [each for each in events(folder, "WarningRaised") if each.where == "evaluation"]
    assert said.what.startswith("6 of 9 held-out rows of ask were scored after training")
    assert said.remedy == f"To score all of them: mixlora-studio evaluate {folder.path.name}"


def scored_at(when: str, **seconds: float) -> EvaluationEnded:
    tasks = {name: TaskScore(metric="loss", value=1, stderr=0, rows=10) for name in seconds}
    return EvaluationEnded(step=1, when=when, tasks=tasks, seconds=sum(seconds.values()), task_seconds=seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ended", "rows"),
    [
        ([scored_at("during", few=10, many=2.5)], {"few": 50, "many": 1000}),
        ([scored_at("during", few=2.5, many=2.5)], {"few": 50, "many": 1150}),  # what few leaves goes to many
        ([scored_at("during", few=100, many=10)], {"few": 15, "many": 150}),
        ([scored_at("during", few=1000, many=1000)], {"few": 4, "many": 4}),  # never fewer than evaluate_rows
        ([scored_at("during", few=2.5, many=2.5), scored_at("before", few=9, many=9)], {"few": 50, "many": 1150}),
        ([scored_at("after", few=1, many=1)], {"few": 4, "many": 4}),
        ([], {"few": 4, "many": 4}),
    ],
)
def test_that_the_rows_at_the_end_follow_from_the_recorded_speed(
    ended: list[EvaluationEnded], rows: dict[str, int]
) -> None:
    tasks: Any = [
        SimpleNamespace(name=name, held_out=range(count), evaluate_rows=4)
        for name, count in (("few", 50), ("many", 1_000_000))
    ]
    assert final_rows(tasks, ended, 300.0) == rows
