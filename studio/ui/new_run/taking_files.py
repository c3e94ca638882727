"""Files and folders on their way to becoming tasks: chosen or dropped, and looked at in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from studio.core.words import tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.new_run.dropped import Dropped, looked_at
from studio.ui.new_run.free_name import free_name
from studio.ui.new_run.task_editors import data_filter
from studio.ui.new_run.task_values import path_key
from studio.ui.off_thread import off_thread

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
        self._under_way: dict[int, frozenset[Path]] = {}  # the folders in which is being looked
        self._number = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SLOW_MS)
        self._timer.timeout.connect(self.slow)

    def take(self, paths: list[Path]) -> None:
        """Look at these, after what is being looked at in the same folders: their drive may sleep."""
        self._waiting += paths
        self._look()

    def forget(self) -> None:
        """Bring nothing of what was taken so far: the tasks that it was to stand beside are others now."""
        self._under_way.clear()
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
        busy = frozenset().union(*self._under_way.values())
        now = [path for path in self._waiting if _folder(path) not in busy]
        self._waiting = [path for path in self._waiting if _folder(path) in busy]
        if not now:
            return
        self._number += 1
        self._under_way[self._number] = frozenset(map(_folder, now))
        self._timer.start()
        work = partial(looked_at, now, self._there())
        off_thread(self, f"files:{self._number}", work, partial(self._on_looked, self._number))

    def _on_looked(self, number: int, found: Dropped) -> None:
        if self._under_way.pop(number, None) is None:
            return  # forgotten
        if not self._under_way:
            self._timer.stop()
        self.taken.emit(_named_anew(found, {str(task.get("name")) for task in self._there()}))
        self._look()  # what came meanwhile


def _folder(path: Path) -> Path:
    return Path(path_key(path)).parent


def _named_anew(found: Dropped, taken: set[str]) -> Dropped:
    """Give another name to what is called like a task that came while it was looked at."""
    tasks = []
    for task in found.tasks:
        tasks.append({**task, "name": free_name(str(task["name"]), taken)})
        taken.add(str(tasks[-1]["name"]))
    return replace(found, tasks=tuple(tasks))
