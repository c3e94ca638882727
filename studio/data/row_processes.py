"""Rows of large files made by several processes; where one fails, its part is made here."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO

from studio.core.process.start_worker import python_environment, worker_python
from studio.data.conversation import Conversation
from studio.data.row_maker import Made, RowMaker
from studio.data.row_process import receive, send

LEAST_ROWS = 50_000
"""Fewer are made sooner by this process than others start."""
LEAST_CORES = 4
"""With fewer, the threads of one process's tokenizer keep them busy already."""
MOST_PROCESSES = 8
MODULE = "studio.data.row_process"
_AT_ONCE = 500  # conversations sent to a process together

_FAILURES = (OSError, EOFError, pickle.PickleError, AttributeError, TypeError, ValueError)
"""A process that could not start or was killed; a tokenizer with code of its own cannot always be sent."""

_Process = subprocess.Popen[bytes]


def make_all(maker: RowMaker, conversations: Sequence[Conversation], at_once: int) -> Iterator[Made]:
    """What became of each conversation, in their order."""
    cores = os.cpu_count() or 1
    count = min(MOST_PROCESSES, cores) if cores >= LEAST_CORES else 1
    if len(conversations) < LEAST_ROWS or count < 2:
        for start in range(0, len(conversations), at_once):
            yield from maker.make(conversations[start : start + at_once])
        return
    parts = [conversations[start : start + _AT_ONCE] for start in range(0, len(conversations), _AT_ONCE)]
    with _started(count, maker) as processes, ThreadPoolExecutor(count) as threads:
        try:
            for made in threads.map(processes.make, parts):
                yield from made
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class _Processes:
    """Processes that wait for conversations; None stands for one that is gone, whose work is done here."""

    def __init__(self, maker: RowMaker) -> None:
        self.maker = maker
        self.free: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        self.started: list[_Process] = []
        self._here = threading.Lock()

    def start(self) -> None:
        """Start one more."""
        process: _Process | None = None
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        try:
            process = subprocess.Popen(
                [worker_python(sys.executable), "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Each has one core's work; threads of its own would only get in each other's way.
                env=python_environment(TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS="1"),
                creationflags=flags,
            )
            self.started.append(process)
            send(_pipe(process.stdin), (self.maker.chat.tokenizer, self.maker.max_length, self.maker.scored))
        except _FAILURES:
            process = None
        self.free.put(process)

    def make(self, part: Sequence[Conversation]) -> list[Made]:
        """What became of each conversation of a part, by the first process that is free."""
        process = self.free.get()
        found: list[Made] | None = None
        try:
            if process is not None:
                send(_pipe(process.stdin), part)
                found = receive(_pipe(process.stdout))
        except _FAILURES:
            process = None
        finally:
            self.free.put(process)
        if found is None:
            with self._here:
                return self.maker.make(part)
        return found


@contextmanager
def _started(count: int, maker: RowMaker) -> Iterator[_Processes]:
    """Several processes; all have ended when this returns."""
    processes = _Processes(maker)
    try:
        for _ in range(count):
            processes.start()
        yield processes
    finally:
        for process in processes.started:
            process.kill()
        for process in processes.started:
            with suppress(OSError, ValueError):  # what could not be sent is still in the pipe's buffer
                process.communicate()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the process has no pipe")
    return pipe
