"""Several runs of one worker: each one's lock is held until it is over, and the device names those that still train."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from studio.core.error_text import system_reason
from studio.core.problem import EXIT_DONE, Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock
from studio.core.run.run_database import database_problem
from studio.core.run.run_folder import RunFolder, open_run
from studio.core.words import tr
from studio.hardware import Device
from studio.training.checkpoint.resume_point import refuse_finished
from studio.training.stop_requests import StopRequests


@contextmanager
def held_run(folder: RunFolder) -> Iterator[None]:
    """Hold the run's lock; a folder in which it cannot be created is a Problem."""
    held = folder.held()
    try:
        held.__enter__()
    except OSError as error:
        raise ProblemError.at(
            str(folder.path),
            tr("it cannot be written ({reason}).", reason=system_reason(error)),
            tr("Copy it where you can write."),
        ) from None
    try:
        yield
    finally:
        held.__exit__(None, None, None)


@contextmanager
def readable(folder: RunFolder) -> Iterator[None]:
    """A database that is damaged, or contains what no worker wrote, is a Problem and not our fault."""
    try:
        yield
    except (sqlite3.DatabaseError, ValidationError) as error:
        raise database_problem(folder.db, tr("it cannot be used"), error) from error


class SeveralRuns:
    """Runs that train together; `folders` are those that this worker could take up, the first one among them."""

    def __init__(self, folders: Sequence[RunFolder]) -> None:
        self.folders = list(folders)
        self._locks: dict[Path, ExitStack] = {}

    @classmethod
    def of(cls, arguments: Sequence[str]) -> SeveralRuns:
        """The runs in these folders; one that is none is left out, printed. Raises ProblemError where all are none."""
        folders: list[RunFolder] = []
        problems: list[Problem] = []
        for path in arguments:
            try:
                folders.append(open_run(Path(path)))
            except ProblemError as error:
                _left_out(error)
                problems += error.problems
        if not folders:
            ProblemError.raise_any(problems)
        return cls(folders)

    @property
    def others(self) -> list[RunFolder]:
        """The runs besides the first."""
        return self.folders[1:]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold every run's lock, until it is over or this ends; one that cannot be held is left out, but the last."""
        with ExitStack() as all_locks:
            for folder in list(self.folders):
                lock = ExitStack()
                try:
                    with readable(folder):
                        refuse_finished(folder)
                    lock.enter_context(held_run(folder))
                except ProblemError as error:
                    if len(self.folders) == 1:
                        raise
                    self.folders.remove(folder)
                    _left_out(error)
                    continue
                self._locks[folder.path] = all_locks.enter_context(lock)
            yield

    def train(self, requests: StopRequests, device: Device | None) -> int:
        """Train them; returns the first exit code that is not 0. `requests` hears what the system asks of all."""
        if len(self.folders) == 1:
            from studio.training.run import train_run

            return train_run(self.folders[0], requests)
        from studio.training.together.run import train_together

        each = [requests, *(StopRequests() for _ in self.others)]
        codes = train_together(self.folders, each, partial(self._on_left, device, list(self.folders)))
        return next((code for code in codes if code), EXIT_DONE)

    def _on_left(self, device: Device | None, training: list[RunFolder], folder: RunFolder, code: int) -> None:
        """Let go of a run that is over, so that its state is right at once; the others train on."""
        print(f"{folder.id} is over (exit code {code}).", flush=True)
        training.remove(folder)
        self._locks.pop(folder.path).close()
        if not training or device is None:
            return
        lock = DeviceLock(device.lock_name)
        holder = lock.holder()
        try:
            lock.say_holders(training, device.torch_name, holder.beside if holder is not None else "")
        except OSError as error:
            print(f"warning: {lock.holder_file.name} cannot be written ({system_reason(error)}).", flush=True)


def _left_out(error: Exception) -> None:
    print(f"warning: a run does not train with the others: {error}", flush=True)
