"""Follows run.db ten times a second, a slice at a time, so that the window never waits for a long run."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.curve_names import shows_learning
from studio.core.run.events import EVENT_KINDS, StepEnded
from studio.core.run.run_database import DatabaseBusyError, database_problem
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import PACE_STEPS, RunRecord, add_points
from studio.core.run.series import Series
from studio.core.words import tr

PERIOD_MS = 100
CATCHING_UP_MS = 10
TOLD_PERIOD_SECONDS = 0.3  # between two drawings while it catches up
BUDGET_SECONDS = 0.008
SCALARS_A_SLICE = 300
# A run of more steps is shown at once by so many of them; all of it takes their place once it is read.
SAMPLED_FROM, SAMPLED_STEPS = 4000, 1500
EVENTS_A_SLICE = 200

# A step's curves are read as scalars, and only the newest steps matter.
_KINDS = tuple(kind for kind in EVENT_KINDS if kind != "StepEnded")


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
_Stamp = tuple[tuple[int, int], ...]


class RunTail(QObject):
    """Reads what is new in one run's run.db into a RunRecord; one timer, stopped while nobody looks.

    The run.db of a run at rest is closed again, until it changes: Windows moves and deletes no folder of which a file
    is open, and the run's page may be open for days.
    """

    grew = Signal(object)
    failed = Signal(object)

    def __init__(self, folder: RunFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.record = RunRecord()
        self._folder = folder
        self._reader: RunReader | None = None
        self._event_id = self._scalar_id = self._load_id = 0
        self._untold = NOTHING
        self._told = 0.0
        self._whole: defaultdict[str, Series] | None = None  # of a long run, while its curves are a sample
        self._parts: list[Growth] = []  # to be shown before reading continues
        self._all_read = False
        self._rested: _Stamp | None = None  # of the files, when they were closed since the run was at rest
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def caught_up(self) -> bool:
        """Whether everything that run.db held at the last look was read and shown."""
        return self._all_read and not self._parts

    def start(self) -> None:
        """Look at once, then ten times a second."""
        if not self._timer.isActive():
            self._timer.start()
            self._on_tick()

    def stop(self) -> None:
        """Stop looking; what was read is kept."""
        self._timer.stop()
        self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _stamp(self) -> _Stamp:
        """What changes with each write to run.db; a log without content is as good as none."""
        found = []
        for file in (self._folder.db, self._folder.db.with_name(f"{self._folder.db.name}-wal")):
            try:
                about = file.stat()
            except OSError:
                continue
            if about.st_size:
                found.append((about.st_size, about.st_mtime_ns))
        return tuple(found)

    @Slot()
    def _on_tick(self) -> None:
        if self._parts:
            self.grew.emit(self._parts.pop(0))
            self._timer.setInterval(PERIOD_MS if self.caught_up else CATCHING_UP_MS)
            return
        stamp = () if self.record.at_work else self._stamp()
        if stamp and stamp == self._rested:
            return
        self._rested = None
        try:
            self._all_read = self._read()
        except DatabaseBusyError:
            # Waiting for another program would block the window: the next look tries again.
            self._timer.setInterval(PERIOD_MS)
        except ProblemError as error:
            self._give_up(error.problems[0])
        else:
            if self._all_read or time.perf_counter() - self._told >= TOLD_PERIOD_SECONDS:
                # Drawn in the next turns and in parts: all at once would block the window.
                self._parts = self._untold.parts()
                self._untold, self._told = NOTHING, time.perf_counter()
            self._timer.setInterval(PERIOD_MS if self.caught_up else CATCHING_UP_MS)
            if self._all_read and stamp:
                self._close()
                self._rested = stamp

    def _give_up(self, problem: Problem) -> None:
        self.stop()
        self.failed.emit(problem)

    def _read(self) -> bool:
        """Read the next slice without waiting; returns whether run.db holds nothing more."""
        try:
            if self._reader is None:
                self._reader = self._folder.reader(patience=0.0)
            return self._read_slice(self._reader, self.record)
        except (sqlite3.Error, ValidationError) as error:
            raise database_problem(self._folder.db, tr("the run can no longer be read"), error) from error

    def _read_slice(self, reader: RunReader, record: RunRecord) -> bool:
        until = time.perf_counter() + BUDGET_SECONDS
        events, more_events = self._read_events(reader)
        curves = self._sample(reader, record) if not self._scalar_id and self._whole is None else set()
        loads = False
        more = True
        try:
            while more:
                scalars = reader.scalars(self._scalar_id, SCALARS_A_SLICE)
                if scalars:
                    self._scalar_id = scalars[-1].id
                    grew = add_points(self._whole if self._whole is not None else record.curves, scalars)
                    curves |= grew if self._whole is None else set()
                more = len(scalars) == SCALARS_A_SLICE
                if time.perf_counter() >= until:
                    break
            if not more and self._whole is not None:
                record.curves, self._whole = self._whole, None
                curves |= set(record.curves)
            newest = reader.newest_loads()  # they are read where they are looked at
            loads, self._load_id = newest != self._load_id, newest
            record.routed = newest > 0
            if curves:
                record.take_steps(reader.last_events("StepEnded", PACE_STEPS))
        finally:
            # Even where a read in between failed: what was added to the record is shown.
            self._untold = self._untold.and_then(Growth(frozenset(curves), loads, events))
        return not (more or more_events)

    def _sample(self, reader: RunReader, record: RunRecord) -> set[str]:
        """Of a long run, read some steps over its whole length; returns the names of their curves."""
        last = reader.last_event("StepEnded")
        if last is None or not isinstance(last.event, StepEnded) or last.event.step <= SAMPLED_FROM:
            return set()
        steps = set(np.linspace(1, last.event.step, SAMPLED_STEPS).astype(int).tolist())
        steps |= {evaluation.step for evaluation in record.evaluations}
        self._whole = defaultdict(Series)
        record.take_steps(reader.last_events("StepEnded", PACE_STEPS))
        return record.add_scalars(reader.sampled_scalars(sorted(steps)))

    def _read_events(self, reader: RunReader) -> tuple[bool, bool]:
        """Read the next events; returns whether there were any, and whether there may be more."""
        newest = reader.last_event()
        if newest is None or newest.id <= self._event_id:
            return False, False
        found = reader.events(self._event_id, _KINDS, EVENTS_A_SLICE)
        for stored in found:
            self.record.add_event(stored)
        if len(found) == EVENTS_A_SLICE:
            self._event_id = found[-1].id
            return True, True
        self._event_id = max(newest.id, *(stored.id for stored in found)) if found else newest.id
        return bool(found), False
