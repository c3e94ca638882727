"""The evaluation table: one row per task, its score before and now, with the standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from studio.core.foreign.visible_text import unmarked
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.units import number_text
from studio.ui.theme import theme
from studio.ui.units import score_text

COLUMNS = ("Task", "Metric", "Before", "Now", "Change", "Loss", "Rows")
SORT = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One task's first and newest score; `first` is None while only one evaluation has ended."""

    task: str
    first: TaskScore | None
    newest: TaskScore
    step: int

    @property
    def change(self) -> float | None:
        return None if self.first is None else self.newest.value - self.first.value


def score_rows(evaluations: Sequence[EvaluationEnded]) -> list[ScoreRow]:
    """A row for each task that was ever scored, in the order of the newest evaluation."""
    rows: dict[str, ScoreRow] = {}
    for evaluation in evaluations:
        for task, score in evaluation.tasks.items():
            before = rows.get(task)
            first = (before.first or before.newest) if before else None
            rows[task] = ScoreRow(task, first, score, evaluation.step)
    return list(rows.values())


class ScoresModel(QAbstractTableModel):
    """Frozen ScoreRows; the sort role returns raw values."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[ScoreRow] = []

    def show_rows(self, rows: list[ScoreRow]) -> None:
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        # The tooltip has the whole title where a narrow column cuts it.
        if orientation == Qt.Orientation.Horizontal and role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return COLUMNS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section < 2 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown(row, column)
        if role == SORT:
            return self._raw(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column not in ("Task", "Metric"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and column == "Change" and row.change:
            better = (row.change > 0) != (row.newest.metric == "loss")
            return QColor(theme.roles.good if better else theme.roles.danger)
        if role == Qt.ItemDataRole.ToolTipRole:
            shown = "" if column == "Task" else f"{column}: {self._shown(row, column)}\n"
            scored = f"scored on {row.newest.rows} held-out rows at step {row.step}; ± is the standard error"
            return unmarked(f"{shown}{row.task}, {scored}")
        return None

    @staticmethod
    def _shown(row: ScoreRow, column: str) -> str:
        def told(score: TaskScore | None) -> str:
            if score is None:
                return "–"
            return score_text(score.metric, score.value, score.stderr)

        match column:
            case "Task":
                return row.task
            case "Metric":
                return row.newest.metric
            case "Before":
                return told(row.first)
            case "Now":
                return told(row.newest)
            case "Change":
                if row.change is None:
                    return "–"
                loss = row.newest.metric == "loss"
                return f"{row.change:+.3f}" if loss else f"{100 * row.change:+.1f} points"
            case "Loss":
                return "–" if row.newest.loss is None else number_text(row.newest.loss)
            case _:
                return str(row.newest.rows)

    @staticmethod
    def _raw(row: ScoreRow, column: str) -> str | float | None:
        raw: dict[str, str | float | None] = {
            "Task": row.task,
            "Metric": row.newest.metric,
            "Before": row.first.value if row.first else None,
            "Now": row.newest.value,
            "Change": row.change,
            "Loss": row.newest.loss,
            "Rows": row.newest.rows,
        }
        return raw[column]
