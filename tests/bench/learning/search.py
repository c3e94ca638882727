"""The search for a learning rate: by the same rule for every method, uphill on one ladder of rates."""

from __future__ import annotations

from collections.abc import Mapping

FIRST, FACTOR = 2.5e-3, 1.7
TRIES = 5


def rate(rung: int) -> float:
    return float(f"{FIRST * FACTOR**rung:.3g}")


def next_rung(scores: Mapping[int, float], tries: int = TRIES) -> int | None:
    """The rung to try next, given the validation scores of those tried; None where the search is over.

    It begins at rung 0 and goes on beside the best one, up before down, until both its neighbours are known or the
    tries are used up.
    """
    if not scores:
        return 0
    best = best_rung(scores)
    untried = [rung for rung in (best + 1, best - 1) if rung not in scores]
    return untried[0] if untried and len(scores) < tries else None


def best_rung(scores: Mapping[int, float]) -> int:
    """The rung with the highest score, the lower of two that are equal."""
    return max(sorted(scores), key=lambda rung: scores[rung])
