"""Small painted marks: the state pill, the legend chip, the sparkline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit

# A noisy line of a point for each pixel takes Qt five times as long to smooth, and looks no better.
PIXELS_A_POINT = 2.5
FEWEST_POINTS = 24


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
            self.setAccessibleName(f"State: {state}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(round(self.fontMetrics().horizontalAdvance(self._state) + line * 2.0), round(line * 1.6))

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
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._state)


class Chip(QAbstractButton):
    """A legend entry that switches its curve on and off; `role_colour` is asked for at paint time."""

    def __init__(self, text: str, colour_index: int) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(True)
        self.show_curve(text, colour_index)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(scaled_font(0.92))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_curve(self, text: str, colour_index: int) -> None:
        """Name a curve and take its colour: 0 is the whole mix's, the tasks' follow."""
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


def paint_sparkline(
    painter: QPainter,
    box: QRectF,
    values: NDArray[np.float64],
    colour: str,
    width: float = 1.5,
    filled: bool = True,
    reach: tuple[float, float] | None = None,
) -> None:
    """Draw `values` [n] across `box`, thinned to what is seen; not-a-number is a gap at that point.

    `reach` is what the box's bottom and top stand for, the values' own lowest and highest where it is not given.
    """
    good = values[np.isfinite(values)]
    if len(good) < 2:
        return
    most = max(FEWEST_POINTS, int(box.width() / PIXELS_A_POINT))
    chosen = np.linspace(0, len(good) - 1, min(len(good), most)).astype(int)
    across = box.left() + chosen / (len(good) - 1) * box.width()
    good = good[chosen]
    low, high = reach or (float(good.min()), float(good.max()))
    span = (high - low) or 1.0
    down = box.bottom() - (good - low) / span * box.height() if high > low else np.full(len(good), box.center().y())
    line = QPolygonF([QPointF(float(x), float(y)) for x, y in zip(across, down, strict=True)])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if filled:
        area = QPolygonF(line)
        area.append(QPointF(box.right(), box.bottom()))
        area.append(QPointF(box.left(), box.bottom()))
        wash = QColor(colour)
        wash.setAlpha(34)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # its edges are beneath the line
        painter.drawPolygon(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline(line)
    painter.restore()
