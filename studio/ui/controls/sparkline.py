"""The sparkline: a curve as small as a word, painted into a list's row or a tile."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

# A noisy line with a point for each pixel takes Qt five times as long to smooth, and looks no better.
PIXELS_A_POINT = 2.5
FEWEST_POINTS = 24
PIECES_FROM = 48  # points that are drawn piece by piece, which is five times as fast as one wide smooth shape


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
    known = np.isfinite(values)
    good = values if known.all() else values[known]
    if len(good) < 2:
        return
    most = max(FEWEST_POINTS, int(box.width() / PIXELS_A_POINT))
    chosen = np.linspace(0, len(good) - 1, min(len(good), most)).astype(int)
    across = box.left() + chosen / (len(good) - 1) * box.width()
    good = good[chosen]
    low, high = reach or (float(good.min()), float(good.max()))
    span = (high - low) or 1.0
    down = box.bottom() - (good - low) / span * box.height() if high > low else np.full(len(good), box.center().y())
    points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if filled:
        area = [*points, QPointF(box.right(), box.bottom()), QPointF(box.left(), box.bottom())]
        wash = QColor(colour)
        wash.setAlpha(34)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # its edges are beneath the line
        painter.drawPolygon(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(points) > PIECES_FROM:
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawLines([QLineF(one, next_) for one, next_ in itertools.pairwise(points)])
    else:
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(points)
    painter.restore()
