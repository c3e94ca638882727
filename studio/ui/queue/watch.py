"""Reads the queue in a thread, starts the runs whose turn it is, and carries out changes there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.process.dispatch import Looked, end_game, start_next
from studio.core.queue.queue import read_queue
from studio.core.words import tr
from studio.ui.queue.snapshot import QueueSnapshot, look_at_queue

if TYPE_CHECKING:
    from studio.hardware.give_way.watching import ComeBack

PERIOD_MS = 1000


class QueueWatch(QObject):
    """Emits `looked` with a QueueSnapshot when something changed, and `went_on` with the runs that it has started.

    `reviewed` says that what was told of the queue may not be true any more.
    """

    looked = Signal(object)
    went_on = Signal(object)
    failed = Signal(object)
    reviewed = Signal()
    _found = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = QueueSnapshot()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="queue-watch")
        self._pending: Future[None] | None = None
        self._stopped = False
        self._come_back: ComeBack | None = None
        self._told: tuple[Problem, ...] = ()
        self._found.connect(self._on_found)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Look at once, then each second."""
        if not self._stopped:
            self._timer.start()
            self.do()

    def stop(self) -> None:
        """Stop for good; waits for a change in progress."""
        self._stopped = True
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def is_lasting(self, problem: Problem) -> bool:
        """Whether the last look still found this."""
        return problem in self._told

    def do(self, change: Callable[[], object] | None = None) -> None:
        """Carry out a change of the queue in the thread, and read it afterwards."""
        if not self._stopped:
            self._pending = self._pool.submit(self._work, change)

    @Slot()
    def _on_tick(self) -> None:
        if self._pending is None or self._pending.done():
            self.do()

    def _work(self, change: Callable[[], object] | None) -> None:
        snapshot: QueueSnapshot | None = None
        looked = Looked()
        problems: tuple[Problem, ...] = ()
        try:
            if change is not None and isinstance(done := change(), Looked):
                looked = done
            if self._is_game_over():
                looked = looked.and_then(end_game())
            looked = looked.and_then(start_next())
            snapshot = look_at_queue()
        except ProblemError as error:
            problems = error.problems
        except OSError as error:
            problems = (
                Problem(
                    "queue", tr("it cannot be read ({error}).", error=error), tr("See that its folder can be read.")
                ),
            )
        self._found.emit(snapshot, looked, problems)

    def _is_game_over(self) -> bool:
        """Whether a game that a program began has left the card alone, and the settings let training continue."""
        game = read_queue().game
        if game is None or not game.pid:
            return False
        if self._come_back is None or self._come_back.game != game:
            from studio.hardware.give_way.watching import ComeBack  # the first paint does not wait for psutil

            self._come_back = ComeBack(game)
        return self._come_back.is_time()

    @Slot(object, object, object)
    def _on_found(self, snapshot: QueueSnapshot | None, looked: Looked, problems: tuple[Problem, ...]) -> None:
        if self._stopped:
            return
        if snapshot is not None and snapshot != self.snapshot:
            self.snapshot = snapshot
            self.looked.emit(snapshot)
        for problem in looked.problems:
            self.failed.emit(problem)
        # A lasting problem is reported once, and not each second.
        before, self._told = self._told, problems
        for problem in problems:
            if problem not in before:
                self.failed.emit(problem)
        cured = bool(set(before) - set(problems))
        if looked.started:
            self.went_on.emit(looked.started)
        if cured or snapshot is not None:
            self.reviewed.emit()
