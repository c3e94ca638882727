"""What is asked at one place is done in order, places do not wait for one another, and answers come to the window."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.ui.lanes import AnsweringLanes
from studio.ui.off_thread import CLOSING_SECONDS, closing
from tests.patience import PATIENCE

HERE, THERE = Path("here"), Path("there")


def test_that_a_place_is_served_in_order_and_waits_for_no_other(qtbot: QtBot) -> None:
    owner, told, heard_in = QObject(), list[str](), set[int]()

    def take(answer: str) -> None:
        told.append(answer)
        heard_in.add(threading.get_ident())

    lanes, awake = AnsweringLanes("test", owner), threading.Event()
    lanes.answered.connect(take)

    def sleep() -> None:
        assert awake.wait(PATIENCE)
        lanes.answer("first here")

    lanes.submit(HERE, sleep)
    lanes.submit(HERE, lambda: lanes.answer("second here"))
    lanes.submit(THERE, lambda: lanes.answer("there"))
    qtbot.waitUntil(lambda: told == ["there"])
    awake.set()
    qtbot.waitUntil(lambda: told == ["there", "first here", "second here"])
    assert heard_in == {threading.get_ident()}
    lanes.finish()


def test_that_all_that_was_asked_is_answered_at_the_end_and_nothing_more_is_taken(qtbot: QtBot) -> None:
    owner, told = QObject(), list[int]()
    lanes = AnsweringLanes("test", owner)
    lanes.answered.connect(told.append)
    for number in range(20):
        lanes.submit(HERE, lambda number=number: lanes.answer(number))
    lanes.finish()
    assert told == list(range(20))
    lanes.submit(HERE, lambda: lanes.answer(20))
    qtbot.wait(20)
    assert told == list(range(20))


def test_that_several_that_end_together_wait_for_a_silent_drive_once(qtbot: QtBot) -> None:
    owner, awake = QObject(), threading.Event()
    every = [AnsweringLanes("test", owner) for _ in range(4)]
    for lanes in every:
        lanes.submit(HERE, lambda: awake.wait(PATIENCE) and None)
    began = time.monotonic()
    with closing():
        for lanes in every:
            lanes.finish()
    assert time.monotonic() - began < 2 * CLOSING_SECONDS
    awake.set()
