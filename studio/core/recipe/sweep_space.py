"""A sweep whose values are proposed: the space that they come from, and the runs of each proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from studio.core.recipe.sweep import Member, Sweep, SweptField

ASKED_AT_ONCE = 4
"""Values that are proposed before the first of them is told, where the recipe does not say how many train at once."""


@dataclass(frozen=True, slots=True)
class Range:
    """Every number from `low` to `high`, both included; `log`: each order of magnitude is tried as often."""

    low: float | int
    high: float | int
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: Any) -> bool:
        """Whether it is one of its numbers."""
        kinds = int if self.is_whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high


Values = Range | tuple[Any, ...]
"""What may be proposed for a field: a range, or one of these values."""


@dataclass(frozen=True, slots=True)
class ProposedSweep:
    """A sweep of `tries` settings that follow from what the earlier ones gave, each trained with every one of `seeds`.

    together, at_once: as in a Sweep. made: the runs of one setting; raises ProblemError for one that cannot be.
    """

    name: str
    space: Mapping[str, Values]
    tries: int
    seeds: tuple[int, ...]
    seed: int
    made: Callable[[Mapping[str, Any]], list[Member]]
    together: bool | Literal["auto"] = "auto"
    at_once: int | Literal["auto"] = "auto"

    @property
    def asked_at_once(self) -> int:
        """How many settings are proposed at once: their runs, with all seeds, are those that may train together."""
        return ASKED_AT_ONCE if self.at_once == "auto" else max(1, self.at_once // max(1, len(self.seeds)))

    def may_propose(self, setting: Mapping[str, Any]) -> bool:
        """Whether these are values of its fields, all of them, as its recipe may have been changed since."""
        return setting.keys() == self.space.keys() and all(
            values.holds(setting[path]) if isinstance(values, Range) else setting[path] in values
            for path, values in self.space.items()
        )

    def sweep_of(self, members: Sequence[Member]) -> Sweep:
        """These runs as an ordinary sweep."""
        paths = dict.fromkeys(path for member in members for path in member.values)
        fields = [
            SweptField(path, tuple(member.values[path] for member in members if path in member.values))
            for path in paths
        ]
        return Sweep(self.name, tuple(fields), tuple(members), 0, self.together, self.at_once)
