"""Writes events and curves into run.db; none is lost when the database cannot be written for a while."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run.commands import Command
from studio.core.run.event_text import event_text
from studio.core.run.events import Event, Phase, PhaseStarted, RunEnded, RunPaused, WarningRaised
from studio.core.run.run_db import RunWriter
from studio.core.words import tr

SECONDS_BETWEEN_PROGRESS = 2.0  # at most one event of a phase's progress in that time
SILENT_PHASES: frozenset[Phase] = frozenset({"loading", "tokenising", "saving"})
"""Phases of long calls that report no progress: there processor time is the sign of life."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What belongs into one transaction."""

    events: tuple[Event, ...]
    step: int | None = None
    scalars: Mapping[str, float] = field(default_factory=dict)
    loads: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    answer_loads: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    together: NDArray[np.float64] | None = None


class SignsOfLife(Protocol):
    """What shows that a worker lives: a run's `Beating`, or those of several runs in one process."""

    counts_work: bool

    def beat(self) -> None: ...


class Recorder:
    """Writes in order, one transaction per entry; what fails for now (disk full, locked) waits and is tried again.

    Training continues meanwhile: a step's record is small, its computation expensive. `flush` returns whether all is
    written, which a checkpoint needs first: a run resumed from it does not repeat those steps.
    Without a `writer` nothing is recorded and nobody asks for anything: another process of the run does that.
    """

    def __init__(self, writer: RunWriter | None, beating: SignsOfLife | None = None) -> None:
        self._writer = writer
        self._beating = beating
        if beating is not None:
            # Before the first phase torch is imported: minutes, where a scanner reads each of its files first.
            beating.counts_work = True
        self._waiting: deque[_Entry] = deque()
        self._trouble = ""
        self._progress_at = -SECONDS_BETWEEN_PROGRESS
        self._phase: Phase | None = None
        self.reached = 0  # finished steps of the run

    def event(self, *events: Event) -> None:
        """Record events that belong together; how the run ends is printed to the log too."""
        for event in events:
            if isinstance(event, (RunEnded, RunPaused)) and self._writer is not None:
                print(event_text(event).brief, flush=True)
        self._put(_Entry(events))

    def step(
        self,
        ended: Event,
        step: int,
        scalars: Mapping[str, float],
        loads: Mapping[str, NDArray[np.float32]],
        *others: Event,
        answer_loads: Mapping[str, NDArray[np.float32]] | None = None,
        together: NDArray[np.float64] | None = None,
    ) -> None:
        """Record one step with its curves and loads (see `RunWriter.write`), whole or not at all."""
        self.reached = step
        self._put(_Entry((ended, *others), step, scalars, loads, answer_loads or {}, together))

    def scores(self, step: int, scalars: Mapping[str, float], *events: Event) -> None:
        """Record an evaluation with its points and samples."""
        self._put(_Entry(events, step, scalars))

    def beat(self) -> None:
        """Show that the work continues, where there is nothing to record."""
        if self._beating is not None:
            self._beating.beat()

    def phase(self, phase: Phase, detail: str = "") -> None:
        """Record what begins now."""
        self._phase = phase
        if self._beating is not None:
            self._beating.counts_work = phase in SILENT_PHASES
        self._progress_at = time.monotonic()
        self.event(PhaseStarted(phase=phase, detail=detail))

    def ensure_phase(self, phase: Phase) -> None:
        """Record that `phase` begins, unless it is the one that lasts."""
        if phase != self._phase:
            self.phase(phase)

    def progress(self, phase: Phase, detail: str, done: int, total: int) -> None:
        """Record how far the current phase is, every other second and at its end."""
        now = time.monotonic()
        if done < total and now - self._progress_at < SECONDS_BETWEEN_PROGRESS:
            self.beat()
            return
        self._progress_at = now
        self.event(PhaseStarted(phase=phase, detail=detail, done=done, total=total))

    def warn(self, where: str, what: str, remedy: str = "", step: int | None = None) -> None:
        """Record a warning, which does not end the run, and print it to the log."""
        if self._writer is not None:
            print(f"warning: {where}: {what} {remedy}".rstrip(), flush=True)
        self.event(WarningRaised(step=step, where=where, what=what, remedy=remedy))

    def take_commands(self) -> list[Command]:
        """The commands sent since the last call; none while the database cannot be read."""
        if self._writer is None:
            return []
        try:
            return self._writer.take_commands()
        except sqlite3.OperationalError as error:
            self._print_once(str(error))
            return []
        except ValidationError as error:
            self.warn(
                "commands",
                tr("an invalid command was ignored ({n} errors).", n=error.error_count()),
            )
            return []

    def flush(self) -> bool:
        """Try to write what waits; returns whether nothing waits any more."""
        if self._writer is None:
            self._waiting.clear()
        while self._waiting:
            entry = self._waiting[0]
            assert self._writer is not None
            try:
                self._writer.write(
                    *entry.events,
                    step=entry.step,
                    scalars=entry.scalars,
                    loads=entry.loads,
                    answer_loads=entry.answer_loads,
                    together=entry.together,
                )
            except sqlite3.OperationalError as error:
                self._print_once(str(error))
                return False
            self._waiting.popleft()
        if self._trouble:
            trouble, self._trouble = self._trouble, ""
            self.warn(
                "run.db",
                tr("it could not be written for a while ({trouble}); everything is in it now.", trouble=trouble),
            )
        return True

    def finish(self, patience: float = 60.0) -> None:
        """Write what still waits, for `patience` seconds; raises ProblemError when that fails."""
        end = time.monotonic() + patience
        while not self.flush():
            if time.monotonic() > end:
                for entry in self._waiting:
                    for event in entry.events:
                        print(f"not written to run.db: {event.model_dump_json()}", flush=True)
                raise ProblemError.at(
                    "run.db",
                    tr("it cannot be written ({trouble}).", trouble=self._trouble),
                    tr("Make room on the disk, then resume the run."),
                )
            time.sleep(0.5)

    def _put(self, entry: _Entry) -> None:
        self.beat()
        self._waiting.append(entry)
        self.flush()

    def _print_once(self, trouble: str) -> None:
        if not self._trouble:
            print(f"warning: run.db cannot be written for now ({trouble}); its entries wait.", flush=True)
        self._trouble = trouble
