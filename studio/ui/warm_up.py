"""Imports what the pages need after the first paint, so that opening a page does not wait for it."""

from __future__ import annotations

import importlib

from PySide6.QtCore import QObject, QTimer, Signal, Slot

# What a run's page would wait a third of a second for. Not in a thread: PySide makes its types when they are first
# asked for, and two threads that ask at once crash it.
MODULES = ("pyqtgraph", "studio.ui.run.page", "studio.ui.comparison.page")


class WarmUp(QObject):
    """Imports one of `MODULES` per turn of the event loop; `done` when all are imported."""

    done = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = list(MODULES)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    def start(self) -> None:
        """Begin with the next turn."""
        if self._left:
            self._timer.start()

    def stop(self) -> None:
        """Import nothing more."""
        self._timer.stop()

    @Slot()
    def _on_turn(self) -> None:
        importlib.import_module(self._left.pop(0))
        if not self._left:
            self._timer.stop()
            self.done.emit()
