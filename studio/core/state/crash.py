"""What a worker that crashed in native code wrote with its last breath, and the sentence that is told of it.

It holds paths of this user's home, and nothing can redact it on its way: so it lies in the studio's own logs, and not
in the run's, which people pass on.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from studio.core import places
from studio.core.redaction import redacted

SENTENCE_BYTES = 200  # of the report that a sentence quotes


def crash_file(run: str, pid: int) -> Path:
    """Where the worker `pid` of the run `run` (its id) writes when it crashes."""
    return places.logs() / f"worker-crash-{run}-{pid}.txt"


@contextmanager
def crash_caught(run: str, pid: int) -> Iterator[None]:
    """Let a crash of this process within be written; what the run's earlier workers left is taken away."""
    file = crash_file(run, pid)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _forget_earlier(file.parent, run)
        opened = file.open("w", encoding="utf-8")
    except OSError as error:
        print(f"warning: a crash of this worker would not be told ({error}).", flush=True)
        yield
        return
    with opened:
        faulthandler.enable(opened)
        yield
        faulthandler.disable()
    file.unlink(missing_ok=True)


def _forget_earlier(logs: Path, run: str) -> None:
    for earlier in logs.glob(f"worker-crash-{run}-*.txt"):
        number = earlier.stem.rpartition("-")[2]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            try:
                earlier.unlink(missing_ok=True)
            except OSError as error:  # on Windows somebody may have it open
                print(f"warning: an earlier worker's crash report stays ({error}).", flush=True)


def crash_sentence(run: str, pid: int) -> str:
    """How the worker `pid` of the run crashed, as the middle of a sentence; "" of one that did not, or did not say."""
    file = crash_file(run, pid)
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            first = opened.read(SENTENCE_BYTES).partition("\n")[0].strip()
    except OSError:
        return ""
    return f"{redacted(first)}; {redacted(str(file))} has the details" if first else ""
