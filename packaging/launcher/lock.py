"""Keeps two launchers from installing into one .venv at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from launcher.problem import LaunchError, say

LONGEST_INSTALLATION = 3600.0  # seconds


@contextmanager
def only_one(file: Path, patience: float = LONGEST_INSTALLATION) -> Iterator[None]:
    """Hold an exclusive lock while the block runs; wait up to `patience` seconds for another holder.

    The lock is SQLite's: it works the same on every system, and the operating system frees it when a process dies.
    """
    import sqlite3

    file.touch()
    with closing(sqlite3.connect(file, isolation_level=None)) as lock:
        for seconds in (0.0, patience):
            lock.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            try:
                lock.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise OSError(f"{file} cannot be locked: {error}") from error
                if seconds:
                    remedy = "Close the other launcher, then start again."
                    raise LaunchError(str(file), "Another launcher is still installing.", remedy) from error
                say("Another launcher is installing here; waiting for it to finish.")
        yield
