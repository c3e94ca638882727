"""Whether a process of a run hangs: it lives, and shows no sign of life for longer than its work explains.

The others wait for it in a call that ends only with it, for a day by torch's own limit. So their worker reads the pulse
of each of them, as the window reads that of a run (`core/state/stall.py`), but with more patience: it ends the run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import PULSE_LATE, Pulse, awake, pulse_file, read_pulse
from studio.core.state.stall import seconds_of_last_steps
from studio.core.units import duration
from studio.core.words import tr

LEAST = 300.0  # seconds, however short a step is
TIMES = 20  # steps, of the median of the last ones
OTHERWISE = 1800.0  # seconds for all but a step: an evaluation reports each group of rows, a checkpoint is one call
BETWEEN_LOOKS = 1.0  # seconds; a machine that slept is asked as if that had passed
PLACE_VARIABLE = "MIXLORA_STUDIO_CREW"
"""The folder in which the processes that do not lead leave their pulses."""


def pulse_of(place: Path, local_rank: int) -> Path:
    """Where a process that does not lead leaves its pulse; the leader's is the run's own."""
    return place / f"process-{local_rank}.pulse"


@dataclass(slots=True)
class _Heard:
    """One process's last pulse, and for how long that has been the same."""

    pulse: Pulse | None = None
    same_for: float = 0.0

    @property
    def silent(self) -> float:
        """Seconds; without any pulse since it was started, and beyond what a late one explains."""
        if self.pulse is None:
            return self.same_for
        return self.pulse.silent + (self.same_for if self.same_for > PULSE_LATE else 0.0)

    @property
    def waits(self) -> bool:
        """Whether it waits for the others; one whose pulse stopped may do anything."""
        return self.pulse is not None and self.pulse.meets and self.same_for <= PULSE_LATE


@dataclass(slots=True)
class CrewSilence:
    """Listens to the processes of one machine, the first of which is number `first` of `count` in the whole run.

    `_began`: the last event of run.db before them; None until they are there.
    """

    folder: RunFolder
    place: Path
    first: int
    local: int
    count: int
    _began: int | None = None
    _looked: float = 0.0
    _heard: list[_Heard] = field(default_factory=list)

    def hang(self, living: Sequence[psutil.Process]) -> str:
        """Say which process hangs, and for how long, as the beginning of a sentence; "" where none does."""
        now = awake()
        if not living or now - self._looked < BETWEEN_LOOKS:
            return ""  # before they are started, the machines of a cluster wait for one another
        if self._began is None:
            with self.folder.reader() as reader:
                last = reader.last_event()
            self._began = last.id if last else 0
        passed, self._looked = min(now - self._looked, 2 * BETWEEN_LOOKS), now
        self._heard = self._heard or [_Heard() for _ in range(self.local)]
        pids = {each.pid for each in living}
        for number, heard in enumerate(self._heard):
            leads = self.first + number == 0
            pulse = read_pulse(pulse_file(self.folder.path) if leads else pulse_of(self.place, number))
            if pulse is None or pulse.pid not in pids or pulse == heard.pulse:  # else an earlier worker's, or no news
                heard.same_for += passed
            else:
                heard.pulse, heard.same_for = pulse, 0.0
        if min(heard.silent for heard in self._heard) < LEAST:
            return ""  # one waits for another only after both were at work
        return self._said()

    def _said(self) -> str:
        hanging = [number for number, heard in enumerate(self._heard) if not heard.waits]
        silent = min(self._heard[number].silent for number in hanging or range(self.local))
        if silent <= self._allowed(for_others=not hanging and self.local < self.count):
            return ""
        if len(hanging) == 1:
            return tr(
                "Process {n} of {count} did nothing for {time}, and the others waited for it",
                n=self.first + hanging[0] + 1,
                count=self.count,
                time=duration(silent),
            )
        return tr("Its {count} processes did nothing for {time}", count=self.count, time=duration(silent))

    def _allowed(self, for_others: bool) -> float:
        """Seconds of silence after which it hangs, whichever process leads what they do.

        `for_others`: all of this machine wait for another one, which may fetch a model for hours before it trains, and
        listens to its own.
        """
        otherwise = math.inf if for_others else OTHERWISE
        with self.folder.reader() as reader:
            phase = reader.last_event("PhaseStarted")
            if phase is None or phase.event.kind != "PhaseStarted" or phase.event.phase != "training":
                return otherwise
            if phase.id <= (self._began or 0):
                return otherwise  # an earlier worker's: these import torch yet, and begin to load
            steps = seconds_of_last_steps(reader)
        return max(LEAST, TIMES * median(steps)) if steps else OTHERWISE
