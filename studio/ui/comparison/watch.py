"""Reads the runs of a comparison in a thread of its own, again whenever one of them has grown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.curve_names import shows_learning
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_group import read_group
from studio.core.run.series import Series
from studio.core.state.comparison import read_result
from studio.core.words import tr
from studio.ui.comparison.variants import ComparedRun
from studio.ui.off_thread import is_asking, off_thread

PERIOD_MS = 2000
READ = "comparison-watch"
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

    def look(self, is_ended: Callable[[], bool]) -> bool:
        """Read the run if it has changed; says whether it had."""
        now = (*_written(self.folder.db), *_written(self.folder.db.with_name("run.db-wal")), self.folder.is_alive())
        if now == self.signature:
            return False
        self._read_curves(is_ended)
        curves = {name: (each.steps.copy(), each.values.copy()) for name, each in self.curves.items()}
        group = read_group(self.folder.path)
        self.run = ComparedRun(self.folder.recipe(), read_result(self.folder), curves, self.loads, group)
        self.signature = now
        return True

    def _read_curves(self, is_ended: Callable[[], bool]) -> None:
        with self.folder.reader() as reader:
            self.loads = reader.recent_loads()
            while points := reader.scalars(self.last_id, POINTS_A_SLICE):
                self.last_id = points[-1].id
                for point in points:
                    if shows_learning(point.name):
                        self.curves.setdefault(point.name, Series()).append(point.step, point.value)
                if is_ended():
                    return


class _Reader:
    """Reads runs, in whichever thread; each reader makes one look after another."""

    def __init__(self) -> None:
        self.is_ended = False  # whether nobody wants to know any more
        self._readings: dict[Path, _Reading] = {}
        self._shown: tuple[RunFolder, ...] = ()
        self._problems: list[Problem] = []

    def look(self, folders: tuple[RunFolder, ...]) -> Comparison | None:
        """The runs as they are now; None where they are as they were."""
        self._readings = {each.path: self._readings.get(each.path) or _Reading(each) for each in folders}
        changed = folders != self._shown
        problems: list[Problem] = []
        for reading in self._readings.values():
            if not reading.folder.path.is_dir():
                continue  # it is being deleted, or its drive is away: the list of runs tells
            try:
                changed |= reading.look(lambda: self.is_ended)
            except ProblemError as error:
                problems += error.problems
            except (sqlite3.Error, ValidationError, OSError) as error:
                what = tr("the run cannot be read ({error}).", error=error)
                problems.append(Problem(str(reading.folder.path), what, tr("Leave it out of the comparison.")))
            if self.is_ended:
                return None
        self._shown = folders
        changed |= problems != self._problems  # an unreadable run is reported once, and so is its recovery
        self._problems = problems
        if not changed:
            return None
        runs = tuple(reading.run for reading in self._readings.values() if reading.run is not None)
        return Comparison(folders, runs, tuple(problems))


class ComparisonWatch(QObject):
    """Emits `read` with a Comparison when its runs were read, and each time that one of them has grown."""

    read = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[RunFolder, ...] = ()
        self._reader = _Reader()
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def folders(self) -> tuple[RunFolder, ...]:
        """The runs that are read."""
        return self._folders

    def watch(self, folders: Sequence[RunFolder]) -> None:
        """Read these runs from now on."""
        if is_asking(self, READ):
            if tuple(folders) == self._folders:
                return
            # Those that are being read may lie on a drive that sleeps: nobody waits for them.
            self._reader.is_ended = True
            self._reader = _Reader()
        self._folders = tuple(folders)
        if self._timer.isActive():
            self._look()

    def start(self) -> None:
        """Read at once, then every other second."""
        if not self._stopped:
            self._timer.start()
            self._on_tick()

    def rest(self) -> None:
        """Pause reading; a read in progress finishes, but nobody waits for it."""
        self._timer.stop()

    def stop(self) -> None:
        """Stop for good; a read in progress is not waited for, and what it finds is not told."""
        self._stopped = self._reader.is_ended = True
        self._timer.stop()

    @Slot()
    def _on_tick(self) -> None:
        if not is_asking(self, READ):
            self._look()

    def _look(self) -> None:
        if self._folders and not self._stopped:
            places = [each.path for each in self._folders]
            off_thread(self, READ, partial(self._reader.look, self._folders), self._on_read, on=places)

    def _on_read(self, comparison: Comparison | None) -> None:
        if comparison is not None and comparison.folders == self._folders and not self._stopped:
            self.read.emit(comparison)


def _written(path: Path) -> tuple[float, float]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
