"""The expected time of a run: from this machine's own runs where there are any, else said to be rough."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core import places, silent_drive
from studio.core.recipe.recipe import Recipe
from studio.core.run.events import StepEnded
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import create_run
from studio.hardware.machine import Machine
from studio.planner import alternatives, model_shape
from studio.planner.past_speed import past_speeds
from studio.planner.pins import with_value
from studio.planner.speed_estimate import tokens_per_second
from tests.planner.machines import SMALL, config_folder, forget_shapes, machine, recipe
from tests.slow_disk import silent_disk


@pytest.fixture
def asked(tmp_path: Path) -> Recipe:
    return recipe(config_folder(tmp_path / "small", SMALL), training={"max_steps": 10})


def _trained(asked: Recipe, on: Machine, slower: float, steps: int = 5, name: str | None = None) -> None:
    """A run on record that took `slower` times as long as the arithmetic expects."""
    (first, *_) = alternatives(asked, on)
    chosen = first.plan.recipe
    device = on.best_device
    pace = slower / tokens_per_second(chosen, model_shape(chosen.model), device)
    run = create_run(chosen, places.runs())
    training = chosen.training
    run.write_provenance(
        {
            "device": {"name": name or device.name},
            "decided": {
                "precision": chosen.model.precision,
                "optimizer": training.optimizer,
                "checkpointing": training.checkpointing,
                "micro_batch": training.micro_batch,
            },
        }
    )
    with RunWriter(run.db) as writer:
        for step in range(1, steps + 1):
            writer.write(StepEnded(step=step, total_steps=steps, epoch=0.0, loss=1.0, seconds=100 * pace, tokens=100))


def test_that_without_past_runs_the_time_is_said_to_be_rough(asked: Recipe) -> None:
    assert all("rough estimate" in answer.basis for answer in alternatives(asked, machine()))


@pytest.mark.parametrize("silent", ["runs", "the model of a run"])
def test_that_no_plan_waits_for_past_runs_whose_drive_never_answers(
    asked: Recipe, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _trained(asked, machine(), 3.0)
    forget_shapes()
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 0.2)
    disk = silent_disk(monkeypatch, places.runs() if silent == "runs" else Path(asked.model.source))
    assert past_speeds(machine().best_device)("mixlora", "bf16", False).runs == 0
    assert disk.waiting == 1
    disk.answer()


def test_that_past_runs_on_the_device_set_the_expected_time(asked: Recipe) -> None:
    before = alternatives(asked, machine())
    _trained(asked, machine(), 3.0)
    after = alternatives(asked, machine())
    for one, other in zip(before, after, strict=True):
        assert one.seconds is not None
        assert other.seconds == pytest.approx(3 * one.seconds)
        assert other.tokens_per_second == pytest.approx(one.tokens_per_second / 3)
        assert "last run on this device" in other.basis


def test_that_runs_on_other_devices_and_runs_too_short_or_broken_teach_nothing(asked: Recipe) -> None:
    _trained(asked, machine(), 3.0, name="another card")
    _trained(asked, machine(), 3.0, steps=2)
    broken = create_run(asked, places.runs())
    broken.provenance_file.write_text("[]", encoding="utf-8")
    assert past_speeds(machine().best_device)("mixlora", "bf16", False).runs == 0


def test_that_the_fastest_offer_is_the_one_that_past_runs_say_is_fastest(asked: Recipe) -> None:
    for precision, slower in (("bf16", 5.0), ("nf4", 1.0)):
        _trained(with_value(asked, "model.precision", precision), machine(), slower)
    offers = {offer.label: offer for offer in alternatives(asked, machine())}
    assert offers["fastest"].plan.recipe.model.precision != "bf16"
    assert offers["fastest"].seconds == min(offer.seconds for offer in offers.values())
