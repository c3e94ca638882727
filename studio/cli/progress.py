"""Progress on stderr: a live bar in a terminal, an occasional line where stderr is a file or a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from studio.core.foreign.visible_text import one_line, visible

LINE_PERIOD = 10.0  # seconds between lines without a terminal


class Progress:
    """Shows steps and sentences; `say` also works after the context."""

    def __init__(self) -> None:
        self.total: int | None = None
        # The bar moves the cursor, so it needs the terminal itself; sentences are made visible in `say`.
        self._console = Console(
            file=getattr(sys.stderr, "below", sys.stderr), highlight=False, markup=False, emoji=False, soft_wrap=True
        )
        self._live = self._console.is_terminal
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[steps]}"),
            TextColumn("{task.fields[numbers]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("Starting", total=None, steps="", numbers="", left="")
        self._last_line = 0.0
        self._last_sentence = self._last_phase = ""

    def __enter__(self) -> Self:
        if self._live:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._bar.stop()

    def say(self, sentence: str) -> None:
        """Print a sentence above the bar."""
        self._console.print(visible(sentence))

    def phase(self, sentence: str, phase: str = "", done: int | None = None, total: int | None = None) -> None:
        """Show the current phase, and `done` of `total` on the bar where `phase` counts.

        Without a terminal, mere progress in the count is printed only now and then.
        """
        self._bar.update(self._task, description=one_line(sentence))
        if done is not None and total:
            self._bar.update(self._task, completed=done, total=total, steps="", numbers="", left="")
        now = time.monotonic()
        counts_on = done is not None and phase == self._last_phase and now - self._last_line < LINE_PERIOD
        if not self._live and sentence != self._last_sentence and not counts_on:
            self._last_line = now
            self.say(f"{sentence} …")
        self._last_sentence, self._last_phase = sentence, phase

    def tell(self, sentence: str, share: float | None = None, /) -> None:
        """Show what is being done and, where it is known, how much of it is; see `studio.core.progress`."""
        if share is None:
            self._bar.update(self._task, completed=0)
            self.phase(sentence)
        else:
            self.phase(sentence, sentence.partition(":")[0], round(1000 * share), 1000)

    def step(self, step: int, total: int, numbers: str, left: str) -> None:
        """Move the bar to `step` of `total`."""
        steps = f"{step}/{total}"
        self._bar.update(self._task, completed=step, total=total, steps=steps, numbers=numbers, left=f"{left} left")
        now = time.monotonic()
        if not self._live and (step in (1, total) or now - self._last_line >= LINE_PERIOD):
            self._last_line = now
            self.say(f"step {step}/{total}  {numbers}  {left} left")
