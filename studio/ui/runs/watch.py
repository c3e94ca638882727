"""Watches the runs folder in a thread of its own, so that many or long runs never block the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.run.run_folder import is_held, list_runs
from studio.core.run.trash import list_trash
from studio.core.words import tr
from studio.ui.reading_thread import ReadingThread
from studio.ui.runs.summary import RunGlance, RunSummary

PERIOD_MS = 1000
RECENT = 30  # runs among which one that trains is looked for, before all of them are read


class _Looker(QObject):
    looked = Signal(object)
    trash_seen = Signal(int)
    first_seen = Signal(object)
    failed = Signal(object)
    rested = Signal()

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self._runs = runs
        self._glances: dict[Path, RunGlance] = {}
        self._deleted = 0
        self._last: tuple[RunSummary, ...] | None = None

    @Slot()
    def look(self) -> None:
        try:
            self._look()
        except OSError as error:  # of a drive that is just being removed; the next look tries again
            self._last = None
            what = tr("the folder of runs cannot be read ({reason}).", reason=system_reason(error))
            self.failed.emit(Problem(str(self._runs), what, tr("Connect its drive, or check that you may read it.")))
        finally:
            self.rested.emit()

    def _look(self) -> None:
        folders = list_runs(self._runs)
        if self._last is None and not self._glances:
            held = (folder for folder in folders[:RECENT] if is_held(folder.lock_file))
            self.first_seen.emit(next(held, None))
        self._glances = {each.path: self._glances.get(each.path) or RunGlance(each) for each in folders}
        found = []
        for glance in self._glances.values():
            if QThread.currentThread().isInterruptionRequested():
                return
            found.append(glance.look())
        summaries = tuple(found)
        last = self._last
        if (
            last is None
            or len(last) != len(summaries)
            or not all(now.same_as(was) for now, was in zip(summaries, last, strict=True))
        ):
            self._last = summaries
            self.looked.emit(summaries)
        deleted = len(list_trash(self._runs))
        if deleted != self._deleted:
            self._deleted = deleted
            self.trash_seen.emit(deleted)


class RunsWatch(QObject):
    """Emits `looked` with a tuple of RunSummary, newest first, whenever the list has changed.

    `trash_seen` brings how many deleted runs are in the trash, when that has changed; `first_seen` at once the run
    that trains, or None. `failed` brings a Problem once for as long as it lasts.
    """

    looked = Signal(object)
    first_seen = Signal(object)
    trash_seen = Signal(int)
    failed = Signal(object)
    _look = Signal()

    def __init__(self, runs: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ReadingThread("runs-watch", self)
        self._looker = _Looker(runs)
        self._looker.moveToThread(self._thread)
        self._looker.looked.connect(self._on_looked)
        self._looker.first_seen.connect(self.first_seen)
        self._looker.trash_seen.connect(self.trash_seen)
        self._looker.failed.connect(self._on_failed)
        self._looker.rested.connect(self._on_rested)
        self._look.connect(self._looker.look)
        self._problem: Problem | None = None
        self._looking = self._again = self._stopped = False
        # The timer lives here, not in the thread: a thread that ends must not leave a timer to be killed by another.
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Look at once, then each second."""
        if not self._stopped:
            self._thread.start()
            self._timer.start()
            self.look_now()

    def look_now(self) -> None:
        """Look at once, because something was started, paused or stopped; after a look in progress."""
        if self._stopped:
            return
        if self._looking:
            self._again = True
        else:
            self._looking = True
            self._look.emit()

    def is_lasting(self, problem: Problem) -> bool:
        """Whether the last look still found this."""
        return problem == self._problem

    def stop(self) -> None:
        """Stop for good; waits for a look in progress, which is not emitted."""
        self._stopped = True
        self._timer.stop()
        self._thread.leave()

    @Slot()
    def _on_tick(self) -> None:
        if not self._looking:
            self.look_now()

    @Slot(object)
    def _on_looked(self, summaries: tuple[RunSummary, ...]) -> None:
        if not self._stopped:
            self._problem = None
            self.looked.emit(summaries)

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        if problem != self._problem and not self._stopped:
            self._problem = problem
            self.failed.emit(problem)

    @Slot()
    def _on_rested(self) -> None:
        self._looking = False
        if self._again:
            self._again = False
            self.look_now()
