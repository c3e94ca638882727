"""A run's state, derived from its lock and its last events and never stored."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from studio.core.problem import ProblemError
from studio.core.queue.queue import Entry, read_queue
from studio.core.queue.queue_text import clock, place_sentence
from studio.core.run.commands import Requests
from studio.core.run.event_text import phase_text
from studio.core.run.events import (
    Event,
    ModelReady,
    Phase,
    PhaseStarted,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    StepEnded,
)
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder, list_checkpoints, step_of
from studio.core.run.run_rows import Stored
from studio.core.silent_drive import SilentDriveError, answered
from studio.core.state.crash import crash_sentence
from studio.core.state.stall import is_suspended, stall_sentence
from studio.core.state.worker_start import (
    WORKER_START_PATIENCE,
    WorkerStart,
    death_sentence,
    fate_of,
    is_awaited,
    read_start,
    start_file,
)
from studio.core.words import mark, sentences, tr

State = Literal[
    "waiting", "starting", "running", "pausing", "stopping", "paused", "finished", "stopped", "failed", "lost"
]

LIVE: frozenset[State] = frozenset({"starting", "running", "pausing", "stopping"})
RESUMABLE: frozenset[State] = frozenset({"paused", "stopped", "failed", "lost"})

STARTING = mark("The worker is starting.")
START_PATIENCE = 1.0  # seconds for a drive to say what became of a worker that was started


@dataclass(frozen=True, slots=True)
class RunState:
    """What a run is doing or how it ended: one word, one sentence, and its progress.

    `stalled` means that a live run's worker has been silent for too long; the sentence then says so. A run that is
    `queued` waits for its turn.
    """

    state: State
    reason: str
    step: int = 0
    total_steps: int | None = None
    phase: Phase | Literal[""] = ""
    stalled: bool = False
    queued: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


def read_state(folder: RunFolder) -> RunState:
    """Derive the state of a run from its folder."""
    state, unheard = _recorded(folder)
    if state.state in LIVE or state.state == "finished":
        return state
    if unheard is not None and fate_of(folder, unheard) == "gone":
        # Look again: it may have begun, and even ended, between the first look and its process's end.
        state, unheard = _recorded(folder)
        if state.state in LIVE or state.state == "finished":
            return state
    queued = _in_the_queue(folder, state, unheard)
    if queued is not None:
        return queued
    if unheard is not None:
        if is_awaited(folder, unheard):
            return replace(state, state="starting", reason=tr(STARTING))
        return replace(state, state="lost", reason=death_sentence(folder, unheard, onward(folder)))
    if state.state == "waiting" and folder.log.is_file() and not start_file(folder.path).is_file():
        # A worker of an earlier version of the studio: only its log shows when it was started.
        # A log dated in the future is from before the clock was set back.
        if abs(time.time() - folder.log.stat().st_mtime) < WORKER_START_PATIENCE:
            return RunState("starting", tr(STARTING))
        return RunState("lost", death_sentence(folder, None, onward(folder)))
    return state


def is_starting(entry: Entry) -> bool:
    """Whether a worker was started for a run of the queue, and may still be on its way to its device.

    Where the run's drive does not answer, the time since then decides.
    """
    if not entry.started:
        return False
    try:
        return answered(entry.run.parent, partial(is_on_its_way, entry), START_PATIENCE)
    except SilentDriveError:
        return _started_just_now(entry)


def is_on_its_way(entry: Entry) -> bool:
    """As `is_starting`, however long the run's drive takes to answer."""
    if not entry.started:
        return False
    start = read_start(start_file(entry.run))
    if start is not None and fate_of(entry.folder, start) != "unknown":
        return is_awaited(entry.folder, start)
    return _started_just_now(entry)


def _started_just_now(entry: Entry) -> bool:
    return abs(time.time() - entry.started) < WORKER_START_PATIENCE


def died_at_once(folder: RunFolder) -> str:
    """Why the worker that was started last died before it began, as a sentence; "" if it is not known to have died."""
    state, unheard = _recorded(folder)
    if state.state in LIVE or state.state == "finished" or unheard is None or fate_of(folder, unheard) != "gone":
        return ""
    state, unheard = _recorded(folder)  # as in read_state
    return death_sentence(folder, unheard, onward(folder)) if unheard is not None and not state.is_live else ""


def _recorded(folder: RunFolder) -> tuple[RunState, WorkerStart | None]:
    """What lock and events say, and the start of a worker that has recorded nothing yet."""
    # The lock is asked first: a worker that ends in between has written its end before it lets the lock go.
    alive = folder.is_alive()
    with folder.reader() as reader:
        state = _derive(folder, reader, alive)
        if alive and state.is_live:
            state = _with_silence(folder, reader, state)
        start = read_start(start_file(folder.path)) if not alive else None
        last = reader.last_event() if start is not None else None
    unheard = start is not None and not start.left and (last is None or last.id <= start.after)
    return state, start if unheard else None


def _in_the_queue(folder: RunFolder, state: RunState, unheard: WorkerStart | None) -> RunState | None:
    """The state of a run that has no worker but waits for one; None for a run that is not in the queue.

    `unheard` is the start of a worker that has recorded nothing yet; if it has died, the run does not wait for it.
    """
    try:
        queue = read_queue()
    except ProblemError:
        return None  # a broken queue is reported where the queue is shown and changed
    entry = queue.entry(folder)
    if entry is None:
        return None
    if is_starting(entry):
        return replace(state, state="starting", reason=tr("Its turn in the queue has come; the worker is starting."))
    if entry.started and unheard is not None and not is_awaited(folder, unheard):
        return None
    if queue.game is not None and state.state == "paused":
        since = clock(queue.game.since)
        reason = tr(
            "Paused after step {step} for gaming mode, on since {time}; it continues when that ends.",
            step=state.step,
            time=since,
        )
        return replace(state, reason=reason)
    onward = tr("It continues from step {step}.", step=state.step) if state.step else ""
    return replace(state, state="waiting", reason=sentences(place_sentence(entry, queue), onward), queued=True)


def _with_silence(folder: RunFolder, reader: RunReader, state: RunState) -> RunState:
    """The state of a live run, with a warning if its worker makes no progress."""
    if sentence := stall_sentence(folder, reader, state.phase or "loading"):
        return replace(state, reason=sentence, stalled=True)
    if is_suspended(folder):
        reason = tr("The system suspended its worker, which continues when the system resumes it.")
        return replace(state, reason=reason)
    return state


def _derive(folder: RunFolder, reader: RunReader, alive: bool) -> RunState:
    turn = reader.last_event("RunStarted", "RunResumed", "RunPaused", "RunEnded")
    ready = reader.last_event("ModelReady")
    last_step = reader.last_event("StepEnded")
    total = ready.event.total_steps if ready and isinstance(ready.event, ModelReady) else None
    step = last_step.event.step if last_step and isinstance(last_step.event, StepEnded) else 0
    if (
        turn
        and isinstance(turn.event, (RunResumed, RunPaused, RunEnded))
        and not (last_step and last_step.id > turn.id)
    ):
        step = turn.event.step
    if turn is None:
        if alive:
            return RunState("starting", tr(STARTING), 0, total)
        return RunState("waiting", tr("No worker has started this run yet; resuming starts it."), 0, total)
    ended = _ended(folder, turn.event, alive, step, total)
    return _at_work(reader, turn, ready, step, total) if ended is None else ended


def _ended(folder: RunFolder, event: Event, alive: bool, step: int, total: int | None) -> RunState | None:
    """The state of a run whose last turn of start, pause and end is `event`; None while a worker holds it."""
    if isinstance(event, RunEnded):
        return RunState(event.outcome, event.reason, step, total)
    if alive:
        return None
    if isinstance(event, RunPaused):
        reason = (
            tr("Paused after step {step}; resuming continues from exactly there.", step=step)
            if step
            else tr("Paused before its first step; resuming continues from exactly there.")
        )
        return RunState("paused", reason, step, total)
    assert isinstance(event, (RunStarted, RunResumed))
    crash = crash_sentence(folder.id, event.pid)
    then = onward(folder)
    if not crash and event.host != platform.node():
        reason = tr(
            "Copied from {host}, where it may still train: it had done step {step}; {then}.",
            host=event.host,
            step=step,
            then=then,
        )
        return RunState("lost", reason, step, total)
    reason = (
        tr("The worker crashed ({crash}), after step {step}; {then}.", crash=crash, step=step, then=then)
        if crash
        else tr("The worker died without giving a reason, after step {step}; {then}.", step=step, then=then)
    )
    return RunState("lost", reason, step, total)


def _at_work(reader: RunReader, turn: Stored, ready: Stored | None, step: int, total: int | None) -> RunState:
    phase = reader.last_event("PhaseStarted")
    doing = phase.event if phase and phase.id > turn.id and isinstance(phase.event, PhaseStarted) else None
    # A worker that has recorded its pause has saved already and is only leaving.
    name: Phase = doing.phase if doing else "saving" if isinstance(turn.event, RunPaused) else "loading"
    said = phase_text(doing or PhaseStarted(phase=name))
    asked = Requests.of(reader.waiting_commands()).leave
    if asked == "stop":
        return RunState("stopping", tr("It stops at the end of this step."), step, total, name)
    if asked == "pause" or isinstance(turn.event, RunPaused):
        return RunState("pausing", tr("It pauses at the end of this step."), step, total, name)
    if ready is None or ready.id < turn.id:
        return RunState("starting", tr("{sentence}.", sentence=said), step, total, name)
    reason = tr("{phase}, step {step} of {total}.", phase=said, step=step, total=total)
    return RunState("running", reason, step, total, name)


def onward(folder: RunFolder) -> str:
    """Where resuming would continue, as the end of a sentence; the checkpoints on disk decide, not the record."""
    if there := list_checkpoints(folder.checkpoints):
        return tr("resuming continues from step {step}", step=step_of(there[-1]))
    return tr("there is no checkpoint, so resuming starts over")
