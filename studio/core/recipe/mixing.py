"""How an epoch is divided among a recipe's tasks: by size and weight, or evened out by a temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.core.recipe.recipe import TrainingTable


def steps_of(training: TrainingTable, epoch_rows: int) -> int:
    """The optimiser steps of a run whose epochs have `epoch_rows` rows; the last one is filled up."""
    if training.max_steps is not None:
        return training.max_steps
    return max(1, math.ceil(training.epochs * epoch_rows / training.batch_size))


def epoch_shares(rows: Sequence[int], weights: Sequence[float], temperature: float = 1.0) -> tuple[int, ...]:
    """The rows of each task in one epoch, at least one each.

    At temperature 1 a task has round(weight · rows). Above it the epoch keeps that many rows altogether, and a task's
    share of them is in proportion to weight · rows^(1/temperature), as in T5's multi-task mixing: large tasks are
    thinned out, small ones repeated, and as the temperature grows the shares approach those of the weights alone.

    rows: [tasks] rows of each task; weights: [tasks].
    """
    plain = tuple(max(1, round(weight * count)) for weight, count in zip(weights, rows, strict=True))
    if temperature == 1.0:
        return plain
    total = sum(plain)
    sizes = [weight * count ** (1 / temperature) for weight, count in zip(weights, rows, strict=True)]
    exact = [total * size / sum(sizes) for size in sizes]
    shares = [max(1, int(each)) for each in exact]
    # What rounding down has left over goes to the largest remainders; what the "at least one" took too many is taken
    # from the largest shares.
    by_remainder = sorted(range(len(exact)), key=lambda task: (int(exact[task]) - exact[task], task))
    for task in by_remainder[: max(0, total - sum(shares))]:
        shares[task] += 1
    while sum(shares) > total:
        shares[max(range(len(shares)), key=lambda task: (shares[task], -task))] -= 1
    return tuple(shares)
