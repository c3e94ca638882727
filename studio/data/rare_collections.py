"""Python's search for dead cycles made rare while very many small objects are made, none of them in a cycle."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 200_000
"""Objects made between two searches: about those of a few thousand rows, of which nearly all are gone by then."""


class _Users:
    """Who wants them to be rare now, and the threshold that was there before the first came."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.before = gc.get_threshold()


_users = _Users()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Search for cycles once in `AT_ONCE` new objects, in the whole process, until the last of its users has left.

    With Python's own threshold of a few hundred, a sixth of the time that rows take goes into searches that find
    nothing: each goes through young objects, some through everything that torch and transformers have imported.
    """
    with _users.lock:
        if not _users.inside:
            _users.before = gc.get_threshold()
            gc.set_threshold(AT_ONCE, *_users.before[1:])
        _users.inside += 1
    try:
        yield
    finally:
        with _users.lock:
            _users.inside -= 1
            if not _users.inside:
                gc.set_threshold(*_users.before)
