"""Watches the runs folder in a thread of its own, so that many or long runs never hold up the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from studio.core.run_folder import list_runs
from studio.ui.runs.summary import RunGlance, RunSummary

PERIOD_MS = 1000


class _Looker(QObject):
    looked = Signal(object)

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self._runs = runs
        self._glances: dict[Path, RunGlance] = {}
        self._last: tuple[RunSummary, ...] | None = None
        self._timer: QTimer | None = None

    @Slot()
    def begin(self) -> None:
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()

    @Slot()
    def end(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
            self._timer = None

    @Slot()
    def look(self) -> None:
        folders = list_runs(self._runs)
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
            or not all(a.same_as(b) for a, b in zip(summaries, last, strict=True))
        ):
            self._last = summaries
            self.looked.emit(summaries)


class RunsWatch(QObject):
    """Emits `looked` with a tuple of RunSummary, newest first, whenever the list has changed."""

    looked = Signal(object)
    _look_now = Signal()
    _end = Signal()

    def __init__(self, runs: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread(self)
        self._thread.setObjectName("runs-watch")
        self._looker = _Looker(runs)
        self._looker.moveToThread(self._thread)
        self._thread.started.connect(self._looker.begin)
        self._looker.looked.connect(self.looked)
        self._look_now.connect(self._looker.look)
        self._end.connect(self._looker.end)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """Look at once, because something was started, paused or stopped."""
        self._look_now.emit()

    def stop(self) -> None:
        """Leave; waits for the look that is under way."""
        if self._thread.isRunning():
            self._thread.requestInterruption()
            self._end.emit()
            self._thread.quit()
            self._thread.wait()
