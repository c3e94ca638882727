"""Faults, injected one by one: nothing finished is lost, and the end says truly what happened."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.evaluation.forward import Forward
from studio.methods import causal
from studio.models import adapter_files
from studio.training import session, setup
from studio.training.checkpoint import state
from studio.training.recorder import Recorder
from studio.training.step import StepComputer
from studio.training.stop_requests import StopRequests
from tests.tensor_files import copied_tensors
from tests.training.small_run import ROUNDING, curve, events, small_run, train, write_task


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model)
    assert train(folder) == 0
    return folder


def warnings(folder: RunFolder) -> str:
    return "\n".join(f"{event.where}: {event.what}" for event in events(folder, "WarningRaised"))


def same_weights(one: RunFolder, other: RunFolder) -> bool:
    mine, theirs = (load_file(run.adapter / "adapter_model.safetensors") for run in (one, other))
    return all(torch.equal(mine[name], theirs[name]) for name in mine | theirs)


def at_step(monkeypatch: pytest.MonkeyPatch, step: int, then: Callable[[], Any]) -> None:
    """Do something just after a step was recorded."""
    original = Recorder.step

    def recorded(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        original(self, ended, *rest, **more)
        if ended.step == step:
            then()

    monkeypatch.setattr(Recorder, "step", recorded)


def paused_at_three(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_step(patch, 3, lambda: send_command(folder.db, Pause()))
        assert train(folder) == 0
    assert read_state(folder).state == "paused"


DISK_FULL = 112 if sys.platform == "win32" else errno.ENOSPC  # the system's own number, in a library's message


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError(f"Error while serializing: I/O error: No space left on device (os error {DISK_FULL})"),
    ],
)
def test_that_a_full_disk_at_checkpoint_time_is_warned_of_and_training_continues(
    fault: Exception, tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    original, calls = state.save_file, []

    def full(*arguments: Any, **rest: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise fault
        original(*arguments, **rest)

    monkeypatch.setattr(state, "save_file", full)
    assert train(folder) == 0
    assert "checkpoint of step 4: it could not be written (No space left on device" in warnings(folder)
    assert "the newest is of step 2, and training continues" in warnings(folder)
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == ["step-000002", "step-000006"]
    assert curve(folder) == curve(unbroken)


def test_that_a_pause_that_cannot_be_saved_is_not_made(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__save_every=100)

    def full(*arguments: Any, **rest: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    at_step(monkeypatch, 3, lambda: send_command(folder.db, Pause()))
    monkeypatch.setattr(state, "save_file", full)
    assert train(folder) == 0
    assert "pause: no checkpoint could be written, so the run could not be resumed exactly" in warnings(folder)
    assert read_state(folder).state == "finished"


def test_that_a_full_disk_at_the_adapters_save_fails_the_run_and_resuming_only_saves(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)

    def full(*arguments: Any, **rest: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session, "save_adapter", full)
        assert train(folder) == 2
    ended = read_state(folder)
    assert ended.state == "failed"
    assert "the checkpoint of step 6 has it" in ended.reason
    assert not folder.adapter.exists()
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert len(events(folder, "StepEnded")) == 6
    assert len(events(folder, "EvaluationEnded")) == 2
    assert same_weights(folder, unbroken)


def test_that_an_adapter_that_lacks_a_weight_is_never_called_finished(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1)
    write = adapter_files._write_adapter

    def lossy(model: Any, where: Path) -> None:
        write(model, where)
        weights = copied_tensors(where / "adapter_model.safetensors")
        kept = {name: tensor for name, tensor in weights.items() if "experts" not in name}
        adapter_files_save(kept, where / "adapter_model.safetensors")

    from safetensors.torch import save_file as adapter_files_save

    monkeypatch.setattr(adapter_files, "_write_adapter", lossy)
    assert train(folder) == 1
    ended = read_state(folder)
    assert ended.state == "failed"
    assert "experts" in ended.reason
    assert not folder.adapter.exists()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("adapter_model.safetensors", "flipped"),
        ("state.safetensors", "truncated"),
        ("state.json", "flipped"),
        ("manifest.json", "truncated"),
    ],
)
def test_that_a_broken_checkpoint_is_named_and_the_one_before_it_continues_exactly(
    name: str,
    damage: str,
    tmp_path: Path,
    tiny_model: Path,
    unbroken: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=6)
    paused_at_three(folder, monkeypatch)
    file = folder.checkpoints / "step-000003" / name
    content = bytearray(file.read_bytes())
    if damage == "truncated":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 3] ^= 4
    file.write_bytes(bytes(content))
    assert train(folder) == 0
    (resumed,) = events(folder, "RunResumed")
    assert resumed.step == 2
    assert "checkpoint step-000003" in warnings(folder)
    assert curve(folder) == curve(unbroken)
    assert same_weights(folder, unbroken)


def test_that_a_loss_that_is_no_number_stops_the_run_before_a_weight_is_touched(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__save_every=100)
    compute = StepComputer.__call__

    def spoilt(self: StepComputer, step: int, micro_batch: int) -> Any:
        figures = compute(self, step, micro_batch)
        if step == 3:
            figures.loss = float("nan")
        return figures

    with monkeypatch.context() as patch:
        patch.setattr(StepComputer, "__call__", spoilt)
        assert train(folder) == 2
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("failed", 3)
    assert "step 4" in ended.reason
    assert "ask row" in ended.reason or "tell row" in ended.reason
    assert "resuming continues from step 3" in ended.reason
    assert train(folder) == 0
    whole = small_run(tmp_path, tiny_model, training__save_every=100)
    assert train(whole) == 0
    assert curve(folder) == curve(whole)


def test_that_a_run_that_does_not_fit_at_all_ends_with_three_and_keeps_its_steps(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__save_every=100)
    compute = StepComputer.__call__

    def greedy(self: StepComputer, step: int, micro_batch: int) -> Any:
        if step == 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return compute(self, step, micro_batch)

    with monkeypatch.context() as patch:
        patch.setattr(StepComputer, "__call__", greedy)
        assert train(folder) == 3
    changes = [(event.micro_batch, event.checkpointing) for event in events(folder, "MemoryReduced")]
    assert changes == [(1, False), (1, True)]
    assert read_state(folder).state == "failed"
    assert [path.name for path in folder.checkpoints.iterdir()] == ["step-000002"]
    # The next worker begins as small as this one ended.
    assert train(folder) == 0
    assert list(curve(folder)) == [1, 2, 3, 4, 5, 6]


def test_that_memory_running_out_in_an_evaluation_scores_fewer_rows_at_once(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1)
    log_probs = Forward.log_probs

    def greedy(self: Forward, *arguments: Any) -> Any:
        if self.rows_at_once > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return log_probs(self, *arguments)

    monkeypatch.setattr(Forward, "log_probs", greedy)
    assert train(folder) == 0
    assert [event.evaluation_rows for event in events(folder, "MemoryReduced")] == [32, 16, 8]
    assert len(events(folder, "EvaluationEnded")) == 2


def test_that_a_budget_that_was_set_is_kept_to(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, machine__memory_budget="1MiB")
    assert train(folder) == 3
    (ended,) = events(folder, "RunEnded")
    assert ended.exit_code == 3
    assert "MiB" in ended.reason
    assert "the smallest plan takes" in ended.problems[0].remedy, "the remedy is the planner's, not a guess"


def test_that_a_broken_line_is_reported_before_the_weights_are_read(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "load_base", lambda *_, **__: pytest.fail("the weights were read first"))
    folder = small_run(tmp_path, tiny_model)
    with (tmp_path / "ask-train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    assert train(folder) == 2
    (ended,) = events(folder, "RunEnded")
    (problem,) = ended.problems
    assert "ask-train.jsonl" in problem.where
    assert "line 13" in problem.where


def test_that_our_own_fault_is_called_that_and_can_be_resumed(
    tmp_path: Path,
    tiny_model: Path,
    unbroken: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = small_run(tmp_path, tiny_model)

    def fail(*arguments: Any) -> None:
        raise RuntimeError("a wheel came off")

    with monkeypatch.context() as patch:
        at_step(patch, 3, fail)  # type: ignore[arg-type]
        assert train(folder) == 1
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("failed", 3)
    assert "our fault" in ended.reason
    assert "worker.log" in ended.reason
    assert "Traceback" in capsys.readouterr().err
    assert train(folder) == 0
    assert curve(folder) == curve(unbroken)


def test_that_a_run_moved_while_it_was_paused_continues_exactly(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    paused_at_three(folder, monkeypatch)
    there = tmp_path / "élan vital" / "another name"
    there.parent.mkdir()
    shutil.move(folder.path, there)
    moved = RunFolder(there)
    assert train(moved) == 0
    assert curve(moved) == curve(unbroken)
    assert same_weights(moved, unbroken)


def test_that_a_recipe_edited_after_the_start_is_followed_with_a_warning(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    paused_at_three(folder, monkeypatch)
    text = folder.recipe_file.read_text(encoding="utf-8")
    folder.recipe_file.write_text(text.replace("max_steps = 6", "max_steps = 5"), encoding="utf-8")
    assert train(folder) == 0
    assert "it was edited after the run began (training.max_steps)" in warnings(folder)
    assert read_state(folder).step == 5


def test_that_a_recipe_edited_into_another_shape_is_a_problem_and_loses_nothing(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    paused_at_three(folder, monkeypatch)
    text = folder.recipe_file.read_text(encoding="utf-8")
    folder.recipe_file.write_text(text.replace("rank = 4", "rank = 8"), encoding="utf-8")
    assert train(folder) == 2
    assert "does not fit this run" in read_state(folder).reason
    folder.recipe_file.write_text(text, encoding="utf-8")
    assert train(folder) == 0
    assert curve(folder) == curve(unbroken)


def test_that_data_changed_while_a_run_was_paused_is_warned_of(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    paused_at_three(folder, monkeypatch)
    write_task(tmp_path, "ask", rows=13)
    assert train(folder) == 0
    assert "its content changed after the run began" in warnings(folder)


def test_that_a_database_locked_by_another_program_costs_no_step(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    held = threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(folder.db, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        threading.Event().wait(0.7)
        connection.rollback()
        connection.close()

    other = threading.Thread(target=hold)

    def begin() -> None:
        other.start()
        held.wait()

    at_step(monkeypatch, 2, begin)
    assert train(folder) == 0
    other.join()
    assert curve(folder) == curve(unbroken)


def test_that_a_clock_that_jumps_back_changes_nothing_but_times(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    folder = small_run(tmp_path, tiny_model)
    real = time.time
    at_step(monkeypatch, 2, lambda: monkeypatch.setattr(time, "time", lambda: real() - 86400.0))
    assert train(folder) == 0
    assert curve(folder) == curve(unbroken)
    assert all(event.seconds >= 0 for event in events(folder, "StepEnded"))


def test_that_a_stop_while_it_evaluates_takes_effect_between_tasks(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    phase = Recorder.phase

    def ask(self: Recorder, name: Any, detail: str = "") -> None:
        phase(self, name, detail)
        if name == "evaluating":
            send_command(folder.db, Stop())

    monkeypatch.setattr(Recorder, "phase", ask)
    assert train(folder) == 0
    assert read_state(folder).state == "stopped"
    phases = events(folder, "PhaseStarted")
    assert [each.detail[:12] for each in phases if each.phase == "evaluating" and each.done is None] == ["Scoring ask "]
    assert not events(folder, "EvaluationEnded")


def test_that_a_model_whose_logits_cannot_be_chunked_is_trained_with_a_warning(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    monkeypatch.setattr(causal, "head_of", lambda model: None)
    assert train(folder) == 0
    assert "all logits of a micro-batch are held at once" in warnings(folder)
    assert curve(folder) == pytest.approx(curve(unbroken), rel=ROUNDING)


def test_that_a_request_of_the_system_before_the_first_step_leaves_at_once(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)

    def asked(self: StopRequests) -> None:
        self.system_reason = "The system asked the worker to end (SIGTERM)"

    with monkeypatch.context() as patch:
        patch.setattr(StopRequests, "listen", asked)
        assert train(folder) == 0
    state = read_state(folder)
    assert (state.state, state.step) == ("stopped", 0)
    assert "before training began" in state.reason
    assert not events(folder, "ModelReady")
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
