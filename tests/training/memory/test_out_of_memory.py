"""Memory runs out at every stage, injected: the run goes on with the same batch and rows, or says why it does not."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.run.commands import SampleNow
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.evaluation.forward import Forward
from studio.models import base_model
from studio.training import run_evaluation, session
from studio.training.answer_loss import AnswerLoss
from studio.training.checkpoint import state
from studio.training.memory import oom_recovery
from studio.training.recorder import Recorder
from studio.training.step import StepComputer
from tests.training.small_run import ROUNDING, assert_same_run, curve, events, small_run, train

# Without dropout, whose draws follow the rows computed at once, another division changes the sums' last digits only.
PLAIN = {"method__dropout": 0, "training__max_steps": 8, "training__micro_batch": 4}
SHORT = PLAIN | {"training__max_steps": 2, "training__save_every": 100}
Rows = dict[int, list[tuple[int, int]]]


def out() -> Exception:
    """What torch raises; a new one each time, since a raised one holds what its frames held."""
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> tuple[RunFolder, Rows]:
    """A run to which nothing happened, and the rows (task, row) of its steps."""
    folder = small_run(tmp_path_factory.mktemp("whole"), tiny_model, **PLAIN)
    with pytest.MonkeyPatch.context() as patch:
        rows = _watch_rows(patch)
        assert train(folder) == 0
    assert sorted(rows) == list(range(1, 9))
    return folder, rows


def _watch_rows(patch: pytest.MonkeyPatch) -> Rows:
    """The rows of every real step; a step that is computed again must have the same."""
    found: Rows = {}
    begun = StepComputer._begun

    def watched(self: StepComputer, chosen: Any, micro_batch: int, figures: Any) -> Any:
        if figures.step:
            rows = [(int(task), int(row)) for task, row in chosen]
            assert found.setdefault(figures.step, rows) == rows
        return begun(self, chosen, micro_batch, figures)

    patch.setattr(StepComputer, "_begun", watched)
    return found


class Stage:
    """Breaks `place` the first `times` times that it is called while the run is at a step, after or before its work."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: Any, name: str, after: int, times: int = 1) -> None:
        original = getattr(owner, name)
        self.left, reached = times, [0]
        record = Recorder.step

        def recorded(recorder: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
            record(recorder, ended, *rest, **more)
            reached[0] = ended.step

        def broken(*arguments: Any, **named: Any) -> Any:
            if reached[0] == after and self.left:
                self.left -= 1
                original(*arguments, **named)  # what it changed before it failed must not stay
                raise out()
            return original(*arguments, **named)

        patch.setattr(Recorder, "step", recorded)
        patch.setattr(owner, name, broken)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(AnswerLoss, "__call__", id="forward", marks=pytest.mark.slow),
        pytest.param(torch.Tensor, "backward", id="backward"),
        pytest.param(torch.nn.utils, "clip_grad_norm_", id="clipping"),
    ],
)
def test_that_step_seven_is_computed_again_with_fewer_rows_at_once_and_nothing_counts_twice(
    owner: Any, name: str, whole: Any, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, rows = whole
    folder = small_run(tmp_path, tiny_model, **PLAIN)
    stage = Stage(monkeypatch, owner, name, after=6)
    found = _watch_rows(monkeypatch)
    assert train(folder) == 0
    assert stage.left == 0
    assert found == rows
    (reduced,) = events(folder, "MemoryReduced")
    assert (reduced.step, reduced.micro_batch, reduced.checkpointing) == (7, 2, False)
    assert not events(folder, "RunResumed")
    assert curve(folder) == pytest.approx(curve(unbroken), rel=ROUNDING)
    assert _loads(folder) == _loads(unbroken)


def test_that_a_router_balanced_by_its_bias_is_not_moved_by_the_counts_of_a_failed_step(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"method__balance_bias": 0.05, "method__dropout": 0, "training__micro_batch": 1}
    unbroken = small_run(tmp_path, tiny_model, training__checkpointing=True, **changes)
    assert train(unbroken) == 0
    folder = small_run(tmp_path, tiny_model, training__checkpointing=False, **changes)
    Stage(monkeypatch, torch.Tensor, "backward", after=3)
    assert train(folder) == 0
    # Recomputing what was kept gives the same numbers, so here all must be equal to the last bit.
    assert [event.checkpointing for event in events(folder, "MemoryReduced")] == [True]
    assert_same_run(folder, unbroken)


def test_that_memory_running_out_while_the_optimiser_moves_goes_back_to_the_last_checkpoint(
    whole: Any, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, rows = whole
    folder = small_run(tmp_path, tiny_model, **PLAIN)
    Stage(monkeypatch, torch.optim.AdamW, "step", after=6)
    found = _watch_rows(monkeypatch)
    assert train(folder) == 0
    assert found == rows
    (reduced,) = events(folder, "MemoryReduced")
    assert (reduced.step, reduced.micro_batch) == (7, 2)
    assert "Training continues from step 6." in reduced.change
    (resumed,) = events(folder, "RunResumed")
    assert (resumed.step, resumed.checkpoint) == (6, "checkpoints/step-000006")
    assert curve(folder) == pytest.approx(curve(unbroken), rel=ROUNDING)
    assert len(events(folder, "StepEnded")) == 8
    assert read_state(folder).state == "finished"


def test_that_without_a_checkpoint_the_run_begins_again_in_the_same_worker_and_holds_one_model_at_a_time(
    whole: Any, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, rows = whole
    models: list[weakref.ref[Any]] = []
    set_up = session.set_up

    def alone(*arguments: Any) -> Any:
        assert [model() for model in models] == [None] * len(models)
        made = set_up(*arguments)
        models.append(weakref.ref(made.model))
        return made

    monkeypatch.setattr(session, "set_up", alone)
    folder = small_run(tmp_path, tiny_model, **(PLAIN | {"training__save_every": 100}))
    Stage(monkeypatch, torch.optim.AdamW, "step", after=2)
    found = _watch_rows(monkeypatch)
    assert train(folder) == 0
    assert found == rows
    assert len(models) == 2
    assert "Training continues from the beginning." in events(folder, "MemoryReduced")[0].change
    assert curve(folder) == pytest.approx(curve(unbroken), rel=ROUNDING)


def test_that_an_optimiser_that_never_fits_ends_the_run_with_a_problem_and_keeps_the_checkpoint(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__micro_batch=2, training__max_steps=4)
    with monkeypatch.context() as patch:
        # A worker that begins anew at step 2 meets it again: nothing is recorded in between.
        Stage(patch, torch.optim.AdamW, "step", after=2, times=100)
        assert train(folder) == 3
    changes = [(event.micro_batch, event.checkpointing) for event in events(folder, "MemoryReduced")]
    assert changes == [(1, False), (1, True)]
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("failed", 2)
    assert [path.name for path in folder.checkpoints.iterdir()] == ["step-000002"]
    assert train(folder) == 0
    assert list(curve(folder)) == [1, 2, 3, 4]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[int, RunFolder]:
    """Two steps with so many rows at once, to which nothing happened."""
    folder = tmp_path_factory.mktemp("short")
    found = {rows: small_run(folder, tiny_model, **(SHORT | {"training__micro_batch": rows})) for rows in (2, 4)}
    assert [train(run) for run in found.values()] == [0, 0]
    return found


@pytest.mark.parametrize(
    "probe_stage",
    [
        pytest.param("forward", marks=pytest.mark.slow),
        pytest.param("backward", marks=pytest.mark.slow),
        "optimiser",
        "evaluation",
    ],
)
def test_that_the_probe_gives_up_what_does_not_fit_at_each_of_its_own_stages(
    probe_stage: str, short: dict[int, RunFolder], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name = {
        "forward": (AnswerLoss, "__call__"),
        "backward": (torch.Tensor, "backward"),
        "optimiser": (torch.optim.AdamW, "step"),
        "evaluation": (Forward, "log_probs"),
    }[probe_stage]
    folder = small_run(tmp_path, tiny_model, **SHORT)
    with monkeypatch.context() as patch:
        stage = Stage(patch, owner, name, after=0)
        assert train(folder) == 0
    assert stage.left == 0
    (reduced,) = events(folder, "MemoryReduced")
    assert reduced.step == 0
    if probe_stage == "evaluation":
        assert reduced.evaluation_rows == 32
    micro_batch = 4 if probe_stage == "evaluation" else 2
    assert reduced.micro_batch == micro_batch
    assert_same_run(folder, short[micro_batch])


def test_that_an_evaluation_of_which_not_one_row_fits_is_skipped_with_a_warning(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise out()

    folder = small_run(tmp_path, tiny_model, training__max_steps=2, training__evaluate_every=1)
    monkeypatch.setattr(Forward, "log_probs", never)
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert not events(folder, "EvaluationEnded")
    said = [event for event in events(folder, "WarningRaised") if event.where == "evaluation"]
    assert [event.step for event in said] == [None, 0, 1, 2], "the probe's, and each evaluation's"
    assert [event.evaluation_rows for event in events(folder, "MemoryReduced")] == [32, 16, 8, 4, 2, 1]


@pytest.mark.parametrize("prompt", [None, pytest.param("what is one?", marks=pytest.mark.slow)])
def test_that_a_sample_without_memory_is_skipped_with_a_warning(
    prompt: str | None, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=3)
    record = Recorder.step

    def asking(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == 1:
            send_command(folder.db, SampleNow(prompt=prompt))

    def never(*_: Any, **__: Any) -> Any:
        raise out()

    monkeypatch.setattr(Recorder, "step", asking)
    if prompt is None:
        monkeypatch.setattr(run_evaluation.Scoring, "_samples", never)
    else:
        monkeypatch.setattr(run_evaluation.Scoring, "_answer", never)
    assert train(folder) == 0
    (said,) = [event for event in events(folder, "WarningRaised") if event.where == "sample"]
    assert "CUDA out of memory" in said.what
    assert not [event for event in events(folder, "SampleMade") if event.step == 1]
    assert list(curve(folder)) == [1, 2, 3]


def test_that_a_checkpoint_without_memory_is_warned_of_and_training_continues(
    whole: Any, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, _ = whole
    folder = small_run(tmp_path, tiny_model, **PLAIN)
    Stage(monkeypatch, state, "save_file", after=4)
    assert train(folder) == 0
    (said,) = [event for event in events(folder, "WarningRaised") if event.where == "checkpoint of step 4"]
    assert "memory ran out" in said.what
    assert "the newest is of step 2" in said.what
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == ["step-000006", "step-000008"]
    assert_same_run(folder, unbroken)


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (base_model, "_load_model", out()),
        (base_model, "_load_model", RuntimeError("DefaultCPUAllocator: not enough memory")),
        (session, "set_up", MemoryError()),
    ],
)
def test_that_memory_running_out_while_loading_is_a_problem_and_no_fault_of_ours(
    owner: Any, name: str, error: Exception, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise error

    folder = small_run(tmp_path, tiny_model)
    monkeypatch.setattr(owner, name, never)
    assert train(folder) == 3
    ended = read_state(folder)
    assert ended.state == "failed"
    assert "while the model was loaded" in ended.reason
    assert not events(folder, "MemoryReduced")


def test_that_memory_running_out_while_resuming_is_a_problem_and_harms_no_checkpoint(
    whole: Any, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken, _ = whole
    folder = small_run(tmp_path, tiny_model, **PLAIN)

    class PowerCut(BaseException):
        pass

    record = Recorder.step

    def cut(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == 5:
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "step", cut)
        with pytest.raises(PowerCut):
            train(folder)
    before = _content(folder.checkpoints)
    with monkeypatch.context() as patch:
        load = state._load_optimizer

        def never(*arguments: Any) -> None:
            load(*arguments)
            raise out()

        patch.setattr(state, "_load_optimizer", never)
        assert train(folder) == 3
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("failed", 4)
    assert "while it was loaded" in ended.reason
    assert _content(folder.checkpoints) == before
    assert train(folder) == 0
    assert curve(folder) == curve(unbroken)


@pytest.mark.slow
def test_that_an_adapter_that_memory_does_not_suffice_to_save_is_never_called_finished(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise out()

    folder = small_run(tmp_path, tiny_model, training__max_steps=2)
    with monkeypatch.context() as patch:
        patch.setattr(session, "save_adapter", never)
        assert train(folder) == 2
    ended = read_state(folder)
    assert ended.state == "failed"
    assert "the checkpoint of step 2 has it" in ended.reason
    assert train(folder) == 0
    assert read_state(folder).state == "finished"


def test_that_less_is_never_undone_by_an_older_checkpoint() -> None:
    smaller = oom_recovery.AtOnce(2, True, 64).within(oom_recovery.AtOnce(4, False, 16))
    assert smaller == oom_recovery.AtOnce(2, True, 16)


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _loads(folder: RunFolder) -> dict[tuple[int, str], float]:
    with folder.reader() as reader:
        return {(load.step, load.task): float(load.counts.sum()) for load in reader.loads()}
