"""Removes, when the window starts, what killed exports have left, in a thread: it may be gigabytes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.unfinished import notes, remove_unfinished
from studio.core.words import tr
from studio.ui.notices import Notice
from studio.ui.off_thread import off_thread, wait_for


class Leftovers(QObject):
    """`found` brings a Notice of what was removed."""

    found = Signal(object)

    def begin(self) -> None:
        """Look, unless there is nothing to look at, which is nearly always."""
        if notes():
            off_thread(self, "leftovers", remove_unfinished, self._on_removed)

    def leave(self) -> None:
        """Wait a moment for what is being removed; the next start goes on with what is left then."""
        wait_for(self)

    def _on_removed(self, removed: list[Path]) -> None:
        if removed:
            folders = ", ".join(str(each) for each in removed)
            what, which = tr("An interrupted export was cleared away."), tr("Removed: {folders}.", folders=folders)
            self.found.emit(Notice(what, which, "accent"))
