"""What the desk found in one task's data, as the window shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.core.problem import Problem
from studio.core.recipe.column_mapping import CHOOSE
from studio.core.token_view import SeenRow
from studio.core.words import plural, tr
from studio.ui.charts.length_histogram import LengthBins


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task's rows as they are read; with `whole`, all were read and counted, else the first alone.

    `left_out` of `found` rows are not used; the others become `trained` rows of tokens. `warnings` say what will not be
    learned as a person may expect, `problems` why the task cannot be trained on. `columns` and `records` are the file's
    own: its first rows, column by column. `rows` are without the first `after` ones, where more were asked for;
    without `has_tokens` each is a text that is read and one that is learned.
    """

    format: str = ""
    read_as: str = ""
    whole: bool = False
    found: int | None = None
    used: int | None = None
    trained: int | None = None
    left_out: int = 0
    tokens: int = 0
    learned_tokens: int = 0
    held_out: int | None = None
    lengths: LengthBins = field(default_factory=LengthBins)
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    rows: tuple[SeenRow, ...] = ()
    after: int = 0
    has_tokens: bool = True
    columns: tuple[str, ...] = ()
    records: tuple[Mapping[str, str], ...] = ()
    guesses: tuple[Mapping[str, str], ...] = ()

    @property
    def reading(self) -> str:
        """How the rows are read, a sentence without its full stop; empty where nothing was read."""
        return tr("Read as {format}: {how}", format=self.format, how=self.read_as) if self.read_as else ""

    @property
    def lacks_columns(self) -> bool:
        """Whether the rows can be read once somebody says which column is what."""
        asked = bool(self.guesses) or any(each.kind == CHOOSE for each in self.problems)
        return bool(self.problems and self.columns) and asked and not self.rows

    @property
    def numbers(self) -> str:
        """The counts in words."""
        if self.whole:
            parts = [_rows(self.used)]
            if self.left_out:
                parts = [
                    plural("{used:,} of {n:,} row", "{used:,} of {n:,} rows", self.found or 0, used=self.used or 0)
                ]
            parts += [tr("{number:,} tokens", number=self.tokens), tr("95 % within {most:,}", most=self.lengths.p95)]
            parts += [tr("{number:,} held out", number=self.held_out)] if self.held_out else []
            return " · ".join(parts)
        return tr("about {rows}", rows=_rows(self.found)) if self.found is not None else ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TaskFacts:
        """From the desk's answer for one task; what it lacks stays empty."""
        lengths = values.get("lengths") or {}
        return cls(
            format=str(values.get("format", "")),
            read_as=str(values.get("read_as", "")),
            whole=bool(values.get("whole")),
            found=values.get("found"),
            used=values.get("used"),
            trained=values.get("train_rows"),
            left_out=int(values.get("left_out_rows", 0)),
            tokens=int(values.get("tokens", 0)),
            learned_tokens=int(values.get("learned_tokens", 0)),
            held_out=values.get("evaluate_rows"),
            lengths=LengthBins(
                tuple(lengths.get("edges", ())),
                tuple(lengths.get("counts", ())),
                int(lengths.get("longest", 0)),
                int(lengths.get("p95", 0)),
                int(values.get("max_length", 0)),
            ),
            warnings=problems_of(values.get("warnings", ())),
            problems=problems_of(values.get("problems", ())),
            # What rows look like when they are packed is shown after them.
            rows=(
                *(SeenRow.of_arrays(row) for row in values.get("rows", ())),
                *(SeenRow.of_arrays(pack) for pack in values.get("packs", ()) if pack["seams"]),
            ),
            after=int(values.get("after", 0)),
            has_tokens=bool(values.get("has_tokens", True)),
            columns=tuple(values.get("columns", ())),
            records=tuple(values.get("records", ())),
            guesses=tuple(values.get("guesses", ())),
        )


def _rows(count: int | None) -> str:
    return plural("{n:,} row", "{n:,} rows", count or 0)


def sentence(text: str) -> str:
    """The text with a capital letter, as a sentence of its own."""
    return text[:1].upper() + text[1:]


def problems_of(found: Iterable[Mapping[str, str]]) -> tuple[Problem, ...]:
    """Problems from JSON."""
    names = ("where", "what", "remedy", "kind", "about")
    return tuple(Problem(**{name: str(each.get(name, "")) for name in names}) for each in found)
