"""Router loads of one run over its steps, in bounded memory: what the heatmap and its scrubber show."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECENT_STEPS = 20  # what "live" sums over: one step's tokens alone would flicker


@dataclass(slots=True)
class Stretch:
    """Loads [layers, experts] summed over the steps `first` to `last`."""

    first: int
    last: int
    counts: NDArray[np.float64]


class LoadHistory:
    """Loads of one task (or of all) in rising order of steps.

    At most `most` stretches are kept; when they are full, neighbours are summed, so that a long run costs no
    more memory than a short one and every step still counts.
    """

    def __init__(self, most: int = 256) -> None:
        self.stretches: list[Stretch] = []
        self._recent: deque[tuple[int, NDArray[np.float64]]] = deque(maxlen=RECENT_STEPS)
        self._most = most
        self._steps_each = 1

    def __len__(self) -> int:
        return len(self.stretches)

    def add(self, step: int, counts: NDArray[np.float32]) -> bool:
        """Add a step's loads; a step at or before the last one replaces everything from there on.

        Returns whether it did: what remains is then coarser than the run's own record, which has every step.
        """
        exact = counts.astype(np.float64)
        if self.stretches and self.stretches[-1].counts.shape != exact.shape:
            self.stretches.clear()
            self._recent.clear()
        stepped_back = bool(self.stretches) and step <= self.stretches[-1].last
        if stepped_back:
            self._cut(step)
        self._recent.append((step, exact))
        tail = self.stretches[-1] if self.stretches else None
        if tail is not None and tail.last - tail.first + 1 < self._steps_each and step - tail.first < self._steps_each:
            tail.counts += exact
            tail.last = step
        else:
            self.stretches.append(Stretch(step, step, exact.copy()))
        if len(self.stretches) > self._most:
            self._halve()
        return stepped_back

    def recent(self) -> NDArray[np.float64] | None:
        """Loads [layers, experts] summed over the last logged steps; None before the first."""
        return np.sum([counts for _, counts in self._recent], axis=0) if self._recent else None

    def _cut(self, step: int) -> None:
        self._recent = deque(((s, c) for s, c in self._recent if s < step), maxlen=RECENT_STEPS)
        while self.stretches and self.stretches[-1].first >= step:
            self.stretches.pop()
        if self.stretches and self.stretches[-1].last >= step:
            # The repeated steps' old loads stay in this sum; a resumed run repeats them with the same rows.
            self.stretches[-1].last = step - 1

    def _halve(self) -> None:
        pairs = zip(self.stretches[::2], [*self.stretches[1::2], None], strict=False)
        self.stretches = [
            one if other is None else Stretch(one.first, other.last, one.counts + other.counts) for one, other in pairs
        ]
        self._steps_each *= 2
