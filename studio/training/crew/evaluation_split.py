"""Held-out rows scored by a crew: each process its own, each row once; where one has to leave, all do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.evaluation.sample import Sample
from studio.evaluation.split import Split
from studio.training.crew.crew import Crew

Thing = TypeVar("Thing")


class EvaluationLeft(Exception):
    """The run was asked to leave while it evaluated."""


class NoRoomError(Exception):
    """There is not enough memory for one held-out row."""


class CrewSplit(Split):
    """Rows dealt out to a crew's processes in turn; over a divided model all score every row, in step."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def own(self, rows: tuple[int, ...]) -> tuple[int, ...]:
        return rows if self._crew.sharded else rows[self._crew.rank :: self._crew.count]

    def of(self, rows: int) -> int:
        return rows if self._crew.sharded else -(-rows // self._crew.count)

    def agreed(self, number: int) -> int:
        return self._crew.share(number)

    def together(self, work: Callable[[], Thing]) -> Thing:
        if self._crew.alone:
            return work()
        if self._crew.sharded:
            with self._crew.ending():
                return work()
        done: list[Thing] = []
        left = ""
        try:
            done.append(work())
        except EvaluationLeft:
            left = "asked"
        except NoRoomError as error:
            left = str(error)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            left = trouble_of(error)
        if why := [each for each in self._crew.gather(left) if each]:
            raise NoRoomError(why[0]) if why[0] != "asked" else EvaluationLeft
        return done[0]

    def joined(self, found: Mapping[str, list[Sample]]) -> dict[str, list[Sample]]:
        if self._crew.sharded:
            return dict(found)
        everyones = self._crew.gather(dict(found))
        return {task: [sample for each in everyones for sample in each[task]] for task in found}
