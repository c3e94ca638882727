"""Where a run's device is busy: the verbs refuse, put the run in the queue, or wait there in the foreground."""

from __future__ import annotations

import sys
import time

from studio.cli.interruptions import Interruptions
from studio.cli.output import print_problems
from studio.core.process.dispatch import refuse_busy, start_next
from studio.core.process.verbs import enqueue
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue, take_out_of_queue
from studio.core.queue.queue_text import place_sentence
from studio.core.recipe.recipe import Recipe
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import run_name
from studio.core.state.run_state import read_state
from studio.hardware import detect
from studio.hardware.crew_devices import RunDevices, run_devices
from studio.planner.recipe_plan import device_for

NO_PID = 2**31 - 1  # a number that no process has
QUEUE_LOOK_PERIOD = 0.5  # seconds between looks at the queue while a run waits in the foreground


def device_of(recipe: Recipe) -> RunDevices:
    """The devices that a recipe trains on; raises ProblemError if this machine has no such device, or too few."""
    machine = detect()
    return run_devices(machine, recipe.machine, device_for(recipe, machine))


def continue_queue() -> None:
    """Start the runs of the queue whose turn has come, as every verb does first that starts something."""
    looked = start_next()
    print_problems(looked.problems)
    for folder in looked.started:
        print(f"Next in the queue: '{run_name(folder)}' starts.", file=sys.stderr)


def refuse_if_busy(device: RunDevices) -> None:
    """Raise DeviceBusyError, with the queue as a remedy, when another run has the device or is next on it."""
    continue_queue()
    for each in device.every:
        refuse_busy(each.lock_name, each.torch_name)


def join_queue(folder: RunFolder, device: RunDevices) -> None:
    """Put a run in the queue, start it at once if the device is free, and say which it was."""
    enqueue(folder, device.lock_name, device.torch_name, also=device.also)
    continue_queue()
    queue = read_queue()
    entry = queue.entry(folder)
    if entry is not None and not entry.started:
        print(place_sentence(entry, queue), file=sys.stderr)


def wait_in_queue(
    folder: RunFolder, device: RunDevices, interruptions: Interruptions, after: int = 0, joined: bool = False
) -> int | None:
    """Wait in the foreground for the run's turn; returns its worker's pid, None when it has left the queue.

    Ctrl-C removes the run from the queue. A worker that has written events later than `after` and is gone already has
    the pid NO_PID. A run that has `joined` the queue before is not put there again.
    """
    if not joined:
        put_in_queue(folder, device.lock_name, device.torch_name, also=device.also)
    shown = ""
    while True:
        continue_queue()
        queue = read_queue()
        entry = queue.entry(folder)
        if entry is None:
            holder = DeviceLock(device.lock_name).holder()
            if holder is not None and folder.path.resolve() in [each.path for each in holder.folders]:
                return holder.pid
            with folder.reader() as reader:
                last = reader.last_event()
            if last is not None and last.id > after:
                return NO_PID
            if (state := read_state(folder)).state == "lost":
                # Somebody else may have removed it from the queue, and shown why elsewhere.
                print(f"Removed from the queue: {state.reason}", file=sys.stderr)
            return None
        # Printed again when its place changes, not whenever the minutes do.
        where = f"{entry.started > 0} {len(queue.ahead_of(entry))} {queue.game is not None}"
        if where != shown and not entry.started:
            print(f"{place_sentence(entry, queue)} Ctrl-C gives up its place.", file=sys.stderr)
        shown = where
        if interruptions.count and not entry.started:
            take_out_of_queue(folder)
            print(f"Removed from the queue. `mixlora-studio resume {folder.id}` starts it.", file=sys.stderr)
            return None
        time.sleep(QUEUE_LOOK_PERIOD)
