from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.units import count_text
from studio.hardware.machine import Device, Machine
from studio.ui.new_run.page import NewRunPage
from studio.ui.window import MainWindow

GIB = 1 << 30
CPU = Device("cpu", "A test's processor", 0, 16 * GIB, 12 * GIB, shares_system_memory=True)
MACHINE = Machine((CPU,), "A test's processor", 2, 2, 2, 16 * GIB, 12 * GIB, "Linux", "Linux 6", "3.11", None)

pytestmark = pytest.mark.skipif(places.demo_model() is None, reason="the demo's model is not installed")


@pytest.fixture
def page(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> NewRunPage:
    """The new-run page with the demo's model, planned for a machine of 16 GiB."""
    (tmp_path / "units.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    task = TaskTable(name="units", train=str(tmp_path / "units.jsonl"))
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(Recipe(name="a test", tasks=(task,))), encoding="utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert window.pages.new_run is not None
    window.pages.new_run.show_machine(MACHINE)
    return window.pages.new_run


def planned(qtbot: QtBot, page: NewRunPage, method: str) -> int:
    """Wait for the plan of this method; returns how many parameters it trains."""

    def is_there() -> bool:
        found = page._planned
        return found is not None and found.plan is not None and found.plan.recipe.method.name == method

    qtbot.waitUntil(is_there)
    assert page._planned is not None
    assert page._planned.trained is not None
    return page._planned.trained


def test_that_the_plan_always_says_how_many_parameters_are_trained(qtbot: QtBot, page: NewRunPage) -> None:
    trained = planned(qtbot, page, "mixlora")
    said = page.findChild(QLabel, "plan_trained").text().replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith(f"Trains {count_text(trained)} parameters (")
    assert not page.findChild(QPushButton, "match_parameters").isVisible(), "there is nothing to match it with"


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_that_a_click_gives_a_baseline_the_mixlora_recipes_parameters(
    qtbot: QtBot, page: NewRunPage, method: str
) -> None:
    wanted = planned(qtbot, page, "mixlora")
    page.form.set_fields({"method.name": method})
    before = planned(qtbot, page, method)
    button = page.findChild(QPushButton, "match_parameters")
    assert button.isVisible()
    assert button.text() == f"Match mixlora's {count_text(wanted)} parameters"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.trained != before)
    assert planned(qtbot, page, method) == pytest.approx(wanted, rel=0.01)
    assert not button.isVisible(), "a second click has nothing to do"
    assert page._draft is not None
    assert page._draft.recipe is not None
    assert page._draft.recipe.method.alpha / page._draft.recipe.method.rank == 2.0, "updates keep their scale"


def test_that_the_click_back_gives_mixlora_its_rank_again(qtbot: QtBot, page: NewRunPage) -> None:
    planned(qtbot, page, "mixlora")
    page.form.set_fields({"method.name": "lora"})
    before = planned(qtbot, page, "lora")
    button = page.findChild(QPushButton, "match_parameters")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.trained != before)
    planned(qtbot, page, "lora")
    page.form.set_fields({"method.name": "mixlora"})
    planned(qtbot, page, "mixlora")
    assert button.text().startswith("Match lora's ")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.form.values()["method"]["rank"] == 16
