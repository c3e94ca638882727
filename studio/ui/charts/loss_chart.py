"""The loss chart: faint raw values under smoothed curves, a colour per task, rings for held-out rows, marks below."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from studio.core.run.best_step import Rule, best_step
from studio.core.run.curve_names import LOSS, held_out_loss, task_curve, training_loss
from studio.core.run.run_record import RunRecord
from studio.core.run.series import Series
from studio.core.units import number_text
from studio.core.words import tr
from studio.ui.charts.loss_layers import LossCurve
from studio.ui.charts.read_out import Line, Told, broken
from studio.ui.charts.step_marks import StepMarks
from studio.ui.charts.step_plot import Floats, StepPlot
from studio.ui.controls.chip import Entry
from studio.ui.controls.widgets import Text
from studio.ui.theme import theme, unit

HELD_OUT = "held-out"  # the legend's entry for the rings
RING_ROOM = 0.05  # of the values' range, free above and below where evaluations are drawn
FEWEST_TO_CAP = 20  # points of a curve, below which all of it is shown
HEAD = 0.05  # of the steps in view, whose steep fall may run off the top
STEEP = 1.6  # times the range of the rest that the head must exceed for that
ROWS = 64  # pixels, by whole numbers of which a line is made more exact
FALLS_BACK = 20  # points over which the trend is told


class LossChart(StepPlot):
    """Draws the loss curves of a RunRecord; only what grew is drawn again.

    `empty` is what stands in its place before the first point; `rule` says which evaluation is the best.
    """

    def __init__(self, smoothing: float, empty: str | QWidget = "", rule: Rule = "loss") -> None:
        self._strength = smoothing
        self._rule: Rule = rule
        self.curves: dict[str, LossCurve] = {}
        self._held_out_shown = True
        self._logarithmic = False
        self._capped = True
        super().__init__("loss_plot", empty or tr("The loss appears here with the first step."))
        self.marks = StepMarks(self.box)
        self._scrubbed = pg.InfiniteLine(angle=90, movable=False)
        self._scrubbed.setVisible(False)
        self.item.addItem(self._scrubbed, ignoreBounds=True)
        self.above = Text("", "quiet", 0.85)
        self.above.setParent(self.plot)
        self.above.setObjectName("loss_above")
        self.above.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.above.hide()
        self.view_changed.connect(self._on_view_changed)
        self.ink()
        self._tell()

    def show_record(self, record: RunRecord, grew: frozenset[str] | None = None) -> None:
        """Draw the record's curves; `grew` names those that have new points, None means all."""
        new = self._take_curves(record)
        for name, curve in self.curves.items():
            curve.series = record.curves[name]
            if curve.score:
                curve.held_out = record.curves[curve.score]
            if grew is None or name in new or name in grew or curve.score in grew:
                curve.smooth(self._strength)
                self._draw(curve)
        self.marks.show_marks(record.marks, best_step(record.evaluations, self._rule))
        self.follow()
        self._tell()

    def entries(self) -> list[Entry]:
        """The legend's entries: every curve with the value that its line ends at, and what the rings are."""
        found = [
            Entry(name, curve.label, curve.colour_index, _said(curve.newest)) for name, curve in self.curves.items()
        ]
        newest = [curve.held_out.values[-1] for curve in self.curves.values() if len(curve.held_out)]
        if newest:
            hint = tr("the mean of the tasks' newest") if len(newest) > 1 else tr("the newest")
            found.append(Entry(HELD_OUT, tr("held-out"), 0, _said(float(np.mean(newest))), ring=True, hint=hint))
        return found

    def set_shown(self, name: str, shown: bool) -> None:
        """Show or hide one curve with its rings, or all rings."""
        if name == HELD_OUT:
            self._held_out_shown = shown
        else:
            self.curves[name].shown = shown
        for curve in self.curves.values():
            curve.show(self._held_out_shown)
        self.follow()

    def set_smoothing(self, strength: float) -> None:
        """Smooth with this strength from now on."""
        self._strength = strength
        for curve in self.curves.values():
            curve.smooth(strength)
            self._draw(curve)
        self.follow()

    @Slot(bool)
    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draw values by their logarithm; those that have none are left out."""
        self._logarithmic = self._values.logarithmic = logarithmic
        self._on_view_changed()
        self.follow()
        axis = self.item.getAxis("left")
        axis.picture = None  # whose ticks are others now
        axis.update()

    @Slot(bool)
    def set_capped(self, capped: bool) -> None:
        """Leave rare spikes and the first steep fall out of the axis, so that the rest can be read."""
        self._capped = capped
        self.follow()

    def show_scrubbed(self, step: float | None) -> None:
        """Mark the step whose experts are shown; None where they are the newest."""
        self._scrubbed.setVisible(step is not None)
        if step is not None:
            self._scrubbed.setPos(step)

    def extent(self) -> tuple[float, float, float, float] | None:
        drawn = [series for curve in self.curves.values() for series in (curve.series, curve.held_out) if len(series)]
        steps = [step for series in drawn for step in (series.steps[0], series.steps[-1])]
        if not any(np.isfinite(series.values).any() for series in drawn):
            return None
        # A run whose memory was reduced before its first step has that mark left of its curves.
        steps += [mark.step for mark in self.marks.marks if mark.kind == "memory"]
        low, high = self.reach(-np.inf, np.inf) or (0.0, 1.0)
        return float(min(steps)), float(max(steps)), low, high

    def reach(self, low: float, high: float) -> tuple[float, float] | None:
        curves = [curve for curve in self.curves.values() if curve.shown] or list(self.curves.values())
        most = max((len(curve.series) for curve in curves), default=0)
        usual = self._capped and most > FEWEST_TO_CAP
        found = [value for curve in curves for value in curve.extremes(low, high, usual)]
        if not found:
            return None
        bottom, top = min(found), max(found)
        self._values.floor = 0.0 if bottom >= 0 else -np.inf  # the room for rings and marks may reach below it
        if usual:
            first = max(low, min(curve.series.steps[0] for curve in curves if len(curve.series)))
            last = min(high, max(curve.series.steps[-1] for curve in curves if len(curve.series)))
            after = first + HEAD * (last - first)
            tail = [value for curve in curves for value in curve.extremes(after, high, usual)]
            if tail and top - bottom > STEEP * (max(tail) - bottom) > 0:
                top = max(tail)
        bottom, top = (float(each) for each in self._placed(np.array([bottom, top])))
        if not np.isfinite(bottom):  # a loss of nothing has no logarithm
            bottom = top - 3.0
        room = RING_ROOM * (top - bottom) if any(len(curve.held_out) for curve in curves) else 0.0
        return bottom - room, top + room

    def follow(self) -> None:
        super().follow()
        self._tell_above()

    def read_out(self, step: float) -> Told | None:
        whole = self.curves.get(LOSS)
        near = self.marks.near(step)
        scored = [mark.step for mark in near if mark.kind == "evaluation"]
        if near:
            step = float(scored[0] if scored else near[0].step)
        elif whole is not None and len(whole.series):
            step = float(whole.series.steps[_nearest(whole.series, step)])
        else:
            return None
        lines: list[Line] = []
        held = False
        for curve in self.curves.values():
            raw, ring = _value(curve.series, step), _value(curve.held_out, step)
            if not curve.shown or (raw is None and ring is None):
                continue
            held |= ring is not None
            smooth = _said(curve.smooth_at(step)) if raw is not None else "–"
            lines.append(Line(curve.label, (smooth, _said(raw), _said(ring) if ring is not None else ""), curve.colour))
        if not held:
            lines = [Line(line.words, line.values[:2], line.colour) for line in lines]
        for mark in near:
            lines += [Line(part) for part in broken(mark.words)]
        if self.marks.best is not None and step == self.marks.best:
            lines.append(Line(tr("The best evaluation so far.")))
        heads = (tr("smoothed"), tr("raw"), tr("held-out")) if held else (tr("smoothed"), tr("raw"))
        return Told(
            step, tr("step {step}", step=int(step)), tuple(lines), heads if any(line.values for line in lines) else ()
        )

    def room_below(self) -> float:
        return self.marks.room() if self.marks.marks or self.marks.best is not None else 0.0

    def ink(self) -> None:
        for curve in self.curves.values():
            curve.ink()
        self.marks.update()
        self._scrubbed.setPen(QPen(QColor(theme.roles.accent), 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.plot:
            self._tell_above()
        return super().eventFilter(watched, event)

    def _take_curves(self, record: RunRecord) -> set[str]:
        """Make the curves that the record has by now; returns the names of those that are new or have another score.

        Colour and place come from the recipe, and not from the order in which the curves happened to be read.
        """
        tasks = list(record.tasks) or [
            curve.task for curve in map(task_curve, record.curves) if curve is not None and not curve.is_held_out
        ]
        found = [(LOSS, tr("all tasks"), 0, "")]
        if len(tasks) == 1:
            # The only task's curve equals the whole mix's: a second one on top would only confuse.
            found = [(LOSS, tasks[0], 0, held_out_loss(tasks[0]))]
        elif tasks:
            found += [(training_loss(task), task, n, held_out_loss(task)) for n, task in enumerate(tasks, start=1)]
        new: set[str] = set()
        for name, label, index, score in found:
            if not any(each in record.curves and len(record.curves[each]) for each in (name, score)):
                continue
            curve = self.curves.get(name)
            if curve is None:
                curve = self.curves[name] = LossCurve()
                curve.join(self.item)
                curve.show(self._held_out_shown)
            elif (curve.label, curve.colour_index, curve.score) == (label, index, score):
                continue
            new.add(name)
            curve.label, curve.colour_index, curve.score = label, index, score
            curve.place()
            curve.ink()
        if new:
            self.curves = dict(sorted(self.curves.items(), key=lambda each: each[1].colour_index))
        return new

    def _draw(self, curve: LossCurve) -> None:
        # A view that follows shows the whole run, whose new end it does not know yet.
        low, high = (-np.inf, np.inf) if self.follows else self.shown_steps()
        # By steps of the height, to which a line is at least as exact: the same line is drawn at most sizes.
        rows = ROWS * max(1, math.ceil(self.box.height() / ROWS))
        curve.draw(low, high, self.columns(), rows, self._placed)

    def _placed(self, values: Floats) -> Floats:
        """The heights at which values are drawn."""
        if not self._logarithmic:
            return values.copy()
        return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)

    def _tell_above(self) -> None:
        """Say how high the part of the curves reaches that is off the top."""
        low, high = (-np.inf, np.inf) if self.follows else self.shown_steps()
        shown = [curve for curve in self.curves.values() if curve.shown]
        highest = max((value for curve in shown for value in curve.extremes(low, high, False)), default=np.nan)
        off = self._layers.currentIndex() == 1 and self._placed(np.array([highest]))[0] > self.box.viewRange()[1][1]
        self.above.setText(tr("↑ up to {value}", value=number_text(highest)) if off else "")
        self.above.setVisible(bool(off))
        if off:
            size = self.above.sizeHint()
            self.above.setGeometry(
                self.plot.width() - size.width() - round(unit() * 0.6), 2, size.width(), size.height()
            )

    @Slot()
    def _on_view_changed(self) -> None:
        for curve in self.curves.values():
            self._draw(curve)

    def _tell(self) -> None:
        """Update the chart's sentence for screen readers."""
        curve = self.curves.get(LOSS)
        if curve is None or not len(curve.series) or not len(curve.smooth_values):
            self.plot.setAccessibleName(tr("Training loss: no step has ended yet"))
            return
        now, before = curve.smooth_values[-1], curve.smooth_values[max(0, len(curve.smooth_values) - FALLS_BACK)]
        falls = tr("falling") if now < before else tr("rising")
        trend = tr("steady") if abs(now - before) < 0.01 * abs(before) else falls
        newest = number_text(float(curve.series.values[-1]))
        held = [(each.label, each.held_out) for each in self.curves.values() if len(each.held_out)]
        step = int(curve.series.steps[-1])
        said = tr("Training loss, {newest} at step {step}, {trend}", newest=newest, step=step, trend=trend)
        for name, each in held:
            said = tr(
                "{said}; held-out {name} {value}", said=said, name=name, value=number_text(float(each.values[-1]))
            )
        self.plot.setAccessibleName(said)


def _said(value: float | None) -> str:
    return number_text(value)


def _value(series: Series, step: float) -> float | None:
    """The value at exactly this step."""
    row = int(np.searchsorted(series.steps, step))
    return float(series.values[row]) if row < len(series) and series.steps[row] == step else None


def _nearest(series: Series, step: float) -> int:
    """The row of the point nearest to `step`."""
    row = min(int(np.searchsorted(series.steps, step)), len(series) - 1)
    return row - 1 if row and step - series.steps[row - 1] < series.steps[row] - step else row
