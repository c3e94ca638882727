"""The deleted runs: restore one, or delete them for good."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.run.trash import DeletedRun
from studio.core.words import plural, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.runs.shelf import TrashLine
from studio.ui.theme import unit
from studio.ui.units import bytes_text

RUN = Qt.ItemDataRole.UserRole


class TrashDialog(FittedDialog):
    """Lists what it is shown; `restore_wanted` and `destroy_wanted` bring the runs that were chosen."""

    restore_wanted = Signal(object)
    destroy_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trash_dialog")
        self.setWindowTitle(tr("Deleted runs"))
        self.list = QListWidget()
        self.list.setObjectName("trash_list")
        self.list.setAccessibleName(tr("Deleted runs, newest first"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setMinimumSize(round(unit() * 30), round(unit() * 10))
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self.said = WrappedText(tr("Reading the trash…"), "quiet")
        self.said.setObjectName("trash_said")
        self.restore_button = button(
            "trash_restore", tr("Restore"), "undo", "primary", tr("Put the selected runs back")
        )
        self.destroy_button = button("trash_destroy", tr("Delete for good"), "trash", "danger")
        self.close_dialog = button("trash_close", tr("Close"), "", "quiet")
        self.restore_button.clicked.connect(self._on_restore)
        self.destroy_button.clicked.connect(self._on_destroy)
        self.close_dialog.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.destroy_button)
        foot.addStretch(1)
        foot.addWidget(self.close_dialog)
        foot.addWidget(self.restore_button)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(pad // 2)
        column.addWidget(Text(tr("Deleted runs"), size=1.25, strong=True))
        column.addWidget(self.said)
        column.addWidget(self.list, 1)
        column.addStretch()
        column.addLayout(foot)
        self.setMinimumWidth(round(unit() * 32))
        self._show_buttons()

    @Slot(object)
    def show_lines(self, lines: tuple[TrashLine, ...]) -> None:
        """List these runs."""
        self.list.clear()
        for line in lines:
            item = QListWidgetItem(f"{line.name}   ({bytes_text(line.bytes)})")
            item.setToolTip(unmarked(f"{line.name}\n{line.run.folder.id}"))
            item.setData(RUN, line.run)
            self.list.addItem(item)
        total = bytes_text(sum(line.bytes for line in lines))
        held = plural("{n} run, {total} of the disk.", "{n} runs, {total} of the disk.", len(lines), total=total)
        empty = tr("The trash is empty. Runs that you delete stay here until you delete them for good.")
        self.said.setText(held if lines else empty)
        for each in (self.list, self.restore_button, self.destroy_button):
            each.setVisible(bool(lines))
        self._show_buttons()

    def _chosen(self) -> tuple[DeletedRun, ...]:
        """The selected runs; all of them where none is."""
        items = self.list.selectedItems() or [self.list.item(row) for row in range(self.list.count())]
        return tuple(item.data(RUN) for item in items)

    @Slot()
    def _show_buttons(self) -> None:
        there, some = bool(self.list.count()), bool(self.list.selectedItems())
        self.restore_button.setEnabled(there)
        self.destroy_button.setEnabled(there)
        self.restore_button.setText(tr("Restore") if some else tr("Restore all"))
        self.destroy_button.setText(tr("Delete for good") if some else tr("Delete all for good"))
        self._armed = False  # there is no way back from it, so it is asked for twice

    @Slot()
    def _on_restore(self) -> None:
        self.restore_wanted.emit(self._chosen())

    @Slot()
    def _on_destroy(self) -> None:
        if self._armed:
            self.destroy_wanted.emit(self._chosen())
            return
        self._armed = True
        number = len(self._chosen())
        self.destroy_button.setText(plural("Really delete this run", "Really delete these {n} runs", number))
