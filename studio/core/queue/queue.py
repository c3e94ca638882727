"""The queue: runs that wait for a device, in order, in one small file that survives windows and restarts.

The file is replaced whole under a lock, so that windows, command lines and workers may all change it. It holds no
run's state: what a run is doing is derived from its own folder, and who has a device from the device's lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from studio.core import places
from studio.core.atomic_file import read_whole, write_whole
from studio.core.error_text import first_line, system_reason
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr

QUEUE_LOCK_PATIENCE = 10.0  # seconds for another's change, which takes milliseconds
Where = Literal["up", "down", "first", "last"]


class Entry(BaseModel):
    """One waiting run: its folder, and the device that it waits for.

    Runs of one device whose `beside` is the same, and not empty, train together: one worker is started for all of them.

    `device` is the name of the device's lock, `also` those of the cards of its other processes, `shown` what a person
    calls all of them ("cuda:0 + cuda:1"); times are seconds since the epoch. `started` is when a worker was last
    started for it and `tries` how often, until one holds the device.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: Path
    device: str
    shown: str
    since: float
    started: float = 0.0
    tries: int = 0
    beside: str = ""
    also: tuple[str, ...] = ()

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.run)

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of all locks that it needs at once."""
        return (self.device, *self.also)

    def meets(self, other: Entry) -> bool:
        """Whether one of them keeps the other waiting: they need the same device."""
        return not set(self.devices).isdisjoint(other.devices)


class Game(BaseModel):
    """Gaming mode: nothing trains until it is over.

    `why` says in words which program asked for it, `pid` is that program's and `device` the lock of its card; they
    are empty for a person.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: float
    why: str = ""
    pid: int = 0
    device: str = ""


class Queue(BaseModel):
    """All waiting runs in order, and gaming mode where it is on; every change gives a new one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    entries: tuple[Entry, ...] = ()
    game: Game | None = None

    def entry(self, folder: RunFolder) -> Entry | None:
        """The run's entry; a disk is asked only where the queue has no folder that is written so.

        All that changes the queue, and keeps others from it meanwhile, takes a run's folder as the queue writes it, and
        asks no disk at all: a drive that never answers would else keep all others waiting.
        """
        return self._written(folder.path) or self._written(folder.path.resolve())

    def _written(self, path: Path) -> Entry | None:
        return next((each for each in self.entries if each.run == path), None)

    def ahead_of(self, entry: Entry) -> list[Entry]:
        """The runs that wait for the same device, or one of the same, and come before it."""
        line = self.line_of(entry)
        return line[: line.index(entry)]

    def line_of(self, entry: Entry) -> list[Entry]:
        """All runs that wait for a device that it needs, in order."""
        return [each for each in self.entries if each.meets(entry)]

    def begin_before(self, entry: Entry) -> list[Entry]:
        """The runs that its device trains before it: those that train together begin at the first one's turn."""
        together = [entry, *self.beside(entry)]
        return self.ahead_of(next(each for each in self.entries if each in together))

    def beside(self, entry: Entry) -> list[Entry]:
        """The other runs that train together with this one."""
        if not entry.beside:
            return []
        return [
            each
            for each in self.entries
            if each.run != entry.run and (each.device, each.beside) == (entry.device, entry.beside)
        ]

    def with_run(self, entry: Entry, first: bool = False) -> Queue:
        """Put a run at the end, or in front; one that waits already keeps its place unless it goes in front."""
        if self._written(entry.run) is not None and not first:
            new = entry.model_dump(include={"device", "shown", "beside", "also"})
            return self.changed(entry.folder, **new)
        others = self.without(entry.folder).entries
        return self._of((entry, *others) if first else (*others, entry))

    def without(self, folder: RunFolder) -> Queue:
        """The queue without a run, whose folder is as the queue writes it."""
        return self._of(tuple(each for each in self.entries if each.run != folder.path))

    def with_place_of(self, folder: RunFolder, before: Queue) -> Queue:
        """Put a run where it was in `before`, in front of the first that came after it and still waits."""
        entry = before._written(folder.path)
        if entry is None or self._written(folder.path) is not None:
            return self
        after = {each.run for each in before.entries[before.entries.index(entry) + 1 :]}
        at = next((index for index, each in enumerate(self.entries) if each.run in after), len(self.entries))
        return self._of((*self.entries[:at], entry, *self.entries[at:]))

    def changed(self, folder: RunFolder, **values: object) -> Queue:
        """Change one run's entry; does nothing for a run that is not in the queue."""
        changed = (each.model_copy(update=values) if each.run == folder.path else each for each in self.entries)
        return self._of(tuple(changed))

    def moved(self, folder: RunFolder, where: Where) -> Queue:
        """Move one run among those that wait for the same device; at the end of its line it stays where it is."""
        entry = self._written(folder.path)
        if entry is None:
            return self
        places_of_line = [index for index, each in enumerate(self.entries) if each.meets(entry)]
        line = [self.entries[index] for index in places_of_line]
        at = line.index(entry)
        to = {"up": max(0, at - 1), "down": min(len(line) - 1, at + 1), "first": 0, "last": len(line) - 1}[where]
        line.insert(to, line.pop(at))
        entries = list(self.entries)
        for index, each in zip(places_of_line, line, strict=True):
            entries[index] = each
        return self._of(tuple(entries))

    def _of(self, entries: tuple[Entry, ...]) -> Queue:
        return self.model_copy(update={"entries": entries})


def read_queue() -> Queue:
    """The queue as it is now; raises ProblemError for an invalid file."""
    file = places.queue_file()
    try:
        return Queue.model_validate_json(read_whole(file))
    except FileNotFoundError:
        return Queue()
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        first = first_line(error)
        raise ProblemError.at(
            str(file),
            tr("the queue cannot be read ({error}).", error=first),
            tr("Delete the file; the runs themselves are not touched."),
        ) from None


def change_queue(change: Callable[[Queue], Queue]) -> Queue:
    """Apply `change` to the queue while nobody else can change it; returns the new queue.

    Raises ProblemError when the file is invalid or cannot be written.
    """
    with queue_held():
        return write_queue(change(read_queue()))


@contextmanager
def queue_held() -> Iterator[None]:
    """Keep others from changing the queue; raises ProblemError when its lock cannot be taken."""
    places.home().mkdir(parents=True, exist_ok=True)
    lock = FileLock(places.queue_file().with_suffix(".lock"), is_singleton=False, thread_local=False)
    try:
        lock.acquire(timeout=QUEUE_LOCK_PATIENCE, poll_interval=0.01)
    except (Timeout, OSError) as error:
        raise ProblemError.at(
            str(places.queue_file()),
            tr("the queue cannot be changed ({error}).", error=error),
            tr("Try again in a moment."),
        ) from None
    try:
        yield
    finally:
        lock.release()


def write_queue(queue: Queue) -> Queue:
    """Replace the queue on the disk; the caller holds it (`queue_held`)."""
    file = places.queue_file()
    text = queue.model_dump_json(indent=2) + "\n"
    try:
        if not file.is_file() or read_whole(file) != text:
            write_whole(file, text)
    except OSError as error:
        what = tr("the queue cannot be written ({reason}).", reason=system_reason(error))
        raise ProblemError.at(str(file), what, tr("Free disk space, or check that the folder is writable.")) from None
    return queue


def put_in_queue(
    folder: RunFolder, device: str, shown: str, first: bool = False, beside: str = "", also: Sequence[str] = ()
) -> int:
    """Put a run in the queue for the device; returns its place among the runs that wait for it, from 1.

    also: the locks of further devices that it needs at the same time.
    """
    entry = Entry(
        run=folder.path.resolve(), device=device, shown=shown, since=time.time(), beside=beside, also=tuple(also)
    )
    queue = change_queue(lambda queue: queue.with_run(entry, first))
    placed = queue.entry(entry.folder)
    assert placed is not None
    return len(queue.ahead_of(placed)) + 1


def move_in_queue(folder: RunFolder, where: Where) -> None:
    """Move a run among those that wait for the same device."""
    entry = read_queue().entry(folder)
    if entry is not None:
        change_queue(lambda queue: queue.moved(entry.folder, where))


def take_out_of_queue(folder: RunFolder) -> bool:
    """Remove a run from the queue; returns whether it was in it."""
    entry = read_queue().entry(folder)
    if entry is None:
        return False
    change_queue(lambda queue: queue.without(entry.folder))
    return True
