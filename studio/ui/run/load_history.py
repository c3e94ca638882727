"""Router loads of one run over its steps, in bounded memory: what the heatmap and its scrubber show."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECENT_STEPS = 20  # what "live" sums over: one step's tokens alone would flicker
DEAD_SHARE = 0.001  # of a layer's routed slots


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

    def add(self, step: int, counts: NDArray[np.float32]) -> None:
        """Add a step's loads; a step at or before the last one replaces what stood from there on."""
        exact = counts.astype(np.float64)
        if self.stretches and self.stretches[-1].counts.shape != exact.shape:
            self.stretches.clear()
            self._recent.clear()
        if self.stretches and step <= self.stretches[-1].last:
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


def utilisation(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Load ÷ fair share [layers, experts] of counts [layers, experts]: 1 is fair; a layer without slots is NaN."""
    total = counts.sum(axis=1, keepdims=True)
    fair = total / counts.shape[1]
    return np.divide(counts, fair, out=np.full(counts.shape, np.nan), where=fair > 0)


def dead(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which experts [layers, experts] got under a thousandth of their layer's slots."""
    total = counts.sum(axis=1, keepdims=True)
    return (counts < DEAD_SHARE * total) & (total > 0)


def effective_experts(counts: NDArray[np.float64]) -> float:
    """exp(entropy) of the loads, averaged over layers: how many experts do the work."""
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return float(np.exp(-(share * logs).sum(axis=1)).mean()) if len(counts) else float("nan")


def variation(counts: NDArray[np.float64]) -> float:
    """The loads' coefficient of variation, averaged over layers; 0 is perfectly even."""
    used = utilisation(counts)
    with_slots = used[np.isfinite(used).all(axis=1)]
    return float(with_slots.std(axis=1).mean()) if len(with_slots) else float("nan")
