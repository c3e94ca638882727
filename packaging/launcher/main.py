"""The two commands: install and start the studio; install and check it."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from launcher import checks, qt_libraries
from launcher.command import environ_for
from launcher.environment import Environment
from launcher.installation import Installation
from launcher.machine import look
from launcher.problem import EXIT_USER_CAN_FIX, LaunchError, say, show

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    """Return the exit code: that of the program that was started, or 2 if there is something for the user to fix."""
    for stream in (sys.stdout, sys.stderr):
        # An old code page must not turn an accent in the project's path into a failure, nor into another character.
        if isinstance(stream, io.TextIOWrapper):
            kept = stream.isatty() or os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding=None if kept else "utf-8", errors="replace")
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.verb != "test":
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        installation = Installation(Environment(ROOT), look(), options.torch)
        if options.verb == "test":
            return _test(installation, options.quick, rest)
        return _start(installation, options.headless)
    except LaunchError as error:
        show(error)
        return EXIT_USER_CAN_FIX
    except OSError as error:
        remedy = "Check the disk and the permissions there, close programs that use .venv, and start again."
        show(LaunchError(str(error.filename or ROOT), f"{error.strerror or error}.", remedy))
        return EXIT_USER_CAN_FIX
    except KeyboardInterrupt:
        say("\nStopped. Start again to continue from here.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="launch.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("verb", nargs="?", choices=["start", "test"], default="start", help="default: start")
    parser.add_argument("--headless", action="store_true", help="train the demo in the terminal, without a window")
    parser.add_argument("--torch", choices=["auto", "cpu", "cuda"], default="auto", help="which build of PyTorch")
    parser.add_argument(
        "--quick", action="store_true", help="test: leave out the slow tests; other arguments are passed to pytest"
    )
    return parser


def _start(installation: Installation, headless: bool) -> int:
    machine, environment = installation.machine, installation.environment
    installation.make("quantised")
    if not headless and not machine.display:
        say("This machine has no display, so the demo runs in the terminal (as with --headless).")
    if headless or not machine.display:
        return run_to_the_end([str(environment.python), "-m", "studio.cli", "demo"])
    qt_libraries.check(environment, machine, ("xcb",) if os.environ.get("DISPLAY") else ("wayland",))
    recipe = ROOT / "resources" / "demo" / "recipe.toml"
    return run_to_the_end([str(environment.python), "-m", "studio.ui", "--recipe", str(recipe)])


def _test(installation: Installation, quick: bool, pytest_arguments: list[str]) -> int:
    environment, began = installation.environment, time.monotonic()
    installation.make("quantised", "test")
    xvfb = shutil.which("Xvfb") is not None
    if installation.machine.system == "Linux" and not xvfb:
        say("Xvfb is not installed: the end-to-end tests run offscreen only.")
    qt_libraries.check(environment, installation.machine, ("offscreen", "xcb") if xvfb else ("offscreen",))
    installed: checks.Outcome = ("installation", 0, time.monotonic() - began)
    planned = checks.checks(environment, quick, pytest_arguments)
    environ = checks.environ_for_tests(environment, xvfb, environ_for())
    text, code = checks.summary([installed, *checks.run_all(environment, planned, environ)])
    say(text)
    return code


def run_to_the_end(command: list[str]) -> int:
    """Run a program in the project's folder to its end; its exit code, or 128 + the signal that ended it."""
    with subprocess.Popen(command, cwd=ROOT, env=environ_for()) as process:
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                continue  # the terminal sent it to the program as well, which handles it
    return code if code >= 0 else 128 - code
