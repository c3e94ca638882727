"""The queue as the window shows it: frozen values, read in a thread."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from studio.core.problem import Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock, held_devices
from studio.core.queue.queue import Entry, Game, Queue, read_queue
from studio.core.queue.queue_text import game_sentence, holder_text, name_of, place_sentence
from studio.core.run.run_folder import RunFolder
from studio.core.silent_drive import SilentDriveError, answered, is_silent
from studio.core.state.run_state import is_starting, read_state
from studio.core.words import listed, sentences, tr

ALIVE_PATIENCE = 1.0  # seconds for a run's drive, until the others are shown


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """One line of the queue; `place` counts from 1 among the `line` runs that wait for the same device.

    `brief` says in a few words what `reason` says in a sentence.
    """

    folder: RunFolder
    name: str
    device: str
    place: int
    line: int
    brief: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """What waits, whether gaming mode is on, and why a device is not available.

    `busy` maps the name of a device's lock to a sentence; `game_words` is empty while gaming mode is off, and
    `paused` is the run that continues first when it ends. `silent` names
    each waiting run whose drive has not answered for a while.
    """

    waiting: tuple[WaitingRun, ...] = ()
    game: Game | None = None
    game_words: str = ""
    paused: RunFolder | None = None
    busy: tuple[tuple[str, str], ...] = ()
    silent: tuple[Problem, ...] = ()

    def is_paused_for_game(self, folder: RunFolder) -> bool:
        return self.paused is not None and self.paused.path == folder.path.resolve()

    def why_not(self, *lock_names: str) -> str:
        """Why a run cannot start on these devices now; empty when it can."""
        if self.game is not None:
            return sentences(self.game_words, tr("A run started now waits until it ends."))
        busy = dict(self.busy)
        return next((busy[name] for name in lock_names if name in busy), "")


def look_at_queue() -> QueueSnapshot:
    """Read queue and locks; raises ProblemError when the queue cannot be read."""
    queue = read_queue()
    paused = _paused(queue) if queue.game is not None else None
    words = _game_words(queue.game, paused) if queue.game is not None else ""
    waiting = _waiting(queue)
    silent = tuple(_silent(entry) for entry in queue.entries if is_silent(entry.run.parent))
    return QueueSnapshot(waiting, queue.game, words, paused, _busy(queue), silent)


def _waiting(queue: Queue) -> tuple[WaitingRun, ...]:
    found = []
    for entry in queue.entries:
        answers = True
        try:
            if answered(entry.run.parent, entry.folder.is_alive, ALIVE_PATIENCE):
                continue  # it is pausing for gaming mode, or its turn has come: it is not waiting
        except SilentDriveError:
            answers = False
        line = queue.line_of(entry)
        ahead = queue.begin_before(entry)
        if not answers:
            brief = tr("its drive does not answer")
        elif queue.game is not None:
            brief = tr("held by gaming mode")
        elif ahead:
            brief = tr("{device}, after '{run}'", device=entry.shown, run=name_of(ahead[-1].folder))
        else:
            brief = tr("next on {device}", device=entry.shown)
        found.append(
            WaitingRun(
                entry.folder,
                name_of(entry.folder),
                entry.shown,
                line.index(entry) + 1,
                len(line),
                brief,
                place_sentence(entry, queue),
            )
        )
    return tuple(found)


def _silent(entry: Entry) -> Problem:
    what = tr("the drive of '{run}' does not answer, so others go before it.", run=name_of(entry.folder))
    remedy = tr("Connect the drive of {folder}, or remove the run from the queue.", folder=entry.run.parent)
    return Problem("queue", what, remedy)


def _busy(queue: Queue) -> tuple[tuple[str, str], ...]:
    found = {}
    for entry in queue.entries:
        held = [lock for lock in map(DeviceLock, entry.devices) if lock.is_held()]
        for lock in held:
            found[lock.name] = _trains(holder_text(lock.holder()), entry.shown)
        if not held and is_starting(entry):
            starts = tr(
                "'{run}' is starting on {device}, so a run started now waits its turn.",
                run=name_of(entry.folder),
                device=entry.shown,
            )
            found |= dict.fromkeys(entry.devices, starts)
    for lock, holder in held_devices():
        found[lock.name] = _trains(holder_text(holder), holder.shown)
    return tuple(sorted(found.items()))


def _trains(who: str, device: str) -> str:
    return tr("{who} trains on {device}, so a run started now waits its turn.", who=who, device=device)


def _paused(queue: Queue) -> RunFolder | None:
    for entry in queue.entries:
        try:
            if answered(entry.run.parent, partial(read_state, entry.folder), ALIVE_PATIENCE).state == "paused":
                return entry.folder
        except (ProblemError, sqlite3.Error, ValidationError):
            continue  # gone, damaged or silent: reported, and removed if need be, when its turn comes
    return None


def _game_words(game: Game, paused: RunFolder | None) -> str:
    leaving = list(dict.fromkeys(f"'{name_of(holder.folder)}'" for _, holder in held_devices()))
    if leaving:
        return tr(
            "Gaming: {runs} saves a checkpoint and stops after this step; then the card is free.", runs=listed(leaving)
        )
    if paused is None:
        return game_sentence(game)
    onward = tr("'{run}' waits and will continue exactly where it was.", run=name_of(paused))
    return sentences(game_sentence(game), onward)
