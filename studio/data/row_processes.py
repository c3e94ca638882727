"""Rows of large files made by several processes; where one fails, its part is made here."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO

from studio.core.process.start_worker import python_environment, worker_python
from studio.data.chat_text import RenderedText
from studio.data.conversation import Conversation
from studio.data.conversations import in_parts
from studio.data.made_rows import MadeRows
from studio.data.row_maker import Begun, RowMaker
from studio.data.row_process import receive, send
from studio.data.tokenize import Encoded

LEAST_LETTERS = 25_000_000
"""Of all conversations together; fewer are made sooner by this process than others start."""
LEAST_CORES = 4
"""With fewer, the threads of one process's tokenizer keep them busy already."""
MOST_PROCESSES = 8
MODULE = "studio.data.row_process"
MOST_AT_ONCE = 1000  # conversations rendered and tokenized together
MOST_LETTERS = 2_000_000  # of them; a tokenizer takes a hundred times a text's size while it reads

_FAILURES = (OSError, EOFError, pickle.PickleError, AttributeError, TypeError, ValueError)
"""A process that could not start or was killed; a tokenizer with code of its own cannot always be sent."""

_Process = subprocess.Popen[bytes]
Part = Sequence[Conversation]


def make_all(maker: RowMaker, conversations: Collection[Conversation]) -> Iterator[tuple[Part, MadeRows]]:
    """The conversations in parts, in their order, each with what became of them."""
    cores = os.cpu_count() or 1
    count = min(MOST_PROCESSES, cores) if cores >= LEAST_CORES else 1
    if count < 2 or _letters_in(conversations) < LEAST_LETTERS:
        yield from _made_here(maker, conversations)
        return
    with _started(count, maker) as processes, ThreadPoolExecutor(count) as threads:
        begun: deque[tuple[Part, Future[MadeRows]]] = deque()
        try:
            for part in in_parts(conversations, MOST_AT_ONCE, MOST_LETTERS):
                begun.append((part, threads.submit(processes.make, part)))
                if len(begun) > 2 * count:
                    first, made = begun.popleft()
                    yield first, made.result()
            for first, made in begun:
                yield first, made.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _made_here(maker: RowMaker, conversations: Iterable[Conversation]) -> Iterator[tuple[Part, MadeRows]]:
    """As `make_all` by this process: while one part is rendered, a thread has the tokenizer read the one before it.

    That thread alone uses the tokenizer, which cannot be told to read special tokens otherwise while it reads.
    """
    with ThreadPoolExecutor(1) as tokenizing:

        def encode(texts: Sequence[RenderedText]) -> list[Encoded]:
            return tokenizing.submit(maker.encode, texts).result()

        before: tuple[Part, Begun, Future[list[Encoded]]] | None = None
        for part in in_parts(conversations, MOST_AT_ONCE, MOST_LETTERS):
            begun = maker.begin(part)
            found = tokenizing.submit(maker.encode, begun.texts)
            if before:
                yield before[0], MadeRows.of(maker.finish(before[1], before[2].result(), encode))
            before = part, begun, found
        if before:
            yield before[0], MadeRows.of(maker.finish(before[1], before[2].result(), encode))


def _letters_in(conversations: Collection[Conversation]) -> int:
    """About how many letters all have together, by the first of them."""
    first = list(islice(conversations, MOST_AT_ONCE))
    return sum(each.letters for each in first) * len(conversations) // max(1, len(first))


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

    def make(self, part: Part) -> MadeRows:
        """What became of each conversation of a part, by the first process that is free."""
        process = self.free.get()
        found: MadeRows | None = None
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
                return MadeRows.of(self.maker.make(part))
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
