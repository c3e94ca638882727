"""A process that has torch imported and forks one worker for each run folder that it is given, to be killed -9.

Forked before any of torch's threads exist, so that sixty kills take a minute and not sixty times torch's import.
A line in is JSON: {"run": folder, "kill": null | {"at": place, "call": n}}; lines out are the worker's pid, then its
exit status. With "kill" the worker kills itself on entering the n-th call of a place, so that a kill certainly falls
inside a checkpoint's write or between two statements of one database transaction. With {"at": "step", "call": n,
"do": what} something happens to it just after it has recorded its n-th step: a command, a signal, or a fault of ours.
With "beside" the run is trained together with these other runs.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import studio.core.atomic_file
import studio.core.run.run_db
import studio.training.checkpoint.files
import studio.training.checkpoint.state
import studio.training.session
import studio.training.together.session
from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.training.recorder import Recorder
from studio.training.stop_requests import StopRequests
from studio.training.together.run import train_together
from studio.worker.run import main as worker

PLACES = ("statement", "tensors", "flush", "rename", "adapter")


def serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            log = os.open(Path(asked["run"]) / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            if asked["kill"]:
                arm(asked["kill"], RunFolder(Path(asked["run"])))
            code = 1
            try:
                code = together(asked["beside"], asked["run"]) if asked.get("beside") else worker([asked["run"]])
            finally:
                sys.stdout.flush()
                os._exit(code)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


def together(others: list[str], run: str) -> int:
    """Train a run together with others, holding all locks; the worst of their exit codes."""
    folders = [RunFolder(Path(each)) for each in (run, *others)]
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(folder.held())
        return max(train_together(folders, [StopRequests() for _ in folders]))


def arm(asked: dict[str, Any], folder: RunFolder) -> None:
    """Kill this process on its `call`-th way through the place `at`."""
    place, call = asked["at"], asked["call"]
    passed = 0
    if place == "step":
        happens_at_step(call, asked["do"], folder)
        return

    def die_at_last(*arguments: Any) -> None:
        nonlocal passed
        passed += 1
        if passed >= call:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(module: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def patched(*arguments: Any, **rest: Any) -> Any:
            die_at_last()
            return original(*arguments, **rest)

        setattr(module, name, patched)

    if place == "statement":
        connect = studio.core.run.run_db.connect

        def traced(path: Path, read_only: bool = False, *patience: float) -> sqlite3.Connection:
            connection = connect(path, read_only, *patience)
            if not read_only:
                connection.set_trace_callback(lambda text: die_at_last() if text.startswith("INSERT") else None)
            return connection

        studio.core.run.run_db.connect = traced
    elif place == "tensors":
        before(studio.training.checkpoint.state, "save_file")
    elif place == "flush":
        before(studio.training.checkpoint.files, "flush_folder")
    elif place == "rename":
        before(studio.core.atomic_file, "rename")
    elif place == "record":
        before(Recorder, "step")
    elif place == "adapter":
        before(studio.training.session, "save_adapter")
    else:
        raise ValueError(place)


def happens_at_step(number: int, what: str, folder: RunFolder) -> None:
    """Let it happen just after the run's step `number` was recorded."""
    record = Recorder.step
    happened = False

    def recorded(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        nonlocal happened
        record(self, ended, *rest, **more)
        if happened or ended.step != number:
            return
        happened = True  # of runs together, the first one's step
        match what:
            case "stop":
                send_command(folder.db, Stop())
            case "pause":
                send_command(folder.db, Pause())
            case "system":
                os.kill(os.getpid(), signal.SIGTERM)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "fault":
                raise RuntimeError("a wheel came off")
            case _:
                raise ValueError(what)

    Recorder.step = recorded  # type: ignore[method-assign]


if __name__ == "__main__":
    serve()
