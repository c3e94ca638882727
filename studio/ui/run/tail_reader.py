"""Reads what is new in one run's run.db, a slice at a time; without Qt, so that any thread may do it."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import ValidationError

from studio.core.problem import Problem, ProblemError
from studio.core.run.events import EVENT_KINDS, EvaluationEnded, StepEnded
from studio.core.run.run_database import DatabaseBusyError, database_problem
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import PACE_STEPS, add_points
from studio.core.run.run_rows import Scalar, Stored
from studio.core.run.series import Series
from studio.core.words import tr

BUDGET_SECONDS = 0.008  # of a slice: what it brings is taken in one turn of the window
SCALARS_A_SLICE = 300
EVENTS_A_SLICE = 200
# A run of more steps is shown at once by so many of them; all of it takes their place once it is read.
SAMPLED_FROM, SAMPLED_STEPS = 4000, 1500

# A step's curves are read as scalars, and only the newest steps matter.
_KINDS = tuple(kind for kind in EVENT_KINDS if kind != "StepEnded")
_Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """How far run.db was read and taken; a look whose slice nobody takes is made again from here."""

    event_id: int = 0
    scalar_id: int = 0
    whole: defaultdict[str, Series] | None = None  # of a long run, while its curves are a sample
    evaluated: frozenset[int] = frozenset()  # steps, which a sample does not leave out
    rested: _Stamp = ()  # of the files, when they were closed since the run was at rest


@dataclass(slots=True)
class Slice:
    """What one look at run.db brought, and the place from which the next one goes on.

    `whole` takes the place of all curves; `is_all` says that run.db held no more; `problem` why it was not read to the
    end of the slice: what came before it counts.
    """

    place: Place
    events: list[Stored] = field(default_factory=list)
    steps: list[Stored] = field(default_factory=list)  # the newest first
    scalars: list[Scalar] = field(default_factory=list)
    whole: defaultdict[str, Series] | None = None
    newest_loads: int | None = None
    is_all: bool = False
    problem: Problem | None = None


class TailReader:
    """Looks at run.db again and again, in whichever thread, but one look after another.

    The run.db of a run at rest is closed again, until it changes: Windows moves and deletes no folder of which a file
    is open, and the run's page may be open for days.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._reader: RunReader | None = None

    def look(self, place: Place, at_work: bool) -> Slice | None:
        """The slice from this place on, read without waiting; `at_work` says whether a worker holds the run.

        None where a run at rest has not changed, or another program holds it: the next look tries again.
        """
        stamp = () if at_work else self._stamp()
        if stamp and stamp == place.rested:
            return None
        found = Slice(replace(place, rested=()))
        try:
            if self._reader is None:
                self._reader = self._folder.reader(patience=0.0)
            self._read(self._reader, found)
        except ProblemError as error:
            return self._ended_by(error, found)
        except (sqlite3.Error, ValidationError) as error:
            return self._ended_by(database_problem(self._folder.db, tr("the run can no longer be read"), error), found)
        if found.is_all and stamp:
            self.close()
            found.place = replace(found.place, rested=stamp)
        return found

    def close(self) -> None:
        """Let go of run.db; the next look opens it again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _ended_by(self, error: ProblemError, found: Slice) -> Slice | None:
        if isinstance(error, DatabaseBusyError):
            return None  # the whole slice is read again
        self.close()
        found.problem = error.problems[0]
        return found

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

    def _read(self, reader: RunReader, found: Slice) -> None:
        until = time.perf_counter() + BUDGET_SECONDS
        more_events = self._read_events(reader, found)
        if not found.place.scalar_id and found.place.whole is None:
            self._sample(reader, found)
        whole = found.place.whole
        more = True
        while more:
            scalars = reader.scalars(found.place.scalar_id, SCALARS_A_SLICE)
            if scalars:
                found.place = replace(found.place, scalar_id=scalars[-1].id)
                if whole is not None:
                    add_points(whole, scalars)
                else:
                    found.scalars += scalars
            more = len(scalars) == SCALARS_A_SLICE
            if time.perf_counter() >= until:
                break
        if not more and whole is not None:
            found.whole, found.place = whole, replace(found.place, whole=None)
        found.newest_loads = reader.newest_loads()  # they are read where they are looked at
        if found.scalars or found.whole:
            found.steps = reader.last_events("StepEnded", PACE_STEPS)
        found.is_all = not (more or more_events)

    def _sample(self, reader: RunReader, found: Slice) -> None:
        """Of a long run, read some steps over its whole length."""
        last = reader.last_event("StepEnded")
        if last is None or not isinstance(last.event, StepEnded) or last.event.step <= SAMPLED_FROM:
            return
        steps = set(np.linspace(1, last.event.step, SAMPLED_STEPS).astype(int).tolist())
        found.scalars = reader.sampled_scalars(sorted(steps | found.place.evaluated))
        found.place = replace(found.place, whole=defaultdict(Series))

    def _read_events(self, reader: RunReader, found: Slice) -> bool:
        """Read the next events; returns whether there may be more."""
        newest = reader.last_event()
        place = found.place
        if newest is None or newest.id <= place.event_id:
            return False
        found.events = reader.events(place.event_id, _KINDS, EVENTS_A_SLICE)
        evaluated = {each.event.step for each in found.events if isinstance(each.event, EvaluationEnded)}
        is_full = len(found.events) == EVENTS_A_SLICE
        last = found.events[-1].id if found.events else 0
        found.place = replace(
            place, event_id=last if is_full else max(newest.id, last), evaluated=place.evaluated | evaluated
        )
        return is_full
