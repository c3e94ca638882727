"""All checks and tests, each to its end, with a summary: the short checks beside the tests, which often wait."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from launcher.environment import Environment
from launcher.problem import say

XVFB_VARIABLE = "STUDIO_TEST_XVFB"
CHECKED = ("studio", "tests", "packaging")
MOST_WORKERS = 4  # each may hold a gigabyte or two of models and processes

Check = tuple[str, list[str]]  # name and command
Outcome = tuple[str, int, float]  # name, exit code, seconds


def checks(environment: Environment, quick: bool, pytest_arguments: list[str]) -> list[Check]:
    """The checks in order, the cheap ones first; `quick` leaves out the tests marked slow; bench never runs."""
    python, ruff = str(environment.python), str(environment.tool("ruff"))
    marks = "not slow and not bench" if quick else "not bench"
    pytest = [python, "-m", "pytest", "-m", marks, *side_by_side(os.cpu_count() or 1), *pytest_arguments]
    return [
        ("ruff check", [ruff, "check", *CHECKED]),
        ("ruff format", [ruff, "format", "--check", *CHECKED]),
        ("mypy", [python, "-m", "mypy"]),
        ("lint-imports", [str(environment.tool("lint-imports"))]),
        ("pytest", pytest),
    ]


def side_by_side(processors: int) -> list[str]:
    """How pytest divides the tests among processors: file by file, because the tests of a file share models.

    In the order of collection: tests/conftest.py puts the slow files first, so that none starts at the end. A process
    that dies ends the tests as failed: with another in its place, pytest-xdist waited for ever at the end.

    One more than there are processors: tests wait for other processes and for clocks, so that as many as processors
    left almost a third of two idle (1,032 s of work in 738 s).
    """
    workers = 1 if processors == 1 else min(processors + 1, MOST_WORKERS)
    dealt = ["--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0"]
    return [] if workers == 1 else ["-n", str(workers), *dealt]


def run_all(environment: Environment, planned: list[Check], environ: Mapping[str, str]) -> list[Outcome]:
    """Run every check to its end, whatever the result of the others, and show its output.

    The last, which takes longest, shows its output while it runs; beside it run the others, one after another, and show
    theirs after it.
    """
    place: dict[str, Any] = {"cwd": environment.root, "env": dict(environ), "stdin": subprocess.DEVNULL}

    def timed(name: str, command: list[str], output: int | None = subprocess.PIPE) -> tuple[Outcome, bytes]:
        began = time.monotonic()
        try:
            done = subprocess.run(command, check=False, stdout=output, stderr=output and subprocess.STDOUT, **place)
            code, said = done.returncode, done.stdout or b""
        except OSError as error:
            code, said = 127, f"cannot be started: {error}\n".encode()
        return (name, code, time.monotonic() - began), said

    *short, (name, command) = planned
    with ThreadPoolExecutor(1) as beside:
        others = [beside.submit(timed, *check) for check in short]
        outcomes = []
        try:
            say(f"\n=== {name}")
            longest, failure = timed(name, command, None)
            _show(failure)
            for (short_name, _), other in zip(short, others, strict=True):
                outcome, said = other.result()
                say(f"\n=== {short_name}")
                _show(said)
                outcomes.append(outcome)
        except KeyboardInterrupt:
            beside.shutdown(wait=False, cancel_futures=True)
            raise
    return [*outcomes, longest]


def _show(said: bytes) -> None:
    if text := said.decode("utf-8", "replace").rstrip():
        say("\n".join(text.splitlines()))  # Windows' line ends become two where one is printed again


def summary(outcomes: list[Outcome]) -> tuple[str, int]:
    """The closing lines, and the exit code: 0 when every check ended with 0, else 1."""
    lines = [f"{'FAILED' if code else 'ok    '}  {name:<14} {seconds:6.0f} s" for name, code, seconds in outcomes]
    failed = [name for name, code, _ in outcomes if code]
    last = f"Failed: {', '.join(failed)}." if failed else "All checks passed."
    return "\n".join(["", "=== summary", *lines, last]), 1 if failed else 0


def environ_for_tests(environment: Environment, xvfb: bool, inherited: Mapping[str, str]) -> dict[str, str]:
    """Qt offscreen unless the caller chose a platform; the environment's programs first on PATH.

    What is compiled is kept, whatever the caller set: else each process that a test starts compiles the studio anew.
    """
    path = os.pathsep.join([str(environment.python.parent), inherited.get("PATH", os.defpath)])
    ours = {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "", "PATH": path}
    environ = {"QT_QPA_PLATFORM": "offscreen", **inherited, **ours}
    return {**environ, "VIRTUAL_ENV": str(environment.folder), **({XVFB_VARIABLE: "1"} if xvfb else {})}
