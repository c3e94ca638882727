"""The worker: `python -m studio.worker.run RUN_FOLDER` trains one run, and outlives whoever started it."""

from __future__ import annotations

import faulthandler
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from studio.core.problem import EXIT_USER_CAN_FIX, ProblemError
from studio.core.quiet_libraries import quiet_libraries
from studio.core.run_folder import RunFolder, open_run
from studio.hardware import detect

USAGE = "usage: python -m studio.worker.run RUN_FOLDER"


def main(arguments: list[str] | None = None) -> int:
    """Hold the run's lock for the whole life of this process and train; returns the exit code of studio.core.problem.

    Standard output and error are worker.log already, as `studio.core.start` set them.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print(USAGE, file=sys.stderr)
        return EXIT_USER_CAN_FIX
    try:
        folder = open_run(Path(arguments[0]))
        with _held(folder), _readable(folder):
            quiet_libraries(detect().cores)
            if sys.platform != "win32":
                # Rows differ in length: blocks that grow leave less of a card's memory unusable.
                os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
            from studio.training.run import train_run

            return train_run(folder)
    except ProblemError as error:
        # Nothing is written into the run's own records: another worker may be writing them.
        print(error, file=sys.stderr, flush=True)
        return error.exit_code


@contextmanager
def _held(folder: RunFolder) -> Iterator[None]:
    """Hold the run's lock; a folder in which none can be made is a Problem."""
    held = folder.held()
    try:
        held.__enter__()
    except OSError as error:
        raise ProblemError.at(
            str(folder.path), f"it cannot be written ({error.strerror or error}).", "Copy it where you may write."
        ) from None
    try:
        yield
    finally:
        held.__exit__(None, None, None)


@contextmanager
def _readable(folder: RunFolder) -> Iterator[None]:
    """A database that is none any more, or holds what no worker wrote, is a Problem and not our fault."""
    try:
        yield
    except (sqlite3.DatabaseError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise ProblemError.at(
            str(folder.db), f"it cannot be used ({first}).", "Restore the folder from a backup, or start a new run."
        ) from error


if __name__ == "__main__":
    faulthandler.enable()
    sys.exit(main())
