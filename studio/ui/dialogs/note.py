"""A run's note."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from studio.core.run.run_label import LONGEST_NOTE
from studio.core.words import plural, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, button
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import unit


class NoteDialog(FittedDialog):
    """Edits a note; `chosen` brings the run's folder and the text when it is to be kept."""

    chosen = Signal(object, str)

    def __init__(self, run: RunSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("note_dialog")
        self.setWindowTitle(tr("Note"))
        self._folder = run.folder
        heading = Text(run.name, size=1.25, strong=True)
        heading.setWordWrap(True)
        self.text = QPlainTextEdit(run.note)
        self.text.setObjectName("note_text")
        self.text.setAccessibleName(tr("Note on {run}", run=run.name))
        self.text.setPlaceholderText(tr("What was tried, and what came of it"))
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._on_text)
        self.text.setMinimumSize(round(unit() * 26), round(unit() * 7))
        self.said = Text("", "danger", 0.95)
        keep = self.keep = button(
            "note_keep", tr("Keep"), "check", "primary", tr("Keep the note (Ctrl+Return)"), "Ctrl+Return"
        )
        keep.clicked.connect(self._on_keep)
        leave = button("note_cancel", tr("Cancel"), "", "quiet")
        leave.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(leave)
        foot.addWidget(keep)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(pad // 2)
        column.addWidget(heading)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        self.text.setFocus()

    @Slot()
    def _on_text(self) -> None:
        over = len(self.text.toPlainText().strip()) - LONGEST_NOTE
        self.said.setText(plural("{n:,} character too many", "{n:,} characters too many", over) if over > 0 else "")
        self.keep.setEnabled(over <= 0)

    @Slot()
    def _on_keep(self) -> None:
        self.chosen.emit(self._folder, self.text.toPlainText())
        self.accept()
