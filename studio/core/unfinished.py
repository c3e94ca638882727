"""Folders that are being written beside their final name: noted in the studio's home, so that a kill's rest is found.

A note is a file that holds the folder's path, and beside it a lock that is held exactly as long as the writer lives.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.words import tr

START, END = ".", ".partial"


def partial_of(folder: Path) -> Path:
    """Where a folder is written before it gets its name: beside it, so that the rename stays on its drive."""
    return folder.with_name(f"{START}{folder.name}{END}")


@contextmanager
def noted(partial: Path) -> Iterator[None]:
    """Note that this process writes the folder `partial`, until the context ends.

    Where `partial` is there already, a note of ours says so and the caller may delete it. Raises ProblemError where
    there is no such note, so that the folder may be the user's own, and where another process is writing it.
    """
    note = places.unfinished() / hashlib.sha256(_key(partial).encode()).hexdigest()[:32]
    lock = _lock(note)
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        _refuse_unknown(partial, note)
        note.write_text(str(partial), encoding="utf-8")
    except Timeout:
        raise ProblemError.at(
            str(partial.parent),
            tr(
                "another process is writing {name} here.",
                name=partial.name.removeprefix(START).removesuffix(END),
            ),
            tr("Wait for it, or choose another folder."),
        ) from None
    except ProblemError:
        lock.release()
        raise
    except OSError:
        # The home may be full while the target's drive is not. Then a kill's rest is left to the user.
        _refuse_unknown(partial, note)
    try:
        yield
    finally:
        with suppress(OSError):
            if not partial.exists():
                note.unlink(missing_ok=True)
        lock.release()


def remove_unfinished() -> list[Path]:
    """Delete what writers that were killed have left anywhere; returns the folders that were there."""
    removed = []
    for note in notes():
        lock = _lock(note)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue  # its writer lives
        try:
            partial = Path(note.read_text(encoding="utf-8"))
            if _is_partial(partial) and partial.is_dir():
                shutil.rmtree(partial)
                removed.append(partial)
            note.unlink(missing_ok=True)
        except (OSError, UnicodeDecodeError):
            continue  # a drive that is not there now: another start tries again
        finally:
            lock.release()
            with suppress(OSError):
                if not note.exists():
                    Path(lock.lock_file).unlink(missing_ok=True)
    return removed


def notes() -> list[Path]:
    """The notes of all folders that are being written, or were when their writer was killed."""
    try:
        return [file for file in places.unfinished().iterdir() if not file.suffix]
    except OSError:
        return []


def _key(partial: Path) -> str:
    """The same for every way to write the folder's path: through a link, or on Windows in another case."""
    return os.path.normcase(os.path.realpath(partial))


def _refuse_unknown(partial: Path, note: Path) -> None:
    try:
        ours = note.is_file()
    except OSError:
        ours = False
    if not ours and (partial.exists() or partial.is_symlink()):
        raise ProblemError.at(
            str(partial),
            tr("it has the name under which this would be written, and no note says that the studio made it."),
            tr("Delete it where it is the rest of an interrupted export; else rename it, or choose another folder."),
        )


def _is_partial(path: Path) -> bool:
    """Whether nothing but a writer of ours gives a folder this name: a damaged note must not delete another."""
    name = path.name
    return path.is_absolute() and name.startswith(START) and name.endswith(END) and len(name) > len(START + END)


def _lock(note: Path) -> FileLock:
    return FileLock(note.with_suffix(".lock"), is_singleton=False, thread_local=False)
