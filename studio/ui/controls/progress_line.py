"""A thin line that fills while something goes on, and fades once it is over."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.palette import mixed
from studio.ui.theme import theme, unit


class ProgressLine(QWidget):
    """Shows `done` of `total`; its height is the same whatever it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.done, self.total = 0, 1
        self._state = ""
        self._active = False
        self.setFixedHeight(max(3, round(unit() * 0.2)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_progress(self, done: int, total: int, spoken: str) -> None:
        """Fill so far; `spoken` is what a screen reader says of it."""
        self.setAccessibleName(spoken)
        if (done, total) != (self.done, self.total):
            self.done, self.total = done, total
            self.update()

    def show_state(self, state: str, active: bool) -> None:
        """Take the colour of a run's state, faintly where nothing goes on."""
        if (state, active) != (self._state, self._active):
            self._state, self._active = state, active
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 10), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        roles, box = theme.roles, QRectF(self.rect())
        radius = box.height() / 2
        painter.setBrush(mixed(roles.window, roles.raised, 0.9))
        painter.drawRoundedRect(box, radius, radius)
        share = min(1.0, self.done / max(1, self.total))
        if share > 0:
            colour = roles.state(self._state)
            painter.setBrush(QColor(colour) if self._active else mixed(roles.window, colour, 0.3))
            painter.drawRoundedRect(QRectF(0, 0, max(box.height(), box.width() * share), box.height()), radius, radius)
