"""Files that are there whole or not at all: written beside their place, flushed to the disk, then renamed into it.

Windows renames nothing that another program has open, and lets nobody open what is just being replaced: a reader of
ours needs a millisecond, a virus scanner a second for what is new. Both are waited for.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

PATIENCE = 5.0  # seconds for others to let go of a file
WAITS = os.name == "nt"  # elsewhere a refusal is one, and lasts


def write_whole(path: Path, text: str) -> None:
    """Put `text` (UTF-8) in the place of whatever the file holds; raises OSError, the file then being as it was."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        rename(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def read_whole(path: Path) -> str:
    """The text (UTF-8) of a file that others replace by `write_whole`; raises OSError or UnicodeDecodeError."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return path.read_text(encoding="utf-8")
        except PermissionError:
            if not WAITS or time.monotonic() > until:
                raise
        time.sleep(0.01)


def rename(source: Path, target: Path) -> None:
    """Rename a file, over what stands in its new place, or a folder to a place where nothing stands."""
    until = time.monotonic() + PATIENCE
    wait = 0.01
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if not WAITS or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(wait)
        wait = min(2 * wait, 0.5)
