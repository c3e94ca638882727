"""Held-out rows to ask: those whose answers an evaluation kept, and those that the desk found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.run.events import AnswersKept
from studio.core.words import mark
from studio.ui.controls.graded_table import GradedTable


@dataclass(frozen=True, slots=True)
class HeldOutRow:
    """The row at place `row` of a task; `right` is how it did in the newest evaluation, None where that is unknown."""

    task: str
    row: int
    prompt: str
    expected: str
    right: bool | None = None


def kept_rows(answers: Mapping[str, Sequence[AnswersKept]]) -> list[HeldOutRow]:
    """The rows whose answers the newest evaluation of each task kept."""
    return [
        HeldOutRow(task, each.row, each.prompt, each.expected, each.right)
        for task, kept in answers.items()
        for each in (kept[-1].answers if kept else ())
        if each.prompt
    ]


def with_found(rows: Sequence[HeldOutRow], found: Mapping[str, Any]) -> list[HeldOutRow]:
    """`rows`, and what the desk found of each task beside them, in the order of the tasks' files."""
    known = {(each.task, each.row): each for each in rows}
    for task, told in found.items():
        for row in told.get("rows", ()):
            place = (str(task), int(row["row"]))
            right = known[place].right if place in known else None
            known[place] = HeldOutRow(*place, str(row["prompt"]), str(row["expected"]), right)
    order = {task: number for number, task in enumerate(dict.fromkeys(each.task for each in known.values()))}
    return sorted(known.values(), key=lambda each: (order[each.task], each.row))


class RowsModel(GradedTable[HeldOutRow]):
    """Frozen HeldOutRows, of which those of one task, of one verdict and with some words are shown."""

    columns = ("", mark("Task"), mark("Question"), mark("Expected"))

    def __init__(self) -> None:
        super().__init__()
        self._chosen: tuple[str, bool | None, str] = ("", None, "")

    def choose(self, task: str, right: bool | None, words: str) -> None:
        """Show the rows of one task (of all with ""), right or wrong ones (all with None), with these words in them."""
        if (task, right, words) != self._chosen:
            self._chosen = (task, right, words)
            self._choose()

    def _is_chosen(self, row: HeldOutRow) -> bool:
        task, right, words = self._chosen
        said = f"{row.prompt}\n{row.expected}".casefold()
        return task in ("", row.task) and right in (None, row.right) and words.casefold() in said

    def _texts(self, row: HeldOutRow) -> tuple[str, ...]:
        return row.prompt, row.expected
