"""A curve that grows: points by step, in arrays that double, with truncation when a resumed run steps back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Series:
    """Points (step, value) in rising order of steps."""

    def __init__(self) -> None:
        self._steps = np.empty(64, dtype=np.float64)
        self._values = np.empty(64, dtype=np.float64)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def steps(self) -> NDArray[np.float64]:
        """A view [n] of the steps."""
        return self._steps[: self._length]

    @property
    def values(self) -> NDArray[np.float64]:
        """A view [n] of the values."""
        return self._values[: self._length]

    def append(self, step: float, value: float) -> None:
        """Add a point; one at or before the last step replaces everything from there on."""
        if self._length and step <= self._steps[self._length - 1]:
            self._length = int(np.searchsorted(self.steps, step))
        if self._length == len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
        self._steps[self._length] = step
        self._values[self._length] = value
        self._length += 1

    def smoothed(self, weight: float, most: int = 2000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Exponentially smoothed points (steps, values), thinned to `most`; bias-corrected, NaN skipped.

        `weight` in [0, 1) is the share that the past keeps at each point; 0 is the raw curve.
        """
        values = np.empty(self._length)
        total = mass = 0.0
        for index, value in enumerate(self.values):
            if np.isfinite(value):
                total = weight * total + (1 - weight) * value
                mass = weight * mass + (1 - weight)
            values[index] = total / mass if mass else np.nan
        stride = max(1, -(-self._length // most))
        chosen = np.arange(self._length - 1, -1, -stride)[::-1]
        return self.steps[chosen], values[chosen]
