"""How far an evaluation is, and the way out of it between two groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from studio.core.words import tr
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
            self.progress(
                tr("Scoring {task} on {rows} of {all} held-out rows", task=task, rows=rows, all=of_rows)
                if rows < of_rows
                else tr("Scoring {task} on {rows} held-out rows", task=task, rows=rows)
            )
        self._begun.add(task)
        self.task = task

    def groups(self, groups: Iterator[list[int]], count: int, what: str, before: int = 0) -> Iterator[list[int]]:
        """The groups, with a sentence on the rows that are done, and a way out, between them.

        what: the sentence, of a task, so many `done` and their `count`.

        `count` rows in all, of which `before` were done in earlier groups.
        """
        done = told = self._done + before
        every, count = max(1, count // TOLD), count + self._done
        for group in groups:
            if self.between:
                self.between()
            under_way = tr("{said}, {n} in progress", said=self._said(what, done, count), n=len(group))
            self._at = (under_way, done, count)
            self._tokens = 0
            yield group
            done += len(group)
            if self.counted:
                self.counted(self._said(what, done, count), done, count)
                continue
            # One group that is all of them has no progress to tell.
            if self.progress and done - told >= every and (told > self._done or done < count):
                told = done
                self.progress(self._said(what, done, count))

    def _said(self, what: str, done: int, count: int) -> str:
        return tr(what, task=self.task, done=done, count=count)

    def token(self) -> None:
        """One more token of the answers under way was generated."""
        self._tokens += 1
        if self.between:
            self.between()
        if self.counted:
            sentence, done, count = self._at
            self.counted(tr("{said}, at token {n}", said=sentence, n=self._tokens), done, count)
