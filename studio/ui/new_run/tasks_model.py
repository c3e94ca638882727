"""The tasks of a recipe as an editable table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from studio.core.foreign.visible_text import unmarked
from studio.core.recipe.recipe import DataFormat
from studio.ui.theme import theme

COLUMNS = ("name", "train", "evaluate", "format", "weight", "rows")
TITLES = {
    "name": "Task",
    "train": "Training file",
    "evaluate": "Held-out file",
    "format": "Format",
    "weight": "Weight",
    "rows": "Checked rows",
}
FORMATS: tuple[str, ...] = get_args(DataFormat)
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as the table shows it; `rest` keeps the fields that the table does not show."""

    name: str
    train: str
    evaluate: str = ""
    format: str = "auto"
    weight: Any = 1.0
    checked: str = ""
    rest: dict[str, Any] = field(default_factory=dict)

    def as_values(self) -> dict[str, Any]:
        """The task's table in a recipe."""
        return {
            "name": self.name,
            "train": self.train,
            "evaluate": self.evaluate or None,
            "format": self.format,
            "weight": self.weight,
            **self.rest,
        }

    @classmethod
    def of(cls, values: dict[str, Any]) -> TaskRow:
        known = ("name", "train", "evaluate", "format", "weight")
        rest = {key: value for key, value in values.items() if key not in known}
        shown = {key: values[key] for key in known if values.get(key) is not None}
        return cls(**shown, rest=rest)


class TasksModel(QAbstractTableModel):
    """Frozen rows that editing replaces; `problems` maps (row, column name) to what is wrong there."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TaskRow] = []
        self.problems: dict[tuple[int, str], str] = {}

    def set_rows(self, rows: list[TaskRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def add(self, row: TaskRow) -> None:
        self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
        self.rows.append(row)
        self.endInsertRows()

    def remove(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.rows[row]
        self.endRemoveRows()

    def show_problems(self, problems: dict[tuple[int, str], str]) -> None:
        if problems != self.problems:
            self.problems = problems
            self._redraw()

    def show_checked(self, rows: dict[str, str]) -> None:
        """Show what the desk counted, by task name."""
        self.rows = [replace(row, checked=rows.get(row.name, row.checked)) for row in self.rows]
        self._redraw()

    def _redraw(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return TITLES[COLUMNS[section]]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        plain = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if COLUMNS[index.column()] != "rows":
            return plain | Qt.ItemFlag.ItemIsEditable
        return plain

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        value = row.checked if column == "rows" else getattr(row, column)
        problem = self.problems.get((index.row(), column))
        if role == Qt.ItemDataRole.EditRole:
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            if column in ("train", "evaluate"):
                return Path(value).name if value else "–"
            if column == "weight":
                return f"{value:g}" if isinstance(value, float | int) else str(value)
            return value or "–"
        if role == Qt.ItemDataRole.ToolTipRole:
            # The whole value too: a narrow column cuts it.
            return unmarked("\n".join(part for part in (problem, str(value)) if part)) or None
        if role == Qt.ItemDataRole.ForegroundRole and problem:
            return QColor(theme.roles.danger)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{TITLES[column]} {value}{': ' + problem if problem else ''}"
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        column = COLUMNS[index.column()]
        text = str(value).strip()
        fresh: Any = text
        if column == "weight":
            try:
                fresh = float(text.replace(",", "."))
            except ValueError:
                fresh = text  # shown as it was typed, with its problem beside it
        old = self.rows[index.row()]
        keeps_count = column == "weight"
        self.rows[index.row()] = replace(old, **{column: fresh}, checked=old.checked if keeps_count else "")
        self.dataChanged.emit(index, index)
        self.edited.emit()
        return True
