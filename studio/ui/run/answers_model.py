"""The answers of the newest evaluations, row by row, with what the base model said of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from studio.core.foreign.visible_text import unmarked, visible
from studio.core.run.events import AnswersKept, KeptAnswer
from studio.ui.theme import theme

COLUMNS = ("", "Task", "Question", "Answer", "Expected")
SHOWN_CHARACTERS = 160  # of a cell
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row's newest answer; `base` is the answer before training where it was kept, `step` when it was given."""

    task: str
    step: int
    answer: KeptAnswer
    base: KeptAnswer | None = None
    base_was_right: bool | None = None


CHOSEN: dict[str, Callable[[AnswerRow], bool]] = {
    "All answers": lambda row: True,
    "Wrong": lambda row: row.answer.right is False,
    "Right": lambda row: row.answer.right is True,
    "Right, and wrong before": lambda row: row.answer.right is True and row.base_was_right is False,
    "Wrong, and right before": lambda row: row.answer.right is False and row.base_was_right is True,
}
"""Which answers are shown, by the words of the choice."""


def answer_rows(answers: Mapping[str, Sequence[AnswersKept]]) -> list[AnswerRow]:
    """Each task's answers of its newest evaluation, beside those of its first."""
    found = []
    for task, kept in answers.items():
        newest, first = kept[-1], kept[0]
        before = {each.row: each for each in first.answers} if first.when == "before" and first is not newest else {}
        right = dict(zip(first.rows, first.values, strict=False)) if before else {}
        for each in newest.answers:
            value = right.get(each.row)
            base_was_right = None if value is None else value == 1
            found.append(AnswerRow(task, newest.step, each, before.get(each.row), base_was_right))
    return found


class AnswersModel(QAbstractTableModel):
    """Frozen AnswerRows, of which those of one task and one kind are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[AnswerRow] = []
        self.rows: list[AnswerRow] = []
        self._chosen = ("", "All answers")

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(row.task for row in self._all))

    @property
    def count(self) -> int:
        """All answers that were kept, shown or not."""
        return len(self._all)

    def show_rows(self, rows: list[AnswerRow]) -> None:
        if rows != self._all:
            self._all = rows
            self._choose()

    def choose(self, task: str, kind: str) -> None:
        """Show the answers of one task, or of all with "", and of one kind of `CHOSEN`."""
        if (task, kind) != self._chosen:
            self._chosen = (task, kind)
            self._choose()

    def _choose(self) -> None:
        task, kind = self._chosen
        self.beginResetModel()
        self.rows = [row for row in self._all if task in ("", row.task) and CHOSEN[kind](row)]
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
            return cells(row)[column]
        if role == Qt.ItemDataRole.ForegroundRole and column == 0 and row.answer.right is not None:
            return QColor(theme.roles.good if row.answer.right else theme.roles.danger)
        if role == Qt.ItemDataRole.ToolTipRole and column:
            return unmarked(cells(row)[column])
        return None


def cells(row: AnswerRow) -> tuple[str, ...]:
    """A row as the table shows it, each text on one line."""
    verdict = {True: "right", False: "wrong", None: "–"}[row.answer.right]
    texts = (_line(each) for each in (row.answer.prompt, row.answer.answer, row.answer.expected))
    return (verdict, row.task, *texts)


def whole(row: AnswerRow) -> str:
    """A row in full, as far as it was kept."""
    answer = row.answer
    verdict = {True: "right", False: "wrong", None: "not judged"}[answer.right]
    parts = [f"{row.task}, row at {answer.line}, after step {row.step}: {verdict}", f"Question\n{answer.prompt}"]
    parts += [f"Answer\n{answer.answer}"] if answer.right is not None else []
    parts += [f"Expected\n{answer.expected}"] if answer.expected else []
    if row.base is not None and answer.right is not None:
        parts.append(f"Before training\n{row.base.answer}")
    elif row.base_was_right is not None:
        parts.append(f"Before training it was {'right' if row.base_was_right else 'wrong'}.")
    return visible("\n\n".join(parts))


def _line(text: str) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"
