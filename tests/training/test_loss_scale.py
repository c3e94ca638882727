"""float16: its gradients against float32's, an overflow that costs no row, and the factor in a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from studio.core.run.commands import Pause
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, list_checkpoints
from studio.training import loss_scale
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.state import VALUES
from studio.training.loss_scale import LEAST, LossScale
from tests.training.small_run import assert_same_run, curve, events, small_run, train
from tests.training.test_faults import at_step

STEPS = 6


def run_with(folder: Path, model: Path, precision: str, **changes: Any) -> RunFolder:
    folder.mkdir()
    made = small_run(folder, model, model__precision=precision, training__max_steps=STEPS, **changes)
    assert train(made) == 0
    return made


def losses(folder: RunFolder) -> list[float]:
    return list(curve(folder).values())


def test_that_a_factor_is_undone_exactly() -> None:
    weight = nn.Parameter(torch.randn(5, dtype=torch.float32, generator=torch.Generator().manual_seed(0)))
    scale = LossScale()
    (weight.pow(3).sum()).backward()
    plain, weight.grad = weight.grad, None
    scale(weight.pow(3).sum()).backward()
    scale.unscale([weight])
    assert torch.equal(plain, weight.grad)


def test_that_the_factor_grows_after_many_sound_steps_and_stops_at_its_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss_scale, "GROWS_AFTER", 3)
    scale = LossScale(value=4.0)
    for _ in range(3):
        scale.note_sound()
    assert (scale.value, scale.sound) == (8.0, 0)
    while scale.lower():
        pass
    assert scale.value == LEAST


def test_that_a_run_in_float16_learns_what_float32_learns(tmp_path: Path, tiny_model: Path) -> None:
    half = run_with(tmp_path / "half", tiny_model, "fp16", method__dropout=0.0)
    whole = run_with(tmp_path / "whole", tiny_model, "fp32", method__dropout=0.0)
    assert [event.precision for event in events(half, "ModelReady")] == ["fp16"]
    # float16 has 11 significant bits, and a loss adds up many products.
    assert losses(half) == pytest.approx(losses(whole), rel=5e-3)
    assert losses(half) != losses(whole)
    trained = load_file(half.adapter / "adapter_model.safetensors")
    assert all(value.dtype == torch.float32 for value in trained.values())


def overflowing(monkeypatch: pytest.MonkeyPatch, step: int, times: int) -> None:
    """Let the gradient of the step after `step` overflow, as often as it is told; not the probe's."""
    left = [times]
    clip = ActiveRun.clip_gradients

    def clipped(run: ActiveRun) -> float:
        if run.step == step and left[0]:
            left[0] -= 1
            next(each for each in run.model.parameters() if each.grad is not None).grad.fill_(float("inf"))
        return clip(run)

    monkeypatch.setattr(ActiveRun, "clip_gradients", clipped)


def kept_factor(folder: RunFolder) -> float:
    newest = list_checkpoints(folder.checkpoints)[-1]
    return float(json.loads((newest / VALUES).read_text(encoding="utf-8"))["progress"]["loss_scale"]["value"])


def test_that_an_overflow_costs_no_row_and_no_step(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unbroken = run_with(tmp_path / "unbroken", tiny_model, "fp16")
    with monkeypatch.context() as patched:
        overflowing(patched, step=3, times=2)
        broken = run_with(tmp_path / "broken", tiny_model, "fp16")
    # The same rows, the same dropout, and a factor that is a power of two: the same numbers but for underflow.
    assert losses(broken) == pytest.approx(losses(unbroken), rel=1e-5)
    assert capsys.readouterr().out.count("step 4: a float16 gradient overflowed") == 2
    assert kept_factor(broken) == loss_scale.FIRST / 4


def test_that_a_resumed_run_goes_on_with_its_factor(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        overflowing(patched, step=1, times=3)
        unbroken = run_with(tmp_path / "unbroken", tiny_model, "fp16")
    (tmp_path / "paused").mkdir()
    folder = small_run(tmp_path / "paused", tiny_model, model__precision="fp16", training__max_steps=STEPS)
    with monkeypatch.context() as patched:
        overflowing(patched, step=1, times=3)
        at_step(patched, 4, lambda: send_command(folder.db, Pause()))
        assert train(folder) == 0
    assert kept_factor(folder) == loss_scale.FIRST / 8
    assert train(folder) == 0
    assert_same_run(folder, unbroken)


def test_that_a_gradient_which_never_fits_is_a_problem(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overflowing(monkeypatch, step=2, times=1000)
    folder = tmp_path / "never"
    folder.mkdir()
    made = small_run(folder, tiny_model, model__precision="fp16", training__max_steps=STEPS)
    assert train(made) != 0
    (ended,) = events(made, "RunEnded")
    assert "the gradient is not a finite number" in ended.reason
