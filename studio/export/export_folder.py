"""An export on the disk: written beside its place, proved, then renamed; an export is complete or absent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import flush_folder, put_in_free_place
from studio.core.error_text import system_reason
from studio.core.foreign.safe_path import is_link
from studio.core.os_errors import is_full
from studio.core.problem import ProblemError
from studio.core.progress import ByteCount, Progress, untold
from studio.core.unfinished import END, START, noted, partial_of
from studio.core.words import tr
from studio.models.disk_faults import disk_faults

__all__ = ["ByteCount", "Exported", "Progress", "copy_file", "fresh_folder", "proof_folder", "untold", "writing"]
PIECE = 2**23  # bytes copied between two looks at the count


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
def fresh_folder(out: Path, progress: Progress = untold) -> Iterator[Path]:
    """A folder beside `out` to write and prove an export in; it is renamed to `out` when all went well.

    Whatever ends the context early, Ctrl-C included, leaves nothing. Raises ProblemError when `out` is not empty, at
    the start or at the end, another process writes there, or the disk is full or cannot be written.
    """
    out = absolute_path(out)
    _refuse_full(out)
    if out.exists() and is_link(out):
        out = out.resolve()  # the folder that it leads to is filled, and the link stays
    partial = partial_of(out)
    with noted(partial):
        with _disk_problems(out):
            if partial.exists():
                shutil.rmtree(partial)
                progress(tr("Removed {name}, which an interrupted export had left", name=partial.name))
            partial.mkdir(parents=True)
        try:
            yield partial
            with _disk_problems(out):
                progress(tr("Flushing the files to the disk"))
                flush_folder(partial)
                _give_name(partial, out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def proof_folder(partial: Path) -> Iterator[Path]:
    """A folder beside `partial` for what a proof alone needs, gone afterwards.

    It is on the drive that the user chose for the export: the temporary files' may be small, or held in memory.
    Raises OSError where it cannot be made.
    """
    name = partial.name.removeprefix(START).removesuffix(END)
    place = partial_of(partial.with_name(f"{name}.proof"))
    with noted(place):
        if place.exists():
            shutil.rmtree(place)
        place.mkdir()
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def copy_file(source: Path, target: Path, count: ByteCount) -> None:
    """Copy a file of any size, counting its bytes; raises OSError."""
    with source.open("rb") as read, target.open("wb") as written:
        while piece := read.read(PIECE):
            written.write(piece)
            count.add(len(piece))


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Around what writes an export's files: a disk that is full or cannot be written becomes a ProblemError."""
    with _disk_problems(out), disk_faults():
        yield


def _give_name(partial: Path, out: Path) -> None:
    """Rename the finished folder; whatever appeared at `out` since the start is the user's, and stays."""
    _refuse_full(out)
    try:
        if out.exists():
            out.rmdir()
        put_in_free_place(partial, out)
    except OSError:
        _refuse_full(out)
        raise


def _refuse_full(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ProblemError.at(str(out), tr("the folder is not empty."), tr("Name a new or an empty folder."))


@contextmanager
def _disk_problems(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            what, remedy = tr("the disk is full."), tr("Free disk space, or export to another drive.")
        else:
            what, remedy = (
                tr("it cannot be written ({error}).", error=system_reason(error)),
                tr("Choose a folder that is writable."),
            )
        raise ProblemError.at(str(out), what, remedy) from None
