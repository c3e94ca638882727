"""What an evaluation has found so far, for whoever watches it: tallies by task, and the newest answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from studio.core.run.events import LiveAnswer, Tally
from studio.evaluation.sample import Sample

PERIOD = 1.0  # seconds between two looks
NEWEST = 4  # answers that are shown
MOST_CHARACTERS = 300  # of each text

Shown = Callable[[dict[str, Tally], tuple[LiveAnswer, ...]], None]


@dataclass(slots=True)
class Watched:
    """Counts the rows of each task, of which there are `of`, and shows them every PERIOD seconds.

    Where an evaluation ends after `within` seconds, however many rows it then has, their number is estimated.
    """

    show: Shown
    of: Mapping[str, int]
    within: float | None = None
    _began: float = 0.0
    _showed: float = 0.0
    _counts: dict[str, list[int]] = field(default_factory=dict)
    _answers: list[LiveAnswer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._counts = {name: [0, 0, 0] for name in self.of}
        self.look()

    def is_due(self) -> bool:
        """Whether it is time to show something again."""
        return time.monotonic() - self._showed >= PERIOD

    def read(self, task: str, rows: int) -> None:
        """So many rows were read whose answers are not judged."""
        self._counts[task][0] += rows
        self._show_if_due()

    def answered(self, sample: Sample) -> None:
        """A row was answered."""
        counts = self._counts[sample.task]
        counts[0] += 1
        if sample.right is not None:
            counts[1 if sample.right else 2] += 1
        self._answers = [_live(sample, True), *self._answers[: NEWEST - 1]]
        self._show_if_due()

    def answering(self, sample: Sample) -> None:
        """An answer is being given; `sample` has its beginning."""
        self.look(_live(sample, False))

    def look(self, under_way: LiveAnswer | None = None) -> None:
        """Show how far it is now."""
        self._showed = time.monotonic()
        share = min(1.0, (self._showed - self._began) / self.within) if self.within else 1.0
        tallies = {}
        for task, (done, right, wrong) in self._counts.items():
            of = min(self.of[task], max(done, round(done / share))) if self.within and done and share else self.of[task]
            tallies[task] = Tally(done=done, of=of, right=right, wrong=wrong)
        newest = [under_way, *self._answers] if under_way is not None else self._answers
        self.show(tallies, tuple(newest[:NEWEST]))

    def _show_if_due(self) -> None:
        if self.is_due():
            self.look()


def _live(sample: Sample, whole: bool) -> LiveAnswer:
    return LiveAnswer(
        task=sample.task,
        row=sample.row,
        line=sample.line,
        prompt=sample.prompt[-MOST_CHARACTERS:],  # what is asked stands at its end
        answer=sample.answer[:MOST_CHARACTERS],
        expected=sample.expected[:MOST_CHARACTERS],
        right=sample.right,
        whole=whole,
    )
