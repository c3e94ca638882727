"""What the verbs print: answers on stdout, Problems on stderr; with --json one object on stdout and nothing else."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.core.json_values import finite
from studio.core.problem import Problem


def print_json(values: dict[str, Any]) -> None:
    """Print one JSON object; numbers that are not finite become null, since JSON has none."""
    sys.stdout.write(dumped(values) + "\n")
    sys.stdout.flush()


def dumped(values: dict[str, Any]) -> str:
    """One JSON object as text, in ASCII, so that any program can read it whatever the console's code page."""
    return json.dumps(finite(values), indent=2, allow_nan=False)


def print_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        print(f"{problem.where}: {problem.what}", file=sys.stderr)
        if problem.remedy:
            print(f"  Remedy: {problem.remedy}", file=sys.stderr)


def columns(rows: list[list[str]]) -> str:
    """Rows of cells as text, each column as wide as its widest cell."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))] if rows else []
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def within_terminal(text: str) -> str:
    """Lines cut to the terminal's width, so that a table stays one; uncut for a file or a program."""
    if not sys.stdout.isatty():
        return text
    most = shutil.get_terminal_size().columns
    return "\n".join(line if len(line) <= most else line[: most - 1] + "…" for line in text.splitlines())


def own_command() -> str:
    """What a person types here to start this program: its name, or its full path where the shell does not find it."""
    name = "mixlora-studio"
    here = shutil.which(name, path=str(Path(sys.executable).parent))
    if here is None or shutil.which(name) == here:
        return name
    # Windows' shell takes double quotes only; PowerShell needs & before a quoted program, so quote only if needed.
    return f'"{here}"' if " " in here else here
