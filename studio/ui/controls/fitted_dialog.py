"""A dialog that stays on its screen and over its parent, whatever its contents would like."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from studio.ui.window_size import screen_around

EDGE = 24  # pixels for a title bar, or between the dialog and the edge of what it lies over


class FittedDialog(QDialog):
    """Never larger than its screen, and over its parent where that is large enough, also when it grows later."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fitting = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._fitting or not self.isVisible():
            return
        self._fitting = True
        screen = screen_around(self)
        parent = self.parentWidget()
        over = parent.window().frameGeometry() if parent is not None else screen
        wanted = fitted(self.geometry(), over, screen)
        if wanted.size() != self.size():
            self.setMinimumSize(self.minimumSize().boundedTo(wanted.size()))
        if wanted != self.geometry():
            self.setGeometry(wanted)  # `move` would put the title bar there, and the dialog that much lower
        self._fitting = False


def fitted(dialog: QRect, over: QRect, screen: QRect) -> QRect:
    """`dialog` as large as it may be on `screen` below a title bar, within `over` where it has room there."""
    room = screen.adjusted(0, EDGE, 0, -EDGE // 2)
    size = dialog.size().boundedTo(room.size())
    inside = over.intersected(room)
    if size.width() > inside.width() or size.height() > inside.height():
        inside = room
    found = QRect(dialog.topLeft(), QSize(size))
    found.moveLeft(max(inside.left(), min(found.left(), inside.right() + 1 - size.width())))
    found.moveTop(max(inside.top(), min(found.top(), inside.bottom() + 1 - size.height())))
    return found
