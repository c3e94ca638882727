"""Smoothing of curves without lag, and thinning to what a screen shows: a hundred thousand points in milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_POINTS = 2048  # of a smoothed curve: more than a screen has columns for
SHARE = 0.01  # of the curve, on each side of a point, that a strength of one half averages over
MOST_SHARE = 0.25


def smooth(steps: Floats, values: Floats, strength: float) -> tuple[Floats, Floats]:
    """The curve (steps, values) smoothed: at most MOST_POINTS points, each where its own values lie.

    A straight line is fitted to the points on both sides of each, so that a slope is neither delayed nor flattened
    towards an end. How many they are grows with the curve: `strength` from 0 (the curve itself) to below 1 says which
    share of it. Values that are not finite are passed over.
    """
    at, means = _binned(steps, values)
    reach = reach_of(len(at), strength)
    if not reach or not np.isfinite(means).any():
        return at, means
    found = _fitted(_fitted(means, reach), max(1, reach // 2))
    # A line fitted to a steep end may run beyond all values, and a loss below nothing.
    return at, np.clip(found, np.nanmin(means), np.nanmax(means))


def smooth_at(steps: Floats, values: Floats, strength: float) -> Floats:
    """The smoothed curve's value at each of its own steps [n]."""
    at, found = smooth(steps, values, strength)
    return found if len(at) == len(steps) else np.interp(steps, at, found)


def reach_of(points: int, strength: float) -> int:
    """How many points on each side of one are averaged in a curve of so many."""
    return round(points * min(MOST_SHARE, SHARE * strength / (1 - strength)))


def _binned(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The means of as many neighbours, a power of two, as leave at most MOST_POINTS points."""
    each = 1
    while -(-len(steps) // each) > MOST_POINTS:
        each *= 2
    if each == 1:
        return steps.copy(), np.where(np.isfinite(values), values, np.nan)
    first = np.arange(0, len(steps), each)
    sizes = np.diff(np.append(first, len(steps)))
    good = np.isfinite(values)
    if good.all():  # as nearly always: a long curve is not copied
        means = np.add.reduceat(values, first) / sizes
    else:
        count = np.add.reduceat(good.astype(np.float64), first)
        total = np.add.reduceat(np.where(good, values, 0.0), first)
        means = np.divide(total, count, out=np.full(len(first), np.nan), where=count > 0)
    return np.add.reduceat(steps, first) / sizes, means


def _fitted(values: Floats, reach: int) -> Floats:
    """At each point, the line of least squares through the values up to `reach` points away; nan without any."""
    count = len(values)
    place = np.arange(count) - count / 2  # about 0, which keeps the sums small
    good = np.isfinite(values)
    known = np.where(good, values, 0.0)
    at = np.arange(count)
    low, high = np.maximum(0, at - reach), np.minimum(count, at + reach + 1)

    def summed(each: Floats) -> Floats:
        total = np.concatenate([[0.0], np.cumsum(each)])
        return np.asarray(total[high] - total[low])

    weight = good.astype(np.float64)
    n, x, y = summed(weight), summed(weight * place), summed(known)
    xx, xy = summed(weight * place**2), summed(known * place)
    # Moments about each point itself: the line's value there is its intercept.
    own_x, own_xx, own_xy = x - place * n, xx - 2 * place * x + place**2 * n, xy - place * y
    spread = n * own_xx - own_x**2
    mean = np.divide(y, n, out=np.full(count, np.nan), where=n > 0)
    return np.divide(own_xx * y - own_x * own_xy, spread, out=mean, where=spread > 1e-6)


def thinned(steps: Floats, values: Floats, most: int = 2000) -> tuple[Floats, Floats]:
    """At most `most` of the points, evenly spaced, the newest always among them."""
    stride = max(1, -(-len(steps) // most))
    chosen = np.arange(len(steps) - 1, -1, -stride)[::-1]
    return steps[chosen], values[chosen]


def straightened(steps: Floats, values: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """The points without those that lie within `tolerance` of the line between their neighbours: it looks the same.

    Every second point may go in each of four passes, so at most fifteen of sixteen; gaps (nan) and both ends stay.
    """
    kept = np.arange(len(steps))
    for _ in range(4):
        if len(kept) < 3:
            break
        x, y = steps[kept], values[kept]
        inner = np.arange(1, len(kept) - 1, 2)
        share = (x[inner] - x[inner - 1]) / np.maximum(x[inner + 1] - x[inner - 1], 1e-12)
        off = np.abs(y[inner] - (y[inner - 1] + share * (y[inner + 1] - y[inner - 1])))
        kept = np.delete(kept, inner[off <= tolerance])
    return steps[kept], values[kept]


def within(steps: Floats, low: float, high: float) -> slice:
    """The points with steps between `low` and `high`, and one beyond each side, so that lines run to the edge."""
    first, last = int(np.searchsorted(steps, low)), int(np.searchsorted(steps, high, side="right"))
    return slice(max(0, first - 1), min(len(steps), last + 1))


def band(steps: Floats, values: Floats, columns: int) -> tuple[Floats, Floats, Floats]:
    """The lowest and highest value in each of `columns` equal parts of a long curve: (steps, lows, highs).

    So a spike of a single step stays visible however long the curve is. A part without a finite value has nan.
    """
    edges = np.linspace(0, len(steps), min(len(steps), columns) + 1).astype(int)[:-1]
    return steps[edges], np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
