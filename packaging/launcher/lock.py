"""Keeps two launchers from installing into one .venv at the same time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from launcher.problem import LaunchError, say

PATIENCE = 3600.0  # seconds


@contextmanager
def only_one(file: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold an exclusive lock while the block runs; waits for another holder, and says so.

    SQLite's lock, because it is the same on every system and the operating system frees it when a process dies.
    """
    try:
        import sqlite3
    except ImportError as error:
        raise LaunchError(
            sys.executable,
            "This Python was built without SQLite, which keeps the runs.",
            "Install Python from its official installer or your system's packages, and start again with that.",
        ) from error
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            _refuse_unless_busy(error, file)
            say("Another launcher is installing here; waiting for it.")
            lock.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as later:
                _refuse_unless_busy(later, file)
                raise LaunchError(
                    str(file), "Another launcher has been installing for an hour.", "End it, then start again."
                ) from later
        try:
            yield
        finally:
            lock.execute("ROLLBACK")


def _refuse_unless_busy(error: Exception, file: Path) -> None:
    if "locked" not in str(error):
        raise LaunchError(
            str(file.parent),
            f"This folder cannot be written to ({error}).",
            "Move the project to a folder of yours that has room, and start again.",
        ) from error
