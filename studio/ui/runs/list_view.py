"""The list of runs as a person handles it: selection, search's keys, renaming in place, the menu, deletion."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent, QPalette
from PySide6.QtWidgets import QFrame, QListView, QMenu

from studio.core.run.run_folder import RunFolder
from studio.core.words import plural, tr
from studio.ui.icons import icon
from studio.ui.runs.entry import DAY_LINES, RunDelegate
from studio.ui.runs.model import DAY, SUMMARY, RunsModel
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import theme, unit


class RunsList(QListView):
    """Its signals bring what a person wants done with the runs that are selected."""

    chosen_changed = Signal()
    delete_wanted = Signal(object)  # the runs' summaries
    compare_wanted = Signal()
    note_wanted = Signal(object)  # the run's summary
    reuse_wanted = Signal(object)  # the run's folder
    folder_wanted = Signal(object)  # the run's folder

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.setObjectName("runs_list")
        self.setAccessibleName(tr("Runs, newest first"))
        self.runs = model
        self.setModel(model)
        self.setItemDelegate(RunDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        # Ctrl or Shift and a click select several, to be compared or deleted.
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._shown: RunFolder | None = None  # the run that was scrolled into view last
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def chosen(self) -> tuple[RunSummary, ...]:
        """The selected runs, in the order in which they were created."""
        rows = sorted({index.row() for index in self.selectionModel().selectedIndexes()}, reverse=True)
        return tuple(self.runs.run_at(row) for row in rows)

    def select(self, folder: RunFolder | None) -> None:
        """Select the run that is shown, or none, without a signal, and scroll to it where it is another."""
        selection = self.selectionModel()
        was = selection.blockSignals(True)
        row = self.runs.row_of(folder.path) if folder else None
        if row is None:
            selection.clear()
        else:
            index = self.runs.index(row)
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if folder != self._shown:
                self.scrollTo(index)
        selection.blockSignals(was)
        # Once it is in the list: a new run is shown before the list has it.
        self._shown = folder if row is not None or folder is None else self._shown
        self.viewport().update()

    def beside(self, gone: set[RunFolder]) -> RunFolder | None:
        """The run that is shown when these are deleted: the next in the list, else the one before them."""
        rows = [row for row in range(self.runs.rowCount()) if self.runs.run_at(row).folder in gone]
        others = [row for row in range(self.runs.rowCount()) if row not in rows]
        after = next((row for row in others if rows and row > rows[0]), None)
        row = after if after is not None else others[-1] if others else None
        return self.runs.run_at(row).folder if row is not None else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._is_on_day(event.position().toPoint()):
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Delete) or event.key() == Qt.Key.Key_Backspace:
            self._on_delete()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.chosen():
            return
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        elif self._is_on_day(event.pos()):
            return
        self.menu().popup(at)

    def menu(self) -> QMenu:
        """What can be done with the selected runs; deletes itself when it closes."""
        menu = QMenu(self)
        menu.setObjectName("run_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = self.chosen()
        live = any(run.is_live for run in chosen)
        if len(chosen) > 1:
            self._add(
                menu,
                "menu_compare",
                plural("Compare {n} run", "Compare {n} runs", len(chosen)),
                "compare",
                self.compare_wanted.emit,
            )
        else:
            self._add(menu, "menu_rename", tr("Rename"), "rename", self._on_rename, "F2")
            self._add(menu, "menu_note", tr("Note…"), "note", self._on_note)
            self._add(menu, "menu_reuse", tr("Use for a new run"), "copy", self._on_reuse)
            self._add(menu, "menu_folder", tr("Open folder"), "folder", self._on_folder)
        menu.addSeparator()
        words = plural("Delete {n} run", "Delete {n} runs", len(chosen)) if len(chosen) > 1 else tr("Delete")
        delete = self._add(menu, "menu_delete", words, "trash", self._on_delete, "Del")
        if live:
            delete.setEnabled(False)
            delete.setText(tr("{words} (stop it first)", words=words))
        return menu

    def _add(self, menu: QMenu, name: str, text: str, icon_name: str, do: object, key: str = "") -> QAction:
        action = menu.addAction(icon(icon_name), text)
        action.setObjectName(name)
        if key:  # shown only: the list itself has the keys
            action.setText(f"{text}\t{key}")
        action.triggered.connect(do)
        return action

    def _is_on_day(self, at: QPoint) -> bool:
        index = self.indexAt(at)
        return bool(index.data(DAY)) and at.y() < self.visualRect(index).top() + unit() * DAY_LINES

    @Slot()
    def _on_rename(self) -> None:
        self.edit(self.currentIndex())

    @Slot()
    def _on_note(self) -> None:
        self.note_wanted.emit(self.currentIndex().data(SUMMARY))

    @Slot()
    def _on_reuse(self) -> None:
        self.reuse_wanted.emit(self.chosen()[0].folder)

    @Slot()
    def _on_folder(self) -> None:
        self.folder_wanted.emit(self.chosen()[0].folder)

    @Slot()
    def _on_delete(self) -> None:
        if chosen := self.chosen():
            self.delete_wanted.emit(chosen)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.chosen_changed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, theme.roles.sidebar)
        self.setPalette(palette)
