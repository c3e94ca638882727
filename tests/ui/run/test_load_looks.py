"""Loads are looked at beside the window, and no wish for them is forgotten."""

from __future__ import annotations

from threading import Event

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.ui.run.load_looks import LoadLooks
from studio.ui.run.load_source import LoadLook


class SlowSource:
    """Lets go of run.db when it is told to, and knows what it was asked for."""

    is_open = True

    def __init__(self) -> None:
        self.may_close, self.asked = Event(), list[int | None]()

    def close(self) -> None:
        assert self.may_close.wait(20)

    def look(self, chosen: int | None, hovered: int | None, pairs: bool) -> LoadLook:
        self.asked.append(chosen)
        return LoadLook()


def test_that_what_is_wished_for_while_run_db_is_let_go_of_is_looked_at(qtbot: QtBot) -> None:
    owner, source = QObject(), SlowSource()
    looks = LoadLooks(owner)
    looks.source = source  # type: ignore[assignment]
    looks.close()
    looks.look(7, None, False)
    with qtbot.waitSignal(looks.looked):
        source.may_close.set()
    assert source.asked == [7]


def test_that_of_many_wishes_the_newest_is_looked_at_last(qtbot: QtBot) -> None:
    owner, source = QObject(), SlowSource()
    looks = LoadLooks(owner)
    looks.source = source  # type: ignore[assignment]
    for step in range(5):
        looks.look(step, None, False)
    qtbot.waitUntil(lambda: not looks.is_reading and looks._next is None)
    assert (source.asked[0], source.asked[-1], len(source.asked)) == (0, 4, 2)
