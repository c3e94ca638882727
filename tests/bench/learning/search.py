"""The search for a learning rate: the same number of tries for every method, uphill on one ladder of rates."""

from __future__ import annotations

from collections.abc import Mapping

FIRST, FACTOR = 2.5e-3, 1.7
TRIES = 4


def rate(rung: int) -> float:
    return float(f"{FIRST * FACTOR**rung:.3g}")


def next_rung(scores: Mapping[int, float], tries: int = TRIES) -> int | None:
    """The rung to try next, given the validation scores of those tried; None where all tries are used up.

    It begins at rung 0 and goes on beside the best one; once both its neighbours are known, to the nearest untried.
    """
    if len(scores) >= tries:
        return None
    if not scores:
        return 0
    best = best_rung(scores)
    return next(r for distance in range(1, tries + 1) for r in (best + distance, best - distance) if r not in scores)


def best_rung(scores: Mapping[int, float]) -> int:
    """The rung with the highest score, the lower of two that are equal."""
    return max(sorted(scores), key=lambda rung: scores[rung])
