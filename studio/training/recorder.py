"""The worker's pen: events and curves into run.db, none lost when the database cannot be written for a while."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run.commands import Command
from studio.core.run.event_text import event_text
from studio.core.run.events import Event, Phase, PhaseStarted, RunEnded, RunPaused, WarningRaised
from studio.core.run.run_db import RunWriter
from studio.core.state.pulse import Beating

PROGRESS_EVERY = 2.0  # seconds between two words on how far a phase is
WITHOUT_A_WORD: frozenset[Phase] = frozenset({"loading", "tokenising", "saving"})
"""Phases of long calls that tell nothing of their progress: there the processor's time is the sign of life."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What belongs into one transaction."""

    events: tuple[Event, ...]
    step: int | None = None
    scalars: Mapping[str, float] = field(default_factory=dict)
    loads: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


class Recorder:
    """Writes in order, one transaction an entry; what fails for now (disk full, locked) waits and is tried again.

    Training goes on meanwhile: a step's record is small, and its time is not. `flush` tells whether all is
    written, which a checkpoint needs first: a run resumed from it does not do those steps again.
    """

    def __init__(self, writer: RunWriter, beating: Beating | None = None) -> None:
        self._writer = writer
        self._beating = beating
        if beating is not None:
            # Before the first phase torch is imported: minutes, where a scanner reads each of its files first.
            beating.counts_work = True
        self._waiting: deque[_Entry] = deque()
        self._told = ""
        self._progress_told = -PROGRESS_EVERY
        self.reached = 0  # finished steps of the run

    def event(self, *events: Event) -> None:
        """Record events that belong together; how the run ends is said in the log too."""
        for event in events:
            if isinstance(event, (RunEnded, RunPaused)):
                print(event_text(event).brief, flush=True)
        self._put(_Entry(events))

    def step(
        self,
        ended: Event,
        step: int,
        scalars: Mapping[str, float],
        loads: Mapping[str, NDArray[np.float32]],
        *others: Event,
    ) -> None:
        """Record one step with its curves and loads {task: [layers, experts]}, whole or not at all."""
        self.reached = step
        self._put(_Entry((ended, *others), step, scalars, loads))

    def scores(self, step: int, scalars: Mapping[str, float], *events: Event) -> None:
        """Record an evaluation with its points and samples."""
        self._put(_Entry(events, step, scalars))

    def beat(self) -> None:
        """Say that the work goes on, where there is nothing to record."""
        if self._beating is not None:
            self._beating.beat()

    def phase(self, phase: Phase, detail: str = "") -> None:
        """Say what begins now."""
        if self._beating is not None:
            self._beating.counts_work = phase in WITHOUT_A_WORD
        self._progress_told = time.monotonic()
        self.event(PhaseStarted(phase=phase, detail=detail))

    def progress(self, phase: Phase, detail: str, done: int, total: int) -> None:
        """Say how far a phase is that was said to begin, every other second and at its end."""
        now = time.monotonic()
        if done < total and now - self._progress_told < PROGRESS_EVERY:
            self.beat()
            return
        self._progress_told = now
        self.event(PhaseStarted(phase=phase, detail=detail, done=done, total=total))

    def warn(self, where: str, what: str, remedy: str = "", step: int | None = None) -> None:
        """Say something that does not end the run; also into the log."""
        print(f"warning: {where}: {what} {remedy}".rstrip(), flush=True)
        self.event(WarningRaised(step=step, where=where, what=what, remedy=remedy))

    def take_commands(self) -> list[Command]:
        """What was asked since the last call; nothing while the database cannot be read."""
        try:
            return self._writer.take_commands()
        except sqlite3.OperationalError as error:
            self._tell(str(error))
            return []
        except ValidationError as error:
            self.warn("commands", f"something was asked that no command is ({error.error_count()} faults).")
            return []

    def flush(self) -> bool:
        """Try to write what waits; true when nothing waits any more."""
        while self._waiting:
            entry = self._waiting[0]
            try:
                self._writer.write(*entry.events, step=entry.step, scalars=entry.scalars, loads=entry.loads)
            except sqlite3.OperationalError as error:
                self._tell(str(error))
                return False
            self._waiting.popleft()
        if self._told:
            trouble, self._told = self._told, ""
            self.warn("run.db", f"it could not be written for a while ({trouble}); everything is in it now.")
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
                    "run.db", f"it cannot be written ({self._told}).", "Make room on the disk, then resume the run."
                )
            time.sleep(0.5)

    def _put(self, entry: _Entry) -> None:
        self.beat()
        self._waiting.append(entry)
        self.flush()

    def _tell(self, trouble: str) -> None:
        if not self._told:
            print(f"warning: run.db cannot be written for now ({trouble}); its entries wait.", flush=True)
        self._told = trouble
