"""Starts the next run of every free device, whoever looks at the queue.

There is no daemon: a worker looks when it ends, a window each second, and the verbs that start something look first.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

from pydantic import ValidationError

from studio.core import places
from studio.core.problem import Problem, ProblemError
from studio.core.process.start_worker import start_worker
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock, Holder, held_devices
from studio.core.queue.queue import Entry, Game, Queue, change_queue, queue_held, read_queue, write_queue
from studio.core.queue.queue_text import busy_problem, game_problem, name_of
from studio.core.run.commands import Pause
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, open_run
from studio.core.silent_drive import SilentDriveError, answered, is_silent
from studio.core.state.run_state import died_at_once, is_on_its_way, is_starting, read_state
from studio.core.words import tr

START_TRIES = 2  # workers that may die before they hold the device, until the run is removed
HELD_PATIENCE = 3.0  # seconds for a drive while others are kept from the queue, who wait for 10


class DroppedError(ProblemError):
    """A run cannot be started and is removed from the queue."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the queue did: the runs that it started, and why it removed others."""

    started: tuple[RunFolder, ...] = ()
    problems: tuple[Problem, ...] = ()

    def and_then(self, later: Looked) -> Looked:
        """Both looks as one."""
        return Looked(self.started + later.started, self.problems + later.problems)


def start_next(leaving: Sequence[str] = (), patience: float | None = None) -> Looked:
    """Start the first waiting run of every free device; nothing while gaming mode is on.

    A run that needs several devices waits until all are free, and those behind it wait for it on each of them: it would
    else wait for ever where some other always has one. A run whose drive does not answer keeps its place, and those
    behind it go before it.

    `leaving` names the devices that the caller is about to release: their next run is started already and waits for
    the locks. `patience` is how many seconds a drive is waited for; None waits until it is known to be silent, and does
    not only sleep. One that may only sleep keeps its line until the next look. Raises ProblemError when the queue
    cannot be read or written.
    """
    if not places.queue_file().is_file():
        return Looked()
    _wake(read_queue(), leaving, patience)
    with queue_held():
        queue = read_queue()
        if not queue.entries:
            return Looked()
        started: list[RunFolder] = []
        problems: list[Problem] = []
        kept: list[Entry] = []
        # Also of those further behind, which have gone before one whose drive was silent.
        taken = {device for entry in queue.entries if is_starting(entry) for device in entry.devices}
        together: set[Path] = set()  # runs whose worker was started with another's
        for entry in queue.entries:
            if entry.run in together:
                kept.append(_started(entry))
                continue
            if queue.game is not None or not taken.isdisjoint(entry.devices):
                taken.update(entry.devices)
                kept.append(entry)
                continue
            beside = [each for each in queue.beside(entry) if _can_begin(each)]
            try:
                found = _considered(entry, leaving, beside)
            except SilentDriveError:
                kept.append(entry)
                if is_starting(entry) or not is_silent(entry.run.parent):
                    taken.update(entry.devices)
                continue
            except ProblemError as error:
                problems += error.problems
                continue
            taken.update(entry.devices)
            kept.append(found)
            if found != entry:
                started += [entry.folder, *(each.folder for each in beside)]
                together |= {each.run for each in beside}
        write_queue(queue.model_copy(update={"entries": tuple(kept)}))
    return Looked(tuple(started), tuple(problems))


def _wake(queue: Queue, leaving: Sequence[str], patience: float | None) -> None:
    """Wait for the drives of the runs that may begin now, while nobody is kept from the queue."""
    if queue.game is not None:
        return
    for run in {entry.run.parent: entry.run for entry in queue.entries if _is_free(entry, leaving)}.values():
        with suppress(SilentDriveError):  # its run is passed over
            answered(run.parent, partial(_is_alive, RunFolder(run)), patience)


def _is_free(entry: Entry, leaving: Sequence[str]) -> bool:
    return not any(DeviceLock(each).is_held() for each in entry.devices if each not in leaving)


def _is_alive(folder: RunFolder) -> bool:
    try:
        return folder.is_alive()
    except ProblemError:
        return False  # it is removed, with the reason, when its turn comes


def _considered(entry: Entry, leaving: Sequence[str], beside: Sequence[Entry]) -> Entry:
    """The first run in a device's line, started where the device is free, and those `beside` it by the same worker.

    Raises DroppedError where it cannot be started, SilentDriveError where its drive does not answer.
    """
    if not _is_free(entry, leaving):
        return entry
    place = entry.run.parent
    if answered(place, partial(_has_worker, entry), HELD_PATIENCE):
        return entry  # it is leaving, or is on its way to the lock
    with suppress(SilentDriveError):  # the worker may begin once the drive answers, so this counts as a start
        answered(place, partial(_start, entry, beside), HELD_PATIENCE)
    return _started(entry)


def _has_worker(entry: Entry) -> bool:
    return entry.folder.is_alive() or is_on_its_way(entry)


def _start(entry: Entry, beside: Sequence[Entry]) -> None:
    """Start a run's worker; raises DroppedError where that cannot be."""
    folder = entry.folder
    try:
        if read_state(open_run(entry.run)).state == "finished":
            raise _out(entry, tr("it is finished already."), tr("Start a new run from its recipe to train more."))
        if entry.started and (why := died_at_once(folder)):
            # Another worker would die for the same reason.
            raise _out(entry, why, tr("See {log}; `mixlora-studio resume` starts it again.", log=folder.log))
        if entry.tries >= START_TRIES:
            raise _out(
                entry,
                tr("{n} workers died before they began.", n=entry.tries),
                tr("See {log}.", log=folder.log),
            )
        if beside:
            start_worker(folder, beside=[each.folder for each in beside])
        else:
            start_worker(folder)
    except DroppedError:
        raise
    except ProblemError as error:
        raise DroppedError(*(_out(entry, each.what, each.remedy).problems[0] for each in error.problems)) from None
    except (sqlite3.Error, ValidationError, OSError) as error:
        raise _out(
            entry, tr("it cannot be started ({error}).", error=error), tr("Repair its folder, then resume it.")
        ) from None


def _started(entry: Entry) -> Entry:
    return entry.model_copy(update={"started": time.time(), "tries": entry.tries + 1})


def _can_begin(entry: Entry) -> bool:
    """Whether a worker could take the run up now, together with another."""

    def can() -> bool:
        return not entry.folder.is_alive() and read_state(open_run(entry.run)).state != "finished"

    try:
        return answered(entry.run.parent, can, HELD_PATIENCE)
    except (ProblemError, sqlite3.Error, ValidationError, OSError):
        return False  # it is dropped, with the reason, when its own turn comes, or its drive is silent


def _out(entry: Entry, what: str, remedy: str) -> DroppedError:
    return DroppedError(Problem(f"queue: {name_of(entry.folder)}", f"removed from the queue: {what}", remedy))


def refuse_busy(device: str, shown: str) -> None:
    """Raise DeviceBusyError when no run may start on the device now, with what a person can do instead."""
    queue = read_queue()
    if queue.game is not None:
        raise DeviceBusyError(game_problem(queue.game))
    lock = DeviceLock(device)
    if lock.is_held():
        raise DeviceBusyError(busy_problem(shown, lock.holder()))
    for entry in queue.entries:
        if device in entry.devices and is_starting(entry):
            what = tr("'{run}' is starting on it; its turn in the queue has come.", run=name_of(entry.folder))
            raise DeviceBusyError.at(shown, what, tr("Put this run in the queue as well (`--queue`)."))


def begin_game(why: str = "", pid: int = 0, device: str = "") -> tuple[RunFolder, ...]:
    """Turn gaming mode on: every run that trains pauses at the end of its step, and nothing starts until it ends.

    The paused runs wait at the front of the queue, so that they continue first. Returns them. A program that needs
    the card is named by `why`, `pid` and the `device` that it needs.
    """
    with queue_held():
        queue = read_queue()
        game = queue.game or Game(since=time.time(), why=why, pid=pid, device=device)
        # Written before anything pauses: a worker on its way to its device finds gaming mode there.
        write_queue(queue.model_copy(update={"game": game}))
    paused: list[Entry] = []
    problems: list[Problem] = []
    for locks, holders in _by_run(held_devices()):
        for folder in reversed(holders[0].folders):
            entry = Entry(
                run=folder.path,
                device=locks[0],
                also=tuple(locks[1:]),
                shown=" + ".join(holder.shown for holder in holders),
                since=time.time(),
                beside=holders[0].beside,
            )
            try:
                # While nobody is kept from the queue: the run's drive may not answer.
                answered(folder.path.parent, partial(send_command, folder.db, Pause()))
            except SilentDriveError:
                what = tr("its drive does not answer, so it pauses only when the drive does.")
                problems.append(Problem(f"run {folder.id}", what, tr("Connect its drive.")))
            except ProblemError as error:
                problems += error.problems
                continue
            paused.append(entry)
    change_queue(lambda queue: reduce(lambda now, entry: now.with_run(entry, first=True), paused, queue))
    ProblemError.raise_any(problems)
    return tuple(entry.folder for entry in paused)


def _by_run(held: Sequence[tuple[DeviceLock, Holder]]) -> list[tuple[list[str], list[Holder]]]:
    """The locks that each worker holds, and what it wrote into them: one for each of its cards."""
    found: dict[Path, tuple[list[str], list[Holder]]] = {}
    for lock, holder in held:
        locks, holders = found.setdefault(holder.folder.path, ([], []))
        locks.append(lock.name)
        holders.append(holder)
    return list(found.values())


def end_game() -> Looked:
    """Turn gaming mode off: the runs that it paused resume from exactly there, then the rest of the queue."""
    with queue_held():
        queue = read_queue()
        write_queue(queue.model_copy(update={"game": None}))
    return start_next()


def arrived(folder: RunFolder, queue: Queue) -> Queue:
    """The queue once the run's worker holds its device; in gaming mode the run keeps its place."""
    return queue.changed(folder, started=0.0, tries=0) if queue.game is not None else queue.without(folder)
