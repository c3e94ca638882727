"""A button that paints itself: pressed by the mouse, by space and by Return, as every other button here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton

from studio.ui.controls.widgets import KEYPAD


class PaintedButton(QAbstractButton):
    """The behaviour of a push button, and no look."""

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~KEYPAD:
            self.click()
        else:
            super().keyPressEvent(event)
