"""How many rows a recipe's training files hold, counted without parsing them: enough to estimate a run's time."""

from __future__ import annotations

import functools
from pathlib import Path

from studio.core.recipe.recipe import Recipe

MOST_BYTES = 1 << 30  # counting more would take longer than a plan may
_CHUNK = 1 << 20


def epoch_rows(recipe: Recipe) -> int | None:
    """The rows of one epoch, each task's times its weight; None where a file is not JSON Lines, too large or missing.

    Lines are counted, so blank ones count too: an estimate needs no more.
    """
    total = 0.0
    for task in recipe.tasks:
        counted = [_lines_of(file) for file in ([task.train] if isinstance(task.train, str) else task.train)]
        lines = [count for count in counted if count is not None]
        if len(lines) < len(counted):
            return None
        total += _learned(sum(lines), task.evaluate) * task.weight
    return round(total)


def _learned(lines: int, evaluate: object) -> float:
    """The rows that stay for training where a share or a number of them is held out."""
    if isinstance(evaluate, float):
        return lines * (1 - evaluate)
    return max(0, lines - evaluate) if isinstance(evaluate, int) else lines


def _lines_of(file: str) -> int | None:
    if not file.lower().endswith(".jsonl"):
        return None
    try:
        found = Path(file).stat()
        return _lines(file, found.st_mtime_ns, found.st_size) if found.st_size <= MOST_BYTES else None
    except OSError:
        return None


@functools.lru_cache(maxsize=64)
def _lines(file: str, changed: int, size: int) -> int:
    """`changed` and `size` are the file's, so that it is counted once for each of its contents."""
    lines, last = 0, b"\n"
    with Path(file).open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")
