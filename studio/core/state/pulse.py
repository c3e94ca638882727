"""A worker's pulse: how long its training thread was silent, in seconds that the machine and the worker were awake.

A thread of the worker writes it every two seconds; readers compare it with what is usual (see `stall`). It does not
say how a run ended, and a worker that is gone leaves its last pulse behind.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import psutil
from pydantic import Field, FiniteFloat, TypeAdapter

from studio.core.state.small_file import overwrite, read_record

PULSE_PERIOD = 2.0  # seconds between two pulses
PULSE_LATE = 5 * PULSE_PERIOD  # seconds without a pulse after which the whole process is taken to hang
PULSE_BYTES = 160  # always the same: overwriting the file needs no space on a full disk
BUSY_SHARE = 0.01  # of one core, above which a process that cannot report its progress is taken to make some


@dataclass(frozen=True, slots=True)
class Pulse:
    """The newest pulse of the process `pid`: silent for `silent` seconds when the clock of `awake` stood at `at`.

    `meets`: it waited for the other processes of its run.
    """

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    at: FiniteFloat
    silent: FiniteFloat
    meets: bool = False

    @property
    def age(self) -> float:
        """Seconds since it was written; never below 0."""
        return max(0.0, awake() - self.at)


_PULSE = TypeAdapter(Pulse)
_waits: list[bool] = []
"""One for each call that waits for other processes; the pulse is written by another thread."""


@contextmanager
def waiting() -> Iterator[None]:
    """Around a call that waits for the other processes of the run, as the pulse then says."""
    _waits.append(True)
    try:
        yield
    finally:
        _waits.pop()


def pulse_file(run: Path) -> Path:
    """Where the worker of the run in the folder `run` writes its pulse."""
    return run / "worker.pulse"


def awake() -> float:
    """Seconds on a clock that all processes share, that nobody can set, and that stops while the machine sleeps."""
    if sys.platform == "win32":
        ticks = ctypes.c_ulonglong()  # of 100 ns; Windows' other clocks run on while it sleeps
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))
        return ticks.value / 1e7
    return time.monotonic()


def write_pulse(file: Path, pulse: Pulse) -> None:
    """Write `pulse` over the one before it; raises OSError."""
    overwrite(file, asdict(pulse), PULSE_BYTES)


def read_pulse(file: Path) -> Pulse | None:
    """The newest pulse; None where it is missing or unreadable."""
    return read_record(file, _PULSE, 2 * PULSE_BYTES)


class Beating:
    """Writes the pulse of this process from a thread of its own for as long as it is entered; `beat` ends a silence.

    With `counts_work` the processor time of this process is a sign of life too: for phases in which a library works
    without reporting progress, such as fetching or reading weights.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._silent = 0.0
        self._said = False
        self.counts_work = False

    def __enter__(self) -> Self:
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join()

    def beat(self) -> None:
        """Report progress."""
        self._silent = 0.0

    def _run(self) -> None:
        before, worked = awake(), _processor_seconds()
        while not self._left.wait(PULSE_PERIOD):
            now, works = awake(), _processor_seconds()
            # A suspended process could not have reported anything meanwhile.
            passed = min(now - before, PULSE_LATE)
            if self.counts_work and works - worked > BUSY_SHARE * passed:
                self._silent = 0.0
            else:
                self._silent += passed
            before, worked = now, works
            self._write()

    def _write(self) -> None:
        try:
            write_pulse(self._file, Pulse(os.getpid(), awake(), self._silent, bool(_waits)))
        except OSError as error:
            if not self._said:
                self._said = True
                print(f"warning: {self._file.name} cannot be written ({error.strerror}); a stall would not be noticed.")


def _processor_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
