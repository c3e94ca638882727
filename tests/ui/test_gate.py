"""What threads say reaches the window's thread, or nobody, but never an object that is being destroyed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.ui.gate import Gate
from studio.ui.lanes import AnsweringLanes
from tests.patience import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
# A hundred threads have their answers within two milliseconds, in the midst of which the application is left.
LEAVING = """\
import time
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from studio.ui.off_thread import off_thread


def answer_at(moment):
    time.sleep(max(0.0, moment - time.monotonic()))


def main():
    app, owner = QCoreApplication([]), QObject()
    moment = time.monotonic() + 0.2
    for number in range(100):
        off_thread(owner, str(number), partial(answer_at, moment + number / 50_000), None)
    answer_at(moment + 0.0005)


main()
"""


def test_that_a_process_ends_well_whose_threads_have_their_answers_at_that_moment() -> None:
    leaving = [
        subprocess.Popen([sys.executable, "-c", LEAVING], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = [(each.communicate(timeout=PATIENCE)[1], each.returncode) for each in leaving]
    assert told == [("", 0)] * 4


def test_that_closing_waits_for_what_is_being_emitted_and_lets_nothing_more_through() -> None:
    gate, emits, goes_on = Gate(), threading.Event(), threading.Event()
    heard: list[str] = []

    def emit(what: str) -> None:
        emits.set()
        assert goes_on.wait(PATIENCE)
        heard.append(what)

    telling = threading.Thread(target=gate.emit, args=(emit, "first"))
    closing = threading.Thread(target=gate.close)
    telling.start()
    assert emits.wait(PATIENCE)
    closing.start()
    time.sleep(0.05)
    assert closing.is_alive()
    goes_on.set()
    for each in (telling, closing):
        each.join(PATIENCE)
    assert heard == ["first"]
    assert not gate.emit(emit, "second")
    assert heard == ["first"]


def test_that_whoever_answers_learns_whether_anybody_hears_it(qtbot: QtBot, tmp_path: Path) -> None:
    owner = QObject()
    lanes, heard, said = AnsweringLanes("answers", owner), list[str](), list[bool]()
    lanes.answered.connect(heard.append)
    holds = threading.Event()

    def late() -> None:
        assert holds.wait(PATIENCE)
        said.append(lanes.answer("late"))

    lanes.submit(tmp_path / "near", lambda: said.append(lanes.answer("near")))
    qtbot.waitUntil(lambda: heard == ["near"])
    lanes.submit(tmp_path / "far", late)
    lanes.finish()
    holds.set()
    wait_until(lambda: len(said) == 2)
    assert (heard, said) == (["near"], [True, False])
