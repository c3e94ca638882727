"""What the window has to tell: news that pass, and problems that stay until they are untrue, with what fixes them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from studio.core import places
from studio.core.problem import Problem
from studio.core.redaction import redacted
from studio.core.words import capitalised, in_plain_english

PROBLEMS = ("warning", "danger")


@dataclass(frozen=True, slots=True)
class Fix:
    """A button of a notice: its object's name, its words, its icon, and what it does."""

    name: str
    text: str
    icon: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to show: `role` is "accent" (news), "good", "warning" or "danger"; `details` go into the report.

    A notice replaces an earlier one of the same `cause`, and is gone as soon as `holds` says that it is untrue.
    """

    what: str
    remedy: str = ""
    role: str = "danger"
    where: str = ""
    details: str = ""
    cause: str = ""
    holds: Callable[[], bool] | None = None
    fixes: tuple[Fix, ...] = ()

    @classmethod
    def of(cls, problem: Problem) -> Notice:
        return cls(capitalised(problem.what), problem.remedy, "danger", problem.where)

    @property
    def key(self) -> tuple[str, ...]:
        """Notices of the same key are one."""
        return (self.cause,) if self.cause else (self.what, self.where, self.remedy)

    @property
    def is_problem(self) -> bool:
        return self.role in PROBLEMS

    def report(self) -> str:
        """The notice as text for a bug report, without tokens and home folders."""
        lines = [
            f"What: {capitalised(in_plain_english(self.what))}",
            f"Where: {in_plain_english(self.where)}" if self.where else "",
            f"Remedy: {in_plain_english(self.remedy)}" if self.remedy else "",
            on_what(),
            self.details,
        ]
        return redacted("\n".join(line for line in lines if line)) + "\n"


def report_of(notices: list[Notice]) -> str:
    """Several notices as one report."""
    return "\n".join(notice.report() for notice in notices)


def on_what() -> str:
    """The line of a report that says which program, Python and system it comes from."""
    return f"On: {platform.platform()}, Python {platform.python_version()}, {places.APP} {installed('mixlora-studio')}"


def installed(package: str) -> str:
    """The installed version of a package, from its files and without importing it; "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
