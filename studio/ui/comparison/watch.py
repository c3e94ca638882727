"""Reads the runs of a comparison in a thread of its own, again whenever one of them has grown."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.curve_names import shows_learning
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_group import read_group
from studio.core.run.series import Series
from studio.core.state.comparison import read_result
from studio.core.words import tr
from studio.ui.comparison.variants import ComparedRun
from studio.ui.reading_thread import ReadingThread

PERIOD_MS = 2000
POINTS_A_SLICE = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The runs of a comparison as they were last read, in their given order, and what could not be read."""

    folders: tuple[RunFolder, ...]
    runs: tuple[ComparedRun, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What is known of one run; each look reads only what is new of its curves."""

    folder: RunFolder
    signature: tuple[float, ...] = ()
    last_id: int = 0
    curves: dict[str, Series] = field(default_factory=dict)
    loads: NDArray[np.float32] | None = None
    run: ComparedRun | None = None

    def look(self) -> bool:
        """Read the run if it has changed; says whether it had."""
        now = (*_written(self.folder.db), *_written(self.folder.db.with_name("run.db-wal")), self.folder.is_alive())
        if now == self.signature:
            return False
        self._read_curves()
        curves = {name: (each.steps.copy(), each.values.copy()) for name, each in self.curves.items()}
        group = read_group(self.folder.path)
        self.run = ComparedRun(self.folder.recipe(), read_result(self.folder), curves, self.loads, group)
        self.signature = now
        return True

    def _read_curves(self) -> None:
        with self.folder.reader() as reader:
            self.loads = reader.recent_loads()
            while points := reader.scalars(self.last_id, POINTS_A_SLICE):
                self.last_id = points[-1].id
                for point in points:
                    if shows_learning(point.name):
                        self.curves.setdefault(point.name, Series()).append(point.step, point.value)
                if QThread.currentThread().isInterruptionRequested():
                    return


class _Reader(QObject):
    read = Signal(object)
    rested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._readings: dict[Path, _Reading] = {}
        self._shown: tuple[RunFolder, ...] = ()
        self._problems: list[Problem] = []

    @Slot(object)
    def look(self, folders: tuple[RunFolder, ...]) -> None:
        self._readings = {each.path: self._readings.get(each.path) or _Reading(each) for each in folders}
        changed = folders != self._shown
        problems: list[Problem] = []
        for reading in self._readings.values():
            if not reading.folder.path.is_dir():
                continue  # it is being deleted, or its drive is away: the list of runs tells
            try:
                changed |= reading.look()
            except ProblemError as error:
                problems += error.problems
            except (sqlite3.Error, ValidationError, OSError) as error:
                what = tr("the run cannot be read ({error}).", error=error)
                problems.append(Problem(str(reading.folder.path), what, tr("Leave it out of the comparison.")))
            if QThread.currentThread().isInterruptionRequested():
                return
        self._shown = folders
        changed |= problems != self._problems  # an unreadable run is reported once, and so is its recovery
        self._problems = problems
        if changed:
            runs = tuple(reading.run for reading in self._readings.values() if reading.run is not None)
            self.read.emit(Comparison(folders, runs, tuple(problems)))
        self.rested.emit()


class ComparisonWatch(QObject):
    """Emits `read` with a Comparison when its runs were read, and each time that one of them has grown."""

    read = Signal(object)
    _look = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[RunFolder, ...] = ()
        self._thread = ReadingThread("comparison-watch", self)
        self._reader = _Reader()
        self._reader.moveToThread(self._thread)
        self._reader.read.connect(self._on_read)
        self._reader.rested.connect(self._on_rested)
        self._look.connect(self._reader.look)
        self._looking = self._stopped = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def folders(self) -> tuple[RunFolder, ...]:
        """The runs that are read."""
        return self._folders

    def watch(self, folders: Sequence[RunFolder]) -> None:
        """Read these runs from now on."""
        self._folders = tuple(folders)
        if self._timer.isActive():
            self._on_tick()

    def start(self) -> None:
        """Read at once, then every other second."""
        if not self._stopped:
            self._thread.start()
            self._timer.start()
            self._on_tick()

    def rest(self) -> None:
        """Pause reading; a read in progress finishes, but nobody waits for it."""
        self._timer.stop()

    def stop(self) -> None:
        """Stop for good; waits for a read in progress, whose result is not emitted."""
        self._stopped = True
        self._timer.stop()
        self._thread.leave()
        self._looking = False

    @Slot()
    def _on_tick(self) -> None:
        if not self._looking and self._folders:
            self._looking = True
            self._look.emit(self._folders)

    @Slot(object)
    def _on_read(self, comparison: Comparison) -> None:
        # Runs that were chosen in the meantime are read next time.
        if comparison.folders == self._folders and not self._stopped:
            self.read.emit(comparison)

    @Slot()
    def _on_rested(self) -> None:
        self._looking = False


def _written(path: Path) -> tuple[float, float]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
