"""What is known of a worker that was started and has recorded nothing yet: its process and what it has printed.

Whoever starts a worker writes `worker.start` into the run's folder, so that everyone on this machine can see whether
that process still lives, and why it died. The worker's first event supersedes the file.
"""

from __future__ import annotations

import os
import platform
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import psutil
from pydantic import Field, FiniteFloat, TypeAdapter

from studio.core.foreign.visible_text import one_line
from studio.core.redaction import redacted
from studio.core.run.run_folder import RunFolder
from studio.core.state.crash import crash_sentence_since
from studio.core.state.small_file import overwrite, read_record
from studio.core.words import tr

MODULE = "studio.worker.run"
WORKER_START_PATIENCE = 30.0  # seconds for a started worker to reach its lock, where its process cannot be seen
START_FILE_BYTES = 512  # always the same: overwriting the file needs no space on a full disk
MOST_PRINTED = 2**16  # bytes of the log's end that are searched for the reason
MOST_QUOTED = 300  # characters of a line that a sentence quotes

_TRACEBACK = "Traceback (most recent call last):"
# What a traceback, or an interpreter that cannot even start, prints around the one line that says why.
_AROUND = ("Current thread", "Thread 0x", "Extension modules:", "During handling", "The above exception", "Python ")
_RAISED = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit|Warning)\b")


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """One start of a worker: process `pid` on `host`, at `at` (seconds since the epoch).

    `after` is the last event before it, `log_at` the log's size in bytes then. `pid` is 0 where it is not known. `left`
    says that the worker left properly without having begun: its device was busy, and the run keeps waiting.
    """

    pid: Annotated[int, Field(ge=0, lt=2**31)]
    host: str
    at: FiniteFloat
    after: Annotated[int, Field(ge=0, lt=2**63)]
    log_at: Annotated[int, Field(ge=0)]
    left: bool = False


_START = TypeAdapter(WorkerStart)


def start_file(run: Path) -> Path:
    """Where the start of a worker is recorded for the run in the folder `run`."""
    return run / "worker.start"


def this_place() -> str:
    """The machine as its processes see one another: its name and, in a container, the container's own numbers."""
    try:
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it is not a path
    except OSError:
        return platform.node()


def about_to_start(folder: RunFolder) -> WorkerStart:
    """The start of a worker that has no process yet."""
    with folder.reader() as reader:
        last = reader.last_event()
    size = folder.log.stat().st_size if folder.log.is_file() else 0
    return WorkerStart(0, this_place(), time.time(), last.id if last else 0, size)


def write_start(file: Path, start: WorkerStart) -> None:
    """Write `start` over the one before it; raises OSError."""
    overwrite(file, asdict(start), START_FILE_BYTES)


def read_start(file: Path) -> WorkerStart | None:
    """The newest start; None where the file is missing or invalid."""
    return read_record(file, _START, 4 * START_FILE_BYTES)


def say_left(folder: RunFolder) -> None:
    """Record, as the worker itself, that it leaves without having begun, and that this is not a failure."""
    file = start_file(folder.path)
    try:
        write_start(file, replace(read_start(file) or about_to_start(folder), left=True))
    except OSError as error:
        print(f"warning: {file.name} cannot be written ({error.strerror}); the run may be shown as lost.", flush=True)


def fate_of(folder: RunFolder, start: WorkerStart) -> Literal["living", "gone", "unknown"]:
    """What became of the process that was started; unknown where it cannot be seen from here."""
    if not start.pid or start.host != this_place():
        return "unknown"
    try:
        process = psutil.Process(start.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return "gone"
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return "gone"
    except (psutil.Error, OSError):
        return "unknown"
    # Another program may have the number by now: it is the worker only by its command line. That is empty for a moment
    # where the system is still putting a new process in its place, and again as one ends.
    return "living" if not words or is_worker_of(folder, words) else "gone"


def is_worker_of(folder: RunFolder, words: list[str]) -> bool:
    """Whether this command line started a worker of the run."""
    return MODULE in words and any(_is_folder(word, folder) for word in words)


def is_awaited(folder: RunFolder, start: WorkerStart) -> bool:
    """Whether the worker that was started may still be on its way to the run's lock."""
    fate = fate_of(folder, start)
    # A time in the future is from before the clock was set back.
    return fate == "living" or (fate == "unknown" and abs(time.time() - start.at) < WORKER_START_PATIENCE)


def death_sentence(folder: RunFolder, start: WorkerStart | None, onward: str) -> str:
    """Why a worker died before it began, a sentence with what it printed; `onward` says what resuming does."""
    crash = crash_sentence_since(folder.id, start.at) if start else ""
    if crash:
        return tr("The worker crashed ({crash}) before it began; {then}.", crash=crash, then=onward)
    if not (said := last_words(folder.log, start.log_at if start else 0)):
        return tr(
            "The worker died before it began, and printed nothing in {file}; {then}.", file=folder.log.name, then=onward
        )
    return tr(
        "The worker died before it began: {said}. {file} has the details; {then}.",
        said=said.rstrip("."),
        file=folder.log.name,
        then=onward,
    )


def last_words(log: Path, begin: int = 0) -> str:
    """The line that says why a worker died, among those printed after `begin` bytes; "" where nothing was printed.

    In a traceback that is the exception's line. Private parts are removed, and control characters made visible.
    """
    try:
        with log.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            # A log that has become shorter is a different one.
            opened.seek(max(begin if begin <= size else 0, size - MOST_PRINTED))
            lines = opened.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    line = redacted(one_line(_meaningful([line.rstrip() for line in lines if line.strip()])))
    return line if len(line) <= MOST_QUOTED else f"{line[: MOST_QUOTED - 1]}…"


def _meaningful(lines: list[str]) -> str:
    places = [number for number, line in enumerate(lines) if line.strip() == _TRACEBACK]
    if places:
        raised = [line for line in lines[places[-1] + 1 :] if not line.startswith((" ", "\t"))]
        if raised:
            return raised[0]
    flush = [line for line in lines if not line.startswith((" ", "\t", *_AROUND)) and line != _TRACEBACK]
    raised = [line for line in flush if _RAISED.match(line) or line.startswith("Fatal Python error")]
    return (raised or flush or lines or [""])[-1].strip()


def _is_folder(word: str, folder: RunFolder) -> bool:
    try:
        return Path(word).resolve() == folder.path.resolve()
    except (OSError, ValueError):
        return False
