"""A thread for reads that may take long."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread


class ReadingThread(QThread):
    """Serves the objects that are moved to it; their readers check `isInterruptionRequested` now and then."""

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName(name)

    def leave(self) -> None:
        """End the thread; waits for a read in progress, which is asked to stop."""
        if self.isRunning():
            self.requestInterruption()
            self.quit()
            self.wait()
