"""Each expert's load over all layers as a bar with its number, against the fair share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.run.load_stats import dead_experts
from studio.core.words import tr
from studio.ui.charts.expert_map import FAIR_SHARE, LABEL_SIZE, margins, ticks
from studio.ui.theme import scaled_font, text_width, theme, unit


class ExpertTotals(QWidget):
    """Paints the mean utilisation [experts] of counts [layers, experts]."""

    def __init__(self) -> None:
        super().__init__()
        self._used: NDArray[np.float64] | None = None
        self._dead_layers: NDArray[np.int64] | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Load of each expert over all layers: nothing routed yet"))

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 18), round(unit() * 6.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 4.5))

    def show_counts(self, counts: NDArray[np.float64] | None) -> None:
        """Paint these counts [layers, experts]; None empties the chart."""
        if counts is None or not counts.sum():
            self._used = self._dead_layers = None
            self.setAccessibleName(tr("Load of each expert over all layers: nothing routed yet"))
        else:
            totals = counts.sum(axis=0)
            self._used = totals / totals.mean()
            self._dead_layers = dead_experts(counts).sum(axis=0)
            spoken = ", ".join(tr("expert {n} {used:.2f}", n=n, used=used) for n, used in enumerate(self._used[:16]))
            gone = np.flatnonzero(self._dead_layers)[:16]
            said = tr("Load of each expert over all layers, 1 is fair: {spoken}", spoken=spoken)
            for n in gone:
                dead, layers = self._dead_layers[n], len(counts)
                said = tr(
                    "{said}; expert {n} is dead in {dead} of {layers} layers", said=said, n=n, dead=dead, layers=layers
                )
            self.setAccessibleName(said)
        self.update()

    def plot_box(self) -> QRectF:
        """Where the bars stand, in this widget's coordinates."""
        left, right = margins()
        return QRectF(self.rect()).adjusted(left, unit() * 0.3, -right, -unit() * 1.2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._used is None or self._dead_layers is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line, plot = theme.roles, unit(), self.plot_box()
        experts = len(self._used)
        top = self._top()
        slot = plot.width() / experts
        gap = min(slot * 0.3, line * 0.6)
        painter.setFont(scaled_font(LABEL_SIZE))
        self._axis(painter, plot, top)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.accent))
        for expert, used in enumerate(self._used):
            high = plot.height() * used / top
            bar = QRectF(plot.left() + expert * slot + gap / 2, plot.bottom() - high, slot - gap, high)
            radius = min(3.0, bar.width() / 3, high / 2)
            painter.drawRoundedRect(bar, radius, radius)
        fair = plot.bottom() - plot.height() / top
        numbers = self._number_boxes(plot, slot, top) if slot >= text_width("0.00", LABEL_SIZE) + 2 else []
        painter.setPen(QPen(QColor(roles.ink), 1.2, Qt.PenStyle.DashLine))
        for left, right in _between(plot, [box for box in numbers if box.top() < fair < box.bottom()]):
            painter.drawLine(QPointF(left, fair), QPointF(right, fair))
        painter.setPen(QColor(roles.quiet))
        box = QRectF(plot.right() + line * 0.4, fair - line * 0.6, self.width() - plot.right(), line * 1.2)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, tr(FAIR_SHARE))
        for expert in ticks(experts, plot.width() / (line * 2)):
            box = QRectF(plot.left() + (expert + 0.5) * slot - line * 2, plot.bottom() + 2, line * 4, line * 1.1)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(expert))
        self._numbers(painter, numbers)

    def _top(self) -> float:
        """The utilisation at the upper edge, with room for the numbers over the bars."""
        assert self._used is not None
        room = max(1.0, self.plot_box().height() - unit())
        return max(1.6, float(self._used.max())) * self.plot_box().height() / room

    def _axis(self, painter: QPainter, plot: QRectF, top: float) -> None:
        """Lines at whole numbers of fair shares, with their labels."""
        line = unit()
        for share in range(int(top) + 1):
            y = plot.bottom() - plot.height() * share / top
            painter.setPen(QPen(QColor(theme.roles.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.roles.quiet))
            box = QRectF(0, y - line * 0.6, plot.left() - line * 0.4, line * 1.2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{share}×")

    def _number_boxes(self, plot: QRectF, slot: float, top: float) -> list[QRectF]:
        """Where each bar's number stands: over it."""
        assert self._used is not None
        line, wide = unit(), text_width("0.00", LABEL_SIZE) + 2
        tops = [plot.bottom() - plot.height() * used / top for used in self._used]
        left = plot.left() + (slot - wide) / 2
        return [QRectF(left + expert * slot, y - line * 1.05, wide, line) for expert, y in enumerate(tops)]

    def _numbers(self, painter: QPainter, boxes: list[QRectF]) -> None:
        """Each bar's number, in the colour of danger where the expert is dead in some layer."""
        assert self._used is not None
        assert self._dead_layers is not None
        for expert, box in enumerate(boxes):
            painter.fillRect(box, QColor(theme.roles.surface))
            painter.setPen(QColor(theme.roles.danger if self._dead_layers[expert] else theme.roles.quiet))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{self._used[expert]:.2f}")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self.plot_box()
        if self._used is None or self._dead_layers is None or not plot.contains(event.position()):
            QToolTip.hideText()
            return
        expert = min(len(self._used) - 1, int((event.position().x() - plot.left()) / plot.width() * len(self._used)))
        said = tr(
            "Expert {expert}: {used:.2f} × its fair share over all layers", expert=expert, used=self._used[expert]
        )
        if self._dead_layers[expert]:
            said = tr("{said}, dead in {dead} of them", said=said, dead=self._dead_layers[expert])
        QToolTip.showText(event.globalPosition().toPoint(), said, self)


def _between(plot: QRectF, numbers: list[QRectF]) -> list[tuple[float, float]]:
    """From where to where a line across the bars is drawn, so that none of these numbers is struck through."""
    ends = [plot.left(), *(end for box in numbers for end in (box.left(), box.right())), plot.right()]
    return list(zip(ends[::2], ends[1::2], strict=True))
