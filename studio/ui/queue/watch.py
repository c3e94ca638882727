"""Reads the queue in a thread, starts the runs whose turn it is, and carries out changes there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.process.dispatch import Looked, end_game, start_next
from studio.core.queue.queue import read_queue
from studio.core.queue.queue_text import name_of
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.off_thread import is_asking, off_thread, wait_for
from studio.ui.queue.snapshot import QueueSnapshot, look_at_queue

if TYPE_CHECKING:
    from studio.hardware.give_way.watching import ComeBack

PERIOD_MS = 1000
DRIVE_PATIENCE = 1.0  # seconds that a look waits for a drive; the next look asks again
LOOK, CHANGE = "queue-look", "queue-change"


class QueueWatch(QObject):
    """Emits `looked` with a QueueSnapshot when something changed, and `went_on` with the runs that it has started and
    their names.

    `reviewed` says that what was told of the queue may not be true any more.
    """

    looked = Signal(object)
    went_on = Signal(object)
    failed = Signal(object)
    reviewed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot = QueueSnapshot()
        self._stopped = False
        self._changes: deque[Callable[[], object]] = deque()  # taken from it in the thread that makes them
        self._changed = 0  # how often the queue was changed from here
        self._look = _Look()
        self._told: tuple[Problem, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Look at once, then each second."""
        if not self._stopped:
            self._timer.start()
            self.do()

    def stop(self) -> None:
        """Stop for good, and wait a moment for what is being done.

        The process stays until the changes that were asked for are made, and the window does not.
        """
        if self._changes:
            off_thread(self, f"{CHANGE}:end", partial(self._look.change, self._changes), None, is_writing=True)
        self._stopped = True
        self._timer.stop()
        wait_for(self)

    def is_lasting(self, problem: Problem) -> bool:
        """Whether the last look still found this."""
        return problem in self._told

    def do(self, change: Callable[[], object] | None = None) -> None:
        """Carry out a change of the queue in a thread, after those before it, and look at the queue afterwards."""
        if self._stopped:
            return
        if change is not None:
            self._changes.append(change)
        self._go_on()

    def _go_on(self) -> None:
        """Make the changes that wait, or look; a change does not wait for a look, which may ask a drive that sleeps."""
        if self._changes and not is_asking(self, CHANGE):
            off_thread(self, CHANGE, partial(self._look.change, self._changes), self._on_changed, is_writing=True)
        elif not self._changes and not is_asking(self, CHANGE):
            off_thread(self, LOOK, self._look.look, partial(self._on_looked, self._changed))

    @Slot()
    def _on_tick(self) -> None:
        if not is_asking(self, LOOK):
            self._go_on()

    def _on_changed(self, found: Seen) -> None:
        self._changed += 1
        self._show(found)
        if not self._stopped:
            self.reviewed.emit()
            self._go_on()

    def _on_looked(self, changed: int, found: Seen) -> None:
        if found.snapshot is not None:
            found = replace(found, problems=(*found.problems, *found.snapshot.silent))
        if changed != self._changed:
            found = replace(found, snapshot=None)  # it may be of the queue as it was before
        # Of each problem that lasts it is told once, and not each second.
        before, self._told = self._told, found.problems
        self._show(replace(found, problems=tuple(each for each in found.problems if each not in before)))
        if not self._stopped and (set(before) - set(found.problems) or found.snapshot is not None):
            self.reviewed.emit()

    def _show(self, found: Seen) -> None:
        if self._stopped:
            return
        if found.snapshot is not None and found.snapshot != self.snapshot:
            self.snapshot = found.snapshot
            self.looked.emit(found.snapshot)
        for problem in (*found.done.problems, *found.problems):
            self.failed.emit(problem)
        if found.started:
            self.went_on.emit(found.started)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the queue found and did; `started` names the runs whose turn had come."""

    snapshot: QueueSnapshot | None = None
    done: Looked = field(default_factory=Looked)
    started: tuple[tuple[RunFolder, str], ...] = ()
    problems: tuple[Problem, ...] = ()


class _Look:
    """Looks at the queue and changes it, in whichever thread."""

    def __init__(self) -> None:
        self._come_back: ComeBack | None = None

    def look(self) -> Seen:
        """Start the runs whose turn it is, and see what waits then."""
        return self._seen(Looked)

    def change(self, changes: deque[Callable[[], object]]) -> Seen:
        """Make these changes, and those that come meanwhile, whatever becomes of the others; and look after each."""
        every = Seen()
        while changes:
            try:
                change = changes.popleft()
            except IndexError:
                break  # another thread has taken it
            seen = self._seen(change)
            every = Seen(
                seen.snapshot,
                every.done.and_then(seen.done),
                every.started + seen.started,
                every.problems + seen.problems,
            )
        return every

    def _seen(self, change: Callable[[], object]) -> Seen:
        done = Looked()
        try:
            if isinstance(made := change(), Looked):
                done = made
            if self._is_game_over():
                done = done.and_then(end_game())
            done = done.and_then(start_next(patience=DRIVE_PATIENCE))
            names = tuple((folder, name_of(folder)) for folder in done.started)
            return Seen(look_at_queue(), done, names)
        except ProblemError as error:
            return Seen(None, done, (), error.problems)
        except OSError as error:
            what = tr("it cannot be read ({error}).", error=error)
            return Seen(None, done, (), (Problem("queue", what, tr("See that its folder can be read.")),))

    def _is_game_over(self) -> bool:
        """Whether a game that a program began has left the card alone, and the settings let training continue."""
        game = read_queue().game
        if game is None or not game.pid:
            return False
        if self._come_back is None or self._come_back.game != game:
            from studio.hardware.give_way.watching import ComeBack  # the first paint does not wait for psutil

            self._come_back = ComeBack(game)
        return self._come_back.is_time()
