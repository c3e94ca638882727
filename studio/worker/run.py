"""The worker: `python -m studio.worker.run RUN_FOLDER` trains one run, or several together; it outlives its starter."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from studio.core.problem import EXIT_DONE, EXIT_USER_CAN_FIX, ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.recipe.machine_table import MachineTable
from studio.core.redaction import redact_output
from studio.core.run.run_folder import RunFolder, open_run
from studio.core.state.crash import crash_caught
from studio.core.state.worker_start import say_left
from studio.hardware import Machine, detect, see_only
from studio.hardware.give_way.watching import giving_way
from studio.training.checkpoint.resume_point import refuse_finished
from studio.training.stop_requests import StopRequests
from studio.worker.crew_launch import join_crew, node_number, train_as_crew
from studio.worker.device_turn import NotItsTurn, device_of, go_on, take_turn
from studio.worker.several_runs import SeveralRuns, held_run, readable

USAGE = "usage: python -m studio.worker.run RUN_FOLDER [RUN_FOLDER ...]"


def main(arguments: list[str] | None = None) -> int:
    """Hold the run's lock for the whole life of this process and train; returns the exit code of studio.core.problem.

    Of several runs, which train together, each one's lock is held until it is over; the exit code is the first that is
    not 0. Standard output and error are worker.log already, as `studio.core.process.start_worker` set them.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        print(USAGE, file=sys.stderr)
        return EXIT_USER_CAN_FIX
    try:
        several = SeveralRuns.of(arguments) if len(arguments) > 1 else None
        folder = open_run(Path(arguments[0])) if several is None else several.folders[0]
        machine = _processes(folder)
        if machine is not None and machine.nodes > 1 and node_number():
            return join_crew(folder, machine)
        return _work(folder, several)
    except NotItsTurn as waiting:
        print(waiting, flush=True)
        for each in arguments:
            with suppress(ProblemError):  # one of several may have been deleted meanwhile
                say_left(open_run(Path(each)))
        return EXIT_DONE
    except ProblemError as error:
        # Nothing is written into the run's own records: another worker may be writing them.
        print(error, file=sys.stderr, flush=True)
        return error.exit_code


def _work(folder: RunFolder, several: SeveralRuns | None = None) -> int:
    """Train the run once its device is free, and start the next run of the queue when it has left the device.

    several: the run and those that train together with it.
    """
    machine = detect()
    requests = StopRequests()
    device, its_turn = None, False
    with ExitStack() as holding:
        try:
            with held_run(folder) if several is None else several.held(), readable(folder):
                if several is None:
                    refuse_finished(folder)
                else:
                    folder = several.folders[0]  # the first that could be held
                device = device_of(folder, machine)
                if several is None:
                    take_turn(folder, device, holding)
                else:
                    take_turn(folder, device, holding, several.others)
                its_turn = True
                processes = _processes(folder) if several is None else None
                if processes is not None:
                    _prepare(machine)
                    return train_as_crew(folder, processes, requests)
                card = device.first if device is not None else None
                if card is not None:
                    see_only(card)
                _prepare(machine)
                with giving_way(folder, [card] if card is not None else []):
                    if several is not None:
                        return several.train(requests, card)
                    from studio.training.run import train_run

                    return train_run(folder, requests)
        finally:
            # A machine that shuts down starts nothing more: the queue waits until somebody looks.
            # The next worker is started before the device is released: it loads no torch before it holds the lock.
            if its_turn and not requests.system_reason:
                go_on(device, several.folders if several is not None else [folder])


def _processes(folder: RunFolder) -> MachineTable | None:
    """What the recipe says of the machine where several processes train; None where one does, or it is unreadable."""
    try:
        machine = folder.recipe().machine
    except ProblemError:
        return None  # which training reports
    return machine if machine.all_processes > 1 else None


def _prepare(machine: Machine) -> None:
    """Settings of libraries that must be made before they are loaded."""
    quiet_libraries(machine.cores)
    if sys.platform != "win32":
        # Rows differ in length: blocks that grow leave less of a card's memory unusable.
        os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")


if __name__ == "__main__":
    printed = redact_output()
    with crash_caught(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve().name, os.getpid()):
        code = main()
    for stream in printed:
        stream.close_line()
    # Everything is written and the lock is released. Shutting torch down, or waiting for a thread that a library left
    # behind (an interrupted download), would hold the card for seconds more.
    os._exit(code)
