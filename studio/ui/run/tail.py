"""Follows run.db ten times a second: read in a thread, taken and shown in slices that never hold the window."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.run.curve_names import shows_learning
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.run.tail_reader import Place, Slice, TailReader

PERIOD_MS = 100
CATCHING_UP_MS = 10
TOLD_PERIOD_SECONDS = 0.3  # between two drawings while it catches up
SLOW_MS = 1000  # after which it is said that the run's disk is waited for
LOOK = "run-tail"


@dataclass(frozen=True, slots=True)
class Growth:
    """What one look at run.db brought: names of curves, and whether there were loads and events."""

    curves: frozenset[str]
    loads: bool
    events: bool

    def and_then(self, later: Growth) -> Growth:
        """Both looks as one."""
        return Growth(self.curves | later.curves, self.loads or later.loads, self.events or later.events)

    def parts(self) -> list[Growth]:
        """The losses, the other curves, the loads and the events, one part each; what did not grow is left out."""
        none: frozenset[str] = frozenset()
        losses = frozenset(name for name in self.curves if shows_learning(name))
        each = [
            Growth(losses, False, False),
            Growth(self.curves - losses, False, False),
            Growth(none, self.loads, False),
            Growth(none, False, self.events),
        ]
        return [part for part in each if part.curves or part.loads or part.events]


NOTHING = Growth(frozenset(), False, False)


class RunTail(QObject):
    """Takes what is new in one run's run.db into a RunRecord; one timer, stopped while nobody looks.

    `grew` brings each Growth, `failed` the Problem that ends the reading; `waits` whether its disk is slow to answer.
    """

    grew = Signal(object)
    failed = Signal(object)
    waits = Signal(bool)

    def __init__(self, folder: RunFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.record = RunRecord()
        self._reader = TailReader(folder)
        self._place = Place()
        self._newest_loads = 0
        self._untold = NOTHING
        self._told = 0.0
        self._parts: list[Growth] = []  # to be shown before reading continues
        self._all_read = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self._waits = False
        self._looks = False  # whether what was asked last is a look

    @property
    def caught_up(self) -> bool:
        """Whether everything that run.db held at the last look was read and shown."""
        return self._all_read and not self._parts

    @property
    def is_looking(self) -> bool:
        """Whether run.db is being read, or will be as soon as it was let go of."""
        return self._looks and is_asking(self, LOOK)

    def start(self) -> None:
        """Look at once, then ten times a second."""
        if not self._timer.isActive():
            self._timer.start()
            self._on_tick()

    def stop(self) -> None:
        """Stop looking, and let go of run.db once a look under way has ended; what was read is kept."""
        self._timer.stop()
        self._settle()
        self._looks = False
        off_thread(self, LOOK, self._reader.close, None)

    @Slot()
    def _on_tick(self) -> None:
        if self._parts:
            self.grew.emit(self._parts.pop(0))
            self._timer.setInterval(PERIOD_MS if self.caught_up else CATCHING_UP_MS)
        elif not self.is_looking:
            self._slow.start()
            self._looks = True
            off_thread(self, LOOK, partial(self._reader.look, self._place, self.record.at_work), self._on_looked)

    def _on_looked(self, found: Slice | None) -> None:
        self._settle()
        if found is None:
            self._timer.setInterval(PERIOD_MS)
            return
        self._take(found)
        self._all_read = found.is_all
        if found.problem is not None:
            self._timer.stop()
            self.failed.emit(found.problem)
            return
        if self._all_read or time.perf_counter() - self._told >= TOLD_PERIOD_SECONDS:
            # Drawn in the next turns and in parts: all at once would block the window.
            self._parts += self._untold.parts()
            self._untold, self._told = NOTHING, time.perf_counter()
        self._timer.setInterval(PERIOD_MS if self.caught_up else CATCHING_UP_MS)

    def _take(self, found: Slice) -> None:
        record, self._place = self.record, found.place
        for stored in found.events:
            record.add_event(stored)
        curves = record.add_scalars(found.scalars)
        if found.whole is not None:
            record.curves = found.whole
            curves |= set(found.whole)
        if found.steps:
            record.take_steps(found.steps)
        loads = False
        if found.newest_loads is not None:
            loads, self._newest_loads = found.newest_loads != self._newest_loads, found.newest_loads
            record.routed = found.newest_loads > 0
        self._untold = self._untold.and_then(Growth(frozenset(curves), loads, bool(found.events)))

    def _settle(self) -> None:
        """The disk has answered, or nobody waits for it any more."""
        self._slow.stop()
        if self._waits:
            self._waits = False
            self.waits.emit(False)

    @Slot()
    def _on_slow(self) -> None:
        self._waits = True
        self.waits.emit(True)
