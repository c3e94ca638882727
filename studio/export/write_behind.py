"""Bytes written in a thread of their own, so that the next tensor is computed while the last one goes to the disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import IO

PIECE = 2**24  # bytes handed to the disk at a time, between which a cancellation is noticed
FLUSHED = 2**27  # bytes after which the disk is made to begin: left alone, it would wait for the last flush
GLANCE = 0.1  # seconds between two looks at what the thread has done: Windows interrupts no longer wait

Wrote = Callable[[int], None]


class WriteBehind:
    """Writes what it is given to one file, in order; `put` returns while the last piece is still being written.

    One piece waits for none but the one before it, so memory holds the one that is written and the one being made.
    `wrote` hears of the bytes in the thread of whoever calls `put`. Raises OSError of an earlier piece.
    """

    def __init__(self, file: IO[bytes], wrote: Wrote) -> None:
        self._file, self._wrote = file, wrote
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write-behind")
        self._running: Future[None] | None = None
        self._given_up = threading.Event()
        self._done = self._told = self._flushed = 0

    def put(self, data: memoryview, at: int | None = None) -> None:
        """Write `data` from byte `at` of the file on, else where the last ended; it must not change meanwhile."""
        self.join()
        self._running = self._pool.submit(self._write, data, at)

    def join(self) -> None:
        """Wait until all is written; raises OSError where that failed."""
        while self._running is not None:
            done, _ = wait([self._running], timeout=GLANCE)
            self._tell()
            if done:
                running, self._running = self._running, None
                running.result()

    def leave(self) -> None:
        """End the thread; what it has not written by then is given up."""
        self._given_up.set()
        self._pool.shutdown(wait=True)

    def _write(self, data: memoryview, at: int | None) -> None:
        if at is not None:
            self._file.seek(at)
        for begin in range(0, len(data), PIECE):
            if self._given_up.is_set():
                return
            self._done += self._file.write(data[begin : begin + PIECE])
            if self._done - self._flushed >= FLUSHED:
                self._flushed = self._done
                self._file.flush()
                os.fsync(self._file.fileno())

    def _tell(self) -> None:
        done = self._done
        if done > self._told:
            self._wrote(done - self._told)
            self._told = done


@contextmanager
def written_behind(file: IO[bytes], wrote: Wrote) -> Iterator[WriteBehind]:
    """A `WriteBehind` to the open `file`, all of which is written when the context ends well."""
    writer = WriteBehind(file, wrote)
    try:
        yield writer
        writer.join()
    finally:
        writer.leave()
