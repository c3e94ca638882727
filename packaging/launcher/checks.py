"""All checks and tests, one after the other; none hides another, and a summary closes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from launcher.environment import Environment
from launcher.machine import Machine
from launcher.problem import LaunchError, say
from launcher.system_packages import obtain

XVFB_VARIABLE = "STUDIO_TEST_XVFB"
CHECKED = ("studio", "tests", "packaging")
MOST_WORKERS = 4  # each may hold a gigabyte or two of models and processes


@dataclass(frozen=True)
class Check:
    """A named command."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a check ended and how long it took, in seconds."""

    check: Check
    code: int
    seconds: float


def checks(environment: Environment, quick: bool, pytest_arguments: tuple[str, ...]) -> list[Check]:
    """The checks in order, the cheap ones first; `quick` leaves the tests marked slow out, bench never runs."""
    python, tool = str(environment.python), environment.tool
    marks = "not slow and not bench" if quick else "not bench"
    return [
        Check("ruff check", (str(tool("ruff")), "check", *CHECKED)),
        Check("ruff format", (str(tool("ruff")), "format", "--check", *CHECKED)),
        Check("mypy", (python, "-m", "mypy")),
        Check("lint-imports", (str(tool("lint-imports")),)),
        Check("pytest", (python, "-m", "pytest", "-m", marks, *side_by_side(os.cpu_count() or 1), *pytest_arguments)),
    ]


def side_by_side(processors: int) -> tuple[str, ...]:
    """How pytest divides the tests among the machine's processors: file by file, since a file's tests share models.

    In the order of collection, in which tests/conftest.py puts the slow files first, so that none is left at the end.
    """
    workers = min(processors, MOST_WORKERS)
    return () if workers == 1 else ("-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")


def run_all(environment: Environment, planned: list[Check], environ: Mapping[str, str]) -> list[Outcome]:
    """Run every check to its end, whatever the others said, with its output as it comes."""
    outcomes = []
    for check in planned:
        say(f"\n=== {check.name}")
        began = time.monotonic()
        try:
            code = subprocess.call(check.command, cwd=environment.root, env=dict(environ), stdin=subprocess.DEVNULL)
        except OSError as error:
            say(f"cannot be started: {error}")
            code = 127
        outcomes.append(Outcome(check, code, time.monotonic() - began))
    return outcomes


def summary(outcomes: list[Outcome]) -> tuple[str, int]:
    """The closing lines, and the exit code: 0 when every check ended with 0, else 1."""
    lines = ["", "=== summary"]
    for outcome in outcomes:
        word = "ok    " if outcome.code == 0 else "FAILED"
        lines.append(f"{word}  {outcome.check.name:<14} {outcome.seconds:6.0f} s")
    failed = [outcome.check.name for outcome in outcomes if outcome.code != 0]
    lines.append(f"Failed: {', '.join(failed)}." if failed else "All checks hold.")
    return "\n".join(lines), 1 if failed else 0


def environ_for_tests(environment: Environment, xvfb: bool, inherited: Mapping[str, str]) -> dict[str, str]:
    """Qt offscreen unless the caller chose a platform; the environment's programs first on the path."""
    environ = {"QT_QPA_PLATFORM": "offscreen", **inherited, "PYTHONUTF8": "1"}
    environ["PATH"] = os.pathsep.join([str(environment.python.parent), inherited.get("PATH", os.defpath)])
    environ["VIRTUAL_ENV"] = str(environment.folder)
    if xvfb:
        environ[XVFB_VARIABLE] = "1"
    return environ


def provide_virtual_display(machine: Machine) -> bool:
    """Whether Xvfb is there, after installing it where that is allowed; says so where it is not."""
    if machine.system != "Linux":
        return False
    if shutil.which("Xvfb") is None and machine.may_install:
        try:
            obtain(["Xvfb"], "the tests on a virtual display", may_install=True)
        except LaunchError as error:
            say(f"Xvfb could not be installed: {error.what}")
    if shutil.which("Xvfb") is None:
        say("Xvfb is not here: the end-to-end tests run offscreen only.")
        return False
    return True
