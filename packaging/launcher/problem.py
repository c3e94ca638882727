"""A problem that the user can fix, reported before `studio` and its packages are installed."""

from __future__ import annotations

import sys
from typing import TextIO

EXIT_USER_CAN_FIX = 2


class LaunchError(Exception):
    """Raised with the place, what is wrong there, and the remedy; the launcher prints it and exits with 2."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        self.where, self.what, self.remedy = where, what, remedy
        super().__init__(f"{where}: {what} {remedy}")


def show(error: LaunchError, to: TextIO | None = None) -> None:
    """Print the three parts, each on its own line, to standard error."""
    print(f"\nwhere   {error.where}\nwhat    {error.what}\nremedy  {error.remedy}", file=to or sys.stderr)


def say(line: str) -> None:
    """Print and flush, so that the line keeps its place among the output of child processes in a pipe."""
    print(line, flush=True)
