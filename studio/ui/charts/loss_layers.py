"""One curve of the loss chart: its raw values faint, its smoothed line, and rings where held-out rows were scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from studio.core.run.series import Series, finite_reach
from studio.ui.charts.smoothing import Floats, band, smooth, straightened, thinned, within
from studio.ui.theme import theme, unit

SMOOTH_POINTS = 700  # of a smoothed line that are drawn
STRAIGHT_PIXELS = 0.12  # that a smoothed line may be off where points are left out of it
# As one shape, a wide smooth line of more points takes Qt five times as long as piece by piece, and looks no better:
# it has no long bends that would show where its pieces meet.
PIECES_FROM = 250
SAMPLED = 4000  # of a curve's raw values, which its usual range is taken from
RAW_ALPHA = {"dark": 80, "light": 95}
NOTHING = np.empty(0)


@dataclass(slots=True, eq=False)
class LossCurve:
    """One curve, with what is drawn of it; `score` names its held-out losses, "" where it has none."""

    label: str = ""
    colour_index: int = 0
    score: str = ""
    series: Series = field(default_factory=Series)
    held_out: Series = field(default_factory=Series)
    smooth_steps: Floats = field(default_factory=lambda: NOTHING)
    smooth_values: Floats = field(default_factory=lambda: NOTHING)
    shown: bool = True
    raw: pg.PlotDataItem = field(default_factory=lambda: pg.PlotDataItem(connect="finite", antialias=True))
    area: QGraphicsPathItem = field(default_factory=QGraphicsPathItem)
    line: pg.PlotDataItem = field(default_factory=lambda: pg.PlotDataItem(connect="finite", antialias=True))
    rings: pg.ScatterPlotItem = field(
        default_factory=lambda: pg.ScatterPlotItem(size=round(unit() * 0.55), pxMode=True, antialias=True)
    )
    _drawn: dict[str, bytes] = field(default_factory=dict)  # the values that each layer shows
    _extremes: dict[tuple[float, float, bool], list[float]] = field(default_factory=dict)  # since it was smoothed

    def join(self, item: pg.PlotItem) -> None:
        """Draw on this plot from now on."""
        item.vb.addItem(self.area, ignoreBounds=True)
        for layer in (self.raw, self.line, self.rings):
            item.addItem(layer)

    def place(self) -> None:
        """Order the layers: raw values at the back, rings in front, earlier curves over later ones."""
        for depth, layer in ((0, self.area), (0, self.raw), (10, self.line), (20, self.rings)):
            layer.setZValue(depth - self.colour_index * 0.1)

    def show(self, held_out: bool) -> None:
        for layer in (self.raw, self.area, self.line):
            layer.setVisible(self.shown)
        self.rings.setVisible(self.shown and held_out)

    def smooth(self, strength: float) -> None:
        """Smooth the series as it is now, and look at it anew; called when it, or its held-out losses, have grown."""
        self.smooth_steps, self.smooth_values = smooth(self.series.steps, self.series.values, strength)
        self._extremes.clear()

    def draw(self, low: float, high: float, columns: int, rows: int, placed: Callable[[Floats], Floats]) -> None:
        """Draw the part between two steps in columns and rows of pixels; `placed` maps a value to its height."""
        # The record may have grown, or stepped back, since it was smoothed.
        part = within(self.series.steps, low, high)
        steps, values = self.series.steps[part], self.series.values[part]
        many = len(steps) > 2 * columns
        points = (NOTHING, NOTHING) if many else (steps.copy(), placed(values))
        if self._is_new("raw", *points):
            self.raw.setData(*points)
        edges = band(steps, placed(values), columns) if many else (NOTHING, NOTHING, NOTHING)
        if self._is_new("area", *edges):
            self.area.setPath(_area(*edges))
        part = within(self.smooth_steps, low, high)
        at, height = thinned(self.smooth_steps[part], self.smooth_values[part], SMOOTH_POINTS)
        height = placed(height)
        at, height = straightened(at, height, _usual_range(height) * STRAIGHT_PIXELS / rows)
        if self._is_new("line", at, height):
            self.line.setSymbol("o" if len(at) == 1 else None)  # the first step is no line yet
            self.line.curve.setSegmentedLineMode("on" if len(at) > PIECES_FROM else "off")
            self.line.setData(at, height)
        points = (self.held_out.steps.copy(), placed(self.held_out.values))
        if self._is_new("rings", *points):
            self.rings.setData(x=points[0], y=points[1])

    def _is_new(self, layer: str, *values: Floats) -> bool:
        """Whether a layer does not show these values yet: setting them costs pyqtgraph more than looking."""
        shown = b"".join(each.tobytes() for each in values)
        before, self._drawn[layer] = self._drawn.get(layer, b""), shown
        return shown != before

    def ink(self) -> None:
        colour = QColor(self.colour)
        faint = QColor(colour)
        faint.setAlpha(RAW_ALPHA[theme.roles.name])
        self.raw.setPen(pg.mkPen(faint, width=1))
        pen = QPen(faint, 0)
        pen.setCosmetic(True)
        self.area.setPen(pen)
        self.area.setBrush(faint)
        # Each of pyqtgraph's own setters makes all of it anew: only the last of these does.
        self.line.opts |= {"symbolSize": round(unit() * 0.4), "symbolPen": None, "symbolBrush": pg.mkBrush(colour)}
        self.line.setPen(pg.mkPen(colour, width=2.6 if self.colour_index == 0 else 2))
        self.rings.setPen(pg.mkPen(colour, width=2), update=False)
        self.rings.setBrush(pg.mkBrush(theme.roles.surface))

    @property
    def colour(self) -> str:
        roles = theme.roles
        return roles.series[0] if self.colour_index == 0 else roles.task(self.colour_index - 1)

    @property
    def newest(self) -> float | None:
        """The smoothed line's newest value; None while there is none."""
        return float(self.smooth_values[-1]) if len(self.smooth_values) else None

    def smooth_at(self, step: float) -> float:
        """The smoothed line's value at a step."""
        return float(np.interp(step, self.smooth_steps, self.smooth_values)) if len(self.smooth_steps) else np.nan

    def extremes(self, low: float, high: float, usual: bool) -> list[float]:
        """The lowest and highest value between two steps; `usual` leaves out the rarest of the raw ones."""
        if (found := self._extremes.get((low, high, usual))) is None:
            found = self._extremes[low, high, usual] = self._found_extremes(low, high, usual)
        return found

    def _found_extremes(self, low: float, high: float, usual: bool) -> list[float]:
        raw = self.series.values[within(self.series.steps, low, high)]
        raw = raw[:: max(1, len(raw) // SAMPLED)] if usual else raw
        found: list[float] = []
        if usual and len(raw := raw[np.isfinite(raw)]) > 20:
            found += _quantiles(raw, (0.01, 0.99))
        elif (reach := finite_reach(raw)) is not None:
            found += reach
        inside = (self.held_out.steps >= low) & (self.held_out.steps <= high)
        for values in (self.smooth_values[within(self.smooth_steps, low, high)], self.held_out.values[inside]):
            if (reach := finite_reach(values)) is not None:
                found += reach
        return found


def _usual_range(height: Floats) -> float:
    """From where to where most of a line lies, which fills most of the chart's height."""
    finite = height[np.isfinite(height)]
    low, high = _quantiles(finite, (0.05, 0.95)) if len(finite) else (0.0, 0.0)
    return high - low


def _quantiles(values: Floats, shares: tuple[float, ...]) -> list[float]:
    """numpy's quantiles of finite values in a third of its time: a redraw asks for a dozen."""
    places = [share * (len(values) - 1) for share in shares]
    below = [int(place) for place in places]
    ordered = np.partition(values, sorted({at for low in below for at in (low, min(low + 1, len(values) - 1))}))
    return [
        float(ordered[low] + (place - low) * (ordered[min(low + 1, len(values) - 1)] - ordered[low]))
        for low, place in zip(below, places, strict=True)
    ]


def _area(steps: Floats, lows: Floats, highs: Floats) -> QPainterPath:
    good = np.isfinite(lows) & np.isfinite(highs)
    steps, lows, highs = steps[good], lows[good], highs[good]
    if len(steps) < 2:
        return QPainterPath()
    across, height = np.concatenate([steps, steps[::-1]]), np.concatenate([highs, lows[::-1]])
    path: QPainterPath = pg.arrayToQPath(across, height, connect="all", finiteCheck=False)
    return path
