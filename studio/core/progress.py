"""How whoever does something long tells about it."""

from __future__ import annotations

import time
from typing import Protocol

from studio.core.units import memory
from studio.core.words import tr

PERIOD = 0.2  # seconds between two sentences that only count on


class Progress(Protocol):
    """Told what is being done, in a sentence, and how much of it is done, from 0 to 1, where that is known."""

    def __call__(self, sentence: str, share: float | None = None, /) -> None: ...


def untold(sentence: str, share: float | None = None, /) -> None:
    """Progress that nobody wants to hear of."""


class ByteCount:
    """Counts bytes that are written, and tells them at most five times a second: "Writing the model: 1.2 of 13 GiB"."""

    def __init__(self, progress: Progress, doing: str, total: int) -> None:
        self._progress = progress
        self._doing = doing
        self._total = total
        self._done = 0
        self._last = 0.0
        self.add(0)

    def add(self, count: int) -> None:
        """Count `count` more bytes."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= PERIOD or self._done >= self._total:
            self._last = now
            share = min(1.0, self._done / self._total) if self._total else 1.0
            self._progress(
                tr("{doing}: {done} of {total}", doing=self._doing, done=memory(self._done), total=memory(self._total)),
                share,
            )
