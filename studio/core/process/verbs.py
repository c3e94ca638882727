"""The verbs on a run that exists, once for window and command line: each is decided by what the run is right now."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.queue.queue import change_queue, put_in_queue, read_queue, take_out_of_queue
from studio.core.run.commands import Command, Pause, Requests, Resume, Stop
from studio.core.run.run_folder import RunFolder, is_held
from studio.core.run.trash import DeletedRun, put_in_trash
from studio.core.state.run_state import LIVE, RESUMABLE, read_state
from studio.core.state.state_text import state_text
from studio.core.words import mark, tr

_NOTHING = {
    "Pause": mark("it is {state}, so there is nothing to pause."),
    "Stop": mark("it is {state}, so there is nothing to stop."),
    "Resume": mark("it is {state}, so there is nothing to resume."),
    "EvaluateNow": mark("it is {state}, so there is nothing to score."),
    "SampleNow": mark("it is {state}, so there is nothing to sample."),
    "CheckpointNow": mark("it is {state}, so there is nothing to save."),
}
TRAIN_MORE = mark("Start a new run from its recipe to train more.")


@dataclass(frozen=True, slots=True)
class Order:
    """What a verb comes to: a `command` for the run's worker, or a new worker (`starts`).

    `pending` says that a worker which is leaving may still read the Resume that it was sent: ask `after_resume` again.
    """

    folder: RunFolder
    command: Command | None = None
    starts: bool = False
    pending: bool = False


def order(folder: RunFolder, command: Command) -> Order:
    """What the command comes to; raises ProblemError where the run's state leaves nothing to do."""
    alive = folder.is_alive()
    state = read_state(folder)
    # A worker that has recorded its end and is about to leave still holds the run: no other can be started.
    if state.is_live or (alive and isinstance(command, Resume)):
        return Order(folder, command, pending=isinstance(command, Resume))
    if isinstance(command, Resume) and state.state != "finished":
        return Order(folder, starts=True)
    raise ProblemError.at(
        f"run {folder.id}",
        tr(_NOTHING[command.kind], state=state_text(state.state)),
        tr(TRAIN_MORE) if isinstance(command, Resume) else tr("Its page, or `mixlora-studio show`, says more."),
    )


def after_resume(folder: RunFolder) -> Order | None:
    """What is left to do for a Resume that was sent; None once the worker has read it."""
    alive = folder.is_alive()
    with folder.reader() as reader:
        unread = Requests.of(reader.waiting_commands()).taken_back
    if not unread:
        return None
    if alive:
        return Order(folder, pending=True)
    state = read_state(folder)
    # The worker that left may have put the run in the queue again itself.
    return Order(folder, starts=not state.is_live and state.state not in ("waiting", "finished"))


def leave_queue(given: Order) -> None:
    """Take a run that a person pauses or stops out of the queue: it continues only when it is resumed."""
    if isinstance(given.command, (Pause, Stop)):
        take_out_of_queue(given.folder)


def enqueue(folder: RunFolder, device: str, shown: str, beside: str = "", also: Sequence[str] = ()) -> None:
    """Put a run that has no worker at the end of its device's line; raises ProblemError for any other run.

    device: the name of the device's lock. shown: what a person calls the device ("cuda:0"). Runs of the same `beside`
    train together. also: the locks of further devices that the run needs at the same time.
    """
    state = read_state(folder).state
    if state not in RESUMABLE | {"waiting"}:
        finished = state == "finished"
        remedy = tr(TRAIN_MORE) if finished else tr("It does not need the queue.")
        raise ProblemError.at(f"run {folder.id}", tr("it is {state}.", state=state_text(state)), remedy)
    put_in_queue(folder, device, shown, beside=beside, also=also)


def delete(folder: RunFolder) -> DeletedRun:
    """Move the run to the trash, and out of the queue.

    Raises ProblemError for one that trains or cannot be moved, which keeps its place in the queue.
    """
    try:
        state = str(read_state(folder).state)
    except (ProblemError, ValidationError, sqlite3.Error, OSError):
        state = "unreadable"  # a damaged run is deleted like any other
    if state in LIVE or is_held(folder.lock_file):
        what = tr("it is {state}, and a run that trains is not deleted.", state=state_text(state))
        raise ProblemError.at(f"run {folder.id}", what, tr("Stop or pause it first, then delete it."))
    before = read_queue()
    entry = before.entry(folder)
    take_out_of_queue(folder)  # first: no worker may begin on it while it is moved
    try:
        return put_in_trash(folder)
    except ProblemError:
        if entry is not None:
            change_queue(lambda queue: queue.with_place_of(entry.folder, before))
        raise


def kill(folder: RunFolder, only_if_stalled: bool = False) -> str:
    """Kill the run's worker and record that; returns the reason, a sentence.

    `only_if_stalled` spares a worker that has shown a sign of life since somebody decided to kill it. May take ten
    seconds. Raises ProblemError where nothing is killed.
    """
    from studio.core.process.kill_worker import kill_worker

    state = read_state(folder)
    if only_if_stalled and state.is_live and not state.stalled:
        raise ProblemError.at(
            f"run {folder.id}", tr("its worker responds again, so it was not killed."), tr("Press Stop to end the run.")
        )
    return kill_worker(folder)
