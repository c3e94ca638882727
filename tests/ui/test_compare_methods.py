"""Comparing methods by mouse: chosen in a dialog, planned there, queued as a group that opens in the comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.queue.queue import read_queue
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.run_folder import list_runs
from studio.core.state.comparison import group_of
from studio.planner.compared_recipes import recipes_to_compare
from studio.planner.equal_parameters import trainable_parameters
from studio.planner.model_source import model_shape
from studio.ui.dialogs.compare import CompareDialog
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run, start_no_worker
from tests.tiny import make_tiny_model

Open = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    model = make_tiny_model(tmp_path / "modèle")
    (tmp_path / "units.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    task = TaskTable(name="units", train=str(tmp_path / "units.jsonl"))
    method = {"name": "mixlora", "experts": 4, "rank": 4, "top_k": 2}
    values = {"name": "my data", "seed": 3, "model": {"source": str(model)}, "tasks": [task.model_dump()]}
    return Recipe.model_validate(values | {"method": method, "training": {"max_steps": 4}})


@pytest.fixture
def window(
    qtbot: QtBot, open_window: Open, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """A window on the recipe, with the machine known and no worker to start."""
    start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker", "studio.ui.queue.control.start_worker")
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(recipe), encoding="utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.dialogs.machine is not None)
    return window


def opened(qtbot: QtBot, window: MainWindow, press: QPushButton) -> CompareDialog:
    """The dialog, planned."""
    qtbot.waitUntil(press.isEnabled)
    qtbot.mouseClick(press, LEFT)
    qtbot.waitUntil(lambda: window.dialogs.compare is not None)
    dialog = window.dialogs.compare
    assert dialog is not None
    qtbot.waitUntil(lambda: len(dialog._found) == 4)
    return dialog


def find(window: MainWindow, name: str) -> QPushButton:
    found = window.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    return found


def test_that_methods_are_chosen_planned_and_queued_as_a_group_that_opens_in_the_comparison(
    qtbot: QtBot, window: MainWindow, runs: Path, recipe: Recipe
) -> None:
    dialog = opened(qtbot, window, find(window, "compare_methods"))
    trained = {name: each.trained for name, each in dialog._found.items()}
    wanted = trainable_parameters(model_shape(recipe.model), recipe.method)
    assert trained["mixlora"] == wanted
    assert trained["lora"] == pytest.approx(wanted, rel=0.1)  # ranks are whole numbers, and this model is tiny
    said = dialog.lines["lora"][2].text()
    assert "B" in said, "the memory of each method is planned"
    for name in ("moelora", "dora"):
        qtbot.mouseClick(dialog.findChild(QCheckBox, f"compare_{name}"), LEFT)
    dialog.seeds.setValue(2)
    assert dialog.go.text() == "Queue 4 runs"
    assert dialog.said.text().startswith("2 methods, 2 seeds: 4 runs")
    qtbot.mouseClick(dialog.go, LEFT)

    page = window.pages
    qtbot.waitUntil(lambda: page.comparison is not None and page.currentWidget() is page.comparison)
    assert page.comparison is not None
    assert page.comparison.group.currentData() == "my data"
    qtbot.waitUntil(lambda: len(page.comparison.variants) == 2)  # type: ignore[union-attr]
    made = {folder.recipe().name: folder for folder in list_runs(runs)}
    same = recipes_to_compare(recipe, ["mixlora", "lora"], 2, same_rank=False)
    assert {name: folder.recipe() for name, folder in made.items()} == {each.name: each for each in same}
    assert [entry.run for entry in read_queue().entries] == [made[each.name].path for each in same], "in their order"
    # The list knows them now, and they are still what is shown.
    qtbot.waitUntil(lambda: len(page.summaries) == 4)
    assert page.comparison.group.currentData() == "my data"
    assert page.comparison.group.count() == 1


def test_that_without_equal_parameters_the_rank_stays_and_nothing_is_queued_before_two_runs_are_chosen(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    dialog = opened(qtbot, window, find(window, "compare_methods"))
    assert dialog._found["lora"].recipe.method.rank != 4  # type: ignore[union-attr]
    dialog.equal.click()
    assert not dialog.go.isEnabled(), "what was planned is not what would be trained"
    qtbot.waitUntil(lambda: len(dialog._found) == 4)
    assert {each.recipe.method.rank for each in dialog._found.values() if each.recipe is not None} == {4}
    for box in dialog.boxes.values():
        box.setChecked(box.objectName() == "compare_dora")
    assert not dialog.go.isEnabled()
    assert dialog.said.text() == "Choose two methods or more, or several seeds of one."
    qtbot.mouseClick(dialog.leave_it, LEFT)
    assert list_runs(runs) == []


def test_that_a_method_that_the_recipe_does_not_allow_says_why_and_is_not_trained(
    qtbot: QtBot, window: MainWindow, recipe: Recipe
) -> None:
    # Of rank 1, moelora has none for its experts to share.
    narrow = recipe.method.model_copy(update={"rank": 1, "name": "lora"})
    window.dialogs.show_comparing(recipe.model_copy(update={"method": narrow}))
    qtbot.waitUntil(lambda: window.dialogs.compare is not None)
    dialog = window.dialogs.compare
    assert dialog is not None
    qtbot.mouseClick(dialog.equal, LEFT)
    qtbot.waitUntil(lambda: len(dialog._found) == 4)
    assert dialog._found["moelora"].recipe is None
    assert not dialog.boxes["moelora"].isEnabled()
    assert dialog.lines["moelora"][2].text() == dialog._found["moelora"].why_not
    assert "moelora" not in [each.name for each in dialog._chosen()]
    dialog.close()


def test_that_a_second_comparison_of_a_run_of_the_first_has_a_name_of_its_own(
    qtbot: QtBot, open_window: Open, runs: Path
) -> None:
    for method in ("mixlora", "lora"):
        make_fake_run(runs, name=f"my data {method} seed 3", method=method, steps=2)
    window = open_window()
    qtbot.waitUntil(lambda: len(window.pages.summaries) == 2)
    window.pages.show_run(window.pages.summaries[0].folder)
    asked: list[Recipe] = []
    window.pages.compare_wanted.disconnect(window.dialogs.show_comparing)
    window.pages.compare_wanted.connect(asked.append)
    assert window.pages.run is not None
    window.pages.run.tabs.setCurrentIndex(4)
    qtbot.mouseClick(window.pages.run.recipe.compare, LEFT)
    qtbot.waitUntil(lambda: bool(asked))
    assert [each.name for each in asked] == ["my data (2)"]
    assert group_of(recipes_named(asked[0])[0]) == "my data (2)"


def recipes_named(recipe: Recipe) -> list[str]:
    from studio.planner.compared_recipes import seeded

    return [each.name for each in seeded(recipe, [recipe], 1)]
