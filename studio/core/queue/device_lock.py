"""One run at a time on a device: an operating system's lock for each, held exactly as long as a worker trains.

The lock is in the studio's home, where every window and command line of this user finds it. The processor is a device
like a card: two runs at once on the same cores take longer than one after the other, and share the memory.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from studio.core import places
from studio.core.atomic_file import read_whole, write_whole
from studio.core.error_text import system_reason
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder, is_held
from studio.core.words import tr


class DeviceBusyError(ProblemError):
    """Another run holds the device, or gaming mode reserves it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that trains on a device now; `shown` is what a person calls the device, `since` in epoch seconds.

    others: the runs that its worker trains together with it. beside: what the queue called them together.
    """

    folder: RunFolder
    shown: str
    pid: int
    since: float
    others: tuple[RunFolder, ...] = ()
    beside: str = ""

    @property
    def folders(self) -> tuple[RunFolder, ...]:
        """All runs that train on the device."""
        return (self.folder, *self.others)


@dataclass(frozen=True, slots=True)
class DeviceLock:
    """The lock of one device; `name` is unique on this machine: a card's PCI address as a slug, or "cpu"."""

    name: str

    @property
    def file(self) -> Path:
        return places.devices() / f"{self.name}.lock"

    @property
    def holder_file(self) -> Path:
        return self.file.with_suffix(".json")

    def is_held(self) -> bool:
        """Whether a worker trains on the device now."""
        return is_held(self.file)

    def holder(self) -> Holder | None:
        """Which run trains on the device now; None where none does, or its worker has not written that down yet."""
        if not self.is_held():
            return None
        try:
            found = json.loads(read_whole(self.holder_file))
            run, others = found["run"], found.get("others", ())
            holder = Holder(
                RunFolder(Path(run)),
                str(found["shown"]),
                int(found["pid"]),
                float(found["since"]),
                tuple(RunFolder(Path(str(each))) for each in others),
                str(found.get("beside", "")),
            )
            # A killed worker leaves its name behind, until the next one has written its own over it.
            return holder if psutil.pid_exists(holder.pid) else None
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None  # the lock itself is the truth; this file only names its holder

    def say_holders(self, folders: Sequence[RunFolder], shown: str, beside: str = "") -> None:
        """Write down which runs its holder, this process, trains on it; raises OSError."""
        first, *others = (str(folder.path) for folder in folders)
        holder = {"run": first, "shown": shown, "pid": os.getpid(), "since": time.time()}
        more = {"others": others, "beside": beside} if others or beside else {}
        write_whole(self.holder_file, json.dumps(holder | more) + "\n")

    @contextmanager
    def held(
        self,
        folder: RunFolder,
        shown: str,
        patience: float = 2.0,
        others: Sequence[RunFolder] = (),
        beside: str = "",
    ) -> Iterator[None]:
        """Hold the device, which a person calls `shown`, for the run in `folder`, and `others` together with it.

        Raises DeviceBusyError when another run holds it for longer than `patience` seconds, ProblemError when the lock
        cannot be created.
        """
        lock = FileLock(self.file, is_singleton=False, thread_local=False)
        try:
            places.devices().mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=patience, poll_interval=0.02)
            self.say_holders((folder, *others), shown, beside)
        except Timeout:
            raise DeviceBusyError.at(
                shown,
                tr("another run is training on this device."),
                tr("Wait until it ends, or put this run in the queue."),
            ) from None
        except OSError as error:
            lock.release()
            raise ProblemError.at(
                str(self.file),
                tr("the device's lock cannot be created ({reason}).", reason=system_reason(error)),
                tr(
                    "Check that the studio's folder is writable and has free space, or move it with "
                    "MIXLORA_STUDIO_HOME."
                ),
            ) from None
        try:
            yield
        finally:
            with suppress(OSError):
                self.holder_file.unlink()
            lock.release()


def held_devices() -> list[tuple[DeviceLock, Holder]]:
    """Every device on which a run trains now, and which one."""
    locks = [DeviceLock(file.stem) for file in sorted(places.devices().glob("*.lock"))]
    return [(lock, holder) for lock in locks if (holder := lock.holder()) is not None]
