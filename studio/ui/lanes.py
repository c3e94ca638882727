"""What a person asks to be done on disks: in threads, in order at each place, and no place waits for another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.ui.gate import Gate
from studio.ui.off_thread import closing_patience


class Lanes:
    """A lane for each place, such as a run's folder, in which one thing is done after another."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lanes: dict[Path, ThreadPoolExecutor] = {}
        self._pending: set[Future[None]] = set()
        self._finished = False

    def submit(self, place: Path, work: Callable[[], None]) -> None:
        """Have the work done after what was asked of the same place before; nothing is taken after the end."""
        if self._finished:
            return
        if place not in self._lanes:
            self._lanes[place] = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        self._pending = {each for each in self._pending if not each.done()}
        self._pending.add(self._lanes[place].submit(work))

    def finish(self) -> None:
        """Take nothing more, and wait a moment for what was asked.

        What a drive has not answered by then is done when it does: the process stays for it, and the window does not.
        """
        self._finished = True
        wait(self._pending, closing_patience())
        for lane in self._lanes.values():
            lane.shutdown(wait=False)


class AnsweringLanes(QObject):
    """Lanes whose work gives answers; `answered` brings each to the window's thread, in the order of their coming."""

    answered = Signal(object)
    _came = Signal()

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._lanes = Lanes(name)
        self._answers: deque[Any] = deque()
        self._gate = Gate()
        self._came.connect(self._on_came)
        self.destroyed.connect(self._gate.close)

    def submit(self, place: Path, work: Callable[[], None]) -> None:
        """Have the work done after what was asked of the same place before; nothing is taken after the end."""
        self._lanes.submit(place, work)

    def answer(self, answer: object) -> bool:
        """Say what came of some work, in the thread that did it; returns whether anybody hears it."""
        return self._gate.emit(self._take, answer)

    def _take(self, answer: object) -> None:
        self._answers.append(answer)
        self._came.emit()

    def finish(self) -> None:
        """Take nothing more, wait a moment for what was asked, and tell what came of it."""
        self._lanes.finish()
        self._gate.close()
        self._on_came()

    @Slot()
    def _on_came(self) -> None:
        while self._answers:
            self.answered.emit(self._answers.popleft())
