"""How many rows a recipe's training files hold, counted without parsing them: enough to estimate a run's time."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.recipe.recipe import Recipe, TaskTable

MOST_BYTES = 1 << 30  # counting more would take longer than a plan may
_CHUNK = 1 << 20
_TOKEN_BYTES = 4  # of text, on average
_TEXT = {"text", "content", "raw_content"}
_SPEAKERS = {"role", "from"}
TURNS = ("messages", "sharegpt")
"""Formats of which a row may have several answers."""


def epoch_rows(recipe: Recipe) -> int | None:
    """The rows of one epoch, each task's times its weight; None where a file is not JSON Lines, too large or missing.

    Lines are counted, so blank ones count too: an estimate needs no more. Running text is laid in windows of
    max_length tokens, so its rows are estimated from its bytes.
    """
    total = 0.0
    window = _TOKEN_BYTES * recipe.training.max_length
    for task in recipe.tasks:
        files = [task.train] if isinstance(task.train, str) else task.train
        counted = [_rows_of(file, task, window) for file in files]
        lines = [count for count in counted if count is not None]
        if len(lines) < len(counted):
            return None
        total += _learned(sum(lines), task.evaluate) * task.weight
    return round(total)


def may_be_more(recipe: Recipe) -> bool:
    """Whether a training file that is counted by its lines has conversations, by its first line.

    Where a model's template writes an answer differently once others follow, each answer becomes a row of its own.
    Nothing says so before the rows are rendered.
    """
    return any(
        _has_turns(file, task)
        for task in recipe.tasks
        for file in ([task.train] if isinstance(task.train, str) else task.train)
    )


def _has_turns(file: str, task: TaskTable) -> bool:
    if isinstance(task.format, ColumnMapping):
        return task.format.messages is not None
    if task.format != "auto":
        return task.format in TURNS
    first = _first_of(file)
    columns = [first] if isinstance(first, list) else list(first.values()) if isinstance(first, dict) else []
    return any(_SPEAKERS & turn.keys() for each in columns if isinstance(each, list) for turn in _objects(each))


def _objects(values: list[Any]) -> list[dict[str, Any]]:
    return [each for each in values if isinstance(each, dict)]


def _learned(lines: int, evaluate: object) -> float:
    """The rows that stay for training where a share or a number of them is held out."""
    if isinstance(evaluate, float):
        return lines * (1 - evaluate)
    return max(0, lines - evaluate) if isinstance(evaluate, int) else lines


def _rows_of(file: str, task: TaskTable, window: int) -> int | None:
    lines = _lines_of(file)
    if lines is None or not _is_text(file, task):
        return lines
    return max(1, round(Path(file).stat().st_size / window)) if lines else 0


def _is_text(file: str, task: TaskTable) -> bool:
    """Whether a JSON Lines file is running text: by the recipe, or by the columns of its first line."""
    if isinstance(task.format, ColumnMapping):
        return task.format.text is not None
    if task.format != "auto":
        return task.format == "text"
    first = _first_of(file)
    return isinstance(first, dict) and len(first) == 1 and bool(_TEXT & first.keys())


def _first_of(file: str) -> Any:
    """The value on a file's first line; None where that is not JSON, or too long to be read at once."""
    try:
        with Path(file).open("rb") as stream:
            return json.loads(stream.readline(_CHUNK))
    except (OSError, ValueError, RecursionError):
        return None


def _lines_of(file: str) -> int | None:
    if not file.lower().endswith(".jsonl"):
        return None
    try:
        found = Path(file).stat()
        return _lines(file, found.st_mtime_ns, found.st_size) if found.st_size <= MOST_BYTES else None
    except (OSError, ValueError):  # the latter for what no path may hold
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
