"""Removes, when the window starts, what killed exports have left, in a thread: it may be gigabytes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread, Signal

from studio.core.unfinished import notes, remove_unfinished
from studio.core.words import tr
from studio.ui.notices import Notice


class Leftovers(QThread):
    """`found` brings a Notice of what was removed."""

    found = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("leftovers")

    def begin(self) -> None:
        """Look, unless there is nothing to look at, which is nearly always."""
        if notes():
            self.start()

    def run(self) -> None:
        if removed := remove_unfinished():
            folders = ", ".join(str(each) for each in removed)
            self.found.emit(
                Notice(
                    tr("An interrupted export was cleared away."), tr("Removed: {folders}.", folders=folders), "accent"
                )
            )

    def leave(self) -> None:
        """Wait until what is being removed is gone."""
        self.wait()
