"""The base model: the demo, a folder, a GGUF file or a hub id."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from studio.ui.controls.widgets import button
from studio.ui.fields.editors import Editor, dress
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.theme import unit


class SourceEditor(Editor):
    """A line for any source, with a button for each kind that can be browsed for."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText("demo, a folder, a .gguf file, or owner/name")
        self.line.textChanged.connect(self._on_edited)
        dress(self.line, spec)
        self._demo = button("source_demo", "Demo", "demo", hint="The small model that comes with the studio")
        self._folder = button("source_folder", "Folder…", "folder", hint="A model's folder with config and weights")
        self._gguf = button("source_gguf", "GGUF…", "file", hint="A single .gguf file")
        self._demo.clicked.connect(self._on_demo)
        self._folder.clicked.connect(self._on_folder)
        self._gguf.clicked.connect(self._on_gguf)
        self.control = QWidget()
        row = QHBoxLayout(self.control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.4))
        row.addWidget(self.line, 1)
        for each in (self._demo, self._folder, self._gguf):
            row.addWidget(each)
        self.control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.control.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip()

    def set_value(self, value: Any) -> None:
        self.line.setText(str(value))

    @Slot()
    def _on_demo(self) -> None:
        self.line.setText("demo")

    @Slot()
    def _on_folder(self) -> None:
        dialog = QFileDialog(self.control, "A model's folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()

    @Slot()
    def _on_gguf(self) -> None:
        dialog = QFileDialog(self.control, "A GGUF file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("GGUF models (*.gguf)")
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()
