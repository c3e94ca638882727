"""Editors of a path: a line, and buttons that fill it in from a dialog."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from studio.core.words import tr
from studio.ui.controls.file_dialog import FileDialog, Mode, local_files
from studio.ui.controls.widgets import button
from studio.ui.fields.editors import Editor, dress
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.theme import unit


class PathLine(QLineEdit):
    """A line that a dropped file or folder replaces, where Qt would insert its address into the text.

    A line that holds several paths has what stands `between` them.
    """

    between = ""
    takes_files = True

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_files(event.mimeData())
        if not paths:
            super().dropEvent(event)
            return
        self.setText(self.between.join(paths) if self.between else paths[0])
        event.acceptProposedAction()


class PathEditor(Editor):
    """A line with a path and `buttons` beside it; `otherwise` is shown faintly while it is empty."""

    def __init__(self, spec: FieldSpec, otherwise: str, *buttons: QPushButton) -> None:
        super().__init__()
        self._may_lack = spec.may_lack
        self.line = PathLine()
        self.line.setPlaceholderText(otherwise)
        self.line.textChanged.connect(self._on_edited)
        dress(self.line, spec)
        self.control = QWidget()
        row = QHBoxLayout(self.control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.4))
        row.addWidget(self.line, 1)
        for each in buttons:
            row.addWidget(each)
        self.control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.control.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip() or (None if self._may_lack else "")

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))

    def browse(self, title: str, mode: Mode, *names: str) -> None:
        """Open a dialog that fills in the line; `names` filter the files, as Qt writes them."""
        dialog = FileDialog(self.control, title, mode, *names)
        dialog.chosen.connect(self.line.setText)
        dialog.open()


class FolderEditor(PathEditor):
    """A folder, with a button to browse for it."""

    def __init__(self, spec: FieldSpec, otherwise: str = "") -> None:
        browse = button(f"browse_{spec.name}", tr("Browse…"), "folder")
        super().__init__(spec, otherwise, browse)
        self._title = spec.label
        browse.clicked.connect(self._on_browse)

    def choose(self) -> None:
        self._on_browse()

    @Slot()
    def _on_browse(self) -> None:
        self.browse(self._title, Mode.Directory)
