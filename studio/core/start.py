"""Start a run's worker as a process of its own that outlives whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from studio.core.problem import ProblemError
from studio.core.run_db import RunWriter
from studio.core.run_folder import RunFolder

PYTHON = {"PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}
"""The environment of every Python process that the studio starts; without the second, `-m` looks for modules in the
folder that the process stands in first, and a stranger's run could bring a `json.py` of its own."""


def start_worker(folder: RunFolder, python: str = sys.executable) -> int:
    """Start `studio.worker.run` on the run's folder, detached, its output in worker.log; returns its pid.

    Raises ProblemError when another worker holds the run, its folder cannot be written, or no process can be started.
    """
    if folder.is_alive():
        raise ProblemError.at(str(folder.path), "a worker is training this run already.", "Stop it first.")
    # Here and not in the worker: what is asked while it starts is asked of it.
    with RunWriter(folder.db) as writer:
        writer.drop_commands()
    # A detached process has no console: it must not share ours, nor die with it.
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    environment = {**os.environ, **PYTHON, "PYTHONUNBUFFERED": "1"}
    try:
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [worker_python(python), "-m", "studio.worker.run", str(folder.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder.path,
                env=environment,
                close_fds=True,
                creationflags=flags,
                start_new_session=sys.platform != "win32",
            )
    except OSError as error:
        raise ProblemError.at(
            str(folder.path), f"the worker cannot be started ({error}).", "See `mixlora-studio doctor`."
        ) from None
    # Whoever waits for the worker reads run.db; an unreaped child would only be a zombie with a warning.
    process.returncode = 0
    return process.pid


def worker_python(python: str) -> str:
    """The interpreter with a console (python.exe), even when the window runs in pythonw.exe."""
    path = Path(python)
    if path.name.lower() == "pythonw.exe":
        return str(path.with_name("python.exe"))
    return python
