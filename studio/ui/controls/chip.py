"""The chip: an entry of a chart's legend that shows and hides its curve."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.core.foreign.visible_text import unmarked
from studio.ui.theme import scaled_font, theme, unit


class Chip(QAbstractButton):
    """A legend entry that shows and hides its curve; its colour is looked up when it is painted."""

    def __init__(self, text: str, colour_index: int) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(True)
        self.show_curve(text, colour_index)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(scaled_font(0.92))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_curve(self, text: str, colour_index: int) -> None:
        """Show a curve's name and colour: 0 is the whole mix, the tasks follow."""
        self.colour_index = colour_index
        self.setText(text)
        self.setAccessibleName(f"Show the curve of {text}")
        self.setToolTip(unmarked(f"Show or hide {text}"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(round(self.fontMetrics().horizontalAdvance(self.text()) + line * 2.0), round(line * 1.6))

    def minimumSizeHint(self) -> QSize:
        whole = self.sizeHint()
        return QSize(min(whole.width(), round(unit(self) * 5)), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit(self)
        colour = roles.series[0] if self.colour_index == 0 else roles.task(self.colour_index - 1)
        edge = roles.accent if self.hasFocus() else roles.line
        painter.setPen(QPen(QColor(edge), 1.5 if self.hasFocus() else 1))
        painter.setBrush(QColor(roles.raised if self.isChecked() or self.underMouse() else roles.surface))
        radius = self.height() / 2 - 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.setPen(QPen(QColor(colour), 2))
        painter.setBrush(QColor(colour) if self.isChecked() else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(line * 0.75, self.height() / 2), line * 0.22, line * 0.22)
        painter.setPen(QColor(roles.ink if self.isChecked() else roles.faint))
        box = QRectF(self.rect()).adjusted(line * 1.3, 0, -line * 0.5, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, round(box.width() + 1))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
