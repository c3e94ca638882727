"""A new run begins with a choice, nothing of another one stays behind, and a half-made one is kept."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.problem import Problem
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.run_folder import RunFolder
from studio.ui.fields.path_editor import PathLine
from studio.ui.new_run.draft import read_draft
from studio.ui.new_run.free_name import LONGEST, free_name
from studio.ui.new_run.kept_draft import draft_file
from studio.ui.new_run.page import NewRunPage
from studio.ui.new_run.start_bar import StartBar
from studio.ui.off_thread import is_asking
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST
from tests.fake_run import FakeRun

Open = Callable[..., MainWindow]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "my questions.csv"
    file.write_text("question,answer\n2+2?,4\n3+3?,6\n", encoding="utf-8")
    return file


def page_of(qtbot: QtBot, window: MainWindow) -> NewRunPage:
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert window.pages.new_run is not None
    return window.pages.new_run


def press(qtbot: QtBot, page: NewRunPage, name: str) -> None:
    found = page.findChild(QAbstractButton, name)
    assert found.isVisible(), name
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)
    if name == "begin_demo":
        qtbot.waitUntil(lambda: not page.stack.shows_choice)


def test_that_an_empty_home_asks_what_to_begin_with_and_the_demo_is_one_press_away(
    qtbot: QtBot, open_window: Open
) -> None:
    page = page_of(qtbot, open_window())
    assert page.stack.shows_choice
    assert not page.form.isVisible()
    qtbot.keyClick(page.choice.demo, Qt.Key.Key_Return)
    qtbot.waitUntil(page.form.isVisible)
    qtbot.waitUntil(page.foot.start.isEnabled)
    assert [task["name"] for task in page.form.tasks.tasks()] == ["units", "fields", "tickets"]


def test_that_ones_own_files_begin_with_nothing_of_the_demo(qtbot: QtBot, open_window: Open, table: Path) -> None:
    page = page_of(qtbot, open_window())
    press(qtbot, page, "begin_demo")
    press(qtbot, page, "begin_anew")
    press(qtbot, page, "begin_files")
    dialog = page.findChild(QFileDialog)
    dialog.selectFile(str(table))
    dialog.accept()
    qtbot.waitUntil(lambda: not page.stack.shows_choice and bool(page.form.tasks.panels))
    (task,) = page.form.tasks.tasks()
    assert (task["name"], task["train"]) == ("my-questions", str(table))
    assert page.head.name.text() == "my-questions"
    recipe = read_draft(page._values()).recipe
    assert recipe is not None
    assert recipe.training == Recipe.model_fields["training"].default_factory()  # type: ignore[union-attr,misc,call-arg]


def test_that_files_dropped_on_the_choice_begin_a_run(qtbot: QtBot, open_window: Open, table: Path) -> None:
    page = page_of(qtbot, open_window())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    plain = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, plain))
    assert not page.stack.shows_choice
    qtbot.waitUntil(lambda: [task["train"] for task in page.form.tasks.tasks()] == [str(table)])


def test_that_a_link_dropped_on_the_choice_leaves_the_half_made_run_alone(qtbot: QtBot, open_window: Open) -> None:
    page = page_of(qtbot, open_window())
    press(qtbot, page, "begin_demo")
    press(qtbot, page, "begin_anew")
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/")])
    plain = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, plain))
    assert page.stack.shows_choice
    assert len(page.form.tasks.tasks()) == 3


def test_that_a_started_run_is_not_kept_as_half_made_where_its_name_was_taken(
    qtbot: QtBot, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.queue.control.start_worker", lambda folder: None)
    page = page_of(qtbot, open_window(remember=True))
    press(qtbot, page, "begin_demo")
    qtbot.waitUntil(page.foot.start.isEnabled)
    page._taken = frozenset({page.head.name.text()})
    kept: list[str] = []
    page.start_wanted.connect(lambda recipe: kept.clear())
    page.edited.connect(lambda draft: kept.append(draft.text))
    with qtbot.waitSignal(page.start_wanted):
        page._on_start()
    qtbot.waitUntil(lambda: not page._reading.isActive() and not is_asking(page, "draft"))
    assert page.head.name.text().endswith(" (2)")
    assert kept == []
    page.leave()
    assert not draft_file().exists()


def test_that_an_earlier_run_is_a_pattern_whose_name_is_not_taken_twice(
    qtbot: QtBot, open_window: Open, runs: Path
) -> None:
    with FakeRun(runs, name="sums") as run:
        run.start().train(3)
        window = open_window()
        window.pages.show_new_run()  # it opens on the run that trains
        page = page_of(qtbot, window)
        like = page.findChild(QPushButton, "begin_like_0")
        qtbot.waitUntil(like.isVisible)
        assert like.text().startswith("sums")
        qtbot.mouseClick(like, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.head.name.text() == "sums (2)")
        assert page.form.values()["method"]["rank"] == run.folder.recipe().method.rank


def test_that_one_can_go_back_to_the_half_made_run(qtbot: QtBot, open_window: Open) -> None:
    page = page_of(qtbot, open_window())
    assert not page.choice.back.isVisible()
    press(qtbot, page, "begin_demo")
    qtbot.waitUntil(lambda: page._draft is not None)
    press(qtbot, page, "begin_anew")
    press(qtbot, page, "begin_back")
    assert page.form.isVisible()


def test_that_a_half_made_run_is_there_after_a_restart_until_it_is_started(
    qtbot: QtBot, open_window: Open, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    first = open_window(remember=True)
    page = page_of(qtbot, first)
    press(qtbot, page, "begin_demo")
    page.head.name.setText("half made")
    page.form.tasks.add_files([table])
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == 4)
    page.form.tasks.panels[0].remove.click()
    # What is not valid is kept, too.
    page.findChild(QLineEdit, "field_training.learning_rate").setText("fast")
    qtbot.waitUntil(lambda: page._draft is not None and page._draft.recipe is None)
    first.close()
    again = page_of(qtbot, open_window(remember=True))
    assert not again.stack.shows_choice
    assert again.head.name.text() == "half made"
    assert [task["name"] for task in again.form.tasks.tasks()] == ["fields", "tickets", "my-questions"]
    assert again.form.values()["training"]["learning_rate"] == "fast"
    assert again.form.values()["training"]["max_steps"] == 80
    again.findChild(QLineEdit, "field_training.learning_rate").setText("2e-4")
    qtbot.waitUntil(again.foot.start.isEnabled)
    qtbot.mouseClick(again.foot.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(started))
    assert [run.name for run in (folder.recipe() for folder in started)] == ["half made"]
    qtbot.waitUntil(lambda: not draft_file().exists())
    qtbot.waitUntil(lambda: not again.isVisible())  # its page is shown
    # The next run begins with the choice again, and what was set up can be gone back to.
    qtbot.mouseClick(again.window().sidebar.new_run, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: again.stack.shows_choice and again.isVisible())
    press(qtbot, again, "begin_back")
    assert again.head.name.text() == "half made"


@pytest.mark.parametrize("text", ["", "this is not TOML", "tasks = 3\nmodel = 4\n", 'name = 7\n[method]\nrank = "x"\n'])
def test_that_a_damaged_draft_never_keeps_the_window_from_opening(qtbot: QtBot, open_window: Open, text: str) -> None:
    draft_file().parent.mkdir(parents=True, exist_ok=True)
    draft_file().write_text(text, encoding="utf-8")
    page = page_of(qtbot, open_window(remember=True))
    assert page.choice.isVisible() or page.form.isVisible()


def test_that_a_recipe_that_was_named_goes_before_the_draft(qtbot: QtBot, open_window: Open, tmp_path: Path) -> None:
    page = page_of(qtbot, open_window(remember=True))
    press(qtbot, page, "begin_demo")
    with qtbot.waitSignal(page.told):
        page.save_recipe(str(tmp_path / "mine.toml"))
    page.head.name.setText("something else")
    named = page_of(qtbot, open_window(tmp_path / "mine.toml", remember=True))
    assert named.head.name.text() == load_recipe(tmp_path / "mine.toml").name


@pytest.mark.parametrize("starts", [False, True])
def test_that_a_recipe_that_was_named_leaves_the_half_made_run_where_it_is(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starts: bool
) -> None:
    monkeypatch.setattr("studio.ui.queue.control.start_worker", lambda folder: None)
    page = page_of(qtbot, first := open_window(remember=True))
    press(qtbot, page, "begin_demo")
    with qtbot.waitSignal(page.told):
        page.save_recipe(str(tmp_path / "mine.toml"))
    page.head.name.setText("half made")
    qtbot.waitUntil(lambda: page._draft is not None and "half made" in page._draft.text)
    first.close()
    named = page_of(qtbot, second := open_window(tmp_path / "mine.toml", remember=True))
    qtbot.waitUntil(named.foot.start.isEnabled)
    if starts:
        with qtbot.waitSignal(named.start_wanted):
            qtbot.mouseClick(named.foot.start, Qt.MouseButton.LeftButton)
    second.close()
    assert 'name = "half made"' in draft_file().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "where", "said"),
    [
        ("Precision", "recipe: model.precision", "Fix precision first"),
        ("Model", "recipe: model.source", "Choose a model first"),
        ("/Models/X/config.json", "/Models/X/config.json", "Fix the problem first"),
    ],
)
def test_that_the_start_button_says_what_is_missing(qtbot: QtBot, name: str, where: str, said: str) -> None:
    bar = StartBar()
    qtbot.addWidget(bar)
    bar.show_problems(((name, Problem(where, "it is wrong.", "Mend it.")),))
    assert bar.start.text() == said


def test_that_a_file_is_not_added_twice_and_a_task_offers_to_keep_rows_apart(
    qtbot: QtBot, open_window: Open, table: Path
) -> None:
    page = page_of(qtbot, open_window())
    page._on_files([str(table)])
    # The second drop comes while the first is looked at, or after it.
    page.form.tasks.add_files([table, table.parent / ".." / table.parent.name / table.name])
    said = page.findChild(QLabel, "tasks_note")
    qtbot.waitUntil(lambda: said.text() == "Not added again: my questions.csv is in the task my-questions.")
    assert len(page.form.tasks.panels) == 1
    panel = page.form.tasks.panels[0]
    qtbot.waitUntil(panel.untested.isVisible)
    press(qtbot, page, "keep_apart")
    assert panel.values()["evaluate"] == 0.1
    assert not panel.untested.isVisible()
    assert "10 % held out" in panel.source.text()


@pytest.mark.parametrize("by", ["the keyboard", "its button"])
def test_that_a_removed_task_comes_back_into_its_place_as_it_was(qtbot: QtBot, open_window: Open, by: str) -> None:
    page = page_of(qtbot, window := open_window(size=(LEAST.width(), LEAST.height())))
    press(qtbot, page, "begin_demo")
    card = page.form.tasks
    card.panels[1].details.rows["weight"].editor.set_value(2.5)
    before = card.tasks()
    with qtbot.waitActive(window):
        window.activateWindow()
    card.panels[1].remove.click()
    assert [task["name"] for task in card.tasks()] == ["units", "tickets"]
    assert card.note.text() == "Removed: fields."
    row = (card.note, card.removed.undo, card.check, card.add_folder, card.add)
    qtbot.waitUntil(lambda: all(left.geometry().right() < right.x() for left, right in pairwise(row)))
    assert card.removed.undo.width() >= card.removed.undo.sizeHint().width()
    if by == "the keyboard":
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    else:
        press(qtbot, page, "undo_remove")
    assert card.tasks() == before
    assert not card.removed.undo.isVisible()
    qtbot.waitUntil(page.foot.start.isEnabled)
    card.panels[0].remove.click()
    page.open_recipe(str(places.demo_recipe()))
    qtbot.waitUntil(lambda: len(card.panels) == 3)
    assert not card.removed.undo.isVisible(), "it was a task of another recipe"


def test_that_a_file_dropped_on_a_field_for_something_else_is_left_to_the_page(qtbot: QtBot, open_window: Open) -> None:
    page = page_of(qtbot, open_window())
    press(qtbot, page, "begin_demo")
    lines = [line for line in page.findChildren(QLineEdit) if line.acceptDrops()]
    assert lines
    assert all(isinstance(line, PathLine) for line in lines), [line.objectName() for line in lines]


def test_that_a_free_name_counts_on_and_is_never_too_long() -> None:
    assert free_name("a", ()) == "a"
    assert free_name("a", ("a",)) == "a (2)"
    assert free_name("a (2)", ("a", "a (2)", "a (3)")) == "a (4)"
    long = "x" * LONGEST
    assert free_name(long, (long,)) == f"{'x' * (LONGEST - 4)} (2)"
