"""Exponential smoothing of long curves in vectorised blocks: a hundred thousand points in milliseconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smoothed(values: Floats, weight: float) -> Floats:
    """`values` [n] smoothed, bias-corrected, not-a-number passed over; equal to `studio.core.series.Series.smoothed`.

    `weight` in [0, 1) is the share that the past keeps at each point.
    """
    good = np.isfinite(values)
    points = values[good]
    if weight <= 0 or not len(points):
        result = points.copy()
    else:
        result = _smoothed_finite(points, weight)
    # A point without a value shows what was known before it.
    last = np.cumsum(good) - 1
    whole = np.full(len(values), np.nan)
    whole[last >= 0] = result[last[last >= 0]]
    return whole


def _smoothed_finite(points: Floats, weight: float) -> Floats:
    # Inside a block the recurrence is a weighted running sum; its length keeps weight**-length far from overflow.
    block = max(1, min(512, int(-200 / math.log10(weight))))
    powers = weight ** np.arange(1, block + 1)
    totals = np.empty(len(points))
    total = 0.0
    for start in range(0, len(points), block):
        part = points[start : start + block]
        decay = powers[: len(part)]
        totals[start : start + len(part)] = decay * (total + (1 - weight) * np.cumsum(part / decay))
        total = totals[start + len(part) - 1]
    mass = 1 - weight ** np.arange(1, len(points) + 1)
    return totals / mass


def thinned(steps: Floats, values: Floats, most: int = 2000) -> tuple[Floats, Floats]:
    """At most `most` of the points, evenly spaced, the newest always among them."""
    stride = max(1, -(-len(steps) // most))
    chosen = np.arange(len(steps) - 1, -1, -stride)[::-1]
    return steps[chosen], values[chosen]
