"""Python's search for dead cycles, made in the window's thread alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

PAUSE = 100  # ms between two looks at how much was made


class Collecting(QObject):
    """Searches for dead cycles from the event loop, as often as Python itself would, whose own searches it turns off.

    Python searches in whichever thread happens to pass its threshold, and destroys there what it finds. Widgets, fonts
    and text cursors may be destroyed in the window's thread alone: when a thread that read a run destroyed them while
    Qt laid out text, the process ended with a segmentation fault.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._on_turn)
        self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        collect_due()


def collect_due() -> None:
    """Search the oldest generation of objects of which Python's own counts say that it is due, and all younger ones."""
    due = [number for number in range(3) if gc.get_count()[number] > gc.get_threshold()[number]]
    if due:
        gc.collect(due[-1])
