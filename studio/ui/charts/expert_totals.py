"""Each expert's load over all layers as a bar against the fair share, with the dead ones marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.run.load_stats import dead_experts
from studio.ui.charts.expert_map import FAIR_SHARE, LABEL_SIZE, _ticks, margins
from studio.ui.theme import scaled_font, theme, unit


class ExpertTotals(QWidget):
    """Paints the mean utilisation [experts] of counts [layers, experts]."""

    def __init__(self) -> None:
        super().__init__()
        self._used: NDArray[np.float64] | None = None
        self._dead_layers: NDArray[np.int64] | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Load of each expert over all layers: nothing routed yet")

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 18), round(unit() * 6.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 4.5))

    def show_counts(self, counts: NDArray[np.float64] | None) -> None:
        """Paint these counts [layers, experts]; None empties the chart."""
        if counts is None or not counts.sum():
            self._used = self._dead_layers = None
            self.setAccessibleName("Load of each expert over all layers: nothing routed yet")
        else:
            totals = counts.sum(axis=0)
            self._used = totals / totals.mean()
            self._dead_layers = dead_experts(counts).sum(axis=0)
            spoken = ", ".join(f"expert {n} {used:.2f}" for n, used in enumerate(self._used[:16]))
            self.setAccessibleName(f"Load of each expert over all layers, 1 is fair: {spoken}")
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
        top = max(1.6, float(self._used.max()) * 1.1)
        slot = plot.width() / experts
        gap = min(slot * 0.25, line * 0.5)
        painter.setFont(scaled_font(LABEL_SIZE))
        painter.setPen(Qt.PenStyle.NoPen)
        for expert, used in enumerate(self._used):
            high = plot.height() * used / top
            bar = QRectF(plot.left() + expert * slot + gap / 2, plot.bottom() - high, slot - gap, high)
            painter.setBrush(QColor(roles.expert(expert)))
            radius = min(3.0, bar.width() / 3, high / 2)
            painter.drawRoundedRect(bar, radius, radius)
        fair = plot.bottom() - plot.height() / top
        painter.setPen(QPen(QColor(roles.ink), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.left(), fair), QPointF(plot.right(), fair))
        painter.setPen(QColor(roles.quiet))
        box = QRectF(plot.right() + line * 0.4, fair - line * 0.6, self.width() - plot.right(), line * 1.2)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, FAIR_SHARE)
        for expert in _ticks(experts, plot.width() / (line * 2)):
            box = QRectF(plot.left() + (expert + 0.5) * slot - line * 2, plot.bottom() + 2, line * 4, line * 1.1)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(expert))
        painter.setPen(QPen(QColor(roles.danger), 2))
        for gone in np.flatnonzero(self._dead_layers):
            x, y, arm = plot.left() + (gone + 0.5) * slot, plot.top() + line * 0.4, min(slot * 0.3, line * 0.25)
            painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
            painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self.plot_box()
        if self._used is None or self._dead_layers is None or not plot.contains(event.position()):
            QToolTip.hideText()
            return
        expert = min(len(self._used) - 1, int((event.position().x() - plot.left()) / plot.width() * len(self._used)))
        said = f"Expert {expert}: {self._used[expert]:.2f} × its fair share over all layers"
        if self._dead_layers[expert]:
            said += f", dead in {self._dead_layers[expert]} of them"
        QToolTip.showText(event.globalPosition().toPoint(), said, self)
