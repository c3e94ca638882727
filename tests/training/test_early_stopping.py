"""With patience a run ends when evaluations stop getting better, and its result is the best checkpoint's adapter."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from studio.core.problem import ProblemError
from studio.core.run.best_step import best_step, evaluations_without_gain
from studio.core.run.commands import Pause
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.training import early_stopping
from studio.training.recorder import Recorder
from studio.training.run_evaluation import Scoring
from tests.training.small_run import assert_same_run, events, small_run, train

IMPATIENT = {
    "training__patience": 2,
    "training__evaluate_every": 1,
    "training__max_steps": 12,
    "training__learning_rate": 0.5,  # after a few steps nothing gets better
    "training__schedule": '"constant"',
    "method__balance_bias": 0.01,
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("early"), tiny_model, **IMPATIENT)
    assert train(folder) == 0
    return folder


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def same(one: Path, other: Path) -> bool:
    mine, theirs = adapter(one), adapter(other)
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_that_a_run_ends_when_its_evaluations_bring_nothing_better(ended: RunFolder) -> None:
    (end,) = events(ended, "RunEnded")
    during = [event for event in events(ended, "EvaluationEnded") if event.when == "during"]
    best = best_step(during, "loss")
    assert best is not None
    assert (end.outcome, end.step) == ("finished", best + 2)
    assert end.step < 12
    assert f"It ended early after step {end.step} of 12: 2 evaluations brought nothing better" in end.reason
    assert f"the adapter is that of step {best}, which had the lowest held-out loss" in end.reason
    assert read_state(ended).state == "finished"
    assert train(ended) == 2, "it is not trained again"


def test_that_the_best_checkpoint_is_the_result_and_scored_at_the_end(ended: RunFolder) -> None:
    *_, last = events(ended, "EvaluationEnded")
    best = best_step(events(ended, "EvaluationEnded"), "loss")
    assert (last.when, last.step) == ("after", best)
    assert same(ended.adapter, ended.checkpoints / f"step-{best:06d}")
    newest = max(ended.checkpoints.iterdir())
    assert not same(ended.adapter, newest), "the last step's weights are not the result"
    (scored,) = [each for each in events(ended, "EvaluationEnded") if each.step == best and each.when == "during"]
    assert last.tasks["ask"].loss == pytest.approx(scored.tasks["ask"].loss, rel=1e-5)


@pytest.mark.parametrize("at", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_that_a_resumed_run_ends_where_the_unbroken_one_does(
    at: int, ended: RunFolder, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, **IMPATIENT)
    original = Recorder.step

    def step(self: Recorder, done, *rest, **more) -> None:
        original(self, done, *rest, **more)
        if done.step == at:
            send_command(folder.db, Pause())

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "step", step)
        assert train(folder) == 0
    assert read_state(folder).state == "paused"
    torch.rand(17)
    assert train(folder) == 0
    assert_same_run(folder, ended)


def test_that_a_run_paused_during_the_last_evaluation_is_scored_when_it_is_resumed(
    ended: RunFolder, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, **IMPATIENT)
    evaluate = Scoring.evaluate

    def asked_meanwhile(self: Scoring, step: int, when, must_leave) -> None:
        if when == "after":
            send_command(folder.db, Pause())
        evaluate(self, step, when, must_leave)

    with monkeypatch.context() as patch:
        patch.setattr(Scoring, "evaluate", asked_meanwhile)
        assert train(folder) == 0
    assert read_state(folder).state == "paused"
    assert not [event for event in events(folder, "EvaluationEnded") if event.when == "after"]
    assert train(folder) == 0
    assert_same_run(folder, ended)


@pytest.mark.slow
def test_that_a_run_with_patience_for_all_steps_has_its_best_step_as_the_result(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = small_run(tmp_path, tiny_model, **IMPATIENT | {"training__patience": 50, "training__max_steps": 5})
    assert train(folder) == 0
    (end,) = events(folder, "RunEnded")
    best = best_step(events(folder, "EvaluationEnded"), "loss")
    assert end.reason.startswith("All 5 steps are done")
    assert [event.when for event in events(folder, "EvaluationEnded")].count("after") == 1
    assert same(folder.adapter, folder.checkpoints / f"step-{best:06d}")


def test_that_a_run_ends_at_the_same_step_while_run_db_can_be_neither_read_nor_written(
    ended: RunFolder, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, **IMPATIENT)
    original = Scoring.evaluate

    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def locked(self: RunFolder) -> None:
        raise ProblemError.at("run.db", "it is locked.", "")

    with monkeypatch.context() as patch:

        def evaluate(self: Scoring, step: int, when: str, *rest: object) -> None:
            if step == 2:
                patch.setattr(RunWriter, "write", refuse)
                patch.setattr(RunFolder, "reader", locked)
            if when == "after":
                patch.undo()
            original(self, step, when, *rest)

        patch.setattr(Scoring, "evaluate", evaluate)
        assert train(folder) == 0
    (wanted,), (end,) = events(ended, "RunEnded"), events(folder, "RunEnded")
    assert (end.outcome, end.step) == (wanted.outcome, wanted.step)


@pytest.mark.parametrize("how", ["is not there", "was changed after it was saved", "does not fit this run"])
def test_that_without_the_best_checkpoint_the_best_that_remains_is_the_result(
    how: str, ended: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a run whose step 2 was the best, step 1 the next."""
    found = [scored(1, 2), scored(2, 1), scored(3, 4)]
    loaded, said = [], []

    def load(path: Path, model: object) -> None:
        if path.name.endswith("2") and how == "does not fit this run":
            raise ProblemError.at(path.name, f"it {how}.", "")
        loaded.append(path.name)

    def whole(path: Path) -> SimpleNamespace:
        if path.name.endswith("2") and how == "was changed after it was saved":
            raise ProblemError.at(path.name, f"adapter_model.safetensors {how}.", "")
        return SimpleNamespace(path=path)

    there = [Path(f"step-00000{step}") for step in (1, 2, 3) if step != 2 or how != "is not there"]
    monkeypatch.setattr(early_stopping, "list_checkpoints", lambda _: there)
    monkeypatch.setattr(early_stopping, "verify", whole)
    monkeypatch.setattr(early_stopping, "load_weights", load)
    run: Any = SimpleNamespace(
        folder=ended,
        model=None,
        step=3,
        scoring=SimpleNamespace(evaluations=found),
        setup=SimpleNamespace(decided=SimpleNamespace(training=SimpleNamespace(keep_best="loss"))),
        recorder=SimpleNamespace(warn=lambda where, what, *_: said.append(what)),
    )
    assert early_stopping._load_best(run) == 1
    assert loaded == ["step-000001"]
    assert how in said[0]
    assert said[0].endswith("step 1's weights, the best of those that remain, are the result.")


def test_that_without_the_best_checkpoint_the_last_weights_are_the_result_and_it_is_said(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, **IMPATIENT)
    find = early_stopping.list_checkpoints

    def without(place: Path) -> list[Path]:
        for path in find(place)[:-1]:
            shutil.rmtree(path)
        return find(place)

    monkeypatch.setattr(early_stopping, "list_checkpoints", without)
    assert train(folder) == 0
    assert any("its checkpoint is not there" in event.what for event in events(folder, "WarningRaised"))
    assert same(folder.adapter, max(folder.checkpoints.iterdir()))


def scored(step: int, loss: float) -> EvaluationEnded:
    return EvaluationEnded(
        step=step, tasks={"t": TaskScore(metric="loss", value=loss, stderr=0, rows=1, loss=loss)}, seconds=1
    )


def test_that_only_evaluations_of_the_recipe_count() -> None:
    found = [scored(step, loss) for step, loss in ((0, 9), (10, 3), (20, 2), (25, 4), (30, 2), (40, 5), (50, 1))]
    waited = [evaluations_without_gain(found, "loss", 10, 47, up_to) for up_to in (0, 10, 20, 30, 40, 50)]
    assert waited == [0, 0, 0, 1, 2, 0]
    assert evaluations_without_gain(found, "none", 10, 47, 40) == 0
    assert evaluations_without_gain([*found, scored(47, 3)], "loss", 10, 47, 47) == 3
