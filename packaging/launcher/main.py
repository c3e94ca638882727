"""The two commands: install and start the studio; install and check it."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from pathlib import Path

from launcher import checks, qt_needs
from launcher.command import environ_for
from launcher.environment import Environment
from launcher.installation import Installation
from launcher.machine import Machine, look
from launcher.problem import EXIT_USER_CAN_FIX, LaunchError, say, show

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    """Return the exit code: that of what was started, or 2 when the user can fix something first."""
    for stream in (sys.stdout, sys.stderr):
        # An old code page must not turn an accent in the project's path into a failure, nor into another character.
        if isinstance(stream, io.TextIOWrapper):
            kept = stream.isatty() or os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding=None if kept else "utf-8", errors="replace")
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.verb != "test":
        parser.error(f"unknown: {' '.join(rest)}")
    for name in ("PYTHONHOME", "PYTHONPATH"):
        if name in os.environ:
            say(f"{name} is set for another Python; here it is left aside.")
    try:
        machine, environment = look(), Environment(ROOT)
        installation = Installation(environment, machine, options.torch)
        if options.verb == "test":
            return _test(installation, options.quick, tuple(rest))
        return _start(installation, options.headless)
    except LaunchError as error:
        show(error)
        return EXIT_USER_CAN_FIX
    except OSError as error:
        place = error.filename or ROOT
        show(
            LaunchError(str(place), f"{error.strerror or error}.", "Check the disk and the rights there, start again.")
        )
        return EXIT_USER_CAN_FIX
    except KeyboardInterrupt:
        say("\nStopped. Start again to go on from here.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="launch.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("verb", nargs="?", choices=["start", "test"], default="start", help="default: start")
    parser.add_argument("--headless", action="store_true", help="train the demo in the terminal, without a window")
    parser.add_argument("--torch", choices=["auto", "cpu", "cuda"], default="auto", help="which build of PyTorch")
    parser.add_argument(
        "--quick", action="store_true", help="test: leave the slow tests out; what else is given goes to pytest"
    )
    return parser


def _start(installation: Installation, headless: bool) -> int:
    machine, environment = installation.machine, installation.environment
    installation.make("quantised")
    if not headless and not machine.display:
        say("No display is here, so the demo runs in the terminal (as with --headless).")
    if headless or not machine.display:
        return run_to_the_end([str(environment.python), "-m", "studio.cli", "demo"])
    qt_needs.provide(environment, machine, platforms_for(machine, os.environ.get("DISPLAY")), "the window")
    recipe = ROOT / "resources" / "demo" / "recipe.toml"
    return run_to_the_end([str(environment.python), "-m", "studio.ui", "--recipe", str(recipe)])


def platforms_for(machine: Machine, x11: str | None) -> tuple[str, ...]:
    """The platform plugin that Qt will pick here, whose libraries must be there."""
    return () if machine.system != "Linux" else ("xcb",) if x11 else ("wayland",)


def _test(installation: Installation, quick: bool, pytest_arguments: tuple[str, ...]) -> int:
    machine, environment = installation.machine, installation.environment
    installation.make("quantised", "test")
    xvfb = checks.provide_virtual_display(machine)
    qt_needs.provide(environment, machine, ("offscreen", "xcb") if xvfb else ("offscreen",), "the window's tests")
    planned = checks.checks(environment, quick, pytest_arguments)
    environ = checks.environ_for_tests(environment, xvfb, environ_for())
    text, code = checks.summary(checks.run_all(environment, planned, environ))
    say(text)
    return code


def run_to_the_end(command: list[str]) -> int:
    """Start a program in the project's folder and wait for it; its exit code, or 128 + the signal that ended it."""
    with subprocess.Popen(command, cwd=ROOT, env=environ_for()) as process:
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                continue  # the terminal sent it to the program as well, which ends in its own way
    return code if code >= 0 else 128 - code
