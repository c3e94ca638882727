"""The list of runs by mouse and keys: days, search, rename, note, delete and undo."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QFont
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.process.verbs import delete
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run.run_folder import list_runs
from studio.core.run.run_label import change_label, read_label, run_name
from studio.core.run.trash import destroy, list_trash
from studio.ui.dialogs.note import NoteDialog
from studio.ui.dialogs.trash import TrashDialog
from studio.ui.runs.days import day_text
from studio.ui.runs.entry import within
from studio.ui.runs.model import DAY, SUMMARY, RunsModel
from studio.ui.runs.summary import RunGlance
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run, start_no_worker

Open = Callable[..., MainWindow]
DAY_SECONDS = 86_400


def three_runs(runs: Path) -> None:
    now = time.time()
    for name, method, age in (("first", "lora", 400), ("second", "mixlora", 1), ("third", "mixlora", 0)):
        make_fake_run(runs, steps=3, name=name, method=method, now=now - age * DAY_SECONDS, total_steps=3, layers=2)


def names(window: MainWindow) -> list[str]:
    model = window.sidebar.model
    return [model.run_at(row).name for row in range(model.rowCount())]


@pytest.fixture
def window(qtbot: QtBot, runs: Path, open_window: Open) -> MainWindow:
    three_runs(runs)
    window = open_window()
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 3)
    return window


def press(qtbot: QtBot, window: MainWindow, name: str) -> None:
    qtbot.mouseClick(window.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def choose(window: MainWindow, row: int) -> None:
    window.sidebar.list.setFocus()
    # Not by the view, which asks for the keys that are held, and Qt may still believe in an earlier test's Ctrl.
    selection = window.sidebar.list.selectionModel()
    selection.setCurrentIndex(window.sidebar.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)


def test_that_days_are_named_as_people_do() -> None:
    today = date(2026, 11, 29)
    days = [date(2026, 11, 29), date(2026, 11, 28), date(2026, 11, 27), date(2025, 11, 29)]
    assert [day_text(day, today) for day in days] == ["Today", "Yesterday", "Friday, 27 November", "29 November 2025"]


def test_that_the_first_run_of_each_day_has_the_day_above_it(runs: Path) -> None:
    now = time.time()
    for age in (2, 2, 0):
        make_fake_run(runs, steps=1, now=now - age * DAY_SECONDS, layers=2)
    model = RunsModel()
    model.show_runs(tuple(RunGlance(folder).look() for folder in list_runs(runs)))
    heads = [model.index(row).data(DAY) for row in range(3)]
    assert heads[0] == "Today"
    assert heads[1]
    assert heads[2] == ""


def test_that_a_summary_knows_name_note_method_tasks_and_last_score(runs: Path) -> None:
    folder = make_fake_run(runs, steps=60, name="sums", method="lora")
    change_label(folder, name="sums, again", note="Third Try")
    run = RunGlance(folder).look()
    assert (run.name, run.note, run.score, len(run.scores)) == ("sums, again", "Third Try", "90.0\u00a0%", 3)
    for word in ("sums, again", "third try", "lora", "units", "finished", "demo"):
        assert word in run.sought
    change_label(folder, note="fourth")
    assert RunGlance(folder).look().note == "fourth"


def test_that_a_glance_reads_a_new_label_of_a_settled_run(runs: Path) -> None:
    glance = RunGlance(make_fake_run(runs, steps=1))
    glance.look()
    change_label(glance.folder, name="other")
    assert glance.look().name == "other"


def test_that_a_number_stays_when_a_name_is_cut(qtbot: QtBot) -> None:
    font = QFont(QApplication.font())
    assert within("short (2)", font, 1000) == "short (2)"
    cut = within("a name that is far too long (12)", font, 120)
    assert cut.endswith("… (12)")


def test_that_search_finds_by_every_word_and_esc_ends_it(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    window.pages.show_run(window.sidebar.model.run_at(0).folder)
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    field = window.sidebar.search
    assert QApplication.focusWidget() is field
    qtbot.keyClicks(field, "FINISHED lora first")
    assert names(window) == ["first"]
    assert window.pages.run.folder.id.endswith("third"), "looking for a run shows no other"
    qtbot.keyClicks(field, "x")
    assert names(window) == []
    assert "No run matches" in window.sidebar._empty.text()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert names(window) == ["third", "second", "first"]
    assert window.sidebar.chosen() == (window.pages.run.folder,)


def test_that_f2_renames_a_run_that_changes_meanwhile(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, name="grows") as run:
        run.start().train(1)
        window = open_window()
        qtbot.waitUntil(lambda: names(window) == ["grows"])
        choose(window, 0)
        qtbot.keyClick(window.sidebar.list, Qt.Key.Key_F2)
        field = window.sidebar.list.findChild(QLineEdit, "rename_run")
        qtbot.keyClicks(field, "Übung")
        run.train(2)
        qtbot.waitUntil(lambda: window.sidebar.model.index(0).data(SUMMARY).step == 3)
        assert field.text() == "Übung"
        qtbot.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: run_name(run.folder) == "Übung")
        qtbot.waitUntil(lambda: window.pages.run.header.name.text() == "Übung")
        qtbot.waitUntil(lambda: window.list_actions.shelf.can_undo)
        qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: names(window) == ["grows"])
        run.end("stopped")


def test_that_a_deleted_run_comes_back_by_the_toast_and_by_ctrl_z(qtbot: QtBot, window: MainWindow, runs: Path) -> None:
    choose(window, 1)
    gone = window.pages.run.folder
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(window) == ["third", "first"])
    assert window.pages.run.folder.id.endswith("first"), "the next run is shown"
    assert [each.origin for each in list_trash(runs)] == [gone.path]
    qtbot.waitUntil(window.sidebar.trash.isVisible)
    press(qtbot, window, "undo")
    qtbot.waitUntil(lambda: names(window) == ["third", "second", "first"])
    qtbot.waitUntil(lambda: window.pages.run.folder == gone)
    choose(window, 0)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(window) == ["second", "first"])
    qtbot.waitUntil(lambda: window.list_actions.shelf.can_undo)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(window) == ["third", "second", "first"])


def test_that_undoing_the_deletion_of_a_run_that_waits_gives_it_its_place_in_the_queue_back(
    qtbot: QtBot, open_window: Open, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")
    with contextlib.ExitStack() as made:
        busy = made.enter_context(FakeRun(runs, name="busy")).start().train(1)
        made.enter_context(DeviceLock("cpu").held(busy.folder, "cpu"))
        folders = []
        for name in ("alpha", "beta", "gamma"):
            with FakeRun(runs, name=name) as waiting:  # while it waits nobody has its files open
                folders.append(waiting.folder)
            put_in_queue(waiting.folder, "cpu", "cpu")
        window = open_window()
        qtbot.waitUntil(lambda: sorted(names(window)) == ["alpha", "beta", "busy", "gamma"])
        choose(window, names(window).index("beta"))
        qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: sorted(names(window)) == ["alpha", "busy", "gamma"])
        assert [each.run for each in read_queue().entries] == [folders[0].path, folders[2].path]
        press(qtbot, window, "undo")
        qtbot.waitUntil(lambda: [each.run for each in read_queue().entries] == [each.path for each in folders])


def test_that_a_run_that_trains_stays_where_it_is(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, name="busy") as run:
        run.start().train(1)
        window = open_window()
        qtbot.waitUntil(lambda: names(window) == ["busy"])
        choose(window, 0)
        qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: any("is not deleted" in each.what for each in window.notices.notices()))
        assert window.pages.run.folder == run.folder
        assert list_runs(runs) == [run.folder]
        menu = window.sidebar.list.menu()
        assert not menu.findChild(QAction, "menu_delete").isEnabled()
        menu.deleteLater()


def test_that_the_menu_offers_what_can_be_done(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, 0)
    runs = window.sidebar.list
    at = runs.visualRect(window.sidebar.model.index(0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, runs.viewport().mapToGlobal(at))
    QApplication.sendEvent(runs.viewport(), event)
    menu = runs.findChild(QMenu, "run_menu")
    assert menu.isVisible()
    offered = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    assert offered == ["menu_rename", "menu_note", "menu_reuse", "menu_folder", "menu_delete"]
    menu.findChild(QAction, "menu_note").trigger()
    menu.close()
    dialog = window.findChild(NoteDialog)
    qtbot.keyClicks(dialog.findChild(QPlainTextEdit), "more experts")
    press(qtbot, window, "note_keep")
    folder = window.sidebar.model.run_at(0).folder
    qtbot.waitUntil(lambda: read_label(folder).note == "more experts")
    qtbot.waitUntil(lambda: window.sidebar.model.run_at(0).note == "more experts")
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_several_runs_are_deleted_and_the_trash_gives_them_back_or_not(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    choose(window, 0)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(window) == ["first"])
    qtbot.waitUntil(window.sidebar.trash.isVisible)
    press(qtbot, window, "trash")
    dialog = window.findChild(TrashDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.list.setCurrentRow(0)
    press(qtbot, window, "trash_restore")
    qtbot.waitUntil(lambda: len(names(window)) == 2)
    qtbot.waitUntil(lambda: dialog.list.count() == 1)
    press(qtbot, window, "trash_destroy")
    assert len(list_trash(runs)) == 1, "there is no way back from it, so it is asked for twice"
    press(qtbot, window, "trash_destroy")
    qtbot.waitUntil(lambda: not list_trash(runs))
    qtbot.waitUntil(lambda: dialog.list.count() == 0)
    dialog.close()


def test_that_a_click_on_a_day_chooses_nothing(qtbot: QtBot, window: MainWindow) -> None:
    runs = window.sidebar.list
    row = runs.visualRect(window.sidebar.model.index(1))
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(row.center().x(), row.top() + 4))
    assert window.sidebar.chosen() == ()
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(row.center().x(), row.bottom() - 8))
    assert len(window.sidebar.chosen()) == 1


def test_that_the_run_that_is_shown_is_scrolled_into_view(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    for number in range(25):
        make_fake_run(runs, steps=1, name=f"run {number}", now=1e9 + number, layers=2)
    window = open_window(size=(1000, 600))
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 25)
    last = window.sidebar.model.index(24)
    window.pages.show_run(last.data(SUMMARY).folder)
    view = window.sidebar.list
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(last)))
    view.scrollToTop()
    with qtbot.waitActive(window):
        window.activateWindow()
    ninth = window.sidebar.model.index(8)
    assert not view.viewport().rect().contains(view.visualRect(ninth))
    qtbot.keyClick(window, Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(ninth)))
    assert view.selectionModel().selectedIndexes() == [ninth]
    view.scrollToTop()
    window.pages.show_run(last.data(SUMMARY).folder)
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(last)))
    view.scrollToTop()
    window.watch.look_now()
    window.sidebar.select(last.data(SUMMARY).folder.path)
    assert not view.viewport().rect().contains(view.visualRect(last)), "who scrolls on is not pulled back"


def test_that_a_name_that_is_not_taken_leaves_the_one_that_the_run_has(qtbot: QtBot, window: MainWindow) -> None:
    model = window.sidebar.model
    model.setData(model.index(1), "with\ttab")
    qtbot.waitUntil(lambda: any("one line" in each.what for each in window.notices.notices()))
    assert names(window) == ["third", "second", "first"]
    window.sidebar.search.setText("tab")
    assert names(window) == []


def test_that_a_run_that_somebody_else_deletes_leaves_list_and_page(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    choose(window, 1)
    gone = window.pages.run.folder
    folder_of_runs = runs.rename(runs.with_name("away"))
    window.watch.look_now()
    qtbot.waitUntil(lambda: names(window) == [])
    assert window.pages.run.folder == gone, "the drive may come back"
    folder_of_runs.rename(runs)
    window.watch.look_now()
    qtbot.waitUntil(lambda: len(names(window)) == 3)
    delete(gone)
    window.watch.look_now()
    qtbot.waitUntil(lambda: names(window) == ["third", "first"])
    qtbot.waitUntil(lambda: window.pages.run is None)
    assert any(gone.id in each.what for each in window.notices.notices())


def test_that_undoing_a_note_of_a_run_that_is_gone_shows_no_page_of_it(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    folder = window.sidebar.model.run_at(0).folder
    window.list_actions.shelf.note(folder, "x")
    qtbot.waitUntil(lambda: window.list_actions.shelf.can_undo)
    destroy(delete(folder))
    window.list_actions.shelf.undo()
    qtbot.waitUntil(lambda: any("any more" in each.what for each in window.notices.problems()))
    qtbot.waitUntil(lambda: window.pages.run is None)
    assert not folder.path.exists()


def test_that_one_run_that_cannot_be_restored_keeps_no_other_in_the_trash(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    choose(window, 0)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.list_actions.shelf.can_undo)
    first, second = sorted(list_trash(runs), key=lambda each: each.folder.id)
    destroy(first)
    window.list_actions.shelf.undo()
    qtbot.waitUntil(lambda: len(names(window)) == 2)
    qtbot.waitUntil(lambda: any("not in the trash" in each.what for each in window.notices.problems()))
    assert second.origin.is_dir()


def test_that_deleting_compared_runs_leaves_them_out_and_turns_no_page(
    qtbot: QtBot, window: MainWindow, runs: Path
) -> None:
    window.sidebar.list.selectAll()
    press(qtbot, window, "compare")
    page = window.pages.comparison
    qtbot.waitUntil(lambda: sum(len(each.runs) for each in page.variants) == 3)
    selection = window.sidebar.list.selectionModel()
    selection.select(window.sidebar.model.index(1), QItemSelectionModel.SelectionFlag.Deselect)
    qtbot.keyClick(window.sidebar.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(window) == ["second"])
    qtbot.waitUntil(lambda: sum(len(each.runs) for each in page.variants) == 1)
    assert window.pages.currentWidget() is page
    assert window.pages.run is None
    assert window.notices.problems() == []
