"""Held-out rows to ask: those whose answers an evaluation kept, and those that the desk found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.run.events import AnswersKept
from studio.ui.theme import theme

COLUMNS = ("", "Task", "Question", "Expected")
SHOWN_CHARACTERS = 200
_Index = QModelIndex | QPersistentModelIndex


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


class RowsModel(QAbstractTableModel):
    """Frozen HeldOutRows, of which those of one task, of one verdict and with some words are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[HeldOutRow] = []
        self.rows: list[HeldOutRow] = []
        self._chosen: tuple[str, bool | None, str] = ("", None, "")

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(row.task for row in self._all))

    @property
    def all_rows(self) -> list[HeldOutRow]:
        return self._all

    def show_rows(self, rows: list[HeldOutRow]) -> None:
        if rows != self._all:
            self._all = rows
            self._choose()

    def choose(self, task: str, right: bool | None, words: str) -> None:
        """Show the rows of one task (of all with ""), right or wrong ones (all with None), with these words in them."""
        if (task, right, words) != self._chosen:
            self._chosen = (task, right, words)
            self._choose()

    def _choose(self) -> None:
        task, right, words = self._chosen
        self.beginResetModel()
        self.rows = [
            row
            for row in self._all
            if task in ("", row.task)
            and right in (None, row.right)
            and words.casefold() in f"{row.prompt}\n{row.expected}".casefold()
        ]
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            verdict = {True: "right", False: "wrong", None: "–"}[row.right]
            return (verdict, row.task, _line(row.prompt), _line(row.expected))[column]
        if role == Qt.ItemDataRole.ForegroundRole and column == 0 and row.right is not None:
            return QColor(theme.roles.good if row.right else theme.roles.danger)
        if role == Qt.ItemDataRole.ToolTipRole and column > 1:
            return unmarked((row.prompt if column == 2 else row.expected)[:2000])
        return None


def _line(text: str) -> str:
    line = one_line(" ".join(text.split()))
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"
