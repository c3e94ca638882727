"""The queue as the window shows it: frozen values, read in a thread."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.queue.device_lock import DeviceLock, held_devices
from studio.core.queue.queue import Game, Queue, read_queue
from studio.core.queue.queue_text import game_sentence, holder_text, place_sentence
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import run_name
from studio.core.state.run_state import is_starting, read_state
from studio.core.words import listed, sentences, tr


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
    `paused` is the run that continues first when it ends.
    """

    waiting: tuple[WaitingRun, ...] = ()
    game: Game | None = None
    game_words: str = ""
    paused: RunFolder | None = None
    busy: tuple[tuple[str, str], ...] = ()

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
    return QueueSnapshot(_waiting(queue), queue.game, words, paused, _busy(queue))


def _waiting(queue: Queue) -> tuple[WaitingRun, ...]:
    found = []
    for entry in queue.entries:
        if entry.folder.is_alive():
            continue  # it is pausing for gaming mode, or its turn has come: it is not waiting
        line = queue.line_of(entry)
        ahead = queue.begin_before(entry)
        if queue.game is not None:
            brief = tr("held by gaming mode")
        elif ahead:
            brief = tr("{device}, after '{run}'", device=entry.shown, run=run_name(ahead[-1].folder))
        else:
            brief = tr("next on {device}", device=entry.shown)
        found.append(
            WaitingRun(
                entry.folder,
                run_name(entry.folder),
                entry.shown,
                line.index(entry) + 1,
                len(line),
                brief,
                place_sentence(entry, queue),
            )
        )
    return tuple(found)


def _busy(queue: Queue) -> tuple[tuple[str, str], ...]:
    found = {}
    for entry in queue.entries:
        held = [lock for lock in map(DeviceLock, entry.devices) if lock.is_held()]
        for lock in held:
            found[lock.name] = _trains(holder_text(lock.holder()), entry.shown)
        if not held and is_starting(entry):
            starts = tr(
                "'{run}' is starting on {device}, so a run started now waits its turn.",
                run=run_name(entry.folder),
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
            if read_state(entry.folder).state == "paused":
                return entry.folder
        except (ProblemError, sqlite3.Error, ValidationError):
            continue  # gone or damaged: reported and removed when its turn comes
    return None


def _game_words(game: Game, paused: RunFolder | None) -> str:
    leaving = list(dict.fromkeys(f"'{run_name(holder.folder)}'" for _, holder in held_devices()))
    if leaving:
        return tr(
            "Gaming: {runs} saves a checkpoint and stops after this step; then the card is free.", runs=listed(leaving)
        )
    if paused is None:
        return game_sentence(game)
    onward = tr("'{run}' waits and will continue exactly where it was.", run=run_name(paused))
    return sentences(game_sentence(game), onward)
