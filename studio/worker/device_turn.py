"""A worker's turn: it trains only while it holds the locks of its devices, and starts the next run when it leaves."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TypeVar

from studio.core.problem import ProblemError
from studio.core.process.dispatch import arrived, start_next
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock
from studio.core.queue.queue import Queue, change_queue, put_in_queue, read_queue
from studio.core.queue.queue_text import busy_problem, game_problem, name_of
from studio.core.run.commands import Requests
from studio.core.run.events import RunEnded
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.core.words import tr
from studio.hardware import Machine
from studio.hardware.crew_devices import RunDevices, run_devices

Refusal = TypeVar("Refusal", bound=ProblemError)
LOOK_PATIENCE = 2.0  # seconds for others who only look at the lock
LEAVING_PATIENCE = 60.0  # seconds for the worker before this one to leave


class NotItsTurn(Exception):
    """The run waits in the queue, and the device is not free yet; it keeps its place."""


def device_of(folder: RunFolder, machine: Machine) -> RunDevices | None:
    """The devices that the run trains on; None where the recipe cannot be read, which training then reports.

    Raises ProblemError where there are fewer cards than processes, which is written into the run's record.
    """
    try:
        table = folder.recipe().machine
        first = machine.device(table.device)
    except ProblemError:
        return None
    try:
        return run_devices(machine, table, first) if first is not None else None
    except ProblemError as error:
        raise _refused(folder, error) from None


def take_turn(
    folder: RunFolder, device: RunDevices | None, holding: ExitStack, others: Sequence[RunFolder] = ()
) -> None:
    """Take its devices' locks for as long as `holding` is open; a run without a device only leaves the queue.

    The runs that train together with it, `others`, leave the queue with it.

    Raises NotItsTurn for a queued run that must keep waiting. For any other run, DeviceBusyError: a person asked for it
    to start now, so its failure is written into its record here.
    """
    if device is None:
        _arrive(folder)
        return
    entry = _queue().entry(folder)
    waited, beside = entry is not None, entry.beside if entry is not None else ""
    until = time.monotonic() + (LEAVING_PATIENCE if waited else LOOK_PATIENCE)
    with ExitStack() as taken:
        # Always in the order of their names: of two runs that need the same two cards, none waits with one of them for
        # the other.
        for card in sorted(device.every, key=lambda card: card.lock_name):
            lock = DeviceLock(card.lock_name)
            try:
                patience = max(0.0, until - time.monotonic())
                taken.enter_context(lock.held(folder, card.torch_name, patience, others, beside))
            except DeviceBusyError:
                if waited:
                    for each in (folder, *others):
                        _change(each, device)
                    raise NotItsTurn(
                        tr("{torch_name} is still in use; the run keeps waiting.", torch_name=card.torch_name)
                    ) from None
                raise _refused(folder, DeviceBusyError(busy_problem(card.torch_name, lock.holder()))) from None
        holding.enter_context(taken.pop_all())
    queue = _arrive(folder)
    for each in others:
        _arrive(each)
    if queue.game is not None:
        holding.close()
        if waited:
            raise NotItsTurn(tr("Gaming mode is on; the run keeps waiting."))
        raise _refused(folder, DeviceBusyError(game_problem(queue.game)))


def go_on(device: RunDevices | None, left: Sequence[RunFolder]) -> None:
    """Start the next run of the queue; a failure to do so is written to this worker's log and ends nothing.

    A run that was `left` is itself next if leaving was taken back too late for its worker to stay.
    """
    try:
        for folder in left:
            if device is not None and _taken_back(folder):
                put_in_queue(folder, device.lock_name, device.torch_name, first=True, also=device.also)
        looked = start_next(leaving=[each.lock_name for each in device.every] if device else [])
    except ProblemError as error:
        print(f"warning: the queue cannot continue: {error}", file=sys.stderr, flush=True)
        return
    for problem in looked.problems:
        print(f"warning: {problem}", file=sys.stderr, flush=True)
    for folder in looked.started:
        print(f"next in the queue: '{name_of(folder)}' in {folder.path}", flush=True)


def _taken_back(left: RunFolder) -> bool:
    if read_state(left).state not in ("paused", "stopped"):
        return False
    with left.reader() as reader:
        return Requests.of(reader.waiting_commands()).taken_back


def _queue() -> Queue:
    try:
        return read_queue()
    except ProblemError as error:
        # A broken queue must not keep a run from training that a person asked for directly.
        print(f"warning: {error}", file=sys.stderr, flush=True)
        return Queue()


def _arrive(folder: RunFolder) -> Queue:
    written = RunFolder(folder.path.resolve())  # as the queue has it
    try:
        return change_queue(lambda queue: arrived(written, queue))
    except ProblemError as error:
        print(f"warning: {error}", file=sys.stderr, flush=True)
        return Queue()


def _change(folder: RunFolder, device: RunDevices) -> None:
    """Keep waiting, for the devices that the recipe means today, without counting this as a failed start."""
    new = {"device": device.lock_name, "also": device.also, "shown": device.torch_name}
    written = RunFolder(folder.path.resolve())
    change_queue(lambda queue: queue.changed(written, **new, started=0.0, tries=0))


def _refused(folder: RunFolder, error: Refusal) -> Refusal:
    problem = error.problems[0]
    with RunWriter(folder.db) as writer:
        writer.write(
            RunEnded(
                outcome="failed",
                reason=problem.sentence,
                step=read_state(folder).step,
                problems=error.problems,
                exit_code=error.exit_code,
            )
        )
    return error
