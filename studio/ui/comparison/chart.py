"""Curves of variants over one another: the mean of each variant's seeds, and a band from lowest to highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor

from studio.core.run.curve_names import LOSS, curve_title, task_curve
from studio.core.units import number_text
from studio.core.words import in_a_row, tr
from studio.ui.charts.read_out import Line, Told
from studio.ui.charts.smoothing import thinned, within
from studio.ui.charts.step_plot import Floats, StepPlot, span
from studio.ui.comparison.variants import Band, Variant, band_of
from studio.ui.theme import theme

POINTS_A_CURVE = 800
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


@dataclass(slots=True)
class _Drawn:
    """A variant's line and band on the chart."""

    variant: Variant
    band: Band
    line: pg.PlotDataItem
    low: pg.PlotDataItem
    high: pg.PlotDataItem
    between: pg.FillBetweenItem


class ComparisonChart(StepPlot):
    """Draws one curve of every variant; variants are hidden and shown by their label."""

    def __init__(self, smoothing: float) -> None:
        self._weight = smoothing
        self._variants: tuple[Variant, ...] = ()
        self._curve = LOSS
        self._hidden: set[str] = set()
        self._drawn: dict[str, _Drawn] = {}
        self._viewed: tuple[float, float] | None = None  # the steps that curves were last thinned for; None: all
        super().__init__("comparison_plot", tr("The curves appear here with the first step."))
        self.view_changed.connect(self._on_view_changed)
        self._tell()

    def show_variants(self, variants: Sequence[Variant], curve: str) -> None:
        """Draw `curve` ("loss", "task/units/loss", "eval/units/score") of these variants."""
        self._variants, self._curve = tuple(variants), curve
        self._draw()

    def set_smoothing(self, weight: float) -> None:
        """Smooth with this weight from now on."""
        self._weight = weight
        self._draw()

    def set_shown(self, label: str, shown: bool) -> None:
        """Show or hide a variant."""
        self._hidden.discard(label) if shown else self._hidden.add(label)
        for name, drawn in self._drawn.items():
            for layer in (drawn.line, drawn.between):
                layer.setVisible(name not in self._hidden)
        self.follow()

    def extent(self) -> tuple[float, float, float, float] | None:
        shown = [each.band for label, each in self._drawn.items() if label not in self._hidden]
        bands = shown or [each.band for each in self._drawn.values()]
        return span([(band.steps, values) for band in bands for values in (band.low, band.high)])

    def reach(self, low: float, high: float) -> tuple[float, float] | None:
        parts = []
        for drawn in (each for label, each in self._drawn.items() if label not in self._hidden):
            part = within(drawn.band.steps, low, high)
            parts += [(drawn.band.steps[part], values[part]) for values in (drawn.band.low, drawn.band.high)]
        found = span(parts)
        return None if found is None else found[2:]

    def read_out(self, step: float) -> Told | None:
        shown = {label: each for label, each in self._drawn.items() if label not in self._hidden}
        steps = [each.band.steps for each in shown.values()]
        if not steps:
            return None
        known = np.unique(np.concatenate(steps))
        at = float(known[int(np.argmin(np.abs(known - step)))])
        lines = []
        for label, each in shown.items():
            band = each.band
            row = int(np.searchsorted(band.steps, at))
            if row < len(band.steps) and band.steps[row] == at and np.isfinite(band.mean[row]):
                values = [number_text(float(band.mean[row]))]
                if len(each.variant.runs) > 1:
                    low, high = number_text(float(band.low[row])), number_text(float(band.high[row]))
                    values.append(
                        tr(
                            "{low} to {high}, {some} of {all} seeds",
                            low=low,
                            high=high,
                            some=band.runs[row],
                            all=len(each.variant.runs),
                        )
                    )
                lines.append(Line(label, tuple(values), _colour(each.variant)))
        return Told(at, tr("step {step}", step=int(at)), tuple(lines))

    def ink(self) -> None:
        for drawn in self._drawn.values():
            colour = QColor(_colour(drawn.variant))
            style = STYLES[drawn.variant.dash % len(STYLES)]
            drawn.line.setPen(pg.mkPen(colour, width=2.2, style=style))
            drawn.line.setSymbolPen(pg.mkPen(colour, width=2))
            drawn.line.setSymbolBrush(pg.mkBrush(theme.roles.surface))
            wash = QColor(colour)
            wash.setAlpha(46)
            drawn.between.setBrush(pg.mkBrush(wash))

    def _draw(self) -> None:
        # A held-out curve has few points, each of which was measured on all rows: none is smoothed away.
        curve = task_curve(self._curve)
        held_out = curve is not None and curve.is_held_out
        weight = 0.0 if held_out else self._weight
        bands = {each.label: band_of(each, self._curve, weight) for each in self._variants}
        for label in [label for label in self._drawn if bands.get(label) is None]:
            self._remove(label)
        for variant in self._variants:
            band = bands[variant.label]
            if band is None:
                continue
            if variant.label not in self._drawn:
                self._add(variant, band)
            drawn = self._drawn[variant.label]
            drawn.variant, drawn.band = variant, band
            drawn.line.setSymbol("o" if held_out else None)
        self.ink()
        self._draw_view()
        self.follow()
        self._tell()

    def _add(self, variant: Variant, band: Band) -> None:
        low, high = pg.PlotDataItem(pen=None), pg.PlotDataItem(pen=None)
        between = pg.FillBetweenItem(low, high)
        line = pg.PlotDataItem(connect="finite", antialias=True, symbolSize=8)
        between.setZValue(-10)
        for layer in (low, high, between, line):
            self.item.addItem(layer)
        shown = variant.label not in self._hidden
        line.setVisible(shown)
        between.setVisible(shown)
        self._drawn[variant.label] = _Drawn(variant, band, line, low, high, between)

    def _remove(self, label: str) -> None:
        drawn = self._drawn.pop(label)
        for layer in (drawn.between, drawn.low, drawn.high, drawn.line):
            self.item.removeItem(layer)

    def _draw_view(self) -> None:
        self._viewed = None if self.follows else self.shown_steps()
        low, high = self._viewed or (-np.inf, np.inf)
        for drawn in self._drawn.values():
            band = drawn.band
            first, last = np.searchsorted(band.steps, (low, high))
            part = slice(max(0, first - 1), last + 1)
            finite = np.isfinite(band.low[part]) & np.isfinite(band.high[part])
            steps = band.steps[part]
            drawn.line.setData(*thinned(steps, band.mean[part], POINTS_A_CURVE))
            _set(drawn.low, steps[finite], band.low[part][finite])
            _set(drawn.high, steps[finite], band.high[part][finite])

    @Slot()
    def _on_view_changed(self) -> None:
        if (None if self.follows else self.shown_steps()) != self._viewed:  # at another width nothing is another
            self._draw_view()

    def _tell(self) -> None:
        """Update the chart's sentence for screen readers."""
        said = [
            tr(
                "{name} {value} at step {step}",
                name=label,
                value=number_text(float(each.band.mean[-1])),
                step=int(each.band.steps[-1]),
            )
            for label, each in self._drawn.items()
        ]
        told = in_a_row(*said) or tr("nothing yet")
        self.plot.setAccessibleName(f"{curve_title(self._curve)}: {told}")


def _colour(variant: Variant) -> str:
    return theme.roles.series[variant.colour % len(theme.roles.series)]


def _set(item: pg.PlotDataItem, steps: Floats, values: Floats) -> None:
    item.setData(*thinned(steps, values, POINTS_A_CURVE))
