"""Data files read row by row with their line numbers: nothing is skipped, every fault is a Problem with its line."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from studio.core.problem import ProblemError
from studio.core.recipe.data_path import is_data_path
from studio.core.words import tr
from studio.data.containers.file_list import files_of
from studio.data.containers.reading import Reading
from studio.data.containers.registry import rows_of
from studio.data.containers.unpacked import file_bytes
from studio.data.source_row import Faults, SourceRow, place_in


@dataclass(slots=True)
class FilePart:
    """One file of a task: its rows are read anew, from its start, each time that they are asked for."""

    path: Path
    encoding: str = "auto"
    skips: bool = False
    notes: list[str] = field(default_factory=list)
    unit: str = "line"
    skipped: Faults | None = None
    _sha256: str = ""

    @property
    def name(self) -> str:
        return str(self.path)

    def rows(self) -> Generator[SourceRow, None, None]:
        reading = Reading(self.path, Faults(self.name, self.skips), self.encoding)
        try:
            with closing(rows_of(reading)) as rows:
                for row in rows:
                    self.unit = reading.unit
                    yield row
        finally:
            self.unit, self.notes, self.skipped = reading.unit, reading.notes, reading.faults

    @property
    def sha256(self) -> str:
        """The hash of the file's bytes as they lie on the disk."""
        if not self._sha256:
            digest = hashlib.sha256()
            for piece in file_bytes(self.path):
                digest.update(piece)
            self._sha256 = digest.hexdigest()
        return self._sha256


@dataclass(slots=True)
class ListedPart:
    """Rows that are held already, or that something else reads (a hub set)."""

    name: str
    listed: Iterable[SourceRow]
    sha256: str = ""
    unit: str = "line"
    notes: list[str] = field(default_factory=list)
    skipped: Faults | None = None

    def rows(self) -> Generator[SourceRow, None, None]:
        yield from self.listed


Part = FilePart | ListedPart


class DataFile:
    """All rows of what a task names: one file, several, or a hub set.

    A row's `line` is its line in its file; of several files, the lines go on counting from one to the next, and
    `place` says in which file it is. Rows are read from the disk each time that they are asked for.
    """

    def __init__(self, name: str, parts: Sequence[Part], notes: Sequence[str] = ()) -> None:
        self.name = name
        self.parts = tuple(parts)
        self._notes = tuple(notes)
        self._starts = [0]  # of each part that was reached: the lines before it

    @property
    def rows(self) -> Generator[SourceRow, None, None]:
        """Every row, from the first; raises ProblemError at the end where rows are broken, or there is none."""
        found = False
        with closing(self.parted_rows()) as rows:
            for _, row in rows:
                found = True
                yield row
        if not found:
            raise ProblemError.at(self.name, tr("it has no rows."), tr("Name a file with at least one row."))

    def parted_rows(self) -> Generator[tuple[Part, SourceRow], None, None]:
        """Every row with the part that it is of."""
        problems: list[ProblemError] = []
        for number, part in enumerate(self.parts):
            start, last = self._starts[number], 0
            try:
                with closing(part.rows()) as rows:
                    for row in rows:
                        last = row.line
                        yield part, SourceRow(start + row.line, row.values) if start else row
            except ProblemError as error:
                problems.append(error)
            if number + 1 == len(self._starts):
                self._starts.append(start + last)
        ProblemError.raise_any(problem for error in problems for problem in error.problems)

    def first(self, count: int) -> list[SourceRow]:
        """The first `count` rows, without reading more than they need."""
        with closing(self.rows) as rows:
            return list(islice(rows, count))

    def place(self, row: SourceRow | int) -> str:
        """Where a row stands, as a Problem names it: "train.jsonl, line 12"."""
        line = row if isinstance(row, int) else row.line
        number = min(max(bisect_right(self._starts, line - 1) - 1, 0), len(self.parts) - 1)
        part = self.parts[number]
        return place_in(part.name, line - self._starts[number], part.unit)

    @property
    def starts(self) -> list[tuple[int, str]]:
        """Of several files, the lines before each, and its name; whole only once every row was read."""
        return [(start, part.name) for start, part in zip(self._starts, self.parts, strict=False)] if self._many else []

    @property
    def _many(self) -> bool:
        return len(self.parts) > 1

    @property
    def unit(self) -> str:
        """What a row's number counts: "line" or "row"."""
        return self.parts[0].unit

    @property
    def hashes(self) -> dict[str, str]:
        """What identifies the content of each part: a file's SHA-256, a hub set's fingerprint."""
        return {part.name: part.sha256 for part in self.parts}

    @property
    def sha256(self) -> str:
        """What identifies the content of all parts together."""
        hashes = list(self.hashes.values())
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @property
    def notes(self) -> list[str]:
        """What must be told of how the files were read; whole only once every row was."""
        return [
            *self._notes,
            *(f"{part.name}: {note}" if self._many else note for part in self.parts for note in part.notes),
        ]

    @property
    def skipped(self) -> list[tuple[int, Faults]]:
        """The faults of rows that were left out by the recipe's leave: (lines before the part, its faults)."""
        return [
            (start, part.skipped)
            for start, part in zip(self._starts, self.parts, strict=False)
            if part.skipped and part.skipped.lines
        ]


def open_data(
    names: str | Sequence[str],
    split: str,
    *,
    encoding: str = "auto",
    skip_faulty: bool = False,
    hub_set: Callable[[str, str], DataFile] | None = None,
) -> DataFile:
    """What a task's `train` or `evaluate` names, ready to be read; no row is read yet.

    `hub_set` opens a name that is no path. Raises ProblemError for a missing file, an empty folder, or a pattern that
    matches nothing.
    """
    listed = (names,) if isinstance(names, str) else tuple(names)
    notes: list[str] = []
    parts: list[Part] = []
    for name in listed:
        if hub_set and not is_data_path(name):
            parts += hub_set(name, split).parts
            continue
        parts += [FilePart(path, encoding, skip_faulty) for path in files_of(name, split, notes)]
    once: dict[str, Part] = {}
    for part in parts:
        if part.name in once:
            notes.append(tr("{file} is named more than once and is read once", file=part.name))
        once.setdefault(part.name, part)
    return DataFile(", ".join(listed), list(once.values()), notes)
