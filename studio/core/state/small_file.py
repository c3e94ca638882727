"""A small file of one record that is overwritten in place: its size never changes, so a full disk does not stop it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

Record = TypeVar("Record")


def overwrite(file: Path, values: dict[str, Any], size: int) -> None:
    """Write `values` as one JSON line of `size` bytes over the one before it; raises OSError."""
    body = json.dumps(values).ljust(size - 1) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(descriptor, body.encode("ascii"))
    finally:
        os.close(descriptor)


def read_record(file: Path, kind: TypeAdapter[Record], most: int) -> Record | None:
    """The newest record; None where the file is missing or invalid. A stranger's file is read to `most` bytes."""
    try:
        with file.open("rb") as opened:
            return kind.validate_json(opened.read(most))
    except (OSError, ValidationError):
        return None
