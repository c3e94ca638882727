"""How long the window's thread is held up, and by what: a timer that would tick all the time."""

from __future__ import annotations

import faulthandler
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from PySide6.QtCore import QEventLoop, QTimer

AIM = 0.05  # seconds that nothing may hold the window's thread for


class Holds:
    """A timer of 0 ms: the time between two of its ticks is how long something else held the thread.

    When a hold lasts longer than `where` seconds, the thread's stack is printed on standard error.
    """

    def __init__(self, where: float | None = None) -> None:
        self.held: list[float] = []
        self._where = where
        self._last = self._armed = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.stop()
        faulthandler.cancel_dump_traceback_later()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.held.append(now - self._last)
        # By faulthandler, which holds no frame: a painter that outlived its paint event would crash Qt.
        if self._where is not None and now - self._armed > 0.01:
            faulthandler.dump_traceback_later(self._where)
            self._armed = now
        self._last = now

    def begin(self) -> None:
        """Count from now on: what came before does not count."""
        self.held, self._last = [], time.perf_counter()

    def worst(self) -> str:
        """The longest holds since this was asked last, in ms."""
        longest = sorted(self.held, reverse=True)
        said = f"longest {', '.join(f'{each * 1000:.0f}' for each in longest[:5])} ms"
        over = sum(each > AIM for each in longest)
        self.begin()
        return f"{said}, {over} over {AIM * 1000:.0f} ms"


def wait(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wait_until(there: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let the window live until something is so; raises TimeoutError where it takes longer than `seconds`."""
    until = time.perf_counter() + seconds
    while not there():
        if time.perf_counter() > until:
            raise TimeoutError(f"not there after {seconds} s")
        wait(0.02)
