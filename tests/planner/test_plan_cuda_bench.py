"""The command that measures the plan on a card, as far as a machine without one can run it: tiny shapes on the CPU."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.hardware.machine import GIB
from studio.planner.shape import shape_of_model
from studio.planner.weights import weight_bytes
from tests.bench import bench_plan_cuda
from tests.bench.bench_plan_cuda import SHAPES, TINY, Configuration, Row, configurations, run
from tests.bench.random_bases import random_base
from tests.planner.machines import machine, processor_only
from tests.planner.real_step import frozen_bytes


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8", "nf4"])
@pytest.mark.parametrize("name", ["llama-3-8b", "qwen3-4b"])
def test_that_a_random_base_holds_the_bytes_that_the_plan_counts(name: str, precision: str) -> None:
    # Wide enough for whole blocks of 4-bit weights.
    config = SHAPES[name] | TINY | {"hidden_size": 64, "intermediate_size": 128, "head_dim": 16}
    model = random_base(config, precision, torch.device("cpu"))
    assert frozen_bytes(model) == weight_bytes(shape_of_model(config), precision, "cpu")


def test_that_more_than_twenty_configurations_cover_every_budget_shape_precision_and_method() -> None:
    asked = configurations()
    assert len(set(asked)) == len(asked) >= 24
    assert {each.gib for each in asked} == {8, 12, 16, 24}
    assert {each.shape for each in asked} == set(SHAPES)
    assert {each.precision for each in asked} == {"fp32", "bf16", "int8", "nf4"}
    assert {each.method for each in asked} == {"mixlora", "moelora", "lora", "dora"}


def _row(asked: Configuration, seconds: float, measured: int = GIB, ran_out: str = "") -> Row:
    return Row(asked, True, 2, False, "adamw", GIB, measured, measured, 0, ran_out, seconds, {})


def test_that_what_the_time_does_not_suffice_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 100))
    monkeypatch.setattr(bench_plan_cuda.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(bench_plan_cuda, "measure", lambda asked, device, tiny: _row(asked, 100.0))
    found = run(configurations(), processor_only().cpu_device, 540, tiny=False)
    assert 0 < found["configurations"] < len(configurations())
    assert found["configurations"] + len(found["left_out"]) == len(configurations())


def test_that_a_plan_that_fits_and_ran_out_is_told_and_left_out_of_the_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    few = configurations()[:3]
    rows = iter([_row(few[0], 1.0), _row(few[1], 1.0, GIB * 100 // 102), _row(few[2], 1.0, 5, ran_out="out of memory")])
    monkeypatch.setattr(bench_plan_cuda, "measure", lambda asked, device, tiny: next(rows))
    found = run(few, processor_only().cpu_device, 540, tiny=False)
    assert [line["shape"] for line in found["ran_out_though_it_fits"]] == [few[2].shape]
    assert found["worst_error"] == pytest.approx(0.02, abs=1e-6)
    assert found["median_error"] == pytest.approx(0.01, abs=1e-6)


def test_that_without_a_card_it_says_that_nothing_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_plan_cuda, "detect", lambda: machine(usable=False, why_not="a CPU build."))
    monkeypatch.setattr(sys, "argv", ["bench_plan_cuda"])
    with pytest.raises(SystemExit, match="not measured"):
        bench_plan_cuda.main()


def test_that_one_configuration_trains_its_two_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = _command(monkeypatch, tmp_path, [Configuration("qwen3-4b", "nf4", 8, rank=4, length=21, experts=4)])
    assert said["configurations"] == 1


@pytest.mark.slow
def test_that_every_kind_of_configuration_trains_its_two_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = bench_plan_cuda.tiny_configurations()
    assert {(each.precision, each.method) for each in asked} == {
        (each.precision, each.method) for each in configurations()
    }
    assert _command(monkeypatch, tmp_path, asked)["configurations"] == len(asked)


def _command(monkeypatch: pytest.MonkeyPatch, folder: Path, asked: list[Configuration]) -> dict[str, Any]:
    """Run the command itself over `asked` and return its JSON, after looking at what no machine may get wrong."""
    file = folder / "found.json"
    monkeypatch.setattr(bench_plan_cuda, "tiny_configurations", lambda: asked)
    monkeypatch.setattr(sys, "argv", ["bench_plan_cuda", "--device", "cpu", "--tiny", "--json", str(file)])
    bench_plan_cuda.main()
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert found["left_out"] == []
    for row in found["rows"]:
        assert row["fits"]
        assert row["ran_out"] == ""
        assert row["measured"] > 0
        assert row["items"]["optimizer"] > 0
    return found
