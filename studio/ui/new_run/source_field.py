"""The base model: a line for any source, and the buttons that find, browse for or bring one."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot

from studio.core.words import tr
from studio.ui.controls.file_dialog import Mode
from studio.ui.controls.widgets import button
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.fields.path_editor import PathEditor


class SourceEditor(PathEditor):
    """A line for any source; `find_wanted` when the models of this machine shall be listed."""

    find_wanted = Signal()

    def __init__(self, spec: FieldSpec) -> None:
        find = button("find_models", tr("Find models…"), "search", hint=tr("Models on this machine, and on the hub"))
        folder = button(
            "source_folder", tr("Folder…"), "folder", "quiet", tr("A model's folder with config and weights")
        )
        gguf = button("source_gguf", tr("GGUF…"), "file", "quiet", tr("A single .gguf file"))
        super().__init__(spec, tr("demo, a folder, a .gguf file, or owner/name"), find, folder, gguf)
        find.clicked.connect(self.find_wanted)
        folder.clicked.connect(self._on_folder)
        gguf.clicked.connect(self._on_gguf)

    def choose(self) -> None:
        self._on_folder()

    @Slot()
    def _on_folder(self) -> None:
        self.browse(tr("A model's folder"), Mode.Directory)

    @Slot()
    def _on_gguf(self) -> None:
        self.browse(tr("A GGUF file"), Mode.ExistingFile, tr("GGUF models (*.gguf)"))
