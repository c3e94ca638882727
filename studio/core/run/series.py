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


def finite_reach(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The lowest and the highest of the finite values; None where there is none.

    A hundred thousand of them are looked at several times in each redraw, so they are not copied unless some are
    infinite.
    """
    if not len(values):
        return None
    low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    if np.isinf(low) or np.isinf(high):
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None
    return None if np.isnan(low) else (low, high)
