"""Notices over the page: nothing moves, one a cause, gone when untrue, and problems with what fixes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.problem import Problem
from studio.ui.notices import Fix, Notice
from studio.ui.problem_list import ProblemList
from studio.ui.toasts import NEWS_MS, PROBLEM_MS, SHOWN, TICK_MS, Toasts
from studio.ui.window import MainWindow

Open = Callable[..., MainWindow]
LONG = "a-name-without-any-space-in-it-" * 8


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(900, 600)
    field = QLineEdit(page)
    page.show()
    field.setFocus()
    return page


def wait_out(toasts: Toasts, milliseconds: int, pointed: bool = False) -> None:
    """As if this time had passed while nobody, or somebody, points at the toasts, wherever the pointer is."""
    for line in toasts._lines:
        line.underMouse = lambda: pointed
    for _ in range(milliseconds // TICK_MS + 1):
        toasts._on_tick()


def test_that_no_notice_moves_the_page(qtbot: QtBot, open_window: Open) -> None:
    window = open_window(places.demo_recipe())
    start = window.findChild(QPushButton, "start")
    before = window.pages.geometry(), start.mapTo(window, QPoint())
    for number in range(6):
        window.tell(Notice.of(Problem(f"run {number}", f"it cannot be read, {number}.", "Restore the folder.")))
    assert (window.pages.geometry(), start.mapTo(window, QPoint())) == before
    assert len(window.notices.notices()) == 6
    toasts = window.notices.geometry()
    foot = window.pages.foot
    assert window.notices.isVisible()
    assert toasts.bottom() < foot.mapTo(window.notices.parentWidget(), QPoint()).y(), "Start is never covered"
    assert window.notices.parentWidget().rect().contains(toasts)


def test_that_notices_of_one_cause_are_one(page: QWidget) -> None:
    toasts = Toasts(page)
    for number in range(3):
        toasts.tell(Notice(f"'{number}' waits in the queue.", role="accent", cause="waits"))
        toasts.tell(Notice("It cannot be read."))
    assert [notice.what for notice in toasts.notices()] == ["It cannot be read.", "'2' waits in the queue."]


def test_that_news_pass_and_problems_fold_until_they_are_dismissed(page: QWidget) -> None:
    toasts = Toasts(page)
    toasts.tell(Notice("Next in the queue: 'x' starts.", role="accent"))
    toasts.tell(Notice("It cannot be read."))
    wait_out(toasts, NEWS_MS * 2)
    assert [notice.what for notice in toasts.notices()] == ["It cannot be read."]
    assert toasts.isVisible()
    wait_out(toasts, PROBLEM_MS)
    assert not toasts.isVisible()
    assert [notice.what for notice in toasts.problems()] == ["It cannot be read."]
    toasts.forget(toasts.notices()[0])
    assert toasts.notices() == []
    assert not toasts._timer.isActive()


def test_that_a_toast_under_the_pointer_stays(page: QWidget) -> None:
    toasts = Toasts(page)
    toasts.tell(Notice("Saved.", role="good"))
    wait_out(toasts, 10 * NEWS_MS, pointed=True)
    assert len(toasts.notices()) == 1


def test_that_what_is_not_true_any_more_is_gone(page: QWidget) -> None:
    toasts, waits = Toasts(page), {"x", "y"}
    for name in sorted(waits):
        toasts.tell(Notice(f"'{name}' waits.", cause=name, holds=lambda name=name: name in waits))
    wait_out(toasts, PROBLEM_MS)
    waits.remove("x")
    toasts.review()
    assert [notice.what for notice in toasts.notices()] == ["'y' waits."]


@pytest.mark.parametrize("size", [(900, 600), (420, 260)])
def test_that_toasts_stay_inside_the_page_whatever_they_say(page: QWidget, size: tuple[int, int]) -> None:
    page.resize(*size)
    toasts = Toasts(page)
    for number in range(SHOWN + 2):
        toasts.tell(Notice(f"{LONG} {number}", "Words that wrap. " * 12, where=f"/{LONG}"))
    page.resize(size[0] - 40, size[1] - 20)
    QApplication.sendPostedEvents()
    assert page.rect().contains(toasts.geometry())
    assert len(toasts._lines) == SHOWN


def test_that_a_problem_is_fixed_and_copied_from_the_list(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    done: list[str] = []
    window.tell(
        Notice(
            "The folder is gone.",
            where="/home/ann/runs",
            fixes=(Fix("mend", "Mend", "check", lambda: done.append("x")),),
        )
    )
    window.tell(Notice("The disk is full."))
    button = window.findChild(QPushButton, "problems")
    assert button.text() == "2 problems"
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F8)
    problems = window.findChild(ProblemList)
    qtbot.waitUntil(problems.isVisible)
    qtbot.mouseClick(problems.findChild(QPushButton, "copy_all_reports"), Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert "The folder is gone." in report
    assert "The disk is full." in report
    assert "/home/ann" not in report
    qtbot.mouseClick(problems.findChild(QPushButton, "mend"), Qt.MouseButton.LeftButton)
    assert done == ["x"]
    assert [notice.what for notice in window.notices.problems()] == ["The disk is full."]
    assert button.text() == "1 problem"
    qtbot.keyClick(problems, Qt.Key.Key_Escape)
    assert not problems.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(problems.findChild(QPushButton, "dismiss_problem"), Qt.MouseButton.LeftButton)
    assert not problems.isVisible()
    assert not button.isVisible()
