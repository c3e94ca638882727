"""What became of a task's rows, in plain values: the window, `data`, `plan` and `train` all say it from here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from studio.core.problem import Problem
from studio.core.said import Sentence
from studio.core.words import mark, tr
from studio.data.source_row import place_in

_FIRST = 5  # lines named of all that are left out for the same reason


@dataclass(slots=True)
class LeftOut:
    """How many rows are left out for one reason, the lines of the first, and what to do about it."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    remedy: Sentence = ""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of rows before any is cut: `counts[i]` rows have at least `edges[i]` and fewer than `edges[i + 1]`."""

    edges: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    p50: int = 0
    p95: int = 0
    longest: int = 0


_OF_ALL = mark("{count:,} of {rows:,} rows for {use} are left out: {reason} ({place} is the first).")
_OF_THE_FIRST = mark("{count:,} of the first {rows:,} rows for {use} are left out: {reason} ({place} is the first).")
USES = {"training": mark("training"), "scoring": mark("scoring")}


@dataclass(slots=True)
class TaskReport:
    """What was read from one part of a task ("training" or "scoring"), and what became of each of its rows.

    `rows` are those of the source; each is used or left out. `made` are the token rows that the used ones became: one
    each, more where a row is learned answer by answer or in windows. `cut` are used rows that lost `cut_tokens`
    together. `tokens` and `learned_tokens` are those of the rows made. `duplicates` repeat an earlier row,
    `conflicting` have the question of another row and another answer. `unit` is what `LeftOut.lines` counts;
    of several files they go on counting from file to file, and `starts` has the lines before each and its name.
    """

    task: str
    file: str
    use: str = "training"
    unit: str = "line"
    starts: list[tuple[int, str]] = field(default_factory=list)
    format: str = ""
    read_as: Sentence = ""
    scored_as: Sentence = ""
    rows: int = 0
    used: int = 0
    made: int = 0
    cut: int = 0
    left_out: dict[Sentence, LeftOut] = field(default_factory=dict)
    tokens: int = 0
    learned_tokens: int = 0
    cut_tokens: int = 0
    duplicates: int = 0
    conflicting: int = 0
    unused_columns: list[str] = field(default_factory=list)
    lengths: Lengths = field(default_factory=Lengths)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def left_out_rows(self) -> int:
        return sum(found.count for found in self.left_out.values())

    @property
    def cut_share(self) -> float:
        """The share of all tokens of the used rows that no row has, from 0 to 1."""
        whole = self.tokens + self.cut_tokens
        return self.cut_tokens / whole if whole else 0.0

    def place(self, line: int) -> str:
        """Where a row stands: "line 7", or of several files "b.jsonl, line 2"."""
        start, name = next(((start, name) for start, name in reversed(self.starts) if start < line), (0, ""))
        number = line - start if name else line
        if name:
            return place_in(name, number, self.unit)
        return tr("row {number}", number=number) if self.unit == "row" else tr("line {number}", number=number)

    def where(self, line: int) -> str:
        """The place of a row as a Problem names it, with its file."""
        return self.place(line) if self.starts else tr("{file}, {place}", file=self.file, place=self.place(line))

    def leave_out(self, reason: str, remedy: str, line: int) -> None:
        """Count the row at `line` as left out; `reason` ends a sentence ("the answer is empty")."""
        found = self.left_out.setdefault(reason, LeftOut(remedy=remedy))
        found.count += 1
        if len(found.lines) < _FIRST:
            found.lines.append(line)

    @property
    def use_text(self) -> str:
        """What the rows are for, in words."""
        return tr(USES[self.use]) if self.use in USES else self.use

    def warn(self, what: str, remedy: str) -> None:
        self.warnings.append(Problem(tr("task {name}", name=self.task), what, remedy))

    def sentences_left_out(self, of_the_first: bool = False) -> list[Problem]:
        """Each reason for which rows are left out, as a warning; `of_the_first` where there are more rows."""
        return [
            Problem(
                tr("task {name}", name=self.task),
                tr(
                    _OF_THE_FIRST if of_the_first else _OF_ALL,
                    count=found.count,
                    rows=self.rows,
                    use=self.use_text,
                    reason=reason,
                    place=self.place(found.lines[0]),
                ),
                found.remedy,
            )
            for reason, found in self.left_out.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """Everything in values that JSON has."""
        return asdict(self) | {
            "warnings": [warning.as_dict() for warning in self.warnings],
            "left_out_rows": self.left_out_rows,
            "cut_share": self.cut_share,
        }


def lengths_of(tokens: ArrayLike, bins: int = 24) -> Lengths:
    """The histogram of rows' lengths in tokens, in bins of equal width."""
    ordered = np.sort(np.asarray(tokens, dtype=np.int64))
    if not len(ordered):
        return Lengths()
    longest = int(ordered[-1])
    width = max(1, -(-(longest + 1) // bins))
    edges = tuple(range(0, longest + 1 + width, width))
    counts = np.bincount(ordered // width, minlength=len(edges) - 1)

    def at(share: float) -> int:
        return int(ordered[min(len(ordered) - 1, int(share * len(ordered)))])

    return Lengths(edges, tuple(counts.tolist()), at(0.5), at(0.95), longest)
