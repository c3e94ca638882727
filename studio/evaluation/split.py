"""Held-out rows divided over processes that score together; alone, one process scores them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from studio.evaluation.sample import Sample

Thing = TypeVar("Thing")


class Split:
    """One process that scores every row."""

    def own(self, rows: tuple[int, ...]) -> tuple[int, ...]:
        """Those of `rows` that this process scores."""
        return rows

    def of(self, rows: int) -> int:
        """How many of as many rows fall to this process at most."""
        return rows

    def agreed(self, number: int) -> int:
        """The number that all go by, where each would find another."""
        return number

    def together(self, work: Callable[[], Thing]) -> Thing:
        """Do this process's part of what all do; where one leaves it, all do."""
        return work()

    def joined(self, found: Mapping[str, list[Sample]]) -> dict[str, list[Sample]]:
        """What all processes found, by task."""
        return dict(found)
