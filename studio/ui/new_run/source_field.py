"""The base model: the demo, a folder, a GGUF file or a hub id."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from studio.ui.controls.widgets import button
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.fields.path_editor import PathEditor


class SourceEditor(PathEditor):
    """A line for any source, with a button for each kind that can be browsed for."""

    def __init__(self, spec: FieldSpec) -> None:
        demo = button("source_demo", "Demo", "demo", hint="The small model that comes with the studio")
        folder = button("source_folder", "Folder…", "folder", hint="A model's folder with config and weights")
        gguf = button("source_gguf", "GGUF…", "file", hint="A single .gguf file")
        super().__init__(spec, "demo, a folder, a .gguf file, or owner/name", demo, folder, gguf)
        demo.clicked.connect(self._on_demo)
        folder.clicked.connect(self._on_folder)
        gguf.clicked.connect(self._on_gguf)

    @Slot()
    def _on_demo(self) -> None:
        self.line.setText("demo")

    @Slot()
    def _on_folder(self) -> None:
        self.browse("A model's folder", QFileDialog.FileMode.Directory)

    @Slot()
    def _on_gguf(self) -> None:
        self.browse("A GGUF file", QFileDialog.FileMode.ExistingFile, "GGUF models (*.gguf)")
