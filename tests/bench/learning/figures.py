"""Means and differences over seeds, with their errors."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# Student's t at 97.5 % by degrees of freedom (n - 1): half the width of a 95 % interval, in standard errors.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)


@dataclass(frozen=True)
class Figure:
    """A mean over `count` seeds, its standard error, and half the width of its 95 % interval; NaN for one seed."""

    mean: float
    error: float
    half: float
    count: int

    @property
    def shows(self) -> bool:
        """Whether the interval excludes 0."""
        return abs(self.mean) > self.half


def figure(values: Sequence[float]) -> Figure:
    count = len(values)
    mean = statistics.fmean(values)
    if count < 2:
        return Figure(mean, math.nan, math.nan, count)
    error = statistics.stdev(values) / math.sqrt(count)
    return Figure(mean, error, error * (_T[count - 2] if count - 2 < len(_T) else 1.96), count)


def paired(one: Sequence[float], other: Sequence[float]) -> Figure:
    """The difference one - other of values of the same seeds, in the same order."""
    return figure([a - b for a, b in zip(one, other, strict=True)])
