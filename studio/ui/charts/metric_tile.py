"""A small chart: a metric's name, its newest value in large type, its curve, and between what values it moved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.run.series import Series, finite_reach
from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.sparkline import paint_sparkline
from studio.ui.controls.widgets import paint_line
from studio.ui.theme import scaled_font, text_width, theme, unit

LARGE, SMALL, SMALLEST = 1.18, 0.78, 0.75  # relative to the application's font
ROOM_FOR_STEPS = 3.2  # lines of text that a curve takes at least before the steps are written below it


def fitting(value: str, room: float) -> QFont:
    """A value's font: large, and smaller where it would not fit in `room` pixels, since half a number is misleading."""
    share = room / max(1.0, text_width(value, LARGE, QFont.Weight.DemiBold))
    return scaled_font(LARGE if share >= 1 else max(SMALLEST, LARGE * share * 0.98), QFont.Weight.DemiBold)


class MetricTile(QWidget):
    """Draws one Series; the pointer reads off any of its points.

    `cursor_moved` brings the step that the pointer is at, and None when it leaves.
    """

    cursor_moved = Signal(object)

    def __init__(self, title: str, shown: Callable[[float], str], colour_index: int = 0) -> None:
        super().__init__()
        self._title = title
        self._shown = shown
        self._colour_index = colour_index
        self._series = Series()
        self._floor: Series | None = None
        self._known: tuple[float, float] | None = None  # between which values it moved, once that was looked for
        self._cursor: float | None = None  # the step that is pointed at, here or elsewhere
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("{title}: no value yet", title=title))

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 9), round(unit() * 6.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 5.5), round(unit() * 4.6))

    def show_series(self, series: Series, floor: Series | None = None) -> None:
        """Draw `series` from now on, and again whenever this is called after it grew.

        `floor` is the lowest value that it can reach, step by step: drawn as a dashed line and shown beside the value.
        """
        self._series, self._floor, self._known = series, floor, None
        if len(series):
            value, step = self._shown(float(series.values[-1])), int(series.steps[-1])
            said = tr("{title}: {value} at step {step}", title=self._title, value=value, step=step)
            if floor is not None and len(floor):
                said = tr("{said}, floor {floor}", said=said, floor=self._shown(float(floor.values[-1])))
            self.setAccessibleName(said)
        self.update()

    def show_cursor(self, step: float | None) -> None:
        """Read off the value at this step, which is pointed at elsewhere; None shows the newest again."""
        if step != self._cursor:
            self._cursor = step
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        steps = self._series.steps
        if len(steps) < 2:
            return
        plot = self._plot()
        share = min(1.0, max(0.0, (event.position().x() - plot.left()) / max(1.0, plot.width())))
        self.cursor_moved.emit(float(steps[round(share * (len(steps) - 1))]))

    def leaveEvent(self, event: QEvent) -> None:
        self.cursor_moved.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 10, QColor(roles.surface), QColor(roles.line))
        inner, plot = self._inner(), self._plot()
        steps, values = self._series.steps, self._series.values
        at = self._row()
        points = self._cursor is not None and len(values) > 1
        title = tr("step {step}", step=int(steps[at])) if points else self._title
        cut = []
        box = QRectF(inner.left(), inner.top(), inner.width(), line)
        if paint_line(painter, title, box, scaled_font(0.86), roles.quiet):
            cut.append(title)
        value = self._shown(float(values[at])) if len(values) else "–"
        box = QRectF(inner.left(), inner.top() + line, inner.width(), line * 1.4)
        cut += [value] if paint_line(painter, value, box, fitting(value, inner.width()), roles.ink) else []
        self._tell_between(painter, box, value, cut)
        colour = roles.series[self._colour_index % len(roles.series)]
        if self._floor is not None and len(self._floor):
            self._tell_floor(painter, inner, float(steps[at]) if len(values) else 0.0)
        if not len(values):
            paint_line(painter, tr("from step 1"), plot, scaled_font(0.82), roles.faint)
        elif plot.height() > line * 0.6:
            paint_sparkline(painter, plot, values, colour, reach=self._reach())
            self._paint_floor(painter, plot)
            if points:
                self._paint_cursor(painter, plot, at, colour)
            if plot.bottom() < inner.bottom():
                below = QRectF(inner.left(), plot.bottom() + 1, inner.width(), inner.bottom() - plot.bottom())
                self._small(painter, below, tr("step {step}", step=int(steps[0])))
                self._small(painter, below, f"{int(steps[-1])}", right=True)

    def _inner(self) -> QRectF:
        line = unit()
        return QRectF(self.rect()).adjusted(line * 0.7, line * 0.5, -line * 0.7, -line * 0.5)

    def _plot(self) -> QRectF:
        """Where the curve is, with a line for its steps below where there is room for that."""
        inner, line = self._inner(), unit()
        plot = inner.adjusted(0, line * 2.6, 0, 0)
        if plot.height() > line * ROOM_FOR_STEPS:
            plot.adjust(0, 0, 0, -line * 0.9)
        # On whole pixels' middles, where flat lines are sharp.
        return QRectF(plot.left(), round(plot.top()) + 0.5, plot.width(), round(plot.height()))

    def _row(self) -> int:
        """Which point is read off: the one pointed at, or the newest."""
        count = len(self._series)
        if self._cursor is None or not count:
            return count - 1
        return min(int(np.searchsorted(self._series.steps, self._cursor)), count - 1)

    def _tell_between(self, painter: QPainter, box: QRectF, value: str, cut: list[str]) -> None:
        """The highest above the lowest value, right of the newest; what has no room is in the tooltip."""
        reach = self._reach()
        told = [] if reach is None or reach[0] == reach[1] else [self._shown(each) for each in reversed(reach)]
        if self._floor is None and told and told[0] != told[1]:
            wide = max(text_width(each, SMALL) for each in told) + unit() * 0.5
            if text_width(value, LARGE, QFont.Weight.DemiBold) + wide < box.width():
                half = box.height() / 2
                for number, each in enumerate(told):
                    self._small(painter, box.adjusted(0, number * half, 0, (number - 1) * half), each, right=True)
            else:
                first, last = int(self._series.steps[0]), int(self._series.steps[-1])
                cut.append(
                    tr(
                        "{title}: from {lowest} to {highest}, steps {first} to {last}",
                        title=self._title,
                        lowest=told[1],
                        highest=told[0],
                        first=first,
                        last=last,
                    )
                )
        if self.toolTip() != (tip := "\n".join(cut)):
            self.setToolTip(tip)

    def _small(self, painter: QPainter, box: QRectF, text: str, right: bool = False) -> None:
        painter.setFont(scaled_font(SMALL))
        painter.setPen(QColor(theme.roles.faint))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | side, text)

    def _paint_cursor(self, painter: QPainter, plot: QRectF, at: int, colour: str) -> None:
        values = self._series.values
        low, high = self._reach() or (0.0, 0.0)
        x = plot.left() + at / (len(values) - 1) * plot.width()
        painter.setPen(QPen(QColor(theme.roles.faint), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if np.isfinite(values[at]):
            share = (values[at] - low) / (high - low) if high > low else 0.5
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QPointF(x, plot.bottom() - share * plot.height()), 3.5, 3.5)

    def _reach(self) -> tuple[float, float] | None:
        """The lowest and highest of the values and of their floor; None where there is no finite one."""
        if self._known is None:
            parts = [self._series.values] + ([self._floor.values] if self._floor is not None else [])
            found = [reach for part in parts if (reach := finite_reach(part)) is not None]
            self._known = (min(low for low, _ in found), max(high for _, high in found)) if found else None
        return self._known

    def _tell_floor(self, painter: QPainter, inner: QRectF, step: float) -> None:
        """The floor at `step`, at the right of the value, where there is room for both."""
        assert self._floor is not None
        row = min(int(np.searchsorted(self._floor.steps, step)), len(self._floor) - 1)
        text = tr("floor {floor} = ln(positives)", floor=self._shown(float(self._floor.values[row])))
        painter.setFont(scaled_font(0.86))
        painter.setPen(QColor(theme.roles.quiet))
        box = QRectF(inner.left(), inner.top() + unit(), inner.width(), unit() * 1.4)
        if painter.fontMetrics().horizontalAdvance(text) < inner.width() - unit() * 4:
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    def _paint_floor(self, painter: QPainter, plot: QRectF) -> None:
        reach = self._reach()
        if self._floor is None or len(self._floor) < 2 or reach is None:
            return
        low, high = reach
        values = self._floor.values
        chosen = np.unique(np.linspace(0, len(values) - 1, max(2, min(len(values), int(plot.width())))).astype(int))
        line = QPolygonF()
        for at in chosen[np.isfinite(values[chosen])]:
            share = (values[at] - low) / (high - low) if high > low else 0.5
            line.append(
                QPointF(plot.left() + at / (len(values) - 1) * plot.width(), plot.bottom() - share * plot.height())
            )
        painter.setPen(QPen(QColor(theme.roles.ink), 1.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(line)
