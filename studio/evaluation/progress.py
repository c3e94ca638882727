"""How far an evaluation is, and the way out of it between two groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from studio.evaluation.watched import Watched

TOLD = 20
"""At most this many progress sentences are sent for one task."""

Progress = Callable[[str], None]
Counted = Callable[[str, int, int], None]
"""Receives a sentence, and how many of how many rows are done."""


@dataclass(slots=True)
class Telling:
    """Tells how many rows of a task are done; `between` may raise in order to leave."""

    progress: Progress | None = None
    counted: Counted | None = None
    between: Callable[[], None] | None = None
    watched: Watched | None = None
    task: str = ""
    _at: tuple[str, int, int] = ("", 0, 0)  # how far it is, while a group is under way
    _tokens: int = 0
    _done: int = 0
    _begun: set[str] = field(default_factory=set)

    def begin(self, task: str, rows: int, of_rows: int, done: int = 0) -> None:
        """Say that a task is scored on `rows` of its `of_rows` held-out rows, unless it has been said.

        `done` of them were scored in earlier rounds.
        """
        self._done = done
        if self.progress and task not in self._begun:
            some = f"{rows} of {of_rows}" if rows < of_rows else str(rows)
            self.progress(f"Scoring {task} on {some} held-out rows")
        self._begun.add(task)
        self.task = task

    def groups(self, groups: Iterator[list[int]], count: int, what: str, before: int = 0) -> Iterator[list[int]]:
        """The groups, with a sentence on the rows that are done, and a way out, between them.

        `count` rows in all, of which `before` were done in earlier groups.
        """
        done = told = self._done + before
        every, count = max(1, count // TOLD), count + self._done
        for group in groups:
            if self.between:
                self.between()
            self._at = (f"Scoring {self.task}: {done} of {count} {what}, {len(group)} in progress", done, count)
            self._tokens = 0
            yield group
            done += len(group)
            if self.counted:
                self.counted(f"Scoring {self.task}: {done} of {count} {what}", done, count)
                continue
            # One group that is all of them has no progress to tell.
            if self.progress and done - told >= every and (told > self._done or done < count):
                told = done
                self.progress(f"Scoring {self.task}: {done} of {count} {what}")

    def token(self) -> None:
        """One more token of the answers under way was generated."""
        self._tokens += 1
        if self.between:
            self.between()
        if self.counted:
            sentence, done, count = self._at
            self.counted(f"{sentence}, at token {self._tokens}", done, count)
