"""Marks along a chart's axis of steps: evaluations, checkpoints, the best step, pauses, and where memory ran out."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.core.run.marks import Mark
from studio.ui.theme import theme, unit

NEAR_PIXELS = 7  # within which marks of one kind are drawn as one, and the pointer finds a mark
ALL_THE_WAY = ("memory", "pause", "end")  # drawn from bottom to top: they explain a bend or a gap


class StepMarks(pg.GraphicsObject):
    """Small signs at the bottom of a view box, in its pixels; `best` is the step of the best evaluation."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__()
        self._box = box
        self.marks: tuple[Mark, ...] = ()
        self.best: int | None = None
        self.setParentItem(box)
        self.setZValue(50)
        box.sigXRangeChanged.connect(self._on_moved)
        box.sigResized.connect(self._on_resized)

    def show_marks(self, marks: Sequence[Mark], best: int | None) -> None:
        if (tuple(marks), best) != (self.marks, self.best):
            self.marks, self.best = tuple(marks), best
            self.update()

    @staticmethod
    def room() -> float:
        """Pixels at the bottom of the chart that the signs take."""
        return unit() * 0.75

    def near(self, step: float) -> list[Mark]:
        """The marks that are drawn within a few pixels of `step`."""
        reach = NEAR_PIXELS * abs(self._box.viewPixelSize()[0])
        return [mark for mark in self.marks if abs(mark.step - step) <= reach]

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._box.width(), self._box.height())

    @Slot(object, object)
    def _on_moved(self, _box: object, _range: object) -> None:
        self.update()

    @Slot(object)
    def _on_resized(self, _box: object) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, middle = self._box.width(), self._box.height() - self.room() / 2
        low, high = self._box.viewRange()[0]
        scale = wide / ((high - low) or 1.0)
        drawn: dict[str, list[float]] = {}
        for mark in self.marks:
            x = (mark.step - low) * scale
            before = drawn.setdefault(mark.kind, [])
            if 0 <= x <= wide and not (before and x - before[-1] < NEAR_PIXELS):
                before.append(x)
                if mark.kind in ALL_THE_WAY:
                    self._line(painter, x, theme.roles.danger if mark.kind == "end" else theme.roles.warning)
        for kind, places in drawn.items():
            if places:
                self._signs(painter, kind, [QPointF(x, middle) for x in places])
        if self.best is not None and 0 <= (x := (self.best - low) * scale) <= wide:
            self._line(painter, x, theme.roles.good)
            self._star(painter, QPointF(x, middle))

    def _line(self, painter: QPainter, x: float, colour: str) -> None:
        faint = QColor(colour)
        faint.setAlpha(90)
        painter.setPen(QPen(faint, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, self._box.height() - self.room()))

    def _signs(self, painter: QPainter, kind: str, places: list[QPointF]) -> None:
        """All signs of one kind at once: there may be hundreds."""
        roles, size = theme.roles, unit() * 0.2
        painter.setPen(Qt.PenStyle.NoPen)
        match kind:
            case "evaluation":
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(roles.faint), 1.3))
                for at in places:
                    painter.drawEllipse(at, size * 0.85, size * 0.85)
            case "checkpoint":
                painter.setBrush(QColor(roles.faint))
                half = size * 0.8
                painter.drawRects([QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half) for at in places])
            case "memory":
                painter.setBrush(QColor(roles.warning))
                for at in places:
                    painter.drawPolygon(_triangle(at, size * 1.3))
            case "pause":
                painter.setBrush(QColor(roles.warning))
                bars = [(at, at.x() + side * size) for at in places for side in (-1, 0.25)]
                painter.drawRects([QRectF(x, at.y() - size, size * 0.75, 2 * size) for at, x in bars])
            case "resume":
                painter.setBrush(QColor(roles.accent))
                for at in places:
                    painter.drawPolygon(_triangle(at, size * 1.2, turned=True))
            case "end":
                painter.setBrush(QColor(roles.danger))
                painter.drawRects([QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size) for at in places])

    def _star(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.roles.good))
        size = unit() * 0.34
        corners = [(0, -1), (0.24, -0.32), (0.95, -0.31), (0.38, 0.12), (0.59, 0.81)]
        corners += [(0, 0.4), (-0.59, 0.81), (-0.38, 0.12), (-0.95, -0.31), (-0.24, -0.32)]
        painter.drawPolygon(QPolygonF([QPointF(at.x() + size * x, at.y() + size * y) for x, y in corners]))


def _triangle(at: QPointF, size: float, turned: bool = False) -> QPolygonF:
    corners = [(-0.7, -1), (1, 0), (-0.7, 1)] if turned else [(0, -1), (1, 0.8), (-1, 0.8)]
    return QPolygonF([QPointF(at.x() + size * x, at.y() + size * y) for x, y in corners])
