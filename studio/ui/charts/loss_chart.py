"""The loss chart: raw points thin, smoothed curves on top, one colour a task, evaluations as rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QStackedLayout, QWidget

from studio.core.series import Series
from studio.ui.charts.smoothing import smoothed, thinned
from studio.ui.controls.surface import Text
from studio.ui.palette import mixed
from studio.ui.run.record import RunRecord
from studio.ui.theme import scaled_font, theme, unit
from studio.ui.units import number_text

WHOLE = "loss"
SMOOTH_POINTS = 800


@dataclass(slots=True)
class _Curve:
    """One task's three layers on the chart, and how long its series was when they were last drawn."""

    label: str
    colour_index: int
    raw: pg.PlotDataItem
    smooth: pg.PlotDataItem
    rings: pg.ScatterPlotItem
    drawn: int = -1
    newest: float = np.nan
    shown: bool = True


class _StepAxis(pg.AxisItem):
    """Steps are whole and not negative; labels between them would name nothing."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{value:.0f}" if value >= 0 and spacing >= 1 else "" for value in values]


class LossChart(QWidget):
    """Draws the loss curves of a RunRecord; only what grew is drawn again."""

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self._weight = smoothing
        self._curves: dict[str, _Curve] = {}
        self._series: dict[str, Series] = {}
        self._plot = pg.PlotWidget(axisItems={"bottom": _StepAxis("bottom")})
        self._plot.setObjectName("loss_plot")
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._item = self._plot.getPlotItem()
        self._item.setDownsampling(auto=True, mode="peak")
        self._item.setClipToView(True)
        self._item.getViewBox().setDefaultPadding(0.03)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        self._item.addItem(self._line, ignoreBounds=True)
        self._readout = pg.TextItem(anchor=(0, 0))
        self._readout.setParentItem(self._item.getViewBox())
        self._readout.setVisible(False)
        self._empty = Text("The loss appears here with the first step.", "faint", 0.92)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self._empty)
        self._layers.addWidget(self._plot)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._tell()

    def show_record(self, record: RunRecord, grew: frozenset[str] | None = None) -> None:
        """Draw the record's curves; `grew` names those that have new points, None means all."""
        for name in self._names(record):
            if name not in self._curves:
                self._add(name)
                self._layers.setCurrentWidget(self._plot)
        for name, curve in self._curves.items():
            self._series[name] = record.curves[name]
            if grew is None or name in grew:
                self._draw(name)
            score = self._evaluation(name)
            if score and (grew is None or score in grew):
                series = record.curves.get(score)
                if series is not None:
                    curve.rings.setData(x=series.steps.copy(), y=series.values.copy())
        self._tell()

    def curve_names(self) -> list[tuple[str, str, int]]:
        """(name, label, colour index) of every curve there is, in order."""
        return [(name, curve.label, curve.colour_index) for name, curve in self._curves.items()]

    def set_shown(self, name: str, shown: bool) -> None:
        """Show or hide one curve with its evaluations."""
        curve = self._curves[name]
        curve.shown = shown
        for layer in (curve.raw, curve.smooth, curve.rings):
            layer.setVisible(shown)
        self._fit_unless_moved()

    def set_smoothing(self, weight: float) -> None:
        """Smooth with this weight from now on."""
        self._weight = weight
        for name in self._curves:
            self._draw(name)

    def fit(self) -> None:
        """Show the whole course again."""
        self._item.enableAutoRange()

    def _names(self, record: RunRecord) -> list[str]:
        tasks = list(record.tasks) or [
            name.split("/")[1] for name in record.curves if name.startswith("task/") and name.endswith("/loss")
        ]
        names = [WHOLE] if WHOLE in record.curves else []
        # One task's curve is the whole mix's: a second one on top of it would only confuse.
        if len(tasks) > 1:
            names += [f"task/{task}/loss" for task in tasks if f"task/{task}/loss" in record.curves]
        return names

    def _evaluation(self, name: str) -> str:
        return name.replace("task/", "eval/", 1) if name != WHOLE else ""

    def _add(self, name: str) -> None:
        index = len(self._curves)
        label = "all tasks" if name == WHOLE else name.split("/")[1]
        curve = _Curve(
            label,
            index,
            pg.PlotDataItem(connect="finite"),
            pg.PlotDataItem(connect="finite", antialias=True),
            pg.ScatterPlotItem(size=round(unit() * 0.55), pxMode=True),
        )
        self._curves[name] = curve
        for depth, layer in ((0, curve.raw), (10, curve.smooth), (20, curve.rings)):
            layer.setZValue(depth - index * 0.1)
            self._item.addItem(layer)
        self._ink(curve)

    def _draw(self, name: str) -> None:
        curve, series = self._curves[name], self._series[name]
        # A young curve is smoothed less: the mean of a whole steep start would lie beside it.
        weight = min(self._weight, len(series) / (len(series) + 8))
        values = smoothed(series.values, weight)
        curve.raw.setData(series.steps.copy(), series.values.copy())
        curve.smooth.setData(*thinned(series.steps, values, SMOOTH_POINTS))
        curve.drawn = len(series)
        curve.newest = float(values[-1]) if len(values) else np.nan

    def _fit_unless_moved(self) -> None:
        if any(self._item.getViewBox().state["autoRange"]):
            self._item.enableAutoRange()

    def _colour(self, curve: _Curve) -> str:
        roles = theme.roles
        return roles.series[0] if curve.colour_index == 0 else roles.task(curve.colour_index - 1)

    def _ink(self, curve: _Curve) -> None:
        colour = QColor(self._colour(curve))
        faint = QColor(colour)
        faint.setAlpha(95 if theme.roles.name == "dark" else 120)
        curve.raw.setPen(pg.mkPen(faint, width=1))
        curve.smooth.setPen(pg.mkPen(colour, width=2.6 if curve.colour_index == 0 else 2))
        curve.rings.setPen(pg.mkPen(colour, width=2))
        curve.rings.setBrush(pg.mkBrush(theme.roles.surface))

    @Slot()
    def _on_theme_changed(self) -> None:
        roles = theme.roles
        self._plot.setBackground(roles.surface)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(pg.mkPen(roles.line))
            axis.setTickPen(pg.mkPen(mixed(roles.surface, roles.line, 0.75)))
            axis.setTextPen(pg.mkPen(roles.quiet))
            axis.setStyle(tickLength=0, tickTextOffset=8, tickFont=scaled_font(0.86))
        self._item.getAxis("left").setGrid(150)
        self._item.getAxis("left").setWidth(round(unit() * 2.4))
        self._item.getAxis("bottom").setHeight(round(unit() * 1.6))
        self._line.setPen(QPen(QColor(roles.faint), 0, Qt.PenStyle.DashLine))
        self._readout.setColor(roles.ink)
        self._readout.setFont(scaled_font(0.9))
        self._readout.fill = pg.mkBrush(roles.raised)
        self._readout.border = pg.mkPen(roles.line)
        for curve in self._curves.values():
            self._ink(curve)

    @Slot(object)
    def _on_mouse_moved(self, place: QPointF) -> None:
        box = self._item.getViewBox()
        whole = self._series.get(WHOLE)
        inside = whole is not None and len(whole) > 0 and box.sceneBoundingRect().contains(place)
        self._line.setVisible(inside)
        self._readout.setVisible(inside)
        if not inside or whole is None:
            return
        at = int(np.argmin(np.abs(whole.steps - box.mapSceneToView(place).x())))
        step = whole.steps[at]
        self._line.setPos(step)
        lines = [f"step {int(step)}"]
        for name, curve in self._curves.items():
            series = self._series[name]
            row = int(np.searchsorted(series.steps, step))
            if curve.shown and row < len(series) and series.steps[row] == step:
                lines.append(f"{curve.label}  {number_text(float(series.values[row]))}")
        self._readout.setText("\n".join(lines))
        local = box.mapFromScene(place)
        wide = self._readout.boundingRect().width()
        over = local.x() + wide + 24 > box.width()
        self._readout.setPos(local.x() - wide - 12 if over else local.x() + 12, 6)

    def _tell(self) -> None:
        """Keep the sentence that a screen reader says for the chart."""
        curve, series = self._curves.get(WHOLE), self._series.get(WHOLE)
        if curve is None or series is None or not len(series):
            self._plot.setAccessibleName("Training loss: no step has ended yet")
            return
        values = smoothed(series.values[-200:], 0.9)
        before = float(values[max(0, len(values) - 20)])
        trend = (
            "steady"
            if abs(values[-1] - before) < 0.01 * abs(before)
            else "falling"
            if values[-1] < before
            else "rising"
        )
        newest = number_text(float(series.values[-1]))
        self._plot.setAccessibleName(f"Training loss, {newest} at step {int(series.steps[-1])}, {trend}")
