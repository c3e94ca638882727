"""A chart over steps: axes in the theme's colours, a view that follows the newest step, a read-out by the pointer."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QPen, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from studio.ui.controls.widgets import Text
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, text_width, theme, unit

Floats = NDArray[np.float64]
PADDING = 0.03  # of the range, left free on each side
TICKS, TICK_GAP = 0.86, 8  # the size of the axes' numbers, and the pixels between them and the axis


class _StepAxis(pg.AxisItem):
    """Steps are whole and not negative, so labels between them would mean nothing."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{value:.0f}" if value >= 0 and spacing >= 1 else "" for value in values]


class StepPlot(QWidget):
    """The base of a chart: subclasses draw on it, and say what it spans and what it reads out.

    Its view follows the run until it is zoomed or dragged, and again after `fit`. `view_changed` is emitted when
    other steps are shown, or at another width, so that curves are thinned again.
    """

    view_changed = Signal()

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self._follows = True
        self.plot = pg.PlotWidget(axisItems={"bottom": _StepAxis("bottom")})
        self.plot.setObjectName(name)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.item = self.plot.getPlotItem()
        self.box = self.item.getViewBox()
        self.box.disableAutoRange()
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        self.item.addItem(self._line, ignoreBounds=True)
        self._readout = pg.TextItem(anchor=(0, 0))
        self._readout.setParentItem(self.box)
        self._readout.setZValue(100)
        self._readout.setVisible(False)
        self._empty = Text(empty, "faint", 0.92)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self._empty)
        self._layers.addWidget(self.plot)
        # A drag changes the view many times before the next paint: what is drawn follows once.
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self.view_changed)
        self.box.sigXRangeChanged.connect(self._on_range_changed)
        self.box.sigResized.connect(self._on_resized)
        self.box.sigRangeChangedManually.connect(self._on_moved)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.plot.viewport().installEventFilter(self)
        theme.changed.connect(self._on_theme_changed)
        self._ink_ground()

    def extent(self) -> tuple[float, float, float, float] | None:
        """The extent of all curves, as (first step, last step, lowest, highest); None while there are none."""
        raise NotImplementedError

    def read_out(self, step: float) -> tuple[float, list[str]] | None:
        """The nearest step that has values, and the lines of its read-out; None if there is none."""
        raise NotImplementedError

    def ink(self) -> None:
        """Apply the theme's colours to what is drawn."""
        raise NotImplementedError

    def show_empty(self, text: str) -> None:
        """Set the text that is shown while there is nothing to draw."""
        self._empty.setText(text)

    def fit(self) -> None:
        """Show all steps, and follow the run from now on."""
        self._follows = True
        self.follow()
        self.view_changed.emit()

    def follow(self) -> None:
        """Show all steps so far, unless the view was moved."""
        found = self.extent()
        self._layers.setCurrentIndex(0 if found is None else 1)
        if found is None or not self._follows:
            return
        first, last, low, high = found
        if not (np.isfinite(low) and np.isfinite(high)):
            low, high = 0.0, 1.0
        if high - low < 1e-9 * max(1.0, abs(high)):
            low, high = low - 0.5, high + 0.5
        self.box.setRange(
            xRange=(first, max(last, first + 1)), yRange=(low, high), padding=PADDING, disableAutoRange=True
        )

    @property
    def follows(self) -> bool:
        """Whether the view follows the run."""
        return self._follows

    def shown_steps(self) -> tuple[float, float]:
        """The first and the last step in view."""
        low, high = self.box.viewRange()[0]
        return float(low), float(high)

    def columns(self) -> int:
        """How many pixels the visible steps span."""
        return max(64, round(self.box.width()))

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 20), round(unit() * 8))

    def hasHeightForWidth(self) -> bool:
        # It takes the space there is: pyqtgraph's own size hint would squeeze what is above it in a small window.
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._turn.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._turn.stop()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hide_readout()
        return super().eventFilter(watched, event)

    def _hide_readout(self) -> None:
        self._line.setVisible(False)
        self._readout.setVisible(False)

    def _ink_ground(self) -> None:
        roles = theme.roles
        self.plot.setBackground(roles.surface)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(pg.mkPen(roles.line))
            axis.setTickPen(pg.mkPen(mixed(roles.surface, roles.line, 0.75)))
            axis.setTextPen(pg.mkPen(roles.quiet))
            axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP, tickFont=scaled_font(TICKS))
        self.item.getAxis("left").setGrid(150)
        # The same width for all numbers, so that the curves do not move; five digits fit in every font.
        self.item.getAxis("left").setWidth(round(max(unit() * 2.4, text_width("0.000", TICKS) + TICK_GAP + 2)))
        self.item.getAxis("bottom").setHeight(round(unit() * 1.6))
        self._line.setPen(QPen(QColor(roles.faint), 0, Qt.PenStyle.DashLine))
        self._readout.setColor(roles.ink)
        self._readout.setFont(scaled_font(0.9))
        self._readout.fill = pg.mkBrush(roles.raised)
        self._readout.border = pg.mkPen(roles.line)

    @Slot()
    def _on_theme_changed(self) -> None:
        self._ink_ground()
        self.ink()

    @Slot(object, object)
    def _on_range_changed(self, _box: object, _range: object) -> None:
        if not self._follows and self.isVisible():
            self._turn.start()

    @Slot(object)
    def _on_resized(self, _box: object) -> None:
        # Not this widget's own size: the plot gets its space only once there is something to show.
        if self.isVisible():
            self._turn.start()

    @Slot(object)
    def _on_moved(self, _axes: object) -> None:
        self._follows = False

    @Slot(object)
    def _on_mouse_moved(self, place: QPointF) -> None:
        found = None
        if self.box.sceneBoundingRect().contains(place):
            found = self.read_out(float(self.box.mapSceneToView(place).x()))
        if found is None:
            self._hide_readout()
            return
        step, lines = found
        self._line.setPos(step)
        self._readout.setText("\n".join(lines))
        local = self.box.mapFromScene(place)
        wide = self._readout.boundingRect().width()
        over = local.x() + wide + 24 > self.box.width()
        self._readout.setPos(local.x() - wide - 12 if over else local.x() + 12, 6)
        self._line.setVisible(True)
        self._readout.setVisible(True)


def span(parts: list[tuple[Floats, Floats]]) -> tuple[float, float, float, float] | None:
    """The common extent of curves (steps, values), as `StepPlot.extent`; None if no value is finite."""
    drawn = [(steps, values) for steps, values in parts if len(steps)]
    finite = [values[np.isfinite(values)] for _, values in drawn]
    finite = [values for values in finite if len(values)]
    if not drawn or not finite:
        return None
    return (
        min(float(steps[0]) for steps, _ in drawn),
        max(float(steps[-1]) for steps, _ in drawn),
        min(float(values.min()) for values in finite),
        max(float(values.max()) for values in finite),
    )
