"""One of several processes that train a run together: `python -m studio.worker.rank RUN_FOLDER`, started by torchrun.

Its worker holds the run's lock, watches it and its companions, and ends those that are left when one is lost.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import psutil

from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT, ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.redaction import redact_output
from studio.core.run.run_folder import RunFolder, open_run
from studio.core.words import tr
from studio.hardware import detect, see_only
from studio.hardware.crew_devices import crew_devices
from studio.hardware.give_way.watching import giving_way
from studio.training.crew.crew import WORKER_VARIABLE, Crew
from studio.training.run import EXIT_PROCESS_LOST, train_run
from studio.training.stop_requests import StopRequests
from studio.worker.crew_silence import PLACE_VARIABLE, pulse_of

ERROR_FILE = "TORCHELASTIC_ERROR_FILE"
LOOKS = 0.5  # seconds between two at whether the worker lives
LEADERS_WORD = 5.0  # seconds for the leader to record a fault that all have, before this process says it alone


def main(folder: RunFolder) -> int:
    """Train this process's part of the run; returns its exit code."""
    crew = Crew.of_environment()
    crew.pulse = pulse_of(Path(os.environ[PLACE_VARIABLE]), crew.local_rank)
    machine = detect()
    wanted = folder.recipe().machine.device
    every = crew_devices(machine, wanted, crew.local_count)
    if (own := every[crew.local_rank]).kind == "cuda":
        see_only(own)
    threading.Thread(target=_leave_with, args=(crew.worker,), name="worker", daemon=True).start()
    quiet_libraries(max(1, machine.cores // crew.local_count))
    try:
        if not crew.leads:
            return _follow(folder, crew)
        with giving_way(folder, list(dict.fromkeys(every)), worker=crew.worker):
            return train_run(folder, StopRequests(crew), crew)
    except ProblemError as error:
        print(error, file=sys.stderr, flush=True)
        _say(str(error.problems[0]))
        return error.exit_code


def _follow(folder: RunFolder, crew: Crew) -> int:
    """Train beside the leader, who says everything; a fault of this process alone is told to the worker."""
    sys.stdout.flush()
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    said: list[str] = []
    code = train_run(folder, StopRequests(crew), crew, said.append)
    if code not in (EXIT_DONE, EXIT_PROCESS_LOST):
        _say(said[-1] if said else tr("it failed"))
        time.sleep(LEADERS_WORD)
    return code


def _say(reason: str) -> None:
    """Leave the reason where torchrun looks for it."""
    if file := os.environ.get(ERROR_FILE):
        told = {"message": {"message": reason, "extraInfo": {"timestamp": int(time.time())}}}
        Path(file).write_text(json.dumps(told), encoding="utf-8")


def _leave_with(worker: int) -> None:
    """End this process as soon as its worker has gone: nobody holds the run's lock any more."""
    try:
        process = psutil.Process(worker)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOKS)
    except psutil.Error:
        pass
    os._exit(EXIT_OUR_FAULT)


if __name__ == "__main__":
    if WORKER_VARIABLE not in os.environ:
        print("this is started by studio.worker.run", file=sys.stderr)
        sys.exit(EXIT_OUR_FAULT)
    printed = redact_output()
    code = main(open_run(Path(sys.argv[1])))
    for stream in printed:
        stream.close_line()
    os._exit(code)
