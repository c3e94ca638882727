"""What an export has become: its proof in words, what was counted, and lines to copy that run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.words import tr
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.dialogs.export_words import export_facts, proof_text, run_commands
from studio.ui.theme import mono_font, unit
from studio.ui.units import unbroken


class ExportResult(QWidget):
    """Empty and hidden until an export has ended well."""

    def __init__(self) -> None:
        super().__init__()
        self.proof = WrappedText("", "good")
        self.proof.setObjectName("export_proof")
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(round(unit()))
        self._rows.setVerticalSpacing(round(unit() * 0.35))
        self._rows.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(unit() * 0.4), 0, 0)
        column.setSpacing(round(unit() * 0.5))
        column.addWidget(self.proof)
        column.addLayout(self._rows)
        self.clear()

    @property
    def is_shown(self) -> bool:
        return self._rows.count() > 0

    def clear(self) -> None:
        """Forget the last export."""
        self.hide()
        self.proof.setText("")
        while self._rows.count():
            item = self._rows.takeAt(0)
            if item is not None and (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()

    def show_export(self, format: str, done: dict[str, Any], file: Path | None = None) -> None:
        """Show the answer to an export, as `export --json` has it; `file` is a GGUF's own, once it was looked for."""
        self.clear()
        self.proof.setText(unbroken(proof_text(done)))
        self.proof.setVisible(bool(self.proof.text()))
        row = 0
        for name, value in export_facts(done).items():
            self._rows.addWidget(Text(name, "quiet"), row, 0)
            self._rows.addWidget(WrappedText(value), row, 1, 1, 2)
            row += 1
        commands = run_commands(format, Path(str(done["path"])), file) if format and "path" in done else {}
        for program, line in commands.items():
            shown = QLineEdit(line)
            shown.setReadOnly(True)
            shown.setCursorPosition(0)
            shown.setFont(mono_font(0.92))
            shown.setAccessibleName(tr("How to run it in {program}", program=program))
            copy = button(f"export_copy_{row}", "", "copy", "quiet", tr("Copy the line for {program}", program=program))
            copy.setProperty("line", line)
            copy.clicked.connect(self._on_copy)
            self._rows.addWidget(Text(tr("In {program}", program=program), "quiet"), row, 0)
            self._rows.addWidget(shown, row, 1)
            self._rows.addWidget(copy, row, 2)
            row += 1
        self.setVisible(row > 0)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self.sender().property("line")))
