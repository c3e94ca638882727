"""A chart over steps: axes in the theme's colours, a view that follows the newest step, a cursor with its read-out."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from studio.core.words import tr
from studio.ui.charts.axes import TICKS, StepAxis, ValueAxis
from studio.ui.charts.read_out import Told
from studio.ui.charts.step_cursor import StepCursor
from studio.ui.controls.widgets import Text
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, text_width, theme, unit

Floats = NDArray[np.float64]
PADDING = 0.03  # of the range, left free on each side
TICK_GAP = 8  # pixels between the axes and their numbers
FEWEST_STEPS = 2.0  # in view, however far it is zoomed


class StepPlot(QWidget):
    """The base of a chart: subclasses draw on it, and say what it spans and what it reads out.

    Its view follows the run until it is zoomed or dragged along the steps, and again after `fit`, a double click, or
    zooming out to the whole; the values in view always fill its height. `view_changed` is emitted when other steps are
    shown, or at another width, so that curves are thinned again.
    """

    view_changed = Signal()

    def __init__(self, name: str, empty: str | QWidget) -> None:
        super().__init__()
        self._follows = True
        self._values = ValueAxis()
        self.plot = pg.PlotWidget(axisItems={"bottom": StepAxis("bottom"), "left": self._values})
        self.plot.setObjectName(name)
        self.plot.setMenuEnabled(False)
        # Never shown, yet made; without an owner it outlives the plot until Python collects its cycles.
        self.plot.getPlotItem().ctrlMenu.setParent(self.plot, Qt.WindowType.Popup)
        self.plot.hideButtons()
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.item = self.plot.getPlotItem()
        self.box = self.item.getViewBox()
        self.box.disableAutoRange()
        self.box.setMouseEnabled(x=True, y=False)
        self._below = Text(tr("step"), "faint", TICKS)  # names the axis in the corner that both axes leave free
        self._below.setParent(self.plot)
        self._below.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._below.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plot.installEventFilter(self)
        self.pointing = StepCursor(self.plot, self.read_out)
        self.empty = self._empty_part(empty) if isinstance(empty, str) else empty
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self.empty)
        self._layers.addWidget(self.plot)
        # A drag changes the view many times before the next paint: what is drawn follows once.
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._on_turn)
        self.box.sigXRangeChanged.connect(self._on_range_changed)
        self.box.sigResized.connect(self._on_resized)
        self.box.sigRangeChangedManually.connect(self._on_moved)
        self.pointing.double_clicked.connect(self.fit)
        theme.changed.connect(self._on_theme_changed)
        self._ink_ground()

    def extent(self) -> tuple[float, float, float, float] | None:
        """The extent of all curves, as (first step, last step, lowest, highest); None while there are none."""
        raise NotImplementedError

    def reach(self, low: float, high: float) -> tuple[float, float] | None:
        """The lowest and the highest value to show between the steps `low` and `high`; None if there is none."""
        found = self.extent()
        return None if found is None else found[2:]

    def read_out(self, step: float) -> Told | None:
        """What is read off at the nearest step that has values; None if there is none."""
        raise NotImplementedError

    def ink(self) -> None:
        """Apply the theme's colours to what is drawn."""
        raise NotImplementedError

    def room_below(self) -> float:
        """Pixels at the bottom that no curve is to reach."""
        return 0.0

    def fit(self) -> None:
        """Show all steps, and follow the run from now on."""
        self._follows = True
        self.follow()
        self.view_changed.emit()

    def follow(self) -> None:
        """Show all steps so far, or where the view was moved its own steps; the values fill the height."""
        found = self.extent()
        self._layers.setCurrentIndex(0 if found is None else 1)
        if found is None:
            return
        first, last = found[:2]
        if self._follows:
            self.box.setXRange(first, max(last, first + 1), padding=PADDING)
        self._fit_values(found[2:] if self._follows else self.reach(*self.shown_steps()))
        # Of its own accord pyqtgraph settles the view in its paint event, and what moves then is painted a second time.
        self.plot.sceneObj.prepareForPaint()
        self.pointing.say_again()

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
        self.pointing.forget()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.plot:
            self._place_below()
        return super().eventFilter(watched, event)

    def _place_below(self) -> None:
        wide, high = self.item.getAxis("left").width(), self.item.getAxis("bottom").height()
        self._below.setGeometry(0, round(self.plot.height() - high), round(wide - TICK_GAP), round(high))

    def _fit_values(self, reach: tuple[float, float] | None) -> None:
        low, high = reach or (0.0, 1.0)
        if not (np.isfinite(low) and np.isfinite(high)):
            low, high = 0.0, 1.0
        if high - low < 1e-9 * max(1.0, abs(high)):
            low, high = low - 0.5, high + 0.5
        pad = PADDING * (high - low)
        # In a very low chart the curves need the space more than what is below them.
        share = min(0.3, self.room_below() / max(1.0, self.box.height()))
        low, high = low - pad, high + pad
        self.box.setYRange(low - (high - low) * share / (1 - share), high, padding=0)

    @staticmethod
    def _empty_part(text: str) -> Text:
        part = Text(text, "faint", 0.92)
        part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        part.setWordWrap(True)
        return part

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
        self.pointing.ink()
        self._place_below()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._ink_ground()
        self.ink()
        self.pointing.say_again()

    @Slot()
    def _on_turn(self) -> None:
        self.view_changed.emit()
        self.follow()

    @Slot(object, object)
    def _on_range_changed(self, _box: object, _range: object) -> None:
        if not self._follows and self.isVisible():
            self._turn.start()

    @Slot(object)
    def _on_resized(self, _box: object) -> None:
        # Not this widget's own size: the plot gets its space only once there is something to show. And at once: in the
        # next turn, all of it would be painted a second time.
        if self.isVisible():
            self._turn.stop()
            self._on_turn()

    @Slot(object)
    def _on_moved(self, _axes: object) -> None:
        """Keep what was zoomed or dragged within the run; all of it in view is followed again."""
        found = self.extent()
        if found is None:
            return
        first, last = found[0], max(found[1], found[0] + 1)
        free = PADDING * (last - first)
        low, high = self.shown_steps()
        if low <= first - free and high >= last + free:
            self.fit()
            return
        self._follows = False
        wide = min(max(high - low, FEWEST_STEPS), last - first + 2 * free)
        low = max(first - free, min(low, last + free - wide))
        self.box.setXRange(low, low + wide, padding=0)


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
