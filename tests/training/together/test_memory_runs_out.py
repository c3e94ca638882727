"""Memory that runs out while several runs are computed together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.run.events import MemoryReduced
from studio.core.state.run_state import read_state
from studio.training import loop
from studio.training.active_run import ActiveRun
from studio.training.together.gradients import TogetherGradients
from tests.training.small_run import ROUNDING, curve, events
from tests.training.together.together_runs import ROUTED, made, together

COMMON = {"training__max_steps": 3, "training__evaluate_every": 100}


def _lacks(monkeypatch: pytest.MonkeyPatch, most: int, at: int) -> None:
    """Memory lacks from step `at` on where more than `most` rows of all runs are computed at once, after a backward."""
    compute = TogetherGradients.__call__

    def greedy(self: TogetherGradients, runs: Sequence[ActiveRun]) -> Any:
        figures = compute(self, runs)
        if sum(run.recovery.micro_batch for run in runs) > most and runs[0].step + 1 >= at:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return figures

    monkeypatch.setattr(TogetherGradients, "__call__", greedy)


def test_that_every_run_takes_fewer_rows_at_once_and_learns_the_same(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [ROUTED | {"method__dropout": 0}, ROUTED | {"method__dropout": 0, "seed": 8}]
    enough = made(tmp_path, tiny_model, kinds, **COMMON)
    assert together(enough) == [0, 0]
    with monkeypatch.context() as patched:
        _lacks(patched, most=3, at=2)
        less = made(tmp_path, tiny_model, kinds, **COMMON)
        assert together(less) == [0, 0]
    for mine, theirs in zip(less, enough, strict=True):
        reduced: list[MemoryReduced] = events(mine, "MemoryReduced")
        assert [(each.step, each.micro_batch) for each in reduced] == [(2, 1)]
        for step, value in curve(theirs).items():
            assert curve(mine)[step] == pytest.approx(value, rel=ROUNDING)


def test_that_where_nothing_is_left_to_give_up_one_run_leaves_and_the_other_has_its_room(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lacks(monkeypatch, most=1, at=2)
    small = ROUTED | {"training__micro_batch": 1, "training__checkpointing": True}
    group = made(tmp_path, tiny_model, [small, small | {"seed": 8}], **COMMON)
    assert together(group) == [0, 3]
    assert read_state(group[0]).state == "finished"
    gone = read_state(group[1])
    assert gone.state == "failed"
    assert [each.step for each in events(group[1], "CheckpointSaved")] == [1], "it can be resumed from there"


def test_that_one_that_cannot_even_be_put_back_leaves_and_the_other_takes_less(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lacks(monkeypatch, most=3, at=2)
    put_back = loop._Trained.undo

    def undo(self: loop._Trained) -> bool:
        if self.run.folder.id.endswith("run-0"):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 MiB.")
        return put_back(self)

    monkeypatch.setattr(loop._Trained, "undo", undo)
    group = made(tmp_path, tiny_model, [ROUTED, ROUTED | {"seed": 8}], **COMMON)
    assert together(group) == [3, 0]
    assert [read_state(each).state for each in group] == ["failed", "finished"]
