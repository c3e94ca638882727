"""The way back of the task that was removed last: a button beside the tasks, and Ctrl+Z among them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from studio.core.words import tr
from studio.ui.controls.widgets import button


class RemovedTask(QObject):
    """Keeps one task of `card`; `wanted` brings its place and its values when a person takes the removal back."""

    wanted = Signal(int, object)

    def __init__(self, card: QWidget) -> None:
        super().__init__(card)
        self._kept: tuple[int, dict[str, Any]] | None = None
        self.undo = button("undo_remove", tr("Undo"), "undo", "quiet", tr("Bring the removed task back (Ctrl+Z)"))
        self.undo.clicked.connect(self._on_undo)
        self.undo.hide()
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), card)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._on_undo)

    def keep(self, place: int, values: dict[str, Any]) -> None:
        """Offer to bring this task back; the focus is taken, so that Ctrl+Z is heard."""
        self._kept = place, values
        self.undo.show()
        self.undo.setFocus()

    def forget(self) -> None:
        """Offer nothing: the tasks are others by now."""
        self._kept = None
        self.undo.hide()

    @Slot()
    def _on_undo(self) -> None:
        if self._kept is not None:
            place, values = self._kept
            self.forget()
            self.wanted.emit(place, values)
