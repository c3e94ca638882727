"""The file that says which sweep a run belongs to: what is written is read, and what others wrote there is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.run.run_group import GROUP, RunGroup, read_group, write_group

RATE = "training.learning_rate"
TOLD = (({RATE: 1e-4, "method.targets": ["q_proj"]}, 0.25), ({RATE: 2e-4}, None))


@pytest.mark.parametrize("told", [(), TOLD], ids=["an ordinary sweep", "proposals"])
def test_that_a_group_is_read_as_it_was_written(tmp_path: Path, told: Any) -> None:
    group = RunGroup("20261130-1200-demo", "demo", {RATE: 3e-4, "seed": 2}, told)
    write_group(tmp_path, group)
    assert read_group(tmp_path) == group


@pytest.mark.parametrize(
    "told",
    [
        "all",
        {"0": [{}, 1.0]},
        [[{"seed": 1}]],
        [[{"seed": 1}, "good"]],
        [[{"seed": 1}, True]],
        [[{"seed": {"low": 1}}, 0.5]],
        [[{"seed": 1}, 0.5], ["seed", 0.5]],
        [[{"seed": 1}, float("inf")]],
    ],
)
def test_that_what_no_sweep_told_is_left_out_and_the_run_stays_in_its_group(tmp_path: Path, told: Any) -> None:
    (tmp_path / GROUP).write_text(json.dumps({"id": "a", "name": "demo", "values": {"seed": 1}, "told": told}), "utf-8")
    assert read_group(tmp_path) == RunGroup("a", "demo", {"seed": 1})
