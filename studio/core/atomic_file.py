"""Files that are complete or absent: written beside their place, flushed to the disk, then renamed into it.

Windows cannot rename a file that another program has open, nor open one that is just being replaced: a reader of ours
needs a millisecond, a virus scanner a second for a new file. We wait for both.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

OPEN_ELSEWHERE_PATIENCE = 5.0  # seconds for others to let go of a file
WAITS = os.name == "nt"  # elsewhere a refusal is final


def write_whole(path: Path, text: str) -> None:
    """Replace the file's content by `text` (UTF-8); raises OSError, and the file is then unchanged."""
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
    until = time.monotonic() + OPEN_ELSEWHERE_PATIENCE
    while True:
        try:
            return path.read_text(encoding="utf-8")
        except PermissionError:
            if not WAITS or time.monotonic() > until:
                raise
        time.sleep(0.01)


def rename(source: Path, target: Path, replaces: bool = True) -> None:
    """Rename a file, replacing one of the new name unless `replaces` is False, or a folder to a name that is free."""
    until = time.monotonic() + OPEN_ELSEWHERE_PATIENCE
    wait = 0.01
    while True:
        try:
            (source.replace if replaces else source.rename)(target)
        except PermissionError:
            if not WAITS or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(wait)
        wait = min(2 * wait, 0.5)


def size_of(path: Path) -> int:
    """Bytes of all files directly in `path`."""
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def flush_folder(path: Path) -> None:
    """Flush every file in `path`, and the list of their names, to the disk."""
    for file in path.iterdir():
        if file.is_file():
            with file.open("r+b") as opened:
                os.fsync(opened.fileno())
    _flush_names(path)


def put_in_place(partial: Path, final: Path) -> None:
    """Rename a finished folder to its name; a folder that had the name is moved aside first, then deleted.

    For the folders inside a run alone, where every name is ours. Raises OSError when that fails; the old folder is
    then back in its place. One that Windows does not let us delete, since a program reads a file of it, waits beside
    it until the next time.
    """
    for left in final.parent.glob(f"{aside(final).name}*"):
        shutil.rmtree(left, ignore_errors=True)
    old, number = aside(final), 1
    while old.exists():
        old, number = aside(final).with_name(f"{aside(final).name}-{number}"), number + 1
    if final.exists():
        rename(final, old)
    try:
        rename(partial, final)
    except OSError:
        if old.exists():
            rename(old, final)
        raise
    _flush_names(final.parent)
    shutil.rmtree(old, ignore_errors=True)


def put_in_free_place(partial: Path, final: Path) -> None:
    """Rename a finished folder to a name that nothing has; raises OSError where something has it, which stays."""
    rename(partial, final, replaces=False)
    _flush_names(final.parent)


def aside(folder: Path) -> Path:
    """Where a folder waits to be deleted while another takes its name."""
    return folder.with_name(f".{folder.name}.old")


def _flush_names(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders; NTFS journals its names itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
