"""Starts the next run of every free device, whoever looks at the queue.

There is no daemon: a worker looks when it ends, a window each second, and the verbs that start something look first.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from studio.core import places
from studio.core.problem import Problem, ProblemError
from studio.core.process.start_worker import start_worker
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock, Holder, held_devices
from studio.core.queue.queue import Entry, Game, Queue, queue_held, read_queue, write_queue
from studio.core.queue.queue_text import busy_problem, game_problem
from studio.core.run.commands import Pause
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, open_run
from studio.core.run.run_label import run_name
from studio.core.state.run_state import died_at_once, is_starting, read_state
from studio.core.words import tr

START_TRIES = 2  # workers that may die before they hold the device, until the run is removed


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


def start_next(leaving: Sequence[str] = ()) -> Looked:
    """Start the first waiting run of every free device; nothing while gaming mode is on.

    A run that needs several devices waits until all are free, and those behind it wait for it on each of them: it would
    else wait for ever where some other always has one.

    `leaving` names the devices that the caller is about to release: their next run is started already and waits for
    the locks. Raises ProblemError when the queue cannot be read or written.
    """
    if not places.queue_file().is_file():
        return Looked()
    with queue_held():
        queue = read_queue()
        if not queue.entries:
            return Looked()
        started: list[RunFolder] = []
        problems: list[Problem] = []
        kept: list[Entry] = []
        taken: set[str] = set()
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


def _considered(entry: Entry, leaving: Sequence[str], beside: Sequence[Entry]) -> Entry:
    """The first run in a device's line, started where the device is free, and those `beside` it by the same worker.

    Raises DroppedError where it cannot be started.
    """
    folder = entry.folder
    if any(DeviceLock(each).is_held() for each in entry.devices if each not in leaving):
        return entry
    if folder.is_alive() or is_starting(entry):
        return entry  # its worker is leaving, or is on its way to the lock
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
    return _started(entry)


def _started(entry: Entry) -> Entry:
    return entry.model_copy(update={"started": time.time(), "tries": entry.tries + 1})


def _can_begin(entry: Entry) -> bool:
    """Whether a worker could take the run up now, together with another."""
    try:
        return not entry.folder.is_alive() and read_state(open_run(entry.run)).state != "finished"
    except (ProblemError, sqlite3.Error, ValidationError, OSError):
        return False  # it is dropped, with the reason, when its own turn comes


def _out(entry: Entry, what: str, remedy: str) -> DroppedError:
    return DroppedError(Problem(f"queue: {run_name(entry.folder)}", f"removed from the queue: {what}", remedy))


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
            what = tr("'{run}' is starting on it; its turn in the queue has come.", run=run_name(entry.folder))
            raise DeviceBusyError.at(shown, what, tr("Put this run in the queue as well (`--queue`)."))


def begin_game(why: str = "", pid: int = 0, device: str = "") -> tuple[RunFolder, ...]:
    """Turn gaming mode on: every run that trains pauses at the end of its step, and nothing starts until it ends.

    The paused runs wait at the front of the queue, so that they continue first. Returns them. A program that needs
    the card is named by `why`, `pid` and the `device` that it needs.
    """
    with queue_held():
        queue = read_queue()
        game = queue.game or Game(since=time.time(), why=why, pid=pid, device=device)
        queue = queue.model_copy(update={"game": game})
        # Written before anything pauses: a worker on its way to its device finds gaming mode there.
        write_queue(queue)
        paused: list[RunFolder] = []
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
                    send_command(folder.db, Pause())
                except ProblemError as error:
                    problems += error.problems
                    continue
                queue = queue.with_run(entry, first=True)
                paused.append(folder)
        write_queue(queue)
    ProblemError.raise_any(problems)
    return tuple(paused)


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
