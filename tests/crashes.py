"""Keeps the stack traces of a test process that crashes, and shows them at the end of the tests.

pytest's own go to standard error, in front of some hundred names of extension modules and of all later failures.
"""

from __future__ import annotations

import faulthandler
import tempfile
from pathlib import Path
from typing import Any, TextIO

import pytest

FOLDER = "crashes"  # the name of what pytest-xdist hands to its processes
LEAST_LINES = 4  # a file of fewer tells nothing

_kept: dict[str, Any] = {}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Write to a file instead, in a process of pytest-xdist."""
    given = getattr(config, "workerinput", None)
    if given is None:
        _kept["folder"] = tempfile.TemporaryDirectory(prefix="studio-crashes-", ignore_cleanup_errors=True)
        return
    file: TextIO = (Path(given[FOLDER]) / f"{given['workerid']}.txt").open("w", encoding="utf-8")
    _kept["file"] = file  # open as long as the process lives
    faulthandler.enable(file=file)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each process of pytest-xdist where to write."""
    node.workerinput[FOLDER] = _kept["folder"].name


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was written."""
    folder = _kept.get("folder")
    for file in sorted(Path(folder.name).glob("*.txt")) if folder is not None else ():
        lines = stack_lines(file.read_text("utf-8", "replace"))
        if len(lines) >= LEAST_LINES:
            terminalreporter.section(f"the crash of {file.stem}")
            terminalreporter.write_line("\n".join(lines))


def stack_lines(text: str) -> list[str]:
    """The lines of a crash that say where each thread was, without the frames of the test framework."""
    own = [line for line in text.splitlines() if not line.startswith("Extension modules:")]
    framework = ("_pytest", "pluggy", "execnet", "xdist")
    return [line for line in own if not any(f"/{name}/" in line.replace("\\", "/") for name in framework)]
