"""The editor of a folder: its path, and a button that chooses it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from studio.ui.controls.widgets import button
from studio.ui.fields.editors import Editor, dress
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.theme import unit


class FolderEditor(Editor):
    """A line with a path, and a button to browse for it; `otherwise` is shown faintly while it is empty."""

    def __init__(self, spec: FieldSpec, otherwise: str = "") -> None:
        super().__init__()
        self._title = spec.label
        self.line = QLineEdit()
        self.line.setPlaceholderText(otherwise)
        self.line.textChanged.connect(self._on_edited)
        dress(self.line, spec)
        browse = button(f"browse_{spec.name}", "Browse…", "folder")
        browse.clicked.connect(self._on_browse)
        self.control = QWidget()
        row = QHBoxLayout(self.control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.5))
        row.addWidget(self.line, 1)
        row.addWidget(browse)
        self.control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.control.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip()

    def set_value(self, value: Any) -> None:
        self.line.setText(str(value))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self.control, self._title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()
