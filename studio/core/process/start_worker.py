"""Start a run's worker as a process of its own that outlives whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from studio.core.absolute_path import absolute_path, absolute_paths
from studio.core.error_text import system_reason
from studio.core.places import HOME_VARIABLE
from studio.core.problem import ProblemError
from studio.core.process.visible_cards import with_all_cards
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.worker_start import MODULE, about_to_start, start_file, write_start
from studio.core.words import tr

PYTHON = {"PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}
"""Variables for every Python process that the studio starts; without the second, `-m` looks for modules in the current
folder first, and a stranger's run could bring a `json.py` of its own."""

FOLDER_VARIABLES = (
    HOME_VARIABLE, "HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_MODULES_CACHE", "HF_TOKEN_PATH", "TORCH_HOME",
    "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR",
)  # fmt: skip
"""Variables of ours and of libraries whose relative path would mean another folder to a process elsewhere."""


def python_environment(**more: str) -> dict[str, str]:
    """The environment of every Python process that the studio starts: this one's, its folders absolute, and `more`."""
    environment = {**os.environ, **PYTHON, **more}
    for name in FOLDER_VARIABLES:
        if environment.get(name):
            environment[name] = str(absolute_path(environment[name]))
    if environment.get("PYTHONPATH"):
        # A "." or an empty entry would be the process's own folder.
        environment["PYTHONPATH"] = absolute_paths(environment["PYTHONPATH"])
    return environment


def start_worker(folder: RunFolder, python: str = sys.executable, beside: Sequence[RunFolder] = ()) -> int:
    """Start `studio.worker.run` on the run's folder, detached, its output in worker.log; returns its pid.

    The same worker trains the runs `beside` it. Raises ProblemError when another worker holds the run, its folder
    cannot be written, or no process can be started.
    """
    # The worker's current folder is the run's, where a relative path leads elsewhere.
    folder = RunFolder(absolute_path(folder.path))
    others = [RunFolder(absolute_path(each.path)) for each in beside]
    for each in (folder, *others):
        if each.is_alive():
            raise ProblemError.at(str(each.path), tr("a worker is training this run already."), tr("Stop it first."))
        # Here and not in the worker: what is asked while it starts is meant for it.
        with RunWriter(each.db) as writer:
            writer.drop_commands()
    starts = {start_file(each.path): about_to_start(each) for each in (folder, *others)}
    file = start_file(folder.path)
    # A detached process must neither share our console nor die with it.
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    environment = with_all_cards(python_environment(PYTHONUNBUFFERED="1"))
    process = None
    try:
        for file, start in starts.items():
            write_start(file, start)
        for each in others:
            with each.log.open("a", encoding="utf-8") as pointer:
                pointer.write(f"It trains together with {folder.id}, in whose log is what their worker prints.\n")
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [worker_python(python), "-m", MODULE, *(str(each.path) for each in (folder, *others))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder.path,
                env=environment,
                close_fds=True,
                creationflags=flags,
                start_new_session=sys.platform != "win32",
            )
        # Callers wait by reading run.db; an unreaped child would only be a zombie and a warning.
        process.returncode = 0
        for file, start in starts.items():
            write_start(file, replace(start, pid=process.pid))
    except OSError as error:
        if process is not None:
            raise ProblemError.at(
                str(file),
                tr(
                    "the worker was started, but that could not be recorded here ({reason}).",
                    reason=system_reason(error),
                ),
                tr("Check that the folder is writable; `mixlora-studio show` shows the run's state."),
            ) from None
        for written in starts:
            with suppress(OSError):  # a file that stays names no process, so that its age decides
                written.unlink()
        raise ProblemError.at(
            str(folder.path),
            tr("the worker cannot be started ({error}).", error=error),
            tr("See `mixlora-studio doctor`."),
        ) from None
    return process.pid


def worker_python(python: str) -> str:
    """The interpreter with a console (python.exe), even when the window runs in pythonw.exe."""
    path = Path(python)
    if path.name.lower() == "pythonw.exe":
        return str(path.with_name("python.exe"))
    return python
