"""The report that a worker writes when it crashes in native code, and the sentence about it.

The report contains paths of this user's home, which nothing can redact at that moment: so it is kept in the studio's
own logs, and not in the run's folder, which people share.
"""

from __future__ import annotations

import faulthandler
import glob
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from studio.core import places
from studio.core.redaction import redacted
from studio.core.words import tr

SENTENCE_BYTES = 200  # of the report that a sentence quotes
CLOCK_GRAIN = 2.0  # seconds by which a file's time may be too early: FAT keeps even ones


def crash_file(run: str, pid: int) -> Path:
    """Where the worker `pid` of the run `run` (its id) writes when it crashes."""
    return places.logs() / f"worker-crash-{run}-{pid}.txt"


@contextmanager
def crash_caught(run: str, pid: int) -> Iterator[None]:
    """Have a crash of this process reported; the reports of the run's earlier workers are deleted."""
    file = crash_file(run, pid)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _forget_earlier(run)
        opened = file.open("w", encoding="utf-8")
    except OSError as error:
        print(f"warning: a crash of this worker could not be reported ({error}).", flush=True)
        yield
        return
    with opened:
        faulthandler.enable(opened)
        yield
        faulthandler.disable()
    file.unlink(missing_ok=True)


def _forget_earlier(run: str) -> None:
    for number, earlier in _reports(run):
        if not psutil.pid_exists(number):
            try:
                earlier.unlink(missing_ok=True)
            except OSError as error:  # on Windows somebody may have it open
                print(f"warning: an earlier worker's crash report cannot be deleted ({error}).", flush=True)


def crash_sentence(run: str, pid: int) -> str:
    """How the worker `pid` of the run crashed, as the middle of a sentence; "" where there is no report."""
    return _sentence(crash_file(run, pid))


def crash_sentence_since(run: str, at: float) -> str:
    """The same of the run's worker that was started at `at` (seconds since the epoch), whatever its number is.

    In a virtual environment on Windows, python.exe starts the real interpreter: who starts a worker learns the number
    of the first, and the report has that of the second.
    """
    found = []
    for _, file in _reports(run):
        with suppress(OSError):  # its worker may just have left
            found.append((file.stat().st_mtime, file))
    newest = sorted(((written, file) for written, file in found if written > at - CLOCK_GRAIN), reverse=True)
    return next((said for _, file in newest if (said := _sentence(file))), "")


def _reports(run: str) -> Iterator[tuple[int, Path]]:
    """Each report of the run's workers and its worker's number; not those of a run that is called `run`-2."""
    for file in places.logs().glob(f"worker-crash-{glob.escape(run)}-*.txt"):
        number = file.stem.removeprefix(f"worker-crash-{run}-")
        if number.isdigit():
            yield int(number), file


def _sentence(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            first = opened.read(SENTENCE_BYTES).partition("\n")[0].strip()
    except OSError:
        return ""
    return tr("{crash}; {file} has the details", crash=redacted(first), file=redacted(str(file))) if first else ""
