"""Every dialog keeps to its screen, says all of it in Chinese, and cuts nothing that can be shown."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QSplitter, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

import studio.ui
from studio.core.model_places import PLACES
from studio.core.problem import Problem
from studio.core.run.run_label import LONGEST_NOTE
from studio.core.token_view import SeenRow, SeenToken
from studio.ui.controls.widgets import Text
from studio.ui.desk import Answer
from studio.ui.dialogs.about import AboutDialog
from studio.ui.dialogs.compare import CompareDialog
from studio.ui.dialogs.consent import ConsentDialog
from studio.ui.dialogs.kill import KillDialog
from studio.ui.dialogs.note import NoteDialog
from studio.ui.dialogs.take_in import TakeInDialog
from studio.ui.dialogs.trash import TrashDialog
from studio.ui.new_run.card_choice import CardChoice
from studio.ui.new_run.columns_dialog import ColumnsDialog
from studio.ui.new_run.data_check import not_read
from studio.ui.new_run.model_dialog import ModelDialog
from studio.ui.new_run.model_finder import ModelFinder
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.runs.summary import RunGlance
from studio.ui.theme import theme, unit
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.ui.conftest import covered, ink, picture
from tests.ui.test_desk import FakeDesk
from tests.ui.test_in_chinese import english_of
from tests.ui.test_model_dialog import Asked

Make = Callable[[QWidget, Path, pytest.MonkeyPatch], QDialog]


def model(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    desk, finder = Asked(patch), ModelFinder(parent)
    dialog = ModelDialog(finder, parent)
    dialog.look("recipe")
    for place in PLACES:
        finder._on_answer(Answer(desk.number("models", place=place), done={"models": [], "note": ""}))
    return dialog


def rows(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    dialog = RowsDialog(parent)
    dialog.show_task("sums", TaskFacts(problems=(not_read(),)))
    dialog.show_more(TaskFacts(problems=(not_read(),)))
    return dialog


def columns(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    dialog = ColumnsDialog(parent)
    dialog.show_task("sums", TaskFacts(columns=("a", "b"), guesses=({"prompt": "a", "completion": "b"},)), None)
    dialog._try()
    dialog.show_tried(TaskFacts(problems=(not_read(),)))
    return dialog


def note(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    dialog = NoteDialog(RunGlance(make_fake_run(runs, steps=1)).look(), parent)
    dialog.text.setPlainText("x" * (LONGEST_NOTE + 2000))
    return dialog


def trash(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    dialog = TrashDialog(parent)
    dialog.show_lines(())
    return dialog


def take_in(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    fake = FakeDesk()
    dialog = TakeInDialog(parent, desk=fake)  # type: ignore[arg-type]
    dialog.take_in(runs, runs)
    done = {"kind": "adapter", "name": "from-ada", "folder": str(runs), "method": "mixlora", "base": {"name": "base"}}
    fake.answered.emit(Answer(1, done=done))
    return dialog


def compare(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    with FakeRun(runs) as run:
        dialog = CompareDialog(run.recipe, None, parent)
    dialog.leave()
    return dialog


def consent(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    return ConsentDialog(Problem(str(runs), "", "", "model-code", "a" * 64), parent)


def kill(parent: QWidget, runs: Path, patch: pytest.MonkeyPatch) -> QDialog:
    return KillDialog(make_fake_run(runs, steps=1), parent)


MAKES: tuple[Make, ...] = (model, rows, columns, note, trash, take_in, compare, consent, kill)


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.__name__)
def test_that_no_state_of_a_dialog_is_in_english(
    qtbot: QtBot, chinese: None, runs: Path, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = make(parent, runs, monkeypatch)
    dialog.show()
    names = (str(runs), runs.name, "from-ada", "base", "sums", "three tasks", "bare")
    assert "\n".join(english_of([dialog, *dialog.findChildren(QWidget)], *names)) == ""
    dialog.close()


def test_that_every_dialog_keeps_to_its_screen() -> None:
    found = [
        node.name
        for file in Path(studio.ui.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "QDialog" for base in node.bases)
    ]
    assert found == ["FittedDialog"]


def test_that_what_each_key_does_is_shown_whole(
    qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window.dialogs.show_about()
    dialog = window.findChild(AboutDialog)
    assert isinstance(dialog, AboutDialog)
    said = [each for each in dialog.findChildren(Text) if each.isVisible()]
    assert len(said) > 20
    qtbot.waitUntil(lambda: [each.text() for each in said if each.is_cut and not each.wordWrap()] == [])
    dialog.close()


def test_that_an_empty_trash_offers_nothing_that_cannot_be_done(qtbot: QtBot) -> None:
    dialog = TrashDialog()
    qtbot.addWidget(dialog)
    dialog.show_lines(())
    dialog.show()
    assert "empty" in dialog.said.text()
    assert not dialog.list.isVisible()
    assert not dialog.destroy_button.isVisible()
    assert dialog.close_dialog.isVisible()


def test_that_a_count_has_its_thousands_apart(qtbot: QtBot, runs: Path) -> None:
    dialog = NoteDialog(RunGlance(make_fake_run(runs, steps=1)).look())
    qtbot.addWidget(dialog)
    dialog.text.setPlainText("x" * (LONGEST_NOTE + 2000))
    assert dialog.said.text() == "2,000 characters too many"


@pytest.mark.parametrize("narrow", [60, 140, 400])
def test_that_a_dropped_list_is_as_wide_as_its_longest_line(qtbot: QtBot, narrow: int) -> None:
    box = CardChoice()
    qtbot.addWidget(box)
    box.setMinimumWidth(0)
    box.setMaximumWidth(narrow)
    box.resize(narrow, box.sizeHint().height())
    box.show()
    box.showPopup()
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    assert view.viewport().width() >= view.sizeHintForColumn(0)
    assert view.window().width() >= box.width() - 8
    box.hidePopup()


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("way", [Qt.Orientation.Horizontal, Qt.Orientation.Vertical])
def test_that_what_parts_are_moved_apart_by_lies_over_neither(qtbot: QtBot, name: str, way: Qt.Orientation) -> None:
    theme.choose(name)  # type: ignore[arg-type]
    split = QSplitter(way)
    qtbot.addWidget(split)
    for _ in range(2):
        split.addWidget(QTextEdit())
    split.resize(300, 300)
    with qtbot.waitExposed(split):
        split.show()
    handle = split.handle(1)
    wide = min(handle.width(), handle.height())
    assert wide >= 0.6 * unit()
    shown = picture(handle)
    grip = covered(shown, theme.roles.line, theme.roles.window)
    assert grip.sum() > 2 * unit()
    edges = (shown[0], shown[-1]) if way == Qt.Orientation.Vertical else (shown[:, 0], shown[:, -1])
    assert not any(ink(edge[None], theme.roles.line) for edge in edges)


def test_that_a_row_whose_line_is_cut_is_whole_in_its_tooltip(qtbot: QtBot) -> None:
    said = " ".join(f"word{number}" for number in range(12))
    dialog = RowsDialog()
    qtbot.addWidget(dialog)
    dialog.show_task("sums", TaskFacts(rows=(SeenRow.of_tokens(1, (SeenToken(said, "read"),)),)))
    assert dialog.list.item(0).toolTip() == f"1  {said}"
