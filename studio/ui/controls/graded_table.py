"""A table of rows that were right, wrong or not judged: the verdict first, each text on one line."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableView

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.words import mark, tr
from studio.ui.theme import theme

_Index = QModelIndex | QPersistentModelIndex
DISPLAYED, INK, TOLD = (
    int(role) for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.ToolTipRole)
)
VERDICTS = {True: mark("right"), False: mark("wrong"), None: "–"}


class Graded(Protocol):
    """A row of a task; `right` is None where it was not judged."""

    @property
    def task(self) -> str: ...

    @property
    def right(self) -> bool | None: ...


Row = TypeVar("Row", bound=Graded)


class GradedTable(QAbstractTableModel, Generic[Row]):
    """Frozen rows, of which those that `_is_chosen` are shown; `columns` begin with the verdict's and the task's."""

    columns: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.all_rows: list[Row] = []
        self.rows: list[Row] = []

    @property
    def tasks(self) -> list[str]:
        return list(dict.fromkeys(row.task for row in self.all_rows))

    def show_rows(self, rows: list[Row]) -> None:
        if rows != self.all_rows:
            self.all_rows = rows
            self._choose()

    def _choose(self) -> None:
        self.beginResetModel()
        self.rows = [row for row in self.all_rows if self._is_chosen(row)]
        self.endResetModel()

    def _is_chosen(self, row: Row) -> bool:
        raise NotImplementedError

    def _texts(self, row: Row) -> tuple[str, ...]:
        """The texts of a row's columns behind the verdict and the task, whole."""
        raise NotImplementedError

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section]) if self.columns[section] else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = DISPLAYED) -> Any:
        # A view asks seven roles of each cell that it paints, most of them in vain.
        if role not in (DISPLAYED, INK, TOLD) or not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == DISPLAYED:
            return (
                (tr(VERDICTS[row.right]), row.task)[column] if column < 2 else on_one_line(self._texts(row)[column - 2])
            )
        if role == INK and column == 0 and row.right is not None:
            return QColor(theme.roles.good if row.right else theme.roles.danger)
        if role == TOLD and column:
            return unmarked(row.task if column == 1 else self._texts(row)[column - 2][:WHOLE_CHARACTERS])
        return None


def fit_short_columns(table: QTableView, model: GradedTable[Any]) -> None:
    """Make the columns of the verdict and the task, which are of a fixed width, as wide as the words of all rows shown.

    To be called when other rows are shown: with Qt's own ResizeToContents each resizing of the table asks every row.
    """
    header, metrics = table.horizontalHeader(), table.fontMetrics()
    for column in (0, 1):
        rows = {model.index(row, column).data(): row for row in range(len(model.rows))}
        widest = max(rows, key=metrics.horizontalAdvance, default="")
        words = table.sizeHintForIndex(model.index(rows[widest], column)).width() if rows else 0
        header.resizeSection(column, max(words, header.sectionSizeHint(column)))


SHOWN_CHARACTERS, WHOLE_CHARACTERS = 200, 2000  # of a cell, of its tooltip


@lru_cache(maxsize=4096)
def on_one_line(text: str) -> str:
    """A text as a cell shows it, its end cut where it is long."""
    line = one_line(" ".join(text.split()))
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"
