"""The way from a model to an export: always in sight, it says where one is and what is missing, and leads there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.ui.controls.path_bar import TITLES, StageName
from studio.ui.new_run.page import NewRunPage
from studio.ui.run.path import stages_of
from studio.ui.runs.summary import RunGlance
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST
from tests.fake_run import FakeRun, make_fake_run
from tests.ui.conftest import LETTERS

Open = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A sound recipe, but that its model is not there."""
    (tmp_path / "units.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    task = TaskTable(name="units", train=str(tmp_path / "units.jsonl"))
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(Recipe(name="a test", tasks=(task,))), encoding="utf-8")
    return file


def marks(window: MainWindow) -> dict[str, str]:
    return {name: each.stage.mark for name, each in window.path.stages.items()}


def current(window: MainWindow) -> list[str]:
    return [name for name, each in window.path.stages.items() if each.current]


def reachable(window: MainWindow) -> list[str]:
    return [name for name, each in window.path.stages.items() if each.isEnabled()]


def go(qtbot: QtBot, window: MainWindow, name: StageName) -> None:
    qtbot.mouseClick(window.path.stages[name], LEFT)


def form_of(qtbot: QtBot, window: MainWindow) -> NewRunPage:
    qtbot.waitUntil(lambda: window.pages.new_run is not None and window.pages.new_run._draft is not None)
    assert window.pages.new_run is not None
    return window.pages.new_run


def test_that_a_new_run_s_stages_say_what_is_missing_and_lead_to_it_by_mouse_and_keys(
    qtbot: QtBot, open_window: Open, recipe: Path
) -> None:
    window = open_window(recipe, size=(1000, 640))
    page = form_of(qtbot, window)
    page.form.rows["training.batch_size"].editor.set_value(16)
    qtbot.waitUntil(lambda: marks(window)["tasks"] == "done")
    assert reachable(window)[:4] == ["model", "tasks", "plan", "train"]
    assert "Train this run first" in window.path.stages["try"].toolTip()
    # The task's file is away: its stage says so, leads to it, and nothing is trained before.
    (recipe.parent / "units.jsonl").unlink()
    page.form.changed.emit()
    qtbot.waitUntil(lambda: marks(window)["tasks"] == "lacking")
    tasks = window.path.stages["tasks"]
    assert "units.jsonl does not exist" in tasks.toolTip()
    assert "something is missing" in tasks.accessibleName()
    assert reachable(window) == ["model", "tasks", "plan"]
    assert window.path.stages["train"].toolTip() == "What is marked comes first."
    assert current(window) == ["tasks"], "where something is to be done"
    for name, card in (("plan", page.form.quality), ("model", page.form.model), ("tasks", page.form.tasks)):
        go(qtbot, window, name)  # type: ignore[arg-type]
        assert current(window) == [name]
        focused = QApplication.focusWidget()
        assert focused is not None
        assert card.isAncestorOf(focused), name
        assert not card.visibleRegion().isEmpty(), name
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: current(window) == ["model"])  # Qt shows the press for a moment first
    # The keyboard goes from one to the next, and Return goes there.
    window.path.stages["model"].setFocus()
    qtbot.keyClick(window.path.stages["model"], Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.path.stages["tasks"]
    qtbot.keyClick(window.path.stages["tasks"], Qt.Key.Key_Return)
    assert current(window) == ["tasks"]


def test_that_before_anything_is_chosen_only_the_first_stage_can_be_gone_to(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert reachable(window) == ["model"]
    assert current(window) == ["model"]
    assert all(window.path.stages[name].toolTip().startswith("Choose first") for name in ("tasks", "plan", "export"))


def test_that_a_run_s_stages_lead_to_its_parts_and_to_its_export(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    folder = make_fake_run(runs, steps=20)
    window = open_window()
    window.pages.show_run(folder)
    qtbot.waitUntil(window.path.stages["export"].isEnabled)
    assert marks(window) == dict(zip(TITLES, ["done"] * 4 + ["open"] * 2, strict=True))
    assert current(window) == ["train"]
    assert [name for name, each in window.path.stages.items() if each.next] == ["try"]
    page = window.pages.run
    assert page is not None
    for name, tab in (("tasks", "Recipe"), ("model", "Recipe"), ("plan", "Memory"), ("train", "Live")):
        go(qtbot, window, name)  # type: ignore[arg-type]
        assert page.tabs.tabText(page.tabs.currentIndex()) == tab
        assert current(window) == [name]
    go(qtbot, window, "tasks")
    text = page.recipe.pane
    qtbot.waitUntil(lambda: page.recipe.text is not None)
    assert text.toPlainText()[text.textCursor().position() :].startswith("[[tasks]]")
    page.tabs.setCurrentIndex(2)
    assert current(window) == ["plan"], "a tab is a place on the way, too"
    go(qtbot, window, "export")
    dialog = window.dialogs.export
    assert dialog is not None
    assert dialog.isVisible()
    dialog.close()
    # A comparison is on no run's way: what can be begun there is a new one.
    window.pages.show_comparison(())
    assert current(window) == []
    assert reachable(window) == ["model", "tasks", "plan"]
    go(qtbot, window, "model")
    assert window.pages.currentWidget() is window.pages.new_run


def test_that_export_is_offered_where_an_adapter_lies_and_nowhere_else(runs: Path) -> None:
    with FakeRun(runs) as run:
        glance = RunGlance(run.folder)

        def offered() -> bool:
            return stages_of(glance.look())[5].open

        run.start().end("stopped")
        shutil.rmtree(run.folder.adapter)  # stopped before its first step, it wrote none
        assert not offered()
        assert "no adapter yet" in stages_of(glance.look())[5].why
        run.start().train(5).end("stopped")
        assert offered()
        run.start().train(1).end("failed")
        assert offered(), "the adapter of before still lies there"
        assert stages_of(glance.look())[3].mark == "lacking"
        run.start().train(1)
        assert not offered(), "it is about to be replaced"
        assert stages_of(glance.look())[3].mark == "busy"


def test_that_a_run_is_tried_by_what_its_summary_says_without_a_look_at_the_disk(runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(5)
        glance = RunGlance(run.folder)
        assert not stages_of(glance.look())[4].open
        run.checkpoint().end("failed")
        summary = glance.look()
        assert stages_of(summary)[4].open
        shutil.rmtree(run.folder.checkpoints)
        assert stages_of(summary)[4].open, "the page looked at the disk"
        shutil.rmtree(run.folder.adapter, ignore_errors=True)
        assert not stages_of(glance.look())[4].open, "the next look at a run that has ended sees what is gone"


@pytest.mark.parametrize("letters", LETTERS)
def test_that_the_whole_way_is_in_sight_in_the_smallest_window(
    open_window: Open, set_in: Callable[[str], None], letters: str
) -> None:
    set_in(letters)
    window = open_window(size=(LEAST.width(), LEAST.height()))
    before = 0
    for each in window.path.stages.values():
        assert each.x() >= before
        before = each.geometry().right()
        if letters != "wide":
            assert each.width() >= each.sizeHint().width(), f"{each.text()} is cut"
    assert before < window.path.width()
