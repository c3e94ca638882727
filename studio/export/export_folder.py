"""An export on the disk: written beside its place, proved, then renamed; an export is complete or absent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import flush_folder, put_in_place
from studio.core.error_text import system_reason
from studio.core.os_errors import is_full
from studio.core.problem import ProblemError
from studio.models.adapter_files import disk_faults

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written and what was verified; sizes in bytes."""

    format: str
    path: Path
    bytes: int
    verified: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The keys of `export --json`."""
        return {"format": self.format, "path": str(self.path), "bytes": self.bytes, "verified": self.verified}


@contextmanager
def fresh_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write and prove an export in; it is renamed to `out` when all went well.

    Raises ProblemError when `out` is not empty, or the disk is full or cannot be written.
    """
    out = absolute_path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ProblemError.at(str(out), "the folder is not empty.", "Name a new or an empty folder.")
    partial = out.with_name(f".{out.name}.partial")
    try:
        with _disk_problems(out):
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        yield partial
        with _disk_problems(out):
            flush_folder(partial)
            put_in_place(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Around what writes an export's files: a disk that is full or cannot be written becomes a ProblemError."""
    with _disk_problems(out), disk_faults():
        yield


@contextmanager
def _disk_problems(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            what, remedy = "the disk is full.", "Free disk space, or export to another drive."
        else:
            what, remedy = f"it cannot be written ({system_reason(error)}).", "Choose a folder that is writable."
        raise ProblemError.at(str(out), what, remedy) from None
