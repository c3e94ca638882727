"""A run is created only where it can also be started or queued, and reported in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, QUrl, Signal
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.run.run_folder import RunFolder
from studio.hardware import detect
from studio.hardware.machine import Machine
from studio.ui import desktop
from studio.ui.run_actions import RunActions
from tests.fake_run import make_fake_run


class Refuses(QObject):
    """A queue that nothing should reach."""

    group_queued = Signal(str, object)

    def begin(self, *asked: Any, **how: Any) -> None:
        pytest.fail("it was begun")


@pytest.fixture(scope="module")
def machine() -> Machine:
    return detect()


@pytest.mark.parametrize("asked", ["start_new", "queue_new"])
def test_that_a_recipe_for_a_card_that_is_not_here_leaves_no_run_behind(
    asked: str, qapp: object, tmp_path: Path, machine: Machine
) -> None:
    elsewhere = "cuda:7"
    assert machine.device(elsewhere) is None
    runs = tmp_path / "runs"
    runs.mkdir()
    actions = RunActions(cast(Any, Refuses()), runs)
    actions.machine = machine
    problems: list[Problem] = []
    actions.failed.connect(problems.append)
    getattr(actions, asked)(recipe(device=elsewhere))
    assert [problem.where for problem in problems] == ["machine.device"]
    assert list(runs.iterdir()) == []


def test_that_queueing_before_the_hardware_check_leaves_no_run_behind(qapp: object, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    actions = RunActions(cast(Any, Refuses()), runs)
    problems: list[Problem] = []
    actions.failed.connect(problems.append)
    actions.queue_new(recipe())
    assert "hardware check" in problems[0].what
    assert list(runs.iterdir()) == []


def recipe(device: str = "auto") -> Recipe:
    return Recipe(tasks=(TaskTable(name="sums", train="sums.jsonl"),), machine=MachineTable(device=device))


@pytest.mark.parametrize("opens", [True, False])
def test_that_a_report_is_written_and_opened_without_holding_the_window(
    opens: bool, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def open_url(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return opens

    monkeypatch.setattr(desktop.QDesktopServices, "openUrl", open_url)
    folder = make_fake_run(tmp_path / "Läufe", steps=3)
    actions = RunActions(cast(Any, Refuses()), tmp_path / "Läufe")
    problems: list[Problem] = []
    actions.failed.connect(problems.append)
    actions.report(folder)
    actions.report(folder)
    qtbot.waitUntil(lambda: bool(shown))
    actions.report(RunFolder(tmp_path / "no run"))
    qtbot.waitUntil(lambda: len(problems) > (not opens))
    actions.finish()
    actions.finish()  # a window may be closed twice
    actions.report(folder)
    assert [Path(each) for each in shown] == [folder.path / "report.html"]
    assert [problem.where for problem in problems[:-1]] == ([] if opens else [str(folder.path / "report.html")])
    assert (folder.path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
