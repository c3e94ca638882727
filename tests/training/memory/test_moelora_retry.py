"""A MoELoRA step that ran out of memory is computed again as if it had not been: no vector is remembered twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.run.run_folder import RunFolder
from studio.methods.moelora import MoeLoraLinear
from studio.training.step import StepComputer
from tests.training.small_run import assert_same_run, curve, events, small_run, train

Place = Callable[[pytest.MonkeyPatch, Callable[[], None]], None]


def moelora(folder: Path, model: Path) -> RunFolder:
    """Four steps of four rows, two at a time, with dropout, whose contrast weighs so much that every vector tells."""
    method: dict[str, Any] = {"method__name": "moelora", "method__rank": 8, "method__contrastive": 0.5}
    return small_run(folder, model, training__max_steps=4, **method)


def within_a_forward(patch: pytest.MonkeyPatch, reached: Callable[[], None]) -> None:
    forward = MoeLoraLinear.forward

    def counted(self: MoeLoraLinear, x: torch.Tensor, *rest: Any, **others: Any) -> torch.Tensor:
        if self.training and self.depth == 5:
            reached()
        return forward(self, x, *rest, **others)

    patch.setattr(MoeLoraLinear, "forward", counted)


def between_forward_and_backward(patch: pytest.MonkeyPatch, reached: Callable[[], None]) -> None:
    backward = torch.Tensor.backward

    def counted(self: torch.Tensor, *rest: Any, **others: Any) -> None:
        reached()
        backward(self, *rest, **others)

    patch.setattr(torch.Tensor, "backward", counted)


def after_a_backward(patch: pytest.MonkeyPatch, reached: Callable[[], None]) -> None:
    backward = torch.Tensor.backward

    def counted(self: torch.Tensor, *rest: Any, **others: Any) -> None:
        backward(self, *rest, **others)
        reached()

    patch.setattr(torch.Tensor, "backward", counted)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    """The run that never ran out: it computes one row at a time from its second step on."""
    folder = moelora(tmp_path_factory.mktemp("expected"), tiny_model)
    compute = StepComputer.__call__

    def smaller(self: StepComputer, step: int, micro_batch: int) -> Any:
        return compute(self, step, micro_batch if step == 0 else 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StepComputer, "__call__", smaller)
        assert train(folder) == 0
    return folder


@pytest.mark.parametrize(
    ("place", "micro_batches_before"),
    [(within_a_forward, 0), (within_a_forward, 1), (between_forward_and_backward, 1), (after_a_backward, 1)],
)
def test_that_a_step_computed_again_remembers_each_vector_once(
    tmp_path: Path,
    tiny_model: Path,
    expected: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
    place: Place,
    micro_batches_before: int,
) -> None:
    compute = StepComputer.__call__
    at, times = -1, 0

    def watched(self: StepComputer, step: int, micro_batch: int) -> Any:
        nonlocal at
        at = step
        return compute(self, step, micro_batch)

    def reached() -> None:
        nonlocal times
        if at == 1:
            times += 1
            if times == 1 + micro_batches_before:
                raise torch.OutOfMemoryError("CUDA out of memory.")

    folder = moelora(tmp_path, tiny_model)
    with monkeypatch.context() as patch:
        patch.setattr(StepComputer, "__call__", watched)
        place(patch, reached)
        assert train(folder) == 0
    assert [(event.step, event.micro_batch) for event in events(folder, "MemoryReduced")] == [(2, 1)]
    assert times == 1 + micro_batches_before + 4
    assert curve(folder, "contrastive_floor")[4] > curve(folder, "contrastive_floor")[2] > 0
    assert_same_run(folder, expected)
