"""The tasks' card: the table, adding files by dialog or by dropping them, and the check of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.core.recipe.data_path import DATA_SUFFIXES
from studio.core.run.run_folder import slug
from studio.ui.controls.widgets import Card, Text, button
from studio.ui.new_run.tasks_model import COLUMNS, FORMATS, TaskRow, TasksModel
from studio.ui.theme import theme, unit

HELD_OUT_WORDS = ("test", "eval", "evaluate", "valid", "validation", "dev", "heldout", "held-out")


def held_out_beside(train: Path) -> Path | None:
    """The file beside a training file that looks like its held-out part; None where nothing does."""
    stem = train.stem
    for word in HELD_OUT_WORDS:
        for name in (stem.replace("train", word), f"{stem}-{word}", f"{stem}_{word}", f"{stem}.{word}"):
            beside = train.with_name(name + train.suffix)
            if beside != train and beside.is_file():
                return beside
    return None


def task_of(train: Path, taken: set[str]) -> TaskRow:
    """A task for a dropped file: named after it, or after its folder if the file is just called "train"."""
    base = slug(train.parent.name if train.stem in ("train", "training", "data") else train.stem.removesuffix("-train"))
    name = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)
    held_out = held_out_beside(train)
    return TaskRow(name=name, train=str(train), evaluate=str(held_out) if held_out else "")


class _FormatDelegate(QStyledItemDelegate):
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Any) -> QWidget:
        box = QComboBox(parent)
        box.addItems(FORMATS)
        box.activated.connect(self._on_chosen)
        return box

    def setEditorData(self, editor: QWidget, index: Any) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data(Qt.ItemDataRole.EditRole)))

    def setModelData(self, editor: QWidget, model: Any, index: Any) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())

    @Slot()
    def _on_chosen(self) -> None:
        editor = self.sender()
        if isinstance(editor, QWidget):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor)


class TasksCard(Card):
    """Edits the tasks; `changed` after every edit, `check_wanted` when the data should be counted."""

    changed = Signal()
    check_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Tasks", "the data sets that are mixed")
        self.setAcceptDrops(True)
        self._dragging = False
        self.model = TasksModel()
        self.table = QTableView()
        self.table.setObjectName("tasks_table")
        self.table.setAccessibleName("Tasks of the recipe")
        self.table.setModel(self.model)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setItemDelegateForColumn(COLUMNS.index("format"), _FormatDelegate(self.table))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(unit() * 2.1))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for narrow in ("weight", "format"):
            header.setSectionResizeMode(COLUMNS.index(narrow), QHeaderView.ResizeMode.Fixed)
            header.resizeSection(COLUMNS.index(narrow), round(unit() * (5 if narrow == "weight" else 8)))
        header.setHighlightSections(False)
        self.table.installEventFilter(self)
        self.add = button("add_task", "Add files…", "add", hint="Each training file becomes a task")
        self.remove = button("remove_task", "Remove", "trash", "quiet", "Remove the selected tasks from the recipe")
        self.check = button("check_data", "Check data", "data", "quiet", "Count rows and tokens, and read every row")
        self.add.clicked.connect(self._on_add)
        self.remove.clicked.connect(self._on_remove)
        self.check.clicked.connect(self.check_wanted)
        self.note = Text("Drop files here (json, jsonl, csv, tsv, parquet, txt), or add them.", "faint", 0.92)
        self.note.setObjectName("tasks_note")
        self.note.setWordWrap(True)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.4))
        foot.addWidget(self.note, 1)
        for each in (self.check, self.remove, self.add):
            foot.addWidget(each)
        self.body.addWidget(self.table)
        self.body.addLayout(foot)
        self.model.edited.connect(self._on_edited)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._on_selection()

    def set_tasks(self, tasks: list[dict[str, Any]]) -> None:
        """Show these tasks of a recipe."""
        self.model.set_rows([TaskRow.of(task) for task in tasks])
        self._fit()

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks as a recipe has them."""
        return [row.as_values() for row in self.model.rows]

    def add_files(self, paths: list[Path]) -> None:
        """Make a task of each data file; a held-out file that belongs to another one is not a task of its own."""
        data = [path for path in paths if path.suffix.lower() in DATA_SUFFIXES]
        held_out = {held_out_beside(path) for path in data}
        for path in data:
            if path not in held_out:
                self.model.add(task_of(path, {row.name for row in self.model.rows}))
        left = [path.name for path in paths if path not in data]
        if left:
            self.note.setText(f"Skipped, not a data file: {', '.join(left)}.")
            self.note.set_role("warning")
        self._fit()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Delete:  # type: ignore[attr-defined]
            self._on_remove()
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._dragging = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._dragging = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._dragging = False
        self.update()
        self.add_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._dragging:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.roles.accent), 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 8, 8)

    def _fit(self) -> None:
        header = self.table.horizontalHeader().sizeHint().height()
        rows = max(1, min(8, len(self.model.rows)))
        self.table.setFixedHeight(header + rows * self.table.verticalHeader().defaultSectionSize() + 4)

    @Slot()
    def _on_add(self) -> None:
        dialog = QFileDialog(self, "Training files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(f"Data ({' '.join('*' + suffix for suffix in DATA_SUFFIXES)})")
        dialog.filesSelected.connect(self._on_files)
        dialog.open()

    @Slot(list)
    def _on_files(self, files: list[str]) -> None:
        self.add_files([Path(file) for file in files])

    @Slot()
    def _on_remove(self) -> None:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedIndexes()}, reverse=True)
        for row in rows:
            self.model.remove(row)
        if rows:
            self._fit()
            self.changed.emit()

    @Slot()
    def _on_edited(self) -> None:
        self.changed.emit()

    @Slot()
    def _on_selection(self) -> None:
        self.remove.setEnabled(self.table.selectionModel().hasSelection())
