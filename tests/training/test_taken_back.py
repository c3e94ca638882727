"""A pause or stop that is taken back at the last moment, and records that were lost beside a checkpoint."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import studio.training.run
from studio.core.run.commands import Command, EvaluateNow, Pause, Resume, SampleNow, Stop
from studio.core.run.events import RunPaused, RunStarted
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.training.checkpoint import saver
from studio.training.crew.evaluation_split import EvaluationLeft
from studio.training.recorder import Recorder
from studio.training.run_evaluation import Scoring
from studio.worker.run import main
from tests.fake_run import start_no_worker
from tests.training.small_run import assert_same_run, events, small_run, train


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model, training__evaluate_every=3)
    assert train(folder) == 0
    return folder


def ask_after_step(patch: pytest.MonkeyPatch, number: int, folder: RunFolder, command: Command) -> None:
    record = Recorder.step

    def recorded(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == number:
            send_command(folder.db, command)

    patch.setattr(Recorder, "step", recorded)


def while_saving(patch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, while the next checkpoint's files are being written."""
    write, left = saver.save_state, [1]

    def writing(*arguments: Any) -> None:
        if left:
            left.pop()
            happens()
        write(*arguments)

    patch.setattr(saver, "save_state", writing)


@pytest.mark.parametrize("asked", [Pause(), Stop()])
def test_that_what_is_taken_back_while_its_checkpoint_is_written_is_not_done(
    asked: Command, tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=3, training__save_every=100)
    ask_after_step(monkeypatch, 2, folder, asked)
    while_saving(monkeypatch, lambda: send_command(folder.db, Resume()))
    assert train(folder) == 0
    assert events(folder, "RunPaused", "RunResumed") == []
    assert_same_run(folder, unbroken)


@pytest.mark.parametrize("step", [3, 6])
@pytest.mark.parametrize("because", ["taken back", "full disk"])
def test_that_an_evaluation_broken_off_for_a_pause_that_does_not_come_is_made_after_all(
    because: str, step: int, tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=3, training__save_every=100)
    evaluate, left = Scoring.evaluate, [1]

    def asked_meanwhile(self: Scoring, at: int, *rest: Any) -> None:
        if at == step and left:
            left.pop()
            send_command(folder.db, Pause())
        evaluate(self, at, *rest)

    def does_not_come() -> None:
        if because == "full disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        send_command(folder.db, Resume())

    if step == 3 or because == "taken back":
        while_saving(monkeypatch, does_not_come)
    monkeypatch.setattr(Scoring, "evaluate", asked_meanwhile)
    assert train(folder) == 0
    if step == 6:
        # After the last step its checkpoint is there already: nothing is written that could fail or take time.
        assert read_state(folder).state == "paused"
        assert train(folder) == 0
    assert "before it was scored" not in read_state(folder).reason
    assert_same_run(folder, unbroken)


def test_that_an_evaluation_broken_off_for_what_is_taken_back_at_once_is_made_before_and_after_training(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=3)
    evaluate, left = Scoring.evaluate, {0, 6}

    def broken_off(self: Scoring, at: int, *rest: Any) -> None:
        if at in left:
            left.remove(at)
            raise EvaluationLeft  # and by the next look nobody asks any more
        evaluate(self, at, *rest)

    monkeypatch.setattr(Scoring, "evaluate", broken_off)
    assert train(folder) == 0
    assert not left
    assert read_state(folder).state == "finished"
    assert_same_run(folder, unbroken)


@pytest.mark.parametrize(("begun", "made"), [("evaluate", "EvaluationEnded"), ("sample", "SampleMade")])
def test_that_what_was_asked_for_and_broken_off_for_a_pause_that_is_taken_back_is_done_after_all(
    begun: str, made: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=4, training__save_every=100)
    begin, left = getattr(Scoring, begun), [1]

    def asked_meanwhile(self: Scoring, at: int, *rest: Any) -> None:
        if at == 2 and left:
            left.pop()
            send_command(folder.db, Pause())
        begin(self, at, *rest)

    monkeypatch.setattr(Scoring, begun, asked_meanwhile)
    while_saving(monkeypatch, lambda: send_command(folder.db, Resume()))
    ask_after_step(monkeypatch, 2, folder, EvaluateNow() if begun == "evaluate" else SampleNow(prompt="one two"))
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert not left
    done = [event for event in events(folder, made) if getattr(event, "prompt", "one two") == "one two"]
    assert sum(event.step in (2, 3) for event in done) == 1


@pytest.mark.parametrize(("asked", "starts"), [([Resume()], True), ([Resume(), Pause()], False), ([], False)])
def test_that_a_pause_taken_back_after_its_last_word_starts_the_run_anew_before_any_other(
    asked: list[Command], starts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tmp_path / "no-model")

    def paused(run: RunFolder, system: object) -> int:
        with RunWriter(run.db) as writer:
            writer.write(RunStarted(pid=1, host="here"), RunPaused(step=0, checkpoint="none"))
        for command in asked:
            send_command(run.db, command)
        return 0

    started = start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")
    monkeypatch.setattr(studio.training.run, "train_run", paused)
    assert main([str(folder.path)]) == 0
    assert started == [folder.id] * starts


@pytest.mark.parametrize("lost", ["everything", "the last steps"])
def test_that_a_record_that_is_behind_its_checkpoint_is_said_and_nothing_is_trained_twice(
    lost: str, tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody deletes run.db-wal after a worker was killed, or puts an older run.db into its place."""
    folder = small_run(tmp_path, tiny_model, training__evaluate_every=3)
    older = tmp_path / "older.db"
    shutil.copy(folder.db, older)
    ask_after_step(monkeypatch, 4, folder, Pause())
    assert train(folder) == 0
    if lost == "everything":
        shutil.copy(older, folder.db)
    else:
        with closing(sqlite3.connect(folder.db)) as connection, connection:
            for table in ("events", "scalars", "loads"):
                connection.execute(f"DELETE FROM {table} WHERE step > 2")
    assert train(folder) == 0
    assert [event.step for event in events(folder, "RunResumed")] == [4]
    said = " ".join(event.what for event in events(folder, "WarningRaised"))
    assert f"no record of the steps {1 if lost == 'everything' else 3} to 4" in said
    assert [event.step for event in events(folder, "StepEnded")][-2:] == [5, 6]
    assert read_state(folder).state == "finished"
