"""One row of a data file as it stands there, and the faults found while a file is read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.words import plural, tr

MOST_PROBLEMS = 20
"""At most this many faults of one file are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as the file has it; `line` counts from 1 (parquet, arrow and hub sets: the row's number)."""

    line: int
    values: dict[str, Any]


class Faults:
    """The Problems found in one file: the first twenty are listed and the rest counted.

    With `skips`, a row with a fault is left out and counted instead (a recipe's skip_faulty).
    """

    def __init__(self, name: str, skips: bool = False) -> None:
        self.name = name
        self.skips = skips
        self.count = 0
        self.problems: list[Problem] = []
        self.lines: list[int] = []

    def add(self, where: str, what: str, remedy: str, line: int = 0) -> None:
        """Note that one row, at `line`, is wrong; the rows after it can still be read."""
        self.count += 1
        if self.skips:
            self.lines.append(line)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where, what, remedy))

    def stop(self, where: str, what: str, remedy: str) -> ProblemError:
        """The error to raise where nothing behind this fault can be read; with all that was found before it."""
        self.add(where, what, remedy)
        return ProblemError(*(self.problems[-1:] if self.skips else self._found()))

    def raise_any(self) -> None:
        """Raise ProblemError with all that was found, or return where nothing was, or where faults are skipped."""
        if not self.skips:
            ProblemError.raise_any(self._found())

    def _found(self) -> list[Problem]:
        hidden = self.count - len(self.problems)
        more = (
            [
                Problem(
                    self.name,
                    plural("{n} more of its rows is invalid.", "{n} more of its rows are invalid.", hidden),
                    tr("Fix these first."),
                )
            ]
            if hidden
            else []
        )
        return [*self.problems, *more]


def place_in(file: object, number: int, unit: str = "line") -> str:
    """Where a row stands, as a Problem names it: "train.jsonl, line 12"; `unit` may be "row" as well."""
    at = tr("row {number}", number=number) if unit == "row" else tr("line {number}", number=number)
    return tr("{file}, {place}", file=file, place=at)


def kind_of(value: Any) -> str:
    """What a value of a row is, in a word or two."""
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return tr("a date or time")
    kinds = {
        dict: tr("an object"),
        list: tr("a list"),
        tuple: tr("a list"),
        str: tr("text"),
        bool: tr("true or false"),
        type(None): "null",
        bytes: "bytes",
    }
    return kinds.get(type(value), tr("a number"))
