"""The loss chart: thin raw points under smoothed curves, a colour per task, rings for evaluations, marks for memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor

from studio.core.run.curve_names import LOSS, held_out_loss, task_curve, training_loss
from studio.core.run.event_text import event_text
from studio.core.run.events import MemoryReduced
from studio.core.run.run_record import RunRecord
from studio.core.run.series import Series
from studio.core.units import number_text
from studio.ui.charts.smoothing import Smoother, envelope, smoothed, thinned
from studio.ui.charts.step_plot import Floats, StepPlot, span
from studio.ui.theme import theme, unit

SMOOTH_POINTS = 400
RING_ROOM = 0.05  # of the values' range, free above and below where evaluations are drawn
NEAR_PIXELS = 8  # pixels from a mark within which hovering shows it


@dataclass(slots=True)
class _Curve:
    """One task's three layers on the chart."""

    label: str
    colour_index: int
    raw: pg.PlotDataItem
    smooth: pg.PlotDataItem
    rings: pg.ScatterPlotItem
    score: str = ""  # the curve of its held-out losses; "" where it has none
    smoother: Smoother = field(default_factory=Smoother)
    smoothed: Floats = field(default_factory=lambda: np.empty(0))
    shown: bool = True


class LossChart(StepPlot):
    """Draws the loss curves of a RunRecord; only what grew is drawn again."""

    def __init__(self, smoothing: float) -> None:
        self._weight = smoothing
        self._curves: dict[str, _Curve] = {}
        self._series: dict[str, Series] = {}
        self._scores: dict[str, Series] = {}
        self._marks: dict[MemoryReduced, pg.InfiniteLine] = {}
        super().__init__("loss_plot", "The loss appears here with the first step.")
        self.view_changed.connect(self._on_view_changed)
        self._tell()

    def show_record(self, record: RunRecord, grew: frozenset[str] | None = None) -> None:
        """Draw the record's curves; `grew` names those that have new points, None means all."""
        new = self._take_curves(record)
        for name, curve in self._curves.items():
            self._series[name] = record.curves[name]
            if grew is None or name in new or name in grew:
                self._draw(name)
            # A curve may come long after its first evaluation.
            if curve.score and (grew is None or name in new or curve.score in grew):
                self._scores[name] = record.curves[curve.score]
                curve.rings.setData(x=self._scores[name].steps.copy(), y=self._scores[name].values.copy())
        for event in record.reductions:
            if event not in self._marks:
                self._mark(event)
        self.follow()
        self._tell()

    def curve_names(self) -> list[tuple[str, str, int]]:
        """(name, label, colour index) of every curve, in order."""
        return [(name, curve.label, curve.colour_index) for name, curve in self._curves.items()]

    def set_shown(self, name: str, shown: bool) -> None:
        """Show or hide one curve with its evaluations."""
        curve = self._curves[name]
        curve.shown = shown
        for layer in (curve.raw, curve.smooth, curve.rings):
            layer.setVisible(shown)
        self.follow()

    def set_smoothing(self, weight: float) -> None:
        """Smooth with this weight from now on."""
        self._weight = weight
        for name in self._curves:
            self._draw(name)

    def extent(self) -> tuple[float, float, float, float] | None:
        found = self._extent(only_shown=True) or self._extent(only_shown=False)
        if found is None or not self._marks:
            return found
        return (min(found[0], *(event.step for event in self._marks)), *found[1:])

    def _extent(self, only_shown: bool) -> tuple[float, float, float, float] | None:
        names = [name for name, curve in self._curves.items() if curve.shown or not only_shown]
        drawn = [group[name] for group in (self._series, self._scores) for name in names if name in group]
        found = span([(series.steps, series.values) for series in drawn])
        if found is None or not self._scores:
            return found
        room = RING_ROOM * (found[3] - found[2])  # for rings around the lowest and highest points
        return (found[0], found[1], found[2] - room, found[3] + room)

    def read_out(self, step: float) -> tuple[float, list[str]] | None:
        for event in self._marks:
            if abs(event.step - step) < NEAR_PIXELS * self.box.viewPixelSize()[0]:
                return float(event.step), _broken(f"step {event.step}: {event_text(event).brief}")
        whole = self._series.get(LOSS)
        if whole is None or not len(whole):
            return None
        at = _nearest(whole, step)
        step = float(whole.steps[at])
        lines = [f"step {int(step)}"]
        for name, curve in self._curves.items():
            series = self._series[name]
            row = int(np.searchsorted(series.steps, step))
            if curve.shown and row < len(series) and series.steps[row] == step:
                lines.append(f"{curve.label}  {number_text(float(series.values[row]))}")
        return step, lines

    def ink(self) -> None:
        for curve in self._curves.values():
            self._ink(curve)
        for mark in self._marks.values():
            mark.setPen(pg.mkPen(theme.roles.warning, width=2, style=Qt.PenStyle.DashLine))

    def _take_curves(self, record: RunRecord) -> set[str]:
        """Make the curves that the record has by now; returns the names of those that are new or have another score.

        Colour and place come from the recipe, and not from the order in which the curves happened to be read.
        """
        tasks = list(record.tasks) or [
            curve.task for curve in map(task_curve, record.curves) if curve is not None and not curve.is_held_out
        ]
        found = [(LOSS, "all tasks", 0, "")]
        if len(tasks) == 1:
            # The only task's curve equals the whole mix's: a second one on top would only confuse.
            found = [(LOSS, tasks[0], 0, held_out_loss(tasks[0]))]
        elif tasks:
            found += [(training_loss(task), task, n, held_out_loss(task)) for n, task in enumerate(tasks, start=1)]
        new: set[str] = set()
        for name, label, index, score in found:
            if not any(each in record.curves and len(record.curves[each]) for each in (name, score)):
                continue
            curve = self._curves.get(name)
            if curve is None:
                curve = self._curves[name] = self._made()
            elif (curve.label, curve.colour_index, curve.score) == (label, index, score):
                continue
            new.add(name)
            curve.label, curve.colour_index, curve.score = label, index, score
            for depth, layer in ((0, curve.raw), (10, curve.smooth), (20, curve.rings)):
                layer.setZValue(depth - index * 0.1)
            self._ink(curve)
        if new:
            self._curves = dict(sorted(self._curves.items(), key=lambda each: each[1].colour_index))
        return new

    def _made(self) -> _Curve:
        curve = _Curve(
            "",
            0,
            pg.PlotDataItem(connect="finite"),
            pg.PlotDataItem(connect="finite", antialias=True),
            pg.ScatterPlotItem(size=round(unit() * 0.55), pxMode=True),
        )
        for layer in (curve.raw, curve.smooth, curve.rings):
            self.item.addItem(layer)
        return curve

    def _mark(self, event: MemoryReduced) -> None:
        """A vertical line where memory ran out; hovering shows its sentence."""
        self._marks[event] = pg.InfiniteLine(pos=event.step, angle=90, movable=False)
        self.item.addItem(self._marks[event], ignoreBounds=True)
        self.ink()

    def _draw(self, name: str) -> None:
        curve, series = self._curves[name], self._series[name]
        # A short curve is smoothed less: the mean of its whole steep start would lie beside it.
        weight = min(self._weight, len(series) / (len(series) + 8))
        curve.smoothed = curve.smoother.follow(series.values, weight)
        self._draw_view(name)

    def _draw_view(self, name: str) -> None:
        """Draw the part of a curve that is in view, a few points per pixel for a long run."""
        curve, series = self._curves[name], self._series[name]
        # The record may have grown, or stepped back, since the curve was smoothed.
        known = min(len(series), len(curve.smoothed))
        steps, values = series.steps[:known], series.values[:known]
        # A view that follows shows the whole run, whose new end it does not know yet.
        low, high = (-np.inf, np.inf) if self.follows else self.shown_steps()
        curve.raw.setData(*envelope(steps, values, low, high, self.columns()))
        first, last = np.searchsorted(steps, (low, high))
        first, last = max(0, first - 1), last + 1
        curve.smooth.setData(*thinned(steps[first:last], curve.smoothed[:known][first:last], SMOOTH_POINTS))

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
    def _on_view_changed(self) -> None:
        for name in self._curves:
            self._draw_view(name)

    def _tell(self) -> None:
        """Update the chart's sentence for screen readers."""
        curve, series = self._curves.get(LOSS), self._series.get(LOSS)
        if curve is None or series is None or not len(series):
            self.plot.setAccessibleName("Training loss: no step has ended yet")
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
        self.plot.setAccessibleName(f"Training loss, {newest} at step {int(series.steps[-1])}, {trend}")


def _nearest(series: Series, step: float) -> int:
    """The row of the point nearest to `step`."""
    row = min(int(np.searchsorted(series.steps, step)), len(series) - 1)
    return row - 1 if row and step - series.steps[row - 1] < series.steps[row] - step else row


def _broken(text: str, wide: int = 48) -> list[str]:
    """A sentence, broken into lines that fit a read-out."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= wide:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
