from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.problem import Problem
from studio.core.settings import Settings
from studio.ui.controls.widgets import WrappedText
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.notices import Notice
from studio.ui.off_thread import is_asking
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST, room_on, screen_around
from tests.fake_run import FakeRun, make_fake_run
from tests.patience import PATIENCE

Open = Callable[..., MainWindow]
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractSlider, QTableView)
PAGES = ("new", "live", "scores", "memory", "log", "recipe", "comparison")


def show_page(qtbot: QtBot, window: MainWindow, page: str) -> None:
    if page in ("begin", "new"):
        window.pages.show_new_run()  # a window opens on the run that trains
    if page == "begin":
        qtbot.waitUntil(lambda: window.pages.new_run is not None)
        qtbot.waitUntil(lambda: window.pages.new_run.choice.demo.height() > 40)
        return
    if page == "new":
        qtbot.waitUntil(lambda: window.pages.new_run is not None)
        window.pages.new_run.choice.demo.click()
        qtbot.waitUntil(lambda: not window.pages.new_run.stack.shows_choice)
        card = window.pages.new_run.form.tasks
        qtbot.waitUntil(lambda: card.height() >= card.minimumSizeHint().height())
        rows = window.pages.new_run.form.rows.values()
        qtbot.waitUntil(lambda: all(row.height() >= row.minimumSizeHint().height() for row in rows if row.isVisible()))
        return
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() > 0)
    window.pages.show_run(window.sidebar.model.run_at(0).folder)
    if page == "comparison":
        window.pages.show_comparison((window.sidebar.model.run_at(0).folder,) * 2)
        qtbot.waitUntil(lambda: bool(window.pages.comparison.variants))
        QApplication.sendPostedEvents()
        return
    assert window.pages.run is not None
    qtbot.waitUntil(lambda: window.pages.run.is_built)
    window.pages.run.tabs.setCurrentIndex(PAGES.index(page) - 1)
    record = window.pages.run.tail.record
    qtbot.waitUntil(lambda: record.step > 0)
    qtbot.waitUntil(lambda: window.pages.run.header.pill.accessibleName() != "")
    # Wrapped text takes the height of its lines when its width is known, and the rows follow in the next turn.
    head = window.pages.run.header
    qtbot.wait(100)
    qtbot.waitUntil(lambda: head.folder.height() >= head.folder.sizeHint().height())
    qtbot.waitUntil(lambda: head.height() >= head.minimumSizeHint().height())


def visible(window: MainWindow, kind: type | tuple[type, ...] = QWidget) -> list[QWidget]:
    return [each for each in window.findChildren(QWidget) if each.isVisible() and isinstance(each, kind)]


def test_that_the_window_never_imports_torch(tmp_path: Path) -> None:
    script = f"""
import sys, runpy
from pathlib import Path
sys.argv = ["studio.ui", "--grab", {str(tmp_path / "a.png")!r}, "--runs", {str(tmp_path / "runs")!r}]
try:
    runpy.run_module("studio.ui", run_name="__main__")
except SystemExit as end:
    assert end.code == 0, end.code
heavy = [name for name in ("torch", "transformers", "peft", "datasets", "accelerate") if name in sys.modules]
assert not heavy, heavy
assert "studio.planner" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.png").is_file()


def test_that_void_methods_of_qt_do_not_eat_references_to_none(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(20_000):
        widget.update()
    assert sys.getrefcount(None) > before - 1_000


@pytest.mark.parametrize(
    ("size", "letters"),
    [
        *(((1280, 800), "studio"), ((960, 640), "studio"), ((960, 640), "wide"), ((960, 640), "system")),
        *(((1280, 800), "chinese"), ((960, 640), "chinese")),
    ],
    ids=["1280x800", "960x640", "960x640-wide", "960x640-system", "1280x800-chinese", "960x640-chinese"],
)
@pytest.mark.parametrize("page", [*PAGES, "begin"])
def test_that_nothing_is_cut_off(
    qtbot: QtBot,
    runs: Path,
    open_window: Open,
    set_in: Callable[[str], None],
    page: str,
    size: tuple[int, int],
    letters: str,
) -> None:
    set_in(letters)
    with FakeRun(runs, total_steps=60, layers=30) as run:
        run.start().evaluate("before").train(21).evaluate().sample()
        window = open_window(size=size)
        show_page(qtbot, window, page)
        area = window.findChild(QScrollArea, "page_area")
        qtbot.waitUntil(lambda: area.widget().size() == area.viewport().size())
        assert (window.width(), window.height()) == size
        for button in visible(window, QPushButton):
            assert button.width() >= button.sizeHint().width(), f"{button.objectName()} is elided"
            assert button.height() >= button.sizeHint().height(), f"{button.objectName()} is cut"
        for child in visible(window):
            parent = child.parentWidget()
            if parent is None or child.isWindow() or _scrolls(child):
                continue
            assert parent.rect().adjusted(-1, -1, 1, 1).contains(child.geometry()), (
                f"{type(child).__name__} {child.objectName()} {child.geometry()} sticks out of "
                f"{type(parent).__name__} {parent.objectName()} {parent.rect()}"
            )


def test_that_neither_letters_nor_long_words_need_more_than_the_least_window(
    qtbot: QtBot, runs: Path, open_window: Open, set_in: Callable[[str], None]
) -> None:
    long = "a-name-without-any-space-in-it-" * 3
    for letters in ("narrow", "studio", "wide"):
        set_in(letters)
        for name, tasks in (("x", ("a", "b")), (long[:80], (f"{long}1"[-60:], f"{long}2"[-60:]))):
            with FakeRun(runs / f"{letters}-{len(name)}", name=name, tasks=tasks, layers=3) as run:
                run.start().evaluate("before").train(3).evaluate().sample()
                window = open_window(size=(960, 640))
                qtbot.waitUntil(lambda window=window: "Checking" not in window.status.device.text())
                window.pages.show_run(run.folder)
                qtbot.waitUntil(lambda window=window: window.pages.run.tail.record.step == 3)
                window.pages.show_comparison((run.folder, run.folder))
                qtbot.waitUntil(lambda window=window: bool(window.pages.comparison.variants))
                if name != "x":
                    window.status.device.setText(long)
                    window.tell(Notice(long, f"/{long}/{long}", "warning"))
                    head = window.pages.run.header
                    for button in (head.resume, head.kill, head.consent, head.stop):
                        button.show()
                room = LEAST.width() - window.sidebar.width()
                for page in pages_of(window):
                    wide = page.minimumSizeHint().width()
                    assert wide <= room, f"{type(page).__name__} needs {wide} of {room} in {letters} letters, {name}"
                assert window.centralWidget().minimumSizeHint().width() <= LEAST.width()
                window.close()


def test_that_wrapped_text_takes_the_height_of_its_lines_in_every_width(qtbot: QtBot) -> None:
    text = WrappedText("Words that wrap in a narrow place, and do not where there is room for all of them. " * 2)
    qtbot.addWidget(text)
    text.show()
    heights = []
    for width in (1600, 200, 1600):
        text.resize(width, text.height())
        heights.append(text.height())
    assert heights[0] == heights[2] < heights[1]


@pytest.mark.parametrize("page", [*PAGES, "begin"])
def test_that_siblings_do_not_overlap(qtbot: QtBot, runs: Path, open_window: Open, page: str) -> None:
    make_fake_run(runs, layers=12)
    window = open_window(size=(960, 640))
    show_page(qtbot, window, page)
    # A sentence that comes in asks for the room that it takes in the same moment, and gets it in the next.
    qtbot.waitUntil(lambda: _overlaps(window) == [])


def _overlaps(window: QWidget) -> list[str]:
    controls = [each for each in visible(window, (*CONTROLS, QLabel)) if not _inside_control(each)]
    boxes = [(each, _on_window(window, each)) for each in controls if not each.visibleRegion().isEmpty()]
    found = []
    for number, (one, box) in enumerate(boxes):
        for other, place in boxes[number + 1 :]:
            common = box.intersected(place)
            if common.width() > 1 and common.height() > 1 and not (one.isAncestorOf(other) or other.isAncestorOf(one)):
                found.append(f"{_told(one)} overlaps {_told(other)}")
    return found


@pytest.mark.parametrize("page", [*PAGES, "begin"])
def test_that_every_control_has_a_name_for_those_who_listen(
    qtbot: QtBot, runs: Path, open_window: Open, page: str
) -> None:
    make_fake_run(runs, steps=5)
    window = open_window()
    show_page(qtbot, window, page)
    nameless = [
        _told(each)
        for each in visible(window, CONTROLS)
        if not each.accessibleName() and not isinstance(each, QScrollBar) and not _inside_control(each)
    ]
    assert nameless == []


def test_that_the_tab_key_reaches_the_start_button(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    show_page(qtbot, window, "new")
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.waitUntil(lambda: window.findChild(QPushButton, "start").isEnabled())
    window.sidebar.new_run.setFocus()
    for _ in range(120):
        focused = QApplication.focusWidget()
        if focused is not None and focused.objectName() == "start":
            break
        qtbot.keyClick(focused or window, Qt.Key.Key_Tab)
    assert QApplication.focusWidget().objectName() == "start"


def test_that_closing_leaves_no_timers_and_no_threads(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        window = open_window()
        show_page(qtbot, window, "live")
        show_page(qtbot, window, "log")
        assert any(timer.isActive() for timer in window.findChildren(QTimer))
        window.close()
        assert [timer for timer in window.findChildren(QTimer) if timer.isActive()] == []
        qtbot.waitUntil(lambda: not is_asking(window.watch, "runs-watch"))
        assert run.folder.is_alive(), "the run must go on"


def test_that_other_pages_are_imported_ahead_though_one_was_opened_before_the_first(qtbot: QtBot, runs: Path) -> None:
    window = MainWindow(Settings(), runs, None, remember=False)
    qtbot.addWidget(window)
    window.pages.show_new_run()
    with qtbot.waitSignal(window.warm_up.done):
        window.show_first_page()
    assert window.pages.currentWidget() is window.pages.new_run
    window.close()


def test_that_a_hidden_page_reads_nothing(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, steps=5)
    window = open_window()
    show_page(qtbot, window, "live")
    page = window.pages.run
    assert page is not None
    assert page.tail._timer.isActive()
    qtbot.mouseClick(window.findChild(QPushButton, "new_run"), Qt.MouseButton.LeftButton)
    assert not page.tail._timer.isActive()


def test_that_a_notice_shows_what_and_remedy_and_copies_a_report(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    notice = Notice.of(Problem("run.db", "it cannot be read.", "Restore the folder."))
    window.tell(notice)
    window.tell(notice)
    assert len(window.notices.notices()) == 1
    assert any(label.text() == "It cannot be read." for label in window.notices.findChildren(QLabel))
    qtbot.mouseClick(window.findChild(QPushButton, "copy_report"), Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert "It cannot be read." in report
    assert "Restore the folder." in report
    assert "Python" in report
    qtbot.mouseClick(window.findChild(QPushButton, "close_notice"), Qt.MouseButton.LeftButton)
    assert window.notices.notices() == []
    assert not window.notices.isVisible()


def test_that_the_theme_is_kept_and_only_what_differs_is_stored(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    qtbot.mouseClick(window.findChild(QPushButton, "theme_toggle"), Qt.MouseButton.LeftButton)
    assert theme.roles.name == "light"
    qtbot.waitUntil(lambda: places.settings_file().is_file())
    assert tomllib.loads(places.settings_file().read_text(encoding="utf-8")) == {"theme": "light"}


def test_that_what_was_chosen_right_before_closing_is_kept(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    qtbot.mouseClick(window.findChild(QPushButton, "theme_toggle"), Qt.MouseButton.LeftButton)
    window.close()
    assert tomllib.loads(places.settings_file().read_text(encoding="utf-8")) == {"theme": "light"}


def test_that_settings_move_the_runs_folder(qtbot: QtBot, open_window: Open, tmp_path: Path) -> None:
    other = tmp_path / "other runs"
    make_fake_run(other, steps=2, name="elsewhere")
    window = open_window()
    qtbot.mouseClick(window.findChild(QPushButton, "settings"), Qt.MouseButton.LeftButton)
    dialog = window.findChild(SettingsDialog)
    qtbot.keyClicks(dialog.findChild(QLineEdit, "field_setting.runs"), str(other))
    qtbot.mouseClick(dialog.findChild(QPushButton, "settings_done"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
    assert window.sidebar.model.run_at(0).name == "elsewhere"


def test_that_the_window_comes_back_where_it_was(qtbot: QtBot, open_window: Open) -> None:
    first = open_window(size=(960, 640), remember=True)
    first.close()
    second = MainWindow(first.store.settings, first.run_actions.folder, None)
    qtbot.addWidget(second)
    # It is fitted to the offscreen platform's small screen.
    room = room_on(screen_around(second))
    assert second.size() == QSize(960, 640).boundedTo(room.size())
    assert room.contains(second.geometry())
    second.close()


def test_that_the_status_bar_says_what_trains_here(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: "Checking" not in window.findChild(QLabel, "device").text())
    assert window.findChild(QLabel, "device").text()
    qtbot.waitUntil(lambda: "CPU" in window.findChild(QLabel, "telemetry").text())


def pages_of(window: MainWindow) -> list[QWidget]:
    return [window.pages.widget(index) for index in range(window.pages.count())]


def _scrolls(child: QWidget) -> bool:
    while child is not None:
        parent = child.parentWidget()
        area = parent.parentWidget() if parent is not None else None
        # The page as a whole scrolls only where there is less room than it needs, which is tested before.
        if isinstance(area, QScrollArea) and area.objectName() != "page_area":
            return True
        if parent is not None and parent.inherits("QAbstractItemView"):
            return True
        child = parent
    return False


def _inside_control(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QTableView)) or parent.inherits("QAbstractScrollArea"):
            return not isinstance(parent, QScrollArea)
        parent = parent.parentWidget()
    return False


def _on_window(window: QWidget, widget: QWidget) -> QRect:
    region = widget.visibleRegion().boundingRect()
    return QRect(widget.mapTo(window, region.topLeft()), region.size()) if widget else QRect(QPoint(), region.size())


def _told(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)) else ""
    return f"{type(widget).__name__} {widget.objectName()} {text}".strip()
