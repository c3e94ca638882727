"""Kill the process of a worker that no longer responds: that process only, and the run's record says so."""

from __future__ import annotations

import platform
import sqlite3
import time
from pathlib import Path

import psutil

from studio.core.problem import EXIT_OUR_FAULT, ProblemError
from studio.core.run.events import RunEnded, RunResumed, RunStarted
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import onward, read_state
from studio.core.state.worker_start import MODULE, is_worker_of
from studio.core.words import sentences, tr

KILL_PATIENCE = 10.0  # seconds for the system to end a process and release its lock


def kill_worker(folder: RunFolder) -> str:
    """Kill the process that trains the run and record that; returns the reason, a sentence.

    Steps after the newest checkpoint are computed again when the run is resumed. May take KILL_PATIENCE seconds. Raises
    ProblemError when no worker holds the run, or its process cannot be identified with certainty.
    """
    if not folder.is_alive():
        raise ProblemError.at(
            f"run {folder.id}", tr("no worker holds it, so there is no process to kill."), tr("See `show`.")
        )
    process = _process_of(folder)
    others = _trained_too(process, folder)
    family = [process, *_children(process)]
    refused = [each for each in family if not _kill(each)]
    until = time.monotonic() + KILL_PATIENCE
    # A process that is just ending refuses to be killed too, and is gone a moment later.
    while (alive := [each for each in family if _runs(each)]) and time.monotonic() < until:
        time.sleep(0.05)
    if process in alive:
        running = tr("it is still running after {seconds:.0f} s.", seconds=KILL_PATIENCE)
        what = tr("the system does not let you kill it.") if process in refused else running
        raise ProblemError.at(f"process {process.pid}", what, tr("Kill it as the user who started it."))
    for each in (folder, *others):
        with each.held(patience=KILL_PATIENCE):
            _record(each, sorted(left.pid for left in alive))
    return read_state(folder).reason


def _trained_too(process: psutil.Process, folder: RunFolder) -> list[RunFolder]:
    """The runs that the process trains together with this one, and that end with it."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return []
    named = [RunFolder(Path(word)) for word in words[words.index(MODULE) + 1 :]] if MODULE in words else []
    return [each for each in named if each.path.resolve() != folder.path.resolve() and each.is_alive()]


def _children(process: psutil.Process) -> list[psutil.Process]:
    """The process's descendants; none where it has gone or hides them."""
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _kill(process: psutil.Process) -> bool:
    """Whether the process was killed or has ended: on Windows a console's host leaves with its worker."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _record(folder: RunFolder, left: list[int]) -> None:
    """Record how the run ended, unless the worker did so itself, and which of its processes are `left`.

    The caller holds the lock.
    """
    step = read_state(folder).step
    try:
        with folder.reader() as reader:
            turn = reader.last_event("RunStarted", "RunResumed", "RunPaused", "RunEnded")
            reason = tr("Its process was killed by hand, after step {step}; {then}.", step=step, then=onward(folder))
            if left:
                them = tr("Processes that it had started could not be killed: {pids}.", pids=", ".join(map(str, left)))
                reason = sentences(reason, them)
        if turn is None or not isinstance(turn.event, (RunStarted, RunResumed)):
            return
        with RunWriter(folder.db) as writer:
            writer.drop_commands()
            writer.write(RunEnded(outcome="stopped", reason=reason, step=step, exit_code=EXIT_OUR_FAULT))
    except sqlite3.Error as error:
        raise ProblemError.at(
            str(folder.db),
            tr("its process was killed, which could not be recorded ({error}).", error=error),
            tr("The run can be resumed."),
        ) from None


def _process_of(folder: RunFolder) -> psutil.Process:
    """The worker's process, known by its number, its machine and its command line; raises ProblemError."""
    with folder.reader() as reader:
        turn = reader.last_event("RunStarted", "RunResumed")
    started = turn.event if turn and isinstance(turn.event, (RunStarted, RunResumed)) else None
    remedy = tr("Kill it with the system's task manager; the run can then be resumed.")
    if started is None:
        raise ProblemError.at(
            f"run {folder.id}", tr("its worker has not recorded its process yet."), tr("Wait a moment.")
        )
    if started.host != platform.node():
        raise ProblemError.at(
            f"run {folder.id}",
            tr("its worker runs on another machine ({host}).", host=started.host),
            tr("Kill it there."),
        )
    try:
        process = psutil.Process(started.pid)
        words = process.cmdline()
    except (psutil.Error, ValueError, OverflowError) as error:
        raise ProblemError.at(
            f"process {started.pid}", tr("it cannot be inspected ({error}).", error=type(error).__name__), remedy
        ) from None
    if not is_worker_of(folder, words):
        # By now the number belongs to another program.
        raise ProblemError.at(f"process {started.pid}", tr("it is not this run's worker."), remedy)
    return process
