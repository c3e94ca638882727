"""The pill: a run's state in one word on a tinted ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.state.state_text import state_text
from studio.core.words import tr
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit


class Pill(QWidget):
    """A run's state in one word on a tinted ground."""

    def __init__(self) -> None:
        super().__init__()
        self._state = ""
        self.setFont(scaled_font(0.92))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.setAccessibleName(tr("State: {state}", state=state_text(state)))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(
            round(self.fontMetrics().horizontalAdvance(state_text(self._state)) + line * 2.0), round(line * 1.6)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, line = theme.roles.state(self._state), unit(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.roles.surface, colour, 0.2))
        painter.drawRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(line * 0.72, self.height() / 2), line * 0.22, line * 0.22)
        painter.setPen(mixed(colour, theme.roles.ink, 0.35))
        box = QRectF(self.rect()).adjusted(line * 1.25, 0, 0, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, state_text(self._state))
