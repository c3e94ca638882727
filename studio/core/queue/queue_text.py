"""The queue in words: which run trains on a device, how long it still needs, and what a run waits for."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from studio.core.problem import Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock, Holder
from studio.core.queue.queue import Entry, Game, Queue
from studio.core.run.events import RunResumed, RunStarted, StepEnded
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import run_name
from studio.core.silent_drive import SilentDriveError, answered, silent_for
from studio.core.units import about
from studio.core.words import mark, tr

ROWS_FOR_PACE = 60  # rows of the events table to take a pace from
NAME_PATIENCE = 1.0  # seconds: what is said of a run does without what its drive has not answered by then
ORDINALS = (
    "",
    mark("First in the queue for {device}"),
    mark("Second in the queue for {device}"),
    mark("Third in the queue for {device}"),
    mark("Fourth in the queue for {device}"),
    mark("Fifth in the queue for {device}"),
    mark("Sixth in the queue for {device}"),
    mark("Seventh in the queue for {device}"),
    mark("Eighth in the queue for {device}"),
    mark("Ninth in the queue for {device}"),
    mark("Tenth in the queue for {device}"),
)


_names: dict[Path, str] = {}  # as they were when their drives answered last


def name_of(folder: RunFolder) -> str:
    """What a run is called; as long as its drive does not answer what it was called before, or its id."""
    with suppress(SilentDriveError):  # whoever starts or shows the run says so
        _names[folder.path] = answered(folder.path.parent, partial(run_name, folder), NAME_PATIENCE)
    return _names.get(folder.path, folder.id)


def seconds_left(folder: RunFolder) -> float | None:
    """How long a run that trains still needs, at the pace of its last steps.

    None before its first one, and while its drive does not answer.
    """
    try:
        return answered(folder.path.parent, partial(_seconds_left, folder), NAME_PATIENCE)
    except SilentDriveError:
        return None


def _seconds_left(folder: RunFolder) -> float | None:
    try:
        with folder.reader() as reader:
            begun = reader.last_event("RunStarted", "RunResumed")
            last = reader.last_event("StepEnded")
            if begun is None or last is None or not isinstance(last.event, StepEnded) or last.id < begun.id:
                return None
            recent = reader.events(max(begun.id, last.id - ROWS_FOR_PACE), ("StepEnded",))
    except (ProblemError, sqlite3.Error, ValidationError):
        return None  # a run that cannot be read has no estimate; its own page says why
    assert isinstance(begun.event, (RunStarted, RunResumed))
    paces = [stored.event.seconds for stored in recent if isinstance(stored.event, StepEnded)]
    return sum(paces) / len(paces) * (last.event.total_steps - last.event.step) if paces else None


def clock(moment: float) -> str:
    """A time of day, with the date where it is another day."""
    then, now = time.localtime(moment), time.localtime()
    shape = "%H:%M" if then[:3] == now[:3] else tr("%d %b, %H:%M", "a day and time, for strftime")
    # One field at a time: before Python 3.12.8, strftime raises for what Windows' code page lacks, such as Chinese.
    return re.sub("%[a-zA-Z]", lambda field: time.strftime(field[0], then), shape)


def game_sentence(game: Game) -> str:
    """Since when gaming mode has been on, and why."""
    since = clock(game.since)
    if game.why:
        return tr("Gaming mode is on: the card is yours since {time} ({why}).", time=since, why=game.why)
    return tr("Gaming mode is on: the card is yours since {time}.", time=since)


def holder_text(holder: Holder | None) -> str:
    """Which run trains, and how long it still needs, as the middle of a sentence."""
    if holder is None:
        return tr("another run")
    left = seconds_left(holder.folder)
    name = name_of(holder.folder)
    return f"'{name}'" if left is None else tr("'{run}' ({time} left)", run=name, time=about(left))


def place_sentence(entry: Entry, queue: Queue) -> str:
    """What a run in the queue waits for."""
    if silent_for(entry.run.parent) >= NAME_PATIENCE:
        return tr(
            "Its drive does not answer. It keeps its place in the queue for {device}, and others go before it until"
            " the drive answers.",
            device=entry.shown,
        )
    ahead = queue.begin_before(entry)
    line = _place(len(ahead) + 1, entry.shown)
    if queue.game is not None:
        since = clock(queue.game.since)
        return tr("{place}; it waits for gaming mode to end, on since {time}.", place=line, time=since)
    held = [lock for lock in map(DeviceLock, entry.devices) if lock.is_held()]
    if held:
        holder = held[0].holder()
        run = holder_text(holder)
        if entry.also and holder is not None and not ahead:
            return tr("{place}; {run} is training on {device} now.", place=line, run=run, device=holder.shown)
        if ahead:
            return tr("{place}; {run} is training there now, {n} ahead of it.", place=line, run=run, n=len(ahead))
        return tr("{place}; {run} is training there now.", place=line, run=run)
    if ahead:
        return tr("{place}, behind '{run}'.", place=line, run=name_of(ahead[-1].folder))
    if entry.also:
        return tr(
            "{place}, which are free; it starts when a window is open, or with `mixlora-studio queue`.", place=line
        )
    return tr("{place}, which is free; it starts when a window is open, or with `mixlora-studio queue`.", place=line)


def busy_problem(shown: str, holder: Holder | None) -> Problem:
    """The Problem of a device on which another run trains."""
    return Problem(
        shown,
        tr("{run} is training on it, and a device trains one run at a time.", run=holder_text(holder)),
        tr("Put this run in the queue (`--queue`, or Add to queue in the window), or stop the other one first."),
    )


def game_problem(game: Game) -> Problem:
    """The Problem of a run that is to start while gaming mode is on."""
    return Problem(
        tr("gaming mode"),
        tr("it has been on since {time}, so nothing trains.", time=clock(game.since)),
        tr("End it (`mixlora-studio game off`, or Resume in the window), or put this run in the queue (`--queue`)."),
    )


def _place(place: int, device: str) -> str:
    """A run's place in its device's line, as the beginning of a sentence."""
    if place < len(ORDINALS):
        return tr(ORDINALS[place], device=device)
    return tr("Number {place} in the queue for {device}", place=place, device=device)
