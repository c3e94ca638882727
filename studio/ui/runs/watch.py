"""Watches the runs folder in threads, so that neither many or long runs nor a drive that sleeps block the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder, is_held, list_runs
from studio.core.run.trash import list_trash
from studio.core.words import tr
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.runs.summary import RunGlance, RunSummary

PERIOD_MS = 1000
SILENT_MS = 10_000  # after which the folder's drive is said not to answer
RECENT = 30  # runs among which one that trains is looked for, before all of them are read
LOOK, FIRST = "runs-watch", "runs-first"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: all runs where any of them has changed, how many are in the trash, what is wrong.

    `is_there` says whether there is such a folder at all.
    """

    is_there: bool = True
    runs: tuple[RunSummary, ...] | None = None
    deleted: int = 0
    problem: Problem | None = None


class _Looker:
    """Reads the runs, in whichever thread, but one look after another."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._glances: dict[Path, RunGlance] = {}
        self._last: tuple[RunSummary, ...] | None = None
        self.is_ended = False  # whether nobody wants to know any more

    def look(self) -> Seen:
        try:
            return self._look()
        except OSError as error:  # of a drive that is just being removed; the next look tries again
            self._last = None
            what = tr("the folder of runs cannot be read ({reason}).", reason=system_reason(error))
            remedy = tr("Connect its drive, or check that you may read it.")
            return Seen(problem=Problem(str(self._runs), what, remedy))

    def _look(self) -> Seen:
        is_there = self._runs.is_dir()
        folders = list_runs(self._runs)
        self._glances = {each.path: self._glances.get(each.path) or RunGlance(each) for each in folders}
        found = []
        for glance in self._glances.values():
            if self.is_ended:
                return Seen()
            found.append(glance.look())
        summaries = tuple(found)
        last, self._last = self._last, summaries
        same = last is not None and len(last) == len(summaries)
        same = same and all(now.same_as(was) for now, was in zip(summaries, last or (), strict=True))
        return Seen(is_there, None if same else summaries, len(list_trash(self._runs)))


class RunsWatch(QObject):
    """Emits `looked` with a tuple of RunSummary, newest first, whenever the list has changed.

    `trash_seen` brings how many deleted runs are in the trash, when that has changed; `first_seen` at once the run
    that trains, or None; `there` whether the folder is, when that has changed. `failed` brings a Problem once for as
    long as it lasts.
    """

    looked = Signal(object)
    first_seen = Signal(object)
    trash_seen = Signal(int)
    there = Signal(bool)
    failed = Signal(object)

    def __init__(self, runs: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._looker = _Looker(runs)
        self._problem: Problem | None = None
        self._deleted = 0
        self._there: bool | None = None
        self._stopped = self._again = False
        # The timers live here, not in a thread: one that ends must not leave a timer to be killed by another.
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)
        self._silent = QTimer(self)
        self._silent.setSingleShot(True)
        self._silent.setInterval(SILENT_MS)
        self._silent.timeout.connect(self._on_silent)

    def start(self) -> None:
        """Look at once, then each second."""
        if not self._stopped:
            self._timer.start()
            off_thread(self, FIRST, partial(first_that_trains, self._runs), self._on_first)
            self.look_now()

    def look_now(self) -> None:
        """Look at once, because something was started, paused or stopped; after a look in progress."""
        if self._stopped:
            return
        self._again = is_asking(self, LOOK)
        if not self._again:
            self._silent.start()
            off_thread(self, LOOK, self._looker.look, self._on_seen)

    def is_lasting(self, problem: Problem) -> bool:
        """Whether the last look still found this."""
        return problem == self._problem

    def stop(self) -> None:
        """Stop for good; a look in progress is not waited for, and what it finds is not told."""
        self._stopped = self._looker.is_ended = True
        self._timer.stop()
        self._silent.stop()

    @Slot()
    def _on_tick(self) -> None:
        if not is_asking(self, LOOK):
            self.look_now()

    def _on_first(self, training: RunFolder | None) -> None:
        if not self._stopped:
            self.first_seen.emit(training)

    def _on_seen(self, seen: Seen) -> None:
        if self._stopped:
            return
        self._silent.stop()
        if self._again:
            self.look_now()
        if seen.problem is not None:
            self._fail(seen.problem)
            return
        self._problem = None
        if seen.is_there != self._there:
            self._there = seen.is_there
            self.there.emit(seen.is_there)
        if seen.runs is not None:
            self.looked.emit(seen.runs)
        if seen.deleted != self._deleted:
            self._deleted = seen.deleted
            self.trash_seen.emit(seen.deleted)

    @Slot()
    def _on_silent(self) -> None:
        what = tr("the drive of the folder of runs does not answer.")
        remedy = tr("Connect it, or choose another folder in the settings; what is shown of the runs may be old.")
        self._fail(Problem(str(self._runs), what, remedy))

    def _fail(self, problem: Problem) -> None:
        if problem != self._problem:
            self._problem = problem
            self.failed.emit(problem)


def first_that_trains(runs: Path) -> RunFolder | None:
    """The newest run that trains now; asks the disk."""
    try:
        return next((folder for folder in list_runs(runs)[:RECENT] if is_held(folder.lock_file)), None)
    except OSError:
        return None  # the look at all of them says what is wrong
