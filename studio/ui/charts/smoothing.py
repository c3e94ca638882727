"""Exponential smoothing of long curves in vectorised blocks: a hundred thousand points in milliseconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smoothed(values: Floats, weight: float) -> Floats:
    """`values` [n] smoothed, bias-corrected, not-a-number passed over; equal to `core.run.series.Series.smoothed`.

    `weight` in [0, 1) is the share that the past keeps at each point. A point without a value shows what was known
    before it.
    """
    return Smoother().follow(values, weight).copy()


def _averages(points: Floats, weight: float, total: float, count: int) -> tuple[Floats, float]:
    """Running averages of finite points after `count` earlier ones whose running sum is `total`, and the new sum."""
    # Inside a block the recurrence is a weighted running sum; its length keeps weight**-length far from overflow.
    block = max(1, min(512, int(-200 / math.log10(weight))))
    powers = weight ** np.arange(1, block + 1)
    totals = np.empty(len(points))
    for start in range(0, len(points), block):
        part = points[start : start + block]
        decay = powers[: len(part)]
        totals[start : start + len(part)] = decay * (total + (1 - weight) * np.cumsum(part / decay))
        total = float(totals[start + len(part) - 1])
    mass = 1 - weight ** np.arange(count + 1, count + len(points) + 1)
    return totals / mass, total


def thinned(steps: Floats, values: Floats, most: int = 2000) -> tuple[Floats, Floats]:
    """At most `most` of the points, evenly spaced, the newest always among them."""
    stride = max(1, -(-len(steps) // most))
    chosen = np.arange(len(steps) - 1, -1, -stride)[::-1]
    return steps[chosen], values[chosen]


def envelope(steps: Floats, values: Floats, low: float, high: float, columns: int) -> tuple[Floats, Floats]:
    """The points with steps between `low` and `high`, at most two for each of `columns`: its lowest and its highest.

    So a spike of a single step stays visible however long the curve is. One point beyond each side is kept, so that
    lines run to the edge; a column without a finite value is a gap.
    """
    first = max(0, int(np.searchsorted(steps, low)) - 1)
    last = min(len(steps), int(np.searchsorted(steps, high, side="right")) + 1)
    steps, values = steps[first:last], values[first:last]
    if len(steps) <= 2 * columns:
        return steps.copy(), values.copy()
    edges = np.linspace(0, len(steps), columns + 1).astype(int)[:-1]
    both = np.empty(2 * columns)
    both[0::2] = np.fmin.reduceat(values, edges)
    both[1::2] = np.fmax.reduceat(values, edges)
    return np.repeat(steps[edges], 2), both


class Smoother:
    """Smooths a curve that grows, each time only what is new; equal to `smoothed` of the whole."""

    def __init__(self) -> None:
        self._weight = 0.0
        self._done = 0
        self._last = np.nan  # the newest smoothed value: if it has changed, the curve was cut
        self._total = 0.0
        self._count = 0
        self._kept = np.empty(256)

    def follow(self, values: Floats, weight: float) -> Floats:
        """The whole of `values` [n] smoothed with `weight`, as a view that the next call overwrites."""
        cut = self._done > len(values) or (
            self._done > 0 and not np.array_equal(values[self._done - 1], self._last, equal_nan=True)
        )
        if weight != self._weight or cut:
            self._weight, self._done, self._total, self._count = weight, 0, 0.0, 0
        while len(self._kept) < len(values):
            self._kept = np.concatenate([self._kept, np.empty_like(self._kept)])
        if self._done < len(values):
            self._smooth_from(self._done, values)
            self._done, self._last = len(values), values[-1]
        return self._kept[: len(values)]

    def _smooth_from(self, first: int, values: Floats) -> None:
        new = values[first:]
        good = np.isfinite(new)
        points = new[good]
        before = self._kept[first - 1] if first else np.nan
        if self._weight <= 0 or not len(points):
            result = points
        else:
            result, self._total = _averages(points, self._weight, self._total, self._count)
        self._count += len(points)
        last = np.cumsum(good) - 1
        self._kept[first : first + len(new)] = before
        self._kept[first : first + len(new)][last >= 0] = result[last[last >= 0]]
