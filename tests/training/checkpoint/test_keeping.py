"""Which checkpoints stay on the disk: the newest, the best besides, and none is dropped to make room."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.cli.run_report import describe_run
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.evaluation.scoring import Evaluation
from studio.training import run_evaluation
from studio.training.checkpoint import files as checkpoints
from studio.training.checkpoint.files import newest_sound, verify, write_checkpoint
from studio.training.checkpoint.saver import Saver
from studio.training.recorder import Recorder
from studio.training.run_evaluation import Scoring
from tests.training.small_run import assert_same_run, curve, events, small_run, train


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model, training__evaluate_every=1)
    assert train(folder) == 0
    return folder


def with_losses(monkeypatch: pytest.MonkeyPatch, losses: dict[int, float]) -> None:
    """Let each step's evaluation come to this loss, whatever the model answers."""
    at_step, evaluate, now = Scoring.evaluate, run_evaluation.evaluate, [0]

    def noted(self: Scoring, step: int, *rest: Any) -> None:
        now[0] = step
        at_step(self, step, *rest)

    def bent(*arguments: Any, **rest: Any) -> Evaluation:
        found = evaluate(*arguments, **rest)
        tasks = {name: score.model_copy(update={"loss": losses[now[0]]}) for name, score in found.tasks.items()}
        return replace(found, tasks=tasks)

    monkeypatch.setattr(Scoring, "evaluate", noted)
    monkeypatch.setattr(run_evaluation, "evaluate", bent)


def kept(folder: RunFolder) -> list[int]:
    return [int(path.name[-6:]) for path in sorted(folder.checkpoints.iterdir())]


def test_that_the_best_checkpoint_outlives_the_newest_and_is_named(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Saved each second step, scored each: the best, step 1, is none of those that were due, and is saved for it.
    changes = {"training__evaluate_every": 1, "training__keep": 1}
    folder = small_run(tmp_path, tiny_model, **changes)
    with_losses(monkeypatch, {0: 0.1, 1: 1.0, 2: 3.0, 3: 2.0, 4: 2.0, 5: 3.0, 6: 1.5})
    assert train(folder) == 0
    assert kept(folder) == [1, 6]
    assert verify(folder.checkpoints / "step-000001").step == 1
    assert describe_run(folder)["checkpoints"] == {"steps": [1, 6], "best": 1, "best_by": "loss"}
    shown = CliRunner().invoke(app, ["show", str(folder.path)])
    assert "after step 1, 6; best 1 (lowest mean held-out loss)" in " ".join(shown.output.split())


@pytest.mark.slow
def test_that_without_the_rule_only_the_newest_stay(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=1, training__keep=2, training__keep_best='"none"')
    with_losses(monkeypatch, {step: float(step) for step in range(7)})
    assert train(folder) == 0
    assert kept(folder) == [4, 6]
    assert describe_run(folder)["checkpoints"] == {"steps": [4, 6], "best": None, "best_by": "none"}


@pytest.mark.slow
def test_that_the_best_one_is_saved_by_the_worker_after_one_that_died_before_it_could(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=1)
    scores = Recorder.scores

    class PowerCut(BaseException):
        pass

    def die(self: Recorder, step: int, *rest: Any) -> None:
        scores(self, step, *rest)
        if step == 3:
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "scores", die)
        with pytest.raises(PowerCut):
            train(folder)
    assert read_state(folder).state == "lost"
    assert train(folder) == 0
    assert_same_run(folder, unbroken)
    assert kept(folder) == kept(unbroken)
    assert describe_run(folder)["checkpoints"] == describe_run(unbroken)["checkpoints"]


def test_that_no_file_of_a_checkpoint_can_be_damaged_unseen(unbroken: RunFolder, tmp_path: Path) -> None:
    place = tmp_path / "checkpoints"
    shutil.copytree(unbroken.checkpoints, place)
    newest = place / "step-000006"
    others = [path.name for path in place.iterdir() if path != newest]
    files = sorted(newest.iterdir())
    assert {file.name for file in files} >= {"adapter_model.safetensors", "state.safetensors", "state.json"}
    for file in files:
        whole = file.read_bytes()
        middle = len(whole) // 2
        flipped = bytearray(whole)
        flipped[middle] ^= 1
        for damaged in (whole[:-1], whole[:middle], b"", bytes(flipped), whole + b"x"):
            file.write_bytes(damaged)
            found, broken = newest_sound(place)
            assert found is not None
            assert found.path.name == max(others), file.name
            assert "step-000006" in broken[0].where
        file.write_bytes(whole)
        assert verify(newest).step == 6


def test_that_a_damaged_checkpoint_takes_no_sound_ones_place(tmp_path: Path) -> None:
    """Steps 1 and 2 are scored, 2 best and damaged; step 9 is a damaged one that a resumed run skipped."""
    folder: Any = SimpleNamespace(path=tmp_path, checkpoints=tmp_path / "checkpoints")
    for step in (1, 2, 3, 9):
        write_checkpoint(folder.checkpoints, step, lambda place: (place / "weights").write_bytes(b"1234") and None)
    for step in (2, 9):
        (folder.checkpoints / f"step-00000{step}" / "weights").write_bytes(b"1235")
    found = [
        EvaluationEnded(
            step=step, tasks={"t": TaskScore(metric="loss", value=loss, stderr=0, rows=1, loss=loss)}, seconds=1
        )
        for step, loss in ((1, 2.0), (2, 1.0), (3, 3.0), (9, 0.5))
    ]
    unused: Any = None
    Saver(folder, unused, unused, 1, "loss", found).scored(3, unused, unused, unused)
    assert kept(folder) == [1, 3, 9]


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_that_too_little_room_is_warned_of_and_training_continues_with_every_checkpoint_kept(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=100, training__keep=2)
    usage: Callable[[Path], Any] = shutil.disk_usage

    def scarce(path: Path) -> _Usage:
        # Room for two checkpoints, and none for a third.
        return _Usage(2**40, 0, 2**20 if len(list(folder.checkpoints.iterdir())) >= 2 else usage(path).free)

    monkeypatch.setattr(checkpoints.shutil, "disk_usage", scarce)
    assert train(folder) == 0
    (said,) = [event for event in events(folder, "WarningRaised") if event.where == "checkpoint of step 6"]
    assert "1 MiB are free where" in said.what
    assert "the newest is of step 4, and training continues" in said.what
    assert "Make room" in said.remedy
    assert kept(folder) == [2, 4]
    assert read_state(folder).state == "finished"
    assert list(curve(folder)) == [1, 2, 3, 4, 5, 6]
    sound, broken = newest_sound(folder.checkpoints)
    assert sound is not None
    assert not broken
