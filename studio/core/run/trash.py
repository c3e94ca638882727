"""The trash of a folder of runs: deleted runs lie in a folder beside the others until it is emptied.

Beside them, because there a run is deleted and put back by one renaming, at once and whole, on every drive; the
system's own trash is missing on network drives and sticks, and copies gigabytes between drives.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from studio.core.atomic_file import rename
from studio.core.error_text import system_reason
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder, is_held, is_run, without_links
from studio.core.words import tr

TRASH = ".trash"


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A run in the trash, and where it came from."""

    folder: RunFolder
    origin: Path

    @property
    def bytes(self) -> int:
        """What emptying the trash of it would free; files that vanish meanwhile count as nothing."""
        return sum(_size(Path(place, name)) for place, _, names in os.walk(self.folder.path) for name in names)


def put_in_trash(folder: RunFolder) -> DeletedRun:
    """Move a run that nobody trains to the trash of its folder of runs; raises ProblemError where it cannot be."""
    place = folder.path.parent / TRASH
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        target = _free(place, folder.id)
        rename(folder.path, target, replaces=False)
    except OSError as error:
        raise _kept(folder, error) from None
    moved = DeletedRun(RunFolder(target), folder.path)
    if is_held(moved.folder.lock_file):
        # A worker began at the same moment, which no system but Windows prevents.
        put_back(moved)
        raise ProblemError.at(
            f"run {folder.id}", tr("it has just begun to train."), tr("Stop it first, then delete it.")
        )
    return moved


def put_back(deleted: DeletedRun) -> RunFolder:
    """Move a run from the trash back to where it was; raises ProblemError where that is not possible.

    Something else may lie there now, the trash may have been emptied, or a part of the run may be deleted already.
    """
    target = deleted.origin
    where = f"run {deleted.folder.id}"
    if not deleted.folder.path.is_dir():
        raise ProblemError.at(
            where, tr("it is not in the trash any more."), tr("Look at the list: it may be back already.")
        )
    if not is_run(deleted.folder):
        what = tr("a part of it was deleted for good, so it cannot be restored.")
        raise ProblemError.at(where, what, tr("What is left of it lies in {path}.", path=deleted.folder.path))
    _clear_lock(target)
    if target.exists():
        what = tr("something else is called {name} now.", name=target.name)
        raise ProblemError.at(where, what, tr("Rename that, then restore the run again."))
    try:
        rename(deleted.folder.path, target, replaces=False)
    except OSError as error:
        what = tr("it cannot be restored ({reason}).", reason=system_reason(error))
        raise ProblemError.at(where, what, tr("Its folder is {path}.", path=deleted.folder.path)) from None
    return RunFolder(target)


def list_trash(runs: Path) -> list[DeletedRun]:
    """The runs in the trash of this folder of runs, newest first; also what is left of one that was deleted in part.

    Raises OSError where the trash cannot be read.
    """
    runs = without_links(runs)
    place = runs / TRASH
    if not place.is_dir():
        return []
    found = sorted((path for path in place.iterdir() if path.is_dir()), reverse=True)
    return [DeletedRun(RunFolder(path), runs / path.name) for path in found]


def destroy(deleted: DeletedRun) -> None:
    """Delete a run in the trash for good; raises ProblemError where some of its files cannot be deleted."""
    try:
        shutil.rmtree(deleted.folder.path)
    except OSError as error:
        if not deleted.folder.path.exists():
            return  # another window has deleted it meanwhile
        what = tr("it cannot be deleted whole ({reason}).", reason=system_reason(error))
        remedy = tr("Close the programs that use files of it, or delete {path} yourself.", path=deleted.folder.path)
        raise ProblemError.at(f"run {deleted.folder.id}", what, remedy) from None


def _free(place: Path, name: str) -> Path:
    """A name in the trash that nothing has: another run of the same name may have been deleted before."""
    number, path = 1, place / name
    while path.exists():
        number += 1
        path = place / f"{name}-{number}"
    return path


def _clear_lock(place: Path) -> None:
    """Remove a folder that has nothing but a free lock: who asked for a run's lock as it was deleted has made both."""
    lock = place / RunFolder(place).lock_file.name
    try:
        if place.is_dir() and all(each == lock for each in place.iterdir()) and not is_held(lock):
            lock.unlink(missing_ok=True)
            place.rmdir()
    except OSError:
        return  # then it is in the way, which is told


def _kept(folder: RunFolder, error: OSError) -> ProblemError:
    return ProblemError.at(
        f"run {folder.id}",
        tr("it cannot be moved to the trash ({reason}).", reason=system_reason(error)),
        tr("Close the programs that use files of it, or check that you may change its folder; then delete it again."),
    )


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
