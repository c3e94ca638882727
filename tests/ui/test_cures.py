"""One click on a problem's button puts it right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.problem import Problem
from studio.core.recipe.recipe_file import load_recipe
from studio.ui.controls.widgets import Button
from studio.ui.new_run.cures import Cure, found_cures
from studio.ui.new_run.draft import read_draft, values_of
from studio.ui.new_run.page import NewRunPage
from studio.ui.new_run.problem_field import field_of
from studio.ui.new_run.problems_panel import ProblemsPanel
from studio.ui.window import MainWindow
from tests.ui.conftest import page_of

Open = Callable[..., MainWindow]


def demo_values() -> dict[str, dict[str, object]]:
    return values_of(load_recipe(places.demo_recipe()))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("table", "name", "wrong", "label"),
    [
        ("method", "top_k", 12, "Use 8"),  # of eight experts
        ("training", "batch_size", 0, "Use 1"),
        ("training", "learning_rate", 30.0, "Use 0.0002"),
        ("model", "precision", "fp23", "Use fp32"),
        ("machine", "processes", 10**6, "Use 1"),
    ],
)
def test_that_a_value_that_will_do_is_offered_and_leaves_no_fault(
    table: str, name: str, wrong: object, label: str
) -> None:
    values = demo_values()
    values[table][name] = wrong
    draft = read_draft(values)
    assert [field_of(each) for each in draft.problems] == [f"{table}.{name}"]
    cure = draft.cures[f"{table}.{name}"]
    assert cure.label == label
    values[table][name] = cure.value
    assert read_draft(values).problems == ()


def test_that_nothing_is_offered_where_no_value_helps() -> None:
    values = demo_values()
    assert found_cures(values, [Problem("recipe: name", "it is empty.", "Write one.")]) == {}
    assert found_cures(values, [Problem("somewhere", "it is broken.", "")]) == {}


def button_of(page: NewRunPage) -> Button:
    (found,) = page.foot.problems.buttons
    return found


def open_demo(qtbot: QtBot, window: MainWindow) -> NewRunPage:
    page = page_of(qtbot, window)
    page.open_recipe(str(places.demo_recipe()))
    qtbot.waitUntil(lambda: page.is_settled() and page.plan is not None)
    return page


def test_that_a_card_that_is_not_there_is_replaced_by_one_press_of_a_key(qtbot: QtBot, open_window: Open) -> None:
    page = open_demo(qtbot, open_window())
    page.form.set_fields({"machine.device": "cuda:7"})
    qtbot.waitUntil(lambda: len(page.foot.problems.buttons) == 1)
    assert not page.foot.start.isEnabled()
    button = button_of(page)
    assert button.text() == "Use auto"
    assert "no cuda:7" in button.accessibleDescription()
    page.foot.problems.list.setFocus()
    qtbot.keyClick(page.foot.problems.list, Qt.Key.Key_Tab)
    assert page.window().focusWidget() is button
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert page.form.rows["machine.device"].editor.value() == "auto"
    qtbot.waitUntil(page.foot.start.isEnabled)
    assert page.foot.problems.isHidden()


def test_that_a_model_folder_that_is_gone_is_chosen_in_its_dialog(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    page = open_demo(qtbot, open_window())
    page.form.set_fields({"model.source": str(tmp_path / "gone")})
    qtbot.waitUntil(lambda: len(page.foot.problems.buttons) == 1)
    assert button_of(page).text() == "Choose a folder…"
    qtbot.mouseClick(button_of(page), Qt.MouseButton.LeftButton)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.fileSelected.emit("demo")
    dialog.close()
    qtbot.waitUntil(page.foot.start.isEnabled)


def test_that_a_missing_data_file_is_chosen_in_its_dialog(qtbot: QtBot, open_window: Open, tmp_path: Path) -> None:
    page = open_demo(qtbot, open_window())
    page.form.tasks.panels[1].details.set_value("train", str(tmp_path / "gone.jsonl"))
    qtbot.waitUntil(lambda: len(page.foot.problems.buttons) == 1)
    button_of(page).click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    file = tmp_path / "there.jsonl"
    file.write_text('{"prompt": "1", "completion": "2"}\n', "utf-8")
    dialog.filesSelected.emit([str(file)])
    dialog.close()
    assert page.form.tasks.tasks()[1]["train"] == str(file)
    qtbot.waitUntil(page.foot.start.isEnabled)


def test_that_a_button_of_a_task_that_was_just_taken_away_does_nothing(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    page = open_demo(qtbot, open_window())
    last = page.form.tasks.panels[-1]
    last.details.set_value("train", str(tmp_path / "gone.jsonl"))
    qtbot.waitUntil(lambda: len(page.foot.problems.buttons) == 1)
    button = button_of(page)
    last.remove.click()  # and pressed before the form is read again
    button.click()
    assert page.findChild(QFileDialog) is None
    qtbot.waitUntil(page.foot.start.isEnabled)


def test_that_a_rows_words_end_where_its_button_begins(qtbot: QtBot) -> None:
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    problem = Problem("model.source", "a sentence that is longer than there is room for " * 4, "")
    panel.show_problems([("Model", problem)], {"model.source": Cure("model.source", "Choose a folder…")})
    with qtbot.waitExposed(panel):
        panel.show()
    for wide in (500, 900, 400):  # narrower, too
        panel.resize(wide, panel.sizeHint().height())
        qtbot.waitUntil(lambda wide=wide: panel.list.width() == wide)
        (button,) = panel.buttons
        right = button.mapTo(panel.list.viewport(), button.rect().topRight()).x()
        assert abs(panel.list.viewport().width() - right) <= 2
        assert button.width() >= button.sizeHint().width()
