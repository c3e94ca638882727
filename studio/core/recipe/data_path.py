"""What a task's `train` and `evaluate` may name: files by their suffix, folders, and patterns with * or ?."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from pathlib import Path

from studio.core.absolute_path import absolute_path, is_path

PLAIN_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet", ".arrow", ".feather")
PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
DATA_SUFFIXES = PLAIN_SUFFIXES + PACKED_SUFFIXES


def is_pattern(name: str) -> bool:
    """Whether `name` stands for all files that match it, such as "data/*.jsonl"."""
    return any(sign in name for sign in "*?")


def is_data_path(name: str, folder: Path | None = None) -> bool:
    """Whether `name` is a file, a folder or a pattern on this machine, rather than a hub set such as "owner/name"."""
    # Path.exists raises for a name too long for the file system, os.path.exists says False.
    there = os.path.join(folder, name) if folder else name  # noqa: PTH118
    return name.lower().endswith(DATA_SUFFIXES) or is_pattern(name) or is_path(name) or os.path.exists(there)  # noqa: PTH110


def absolute_data(names: str | Sequence[str], folder: Path) -> str | list[str]:
    """The names with relative paths made absolute; hub sets stay as they are."""
    if isinstance(names, str):
        return str(absolute_path(names, folder)) if is_data_path(names, folder) else names
    return [str(absolute_path(name, folder)) if is_data_path(name, folder) else name for name in names]


def missing_of(names: object) -> list[str]:
    """Which of `names` are written as files and are not there; patterns, hub sets and numbers are not looked for."""
    listed = [names] if isinstance(names, str) else names if isinstance(names, list) else []
    return [
        name
        for name in listed
        if name.lower().endswith(DATA_SUFFIXES) and not is_pattern(name) and not os.path.exists(name)  # noqa: PTH110
    ]


def is_text_encoding(name: str) -> bool:
    """Whether Python reads text in the encoding `name`."""
    try:
        return bool(codecs.lookup(name)._is_text_encoding)
    except (LookupError, ValueError):  # ValueError: a zero character in the name
        return False
