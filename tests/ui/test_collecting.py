"""Dead cycles are searched for in the window's thread alone: what they hold may be widgets."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QMainWindow, QTextEdit
from pytestqt.qtbot import QtBot
from shiboken6 import isValid


@pytest.fixture
def searched_in() -> Iterator[set[int]]:
    """The threads in which Python searches for cycles while the test runs."""
    threads: set[int] = set()

    def note(phase: str, facts: dict[str, int]) -> None:
        if phase == "start":
            threads.add(threading.get_ident())

    gc.callbacks.append(note)
    yield threads
    gc.callbacks.remove(note)


def make_cycles() -> None:
    for _ in range(20 * gc.get_threshold()[0]):
        cycle: list[object] = []
        cycle.append(cycle)


def test_that_a_busy_thread_destroys_no_widgets(qtbot: QtBot, searched_in: set[int]) -> None:
    died_in: list[int] = []

    def make_dead_widget() -> Callable[[], object]:
        edit = QTextEdit()
        edit.mine = edit  # type: ignore[attr-defined]
        return weakref.finalize(edit, lambda: died_in.append(threading.get_ident())).peek

    still_there = make_dead_widget()
    busy = threading.Thread(target=make_cycles)
    busy.start()
    busy.join()
    assert still_there() is not None
    assert not searched_in
    qtbot.waitUntil(lambda: died_in != [])
    assert died_in == [threading.get_ident()]
    assert searched_in == {threading.get_ident()}


def test_that_a_bot_keeps_a_window_of_which_only_a_part_is_held(qtbot: QtBot) -> None:
    def open_window() -> QTextEdit:
        window = QMainWindow()
        edit = QTextEdit()
        window.setCentralWidget(edit)
        window.mine = window  # type: ignore[attr-defined]  a cycle, as any window of the studio is in one
        qtbot.addWidget(window)
        return edit

    edit = open_window()
    gc.collect()
    assert isValid(edit)
    assert not gc.isenabled()
