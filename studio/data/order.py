"""Which rows make up which optimiser step: a function of the recipe's seed and the step's number alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.core.recipe.mixing import epoch_shares


class RowOrder:
    """The endless stream of rows that a run learns from, cut into optimiser steps.

    An epoch holds round(weight · rows) rows of each task, at least one: with weight 1 every row once, with 2.5
    twice and half of them a third time, another half in the next epoch. A `temperature` above 1 divides as many rows
    more evenly (`epoch_shares`). Each epoch is shuffled anew. Step s takes the
    slots [s · batch_size, (s + 1) · batch_size) of all epochs laid end to end, so any step is found at once, and
    a resumed run sees exactly what it would have seen.

    rows: [tasks] rows of each task; weights: [tasks].
    """

    def __init__(
        self, rows: Sequence[int], weights: Sequence[float], batch_size: int, seed: int, temperature: float = 1.0
    ) -> None:
        if len(rows) != len(weights) or not rows or min(rows) < 1 or batch_size < 1:
            raise ValueError("every task needs a weight and at least one row, and a batch at least one row")
        self.rows = tuple(int(count) for count in rows)
        self.batch_size = batch_size
        self.seed = seed
        self.share = epoch_shares(self.rows, weights, temperature)  # rows of each task in one epoch
        self.epoch_rows = sum(self.share)
        # Two epochs at a time are enough: a step touches the end of one and the beginning of the next.
        self._epoch = lru_cache(maxsize=3)(self._shuffled)

    def epoch_at(self, steps: int) -> float:
        """How many epochs `steps` finished steps are."""
        return steps * self.batch_size / self.epoch_rows

    def at(self, step: int) -> NDArray[np.int64]:
        """The rows of optimiser step `step` (from 0): [batch_size, 2], each (task, row)."""
        if step < 0:
            raise ValueError("steps count from 0")
        slot, end = step * self.batch_size, (step + 1) * self.batch_size
        parts = []
        while slot < end:
            epoch, offset = divmod(slot, self.epoch_rows)
            part = self._epoch(epoch)[offset : offset + end - slot]
            parts.append(part)
            slot += len(part)
        return np.concatenate(parts)

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        """All slots of one epoch: [epoch_rows, 2]."""
        slots = [
            np.stack([np.full(share, task), self._task_rows(task, epoch * share, (epoch + 1) * share)], axis=1)
            for task, share in enumerate(self.share)
        ]
        return np.concatenate(slots)[_permutation(self.epoch_rows, self.seed, epoch)]

    def _task_rows(self, task: int, start: int, stop: int) -> NDArray[np.int64]:
        """Slots [start, stop) of a task's own endless stream of permutations, each of which has every row once."""
        count = self.rows[task]
        first, last = start // count, (stop - 1) // count
        laps = [_permutation(count, self.seed, lap, task + 1) for lap in range(first, last + 1)]
        return np.concatenate(laps)[start - first * count : stop - first * count]


def _permutation(count: int, *key: int) -> NDArray[np.int64]:
    """A permutation of range(count) that depends on `key` alone.

    Sorted from PCG64's raw stream, which numpy promises never to change, as it does not of its `permutation`.
    """
    raw = np.random.PCG64(np.random.SeedSequence(key)).random_raw(count)
    return np.argsort(raw, kind="stable").astype(np.int64)
