"""Files and folders on their way to becoming tasks: chosen or dropped, and looked at in a thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from studio.core.words import tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.new_run.dropped import Dropped, looked_at
from studio.ui.new_run.task_editors import data_filter
from studio.ui.off_thread import is_asking, off_thread

SLOW_MS = 300  # after which it is said what is waited for


class TakingFiles(QWidget):
    """`taken` brings what was Dropped, beside the tasks that are `there`; `slow` says that a disk takes its time.

    Never shown: the dialogs' parent, and the owner of what is asked.
    """

    taken = Signal(object)
    slow = Signal()

    def __init__(self, parent: QWidget, there: Callable[[], list[dict[str, Any]]]) -> None:
        super().__init__(parent)
        self.hide()
        self._there = there
        self._waiting: list[Path] = []
        self._forgotten = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SLOW_MS)
        self._timer.timeout.connect(self.slow)

    def take(self, paths: list[Path]) -> None:
        """Look at these, after those that are being looked at: their drive may be a network's, or asleep."""
        self._waiting += paths
        if not is_asking(self, self._about):
            self._look()

    def forget(self) -> None:
        """Bring nothing of what was taken so far: the tasks that it was to stand beside are others now."""
        self._forgotten += 1
        self._waiting.clear()
        self._timer.stop()

    @Slot()
    def choose_files(self) -> None:
        """Browse for files."""
        self._browse(FileDialog(self.parentWidget(), tr("Training files"), Mode.ExistingFiles, data_filter()))

    @Slot()
    def choose_folder(self) -> None:
        """Browse for a folder."""
        self._browse(FileDialog(self.parentWidget(), tr("A folder of training files"), Mode.Directory))

    def _browse(self, dialog: FileDialog) -> None:
        dialog.all_chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(list)
    def _on_chosen(self, files: list[str]) -> None:
        self.take([Path(file) for file in files])

    def _look(self) -> None:
        paths, self._waiting = self._waiting, []
        self._timer.start()
        work = partial(looked_at, paths, self._there())
        off_thread(self, self._about, work, partial(self._on_looked, self._forgotten))

    @property
    def _about(self) -> str:
        return f"files:{self._forgotten}"

    def _on_looked(self, forgotten: int, found: Dropped) -> None:
        if forgotten != self._forgotten:
            return
        self._timer.stop()
        self.taken.emit(found)
        if self._waiting:
            self._look()  # they came meanwhile
