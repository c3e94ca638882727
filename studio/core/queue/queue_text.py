"""What the queue says to a person: who trains on a device, how long yet, and what a run waits for."""

from __future__ import annotations

import sqlite3
import time
import tomllib

from pydantic import ValidationError

from studio.core.problem import Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock, Holder
from studio.core.queue.queue import Entry, Game, Queue
from studio.core.run.events import RunResumed, RunStarted, StepEnded
from studio.core.run.run_folder import RunFolder
from studio.core.toml_text import read_toml
from studio.core.units import about

ROWS_FOR_PACE = 60  # rows of the events table to take a pace from
ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def run_name(folder: RunFolder) -> str:
    """What a person called the run; its id where the recipe does not tell."""
    try:
        found = read_toml(folder.recipe_file.read_text(encoding="utf-8")).get("name")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = None
    return str(found) if found else folder.id


def seconds_left(folder: RunFolder) -> float | None:
    """How long a run that trains takes yet, at the pace of its last steps; None until it has made one."""
    try:
        with folder.reader() as reader:
            begun = reader.last_event("RunStarted", "RunResumed")
            last = reader.last_event("StepEnded")
            if begun is None or last is None or not isinstance(last.event, StepEnded) or last.id < begun.id:
                return None
            recent = reader.events(max(begun.id, last.id - ROWS_FOR_PACE), ("StepEnded",))
    except (ProblemError, sqlite3.Error, ValidationError):
        return None  # a run that cannot be read tells no time; its own page says why
    assert isinstance(begun.event, (RunStarted, RunResumed))
    paces = [stored.event.seconds for stored in recent if isinstance(stored.event, StepEnded)]
    return sum(paces) / len(paces) * (last.event.total_steps - last.event.step) if paces else None


def clock(moment: float) -> str:
    """A moment as a clock shows it, with the day where it is another one."""
    then, now = time.localtime(moment), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%d %b, %H:%M", then)


def game_sentence(game: Game) -> str:
    """What gaming mode says of itself."""
    why = f" ({game.why})" if game.why else ""
    return f"Gaming: the card is yours since {clock(game.since)}{why}."


def holder_words(holder: Holder | None) -> str:
    """Who trains, and for how long yet, as the middle of a sentence."""
    if holder is None:
        return "another run"
    left = seconds_left(holder.folder)
    return f"'{run_name(holder.folder)}'" + (f" ({about(left)} more)" if left is not None else "")


def place_sentence(entry: Entry, queue: Queue) -> str:
    """What a waiting run waits for."""
    ahead = queue.ahead_of(entry)
    line = f"{_ordinal(len(ahead) + 1)} in the queue for {entry.shown}"
    if queue.game is not None:
        return f"{line}; it waits while gaming mode is on, since {clock(queue.game.since)}."
    lock = DeviceLock(entry.device)
    if lock.is_held():
        between = f", {len(ahead)} before it" if ahead else ""
        return f"{line}; {holder_words(lock.holder())} trains there now{between}."
    if ahead:
        return f"{line}, behind '{run_name(ahead[-1].folder)}'."
    return f"{line}, which is free: it starts when a window is open, or with `mixlora-studio queue`."


def busy_problem(shown: str, holder: Holder | None) -> Problem:
    """A device on which another run trains."""
    return Problem(
        shown,
        f"{holder_words(holder)} trains on it, and a device takes one run at a time.",
        "Put this run in the queue (`--queue`, or Add to queue in the window), or stop the other one first.",
    )


def game_problem(game: Game) -> Problem:
    """Training that is asked for while gaming mode is on."""
    return Problem(
        "gaming mode",
        f"it is on since {clock(game.since)}, so nothing trains.",
        "End it (`mixlora-studio game off`, or Resume in the window), or put this run in the queue (`--queue`).",
    )


def _ordinal(place: int) -> str:
    return ORDINALS[place] if place < len(ORDINALS) else f"Number {place}"
