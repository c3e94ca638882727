"""A run that leaves the others, or dies with them, changes nothing of what they and it would have been."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.training.step_record import StepRecord
from tests.training.small_run import assert_same_run, curves, events, train
from tests.training.together.test_as_alone import WITHIN
from tests.training.together.together_runs import MIXED, ROUTED, in_float64, made, together

SIX = {"training__max_steps": 6}
GENERATOR = 6000  # bytes of a random generator's state, of which one more or less is held at a moment


def _after_step(monkeypatch: pytest.MonkeyPatch, number: int, name: str, act) -> None:
    """Let `act(run)` happen once the run whose folder ends in `name` has recorded its step `number`."""
    add = StepRecord.add

    def added(self, *arguments) -> None:
        add(self, *arguments)
        if self._run.step == number and self._run.folder.id.endswith(name):
            act(self._run)

    monkeypatch.setattr(StepRecord, "add", added)


def _poison(run) -> None:
    with torch.no_grad():
        next(parameter for parameter in run.model.parameters() if parameter.requires_grad).fill_(float("nan"))


def test_that_one_that_diverges_leaves_the_others_the_same_to_the_last_bit(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In both groups run 0 is there for five steps: were it gone one step earlier, products of fewer rows could round
    # in another way.
    ends = made(tmp_path, tiny_model, [MIXED[0] | {"training__max_steps": 5}, *MIXED[1:]], **SIX)
    assert together(ends) == [0, 0, 0, 0]
    with monkeypatch.context() as patched:
        _after_step(patched, 4, "run-0", _poison)
        diverges = made(tmp_path, tiny_model, MIXED, **SIX)
        assert together(diverges) == [2, 0, 0, 0]
    failed = read_state(diverges[0])
    assert failed.state == "failed"
    assert "step 5: the loss is not a finite number" in failed.reason
    for mine, theirs in zip(diverges[1:], ends[1:], strict=True):
        assert_same_run(mine, theirs)


def _live_bytes() -> int:
    """What all tensors hold that Python can name."""
    gc.collect()
    tensors = [each for each in gc.get_objects() if type(each) in (torch.Tensor, torch.nn.Parameter)]
    return sum({each.untyped_storage()._cdata: each.untyped_storage().nbytes() for each in tensors}.values())


@pytest.mark.parametrize("method", MIXED, ids=["mixlora", "moelora", "lora", "dora"])
@pytest.mark.parametrize("diverges", [True, False], ids=["diverges", "is stopped"])
def test_that_the_memory_of_one_that_leaves_is_free_while_the_others_train_on(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, method: dict[str, Any], diverges: bool
) -> None:
    held: dict[int, int] = {}
    own: list[int] = []

    def note(run) -> None:
        own[:] = [sum(each.nbytes for each in run.model.parameters() if each.requires_grad)]
        _poison(run) if diverges else send_command(run.folder.db, Stop())

    for step in (1, 5):
        _after_step(monkeypatch, step, "run-1", lambda run: held.setdefault(run.step, _live_bytes()))
    _after_step(monkeypatch, 2, "run-0", note)
    group = made(tmp_path, tiny_model, [method, ROUTED | {"seed": 8}], **SIX)
    assert together(group) == [2 if diverges else 0, 0]
    assert 3 * own[0] > 2 * GENERATOR
    freed = held[1] - held[5]
    assert freed >= 3 * own[0] - GENERATOR, "its weights and both moments"


@pytest.mark.parametrize("command", [Pause(), Stop()])
def test_that_one_that_is_asked_to_leave_goes_on_alone_as_if_nothing_had_been(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, command: Pause | Stop
) -> None:
    left: list[tuple[str, int, int]] = []

    def leaves(folder: RunFolder, code: int) -> None:
        left.append((folder.id[-5:], code, len(events(group[1], "StepEnded"))))

    with in_float64(monkeypatch):
        group = made(tmp_path, tiny_model, MIXED[:2], **SIX)
        with monkeypatch.context() as patched:
            _after_step(patched, 3, "run-0", lambda run: send_command(run.folder.db, command))
            assert together(group, left=leaves) == [0, 0]
        assert read_state(group[0]).state == ("paused" if isinstance(command, Pause) else "stopped")
        assert left == [("run-0", 0, 2), ("run-1", 0, 6)], "it left before the other's third step was recorded"
        assert train(group[0]) == 0
        single = made(tmp_path, tiny_model, MIXED[:2], **SIX)
        assert [train(each) for each in single] == [0, 0]
    for mine, alone in zip(group, single, strict=True):
        found, wanted = curves(mine), curves(alone)
        assert found.keys() == wanted.keys()
        assert max(abs(found[key] - value) for key, value in wanted.items()) <= WITHIN


def test_that_a_fault_of_one_run_s_own_ends_that_one_alone(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(run) -> None:
        raise RuntimeError("a wheel came off")

    _after_step(monkeypatch, 2, "run-1", breaks)
    group = made(tmp_path, tiny_model, [ROUTED, ROUTED | {"seed": 8}], training__max_steps=3)
    assert together(group) == [0, 1]
    assert read_state(group[0]).state == "finished"
    assert "a wheel came off" in read_state(group[1]).reason


def test_that_another_base_is_refused_for_that_run_alone(tmp_path: Path, tiny_model: Path, monkeypatch) -> None:
    from tests.tiny import make_tiny_model

    other = make_tiny_model(tmp_path / "other")
    group = made(tmp_path, tiny_model, [ROUTED], training__max_steps=2) + made(
        tmp_path, other, [ROUTED], training__max_steps=2
    )
    assert together(group) == [0, 2]
    assert "is not that of the first" in read_state(group[1]).reason


def test_that_patience_ends_one_run_and_not_the_other(tmp_path: Path, tiny_model: Path) -> None:
    stubborn = ROUTED | {"training__patience": 1, "training__evaluate_every": 1, "training__learning_rate": 0.5}
    group = made(tmp_path, tiny_model, [stubborn, ROUTED], training__max_steps=6)
    assert together(group) == [0, 0]
    assert "ended early after step" in read_state(group[0]).reason
    assert len(events(group[1], "StepEnded")) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="workers are forked")
@pytest.mark.parametrize("call", [7, 8])  # in the recording of run 0's fourth step, and of run 1's, run 0's being saved
def test_that_runs_killed_together_continue_together_with_no_difference(
    tmp_path: Path, tiny_model: Path, workers, call: int
) -> None:
    unbroken = made(tmp_path, tiny_model, MIXED[:2], **SIX)
    assert not workers.run(unbroken[0], beside=unbroken[1:])
    group = made(tmp_path, tiny_model, MIXED[:2], **SIX)
    assert workers.run(group[0], {"at": "record", "call": call}, beside=group[1:])
    assert [read_state(each).state for each in group] == ["lost", "lost"]
    assert not workers.run(group[0], beside=group[1:])
    for mine, theirs in zip(group, unbroken, strict=True):
        assert_same_run(mine, theirs)


@pytest.mark.skipif(sys.platform == "win32", reason="workers are forked")
def test_that_one_of_the_killed_continues_alone_as_one_that_left_in_order(
    tmp_path: Path, tiny_model: Path, workers
) -> None:
    in_order = made(tmp_path, tiny_model, MIXED[:2], **SIX)
    assert not workers.run(in_order[0], {"at": "step", "call": 4, "do": "pause"}, beside=in_order[1:])
    assert not workers.run(in_order[0])
    group = made(tmp_path, tiny_model, MIXED[:2], **SIX)
    assert workers.run(group[0], {"at": "record", "call": 9}, beside=group[1:])
    assert not workers.run(group[0])
    assert_same_run(group[0], in_order[0])
