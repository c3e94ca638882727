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
from studio.core.words import mark, tr
from studio.ui.theme import theme
from studio.ui.units import difference_text, percent_text, score_text

COLUMNS = (
    mark("Task"),
    mark("Metric"),
    mark("Before"),
    mark("Now"),
    mark("Change"),
    mark("Majority"),
    mark("Loss"),
    mark("Rows"),
)
HINTS = {
    "Before": mark("what the base model scores, before training"),
    "Change": mark("now less before; what is not larger than its ± may be chance"),
    "Majority": mark("what always giving the most frequent answer would score; a model that learned scores more"),
    "Loss": mark("the mean cross-entropy of the expected answers' tokens; lower is surer"),
    "Rows": mark("how many of the held-out rows were scored"),
}
SORT = Qt.ItemDataRole.UserRole
ROLES = frozenset(
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.ToolTipRole,
        SORT,
    )
)
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One task's first and newest score; `first` is None while only one evaluation has ended."""

    task: str
    first: TaskScore | None
    newest: TaskScore
    step: int

    @property
    def before(self) -> tuple[float, float] | None:
        """The base model's score with its error: on the rows that both have where these are known."""
        if self.newest.base is not None:
            return self.newest.base.value, self.newest.base.stderr
        return None if self.first is None else (self.first.value, self.first.stderr)

    @property
    def change(self) -> tuple[float, float | None] | None:
        """How much better than before, with its error where rows are paired."""
        if self.newest.base is not None:
            return self.newest.base.difference, self.newest.base.difference_stderr
        return None if self.first is None else (self.newest.value - self.first.value, None)

    @property
    def lower_loss(self) -> tuple[float, float] | None:
        """The loss before and now, where it is lower now by a tenth at least."""
        before, now = (self.first.loss if self.first else None), self.newest.loss
        return (before, now) if before is not None and now is not None and now < 0.9 * before else None


def unmatched(rows: Sequence[ScoreRow]) -> str:
    """What to go by where no answer is right word for word, which whole sentences seldom are; "" where some is."""
    for row in rows:
        newest, before = row.newest, row.before
        if newest.metric == "exact-match" and not newest.value and before and not before[0] and row.lower_loss:
            return tr(
                "{task}: no answer is the expected one word for word, but the loss has fallen from {before} to {now}."
                " Whole sentences seldom match to the letter: go by the loss, and read the answers below.",
                task=unmarked(row.task),
                before=number_text(row.lower_loss[0]),
                now=number_text(row.lower_loss[1]),
            )
    return ""


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
            hint = HINTS.get(COLUMNS[section], "") if role == Qt.ItemDataRole.ToolTipRole else ""
            title = tr(COLUMNS[section])
            return tr("{column}: {value}", column=title, value=tr(hint)) if hint else title
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section < 2 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        # A view asks seven roles of each cell that it paints, most of them in vain.
        if role not in ROLES or not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown(row, column)
        if role == SORT:
            return self._raw(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column not in ("Task", "Metric"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and column == "Change" and row.change and row.change[0]:
            better = (row.change[0] > 0) != (row.newest.metric == "loss")
            return QColor(theme.roles.good if better else theme.roles.danger)
        if role == Qt.ItemDataRole.ToolTipRole:
            told = "Metric" if column == "Task" else column  # which a narrow window has no column for
            shown = tr("{column}: {value}", column=tr(told), value=self._shown(row, told)) + "\n"
            return unmarked(shown + tr("{task}, {scored}", task=row.task, scored=_scored(row)))
        return None

    @staticmethod
    def _shown(row: ScoreRow, column: str) -> str:
        match column:
            case "Task":
                return row.task
            case "Metric":
                return row.newest.metric
            case "Before":
                return "–" if row.before is None else score_text(row.newest.metric, *row.before)
            case "Now":
                return score_text(row.newest.metric, row.newest.value, row.newest.stderr)
            case "Change":
                return "–" if row.change is None else difference_text(row.newest.metric, *row.change)
            case "Majority":
                return "–" if row.newest.majority is None else percent_text(row.newest.majority)
            case "Loss":
                return "–" if row.newest.loss is None else number_text(row.newest.loss)
            case _:
                return _rows(row.newest)

    @staticmethod
    def _raw(row: ScoreRow, column: str) -> str | float | None:
        raw: dict[str, str | float | None] = {
            "Task": row.task,
            "Metric": row.newest.metric,
            "Before": row.before[0] if row.before else None,
            "Now": row.newest.value,
            "Change": row.change[0] if row.change else None,
            "Majority": row.newest.majority,
            "Loss": row.newest.loss,
            "Rows": row.newest.rows,
        }
        return raw[column]


def _rows(score: TaskScore) -> str:
    """How many rows were scored, of how many where that is known and more."""
    more = score.of_rows is not None and score.of_rows > score.rows
    return tr("{rows} of {total}", rows=score.rows, total=score.of_rows) if more else str(score.rows)


def _scored(row: ScoreRow) -> str:
    """What a tooltip says of a row: on which rows, beside what, and what else its answers show."""
    newest = row.newest
    lines = [
        tr("scored on {rows} held-out rows at step {step}; ± is the standard error", rows=_rows(newest), step=row.step)
    ]
    if newest.base is not None:
        lines.append(
            tr("before and change are on the {rows} rows that were scored before training too", rows=newest.base.rows)
        )
    if row.first is not None and row.first.loss is not None:
        lines.append(tr("the loss was {loss} at first", loss=number_text(row.first.loss)))
    if newest.majority is not None:
        lines.append(tr("the most frequent expected answer, always given, would score the majority's"))
    for name, figure in newest.also.items():
        lines.append(f"{name} {percent_text(figure.value, figure.stderr)}")
    return "\n".join(lines)
