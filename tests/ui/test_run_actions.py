"""A run is created only where it can also be started or queued."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from studio.core.problem import Problem
from studio.core.recipe.recipe import MachineTable, Recipe, TaskTable
from studio.hardware import detect
from studio.hardware.machine import Machine
from studio.ui.run_actions import RunActions


class Refuses:
    """A queue that nothing should reach."""

    def start(self, *asked: Any) -> None:
        pytest.fail("it was started")

    wait = start


@pytest.fixture(scope="module")
def machine() -> Machine:
    return detect()


@pytest.mark.parametrize("asked", ["start_new", "queue_new"])
def test_that_a_recipe_for_a_card_that_is_not_here_leaves_no_run_behind(
    asked: str, qapp: object, tmp_path: Path, machine: Machine
) -> None:
    elsewhere = "cuda:7"
    assert machine.device(elsewhere) is None
    actions = RunActions(cast(Any, Refuses()), tmp_path / "runs")
    actions.machine = machine
    problems: list[Problem] = []
    actions.failed.connect(problems.append)
    getattr(actions, asked)(recipe(device=elsewhere))
    assert [problem.where for problem in problems] == ["machine.device"]
    assert not (tmp_path / "runs").exists()


def test_that_queueing_before_the_hardware_check_leaves_no_run_behind(qapp: object, tmp_path: Path) -> None:
    actions = RunActions(cast(Any, Refuses()), tmp_path / "runs")
    problems: list[Problem] = []
    actions.failed.connect(problems.append)
    actions.queue_new(recipe())
    assert "hardware check" in problems[0].what
    assert not (tmp_path / "runs").exists()


def recipe(device: str = "auto") -> Recipe:
    return Recipe(tasks=(TaskTable(name="sums", train="sums.jsonl"),), machine=MachineTable(device=device))
