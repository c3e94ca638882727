"""The queue in words: which run trains on a device, how long it still needs, and what a run waits for."""

from __future__ import annotations

import sqlite3
import time

from pydantic import ValidationError

from studio.core.problem import Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock, Holder
from studio.core.queue.queue import Entry, Game, Queue
from studio.core.run.events import RunResumed, RunStarted, StepEnded
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import run_name
from studio.core.units import about

ROWS_FOR_PACE = 60  # rows of the events table to take a pace from
ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def seconds_left(folder: RunFolder) -> float | None:
    """How long a run that trains still needs, at the pace of its last steps; None before its first one."""
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
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%d %b, %H:%M", then)


def game_sentence(game: Game) -> str:
    """Since when gaming mode has been on, and why."""
    why = f" ({game.why})" if game.why else ""
    return f"Gaming mode is on: the card is yours since {clock(game.since)}{why}."


def holder_text(holder: Holder | None) -> str:
    """Which run trains, and how long it still needs, as the middle of a sentence."""
    if holder is None:
        return "another run"
    left = seconds_left(holder.folder)
    return f"'{run_name(holder.folder)}'" + (f" ({about(left)} left)" if left is not None else "")


def place_sentence(entry: Entry, queue: Queue) -> str:
    """What a run in the queue waits for."""
    ahead = queue.ahead_of(entry)
    line = f"{_ordinal(len(ahead) + 1)} in the queue for {entry.shown}"
    if queue.game is not None:
        return f"{line}; it waits for gaming mode to end, on since {clock(queue.game.since)}."
    lock = DeviceLock(entry.device)
    if lock.is_held():
        between = f", {len(ahead)} ahead of it" if ahead else ""
        return f"{line}; {holder_text(lock.holder())} is training there now{between}."
    if ahead:
        return f"{line}, behind '{run_name(ahead[-1].folder)}'."
    return f"{line}, which is free; it starts when a window is open, or with `mixlora-studio queue`."


def busy_problem(shown: str, holder: Holder | None) -> Problem:
    """The Problem of a device on which another run trains."""
    return Problem(
        shown,
        f"{holder_text(holder)} is training on it, and a device trains one run at a time.",
        "Put this run in the queue (`--queue`, or Add to queue in the window), or stop the other one first.",
    )


def game_problem(game: Game) -> Problem:
    """The Problem of a run that is to start while gaming mode is on."""
    return Problem(
        "gaming mode",
        f"it has been on since {clock(game.since)}, so nothing trains.",
        "End it (`mixlora-studio game off`, or Resume in the window), or put this run in the queue (`--queue`).",
    )


def _ordinal(place: int) -> str:
    return ORDINALS[place] if place < len(ORDINALS) else f"Number {place}"
