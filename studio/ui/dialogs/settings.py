"""The settings: each field of studio.core.settings, drawn by the editors that draw a recipe's."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from studio.core import places
from studio.core.fault_text import fault_text
from studio.core.settings import Settings
from studio.ui.controls.widgets import Text, button
from studio.ui.dialogs.trusted_models import TrustedModels
from studio.ui.fields.editors import Editor, make_editor
from studio.ui.fields.field_row import FieldRow
from studio.ui.fields.field_spec import FieldSpec, fields_of
from studio.ui.fields.path_editor import FolderEditor
from studio.ui.theme import unit

ELSEWHERE = ("smoothing",)  # set by the slider beside the curve


class SettingsDialog(QDialog):
    """Edits a copy; `chosen` brings it when Done is pressed and every value is valid."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setObjectName("settings_dialog")
        self._settings = settings
        self.rows = {
            spec.name: self._row(spec) for spec in fields_of(Settings, "setting.") if spec.name not in ELSEWHERE
        }
        self.trusted = TrustedModels()
        done = button("settings_done", "Done", "check", "primary")
        done.clicked.connect(self._on_done)
        leave = button("settings_cancel", "Cancel", "", "quiet")
        leave.clicked.connect(self.reject)
        kept = Text(f"Stored in {places.settings_file()}; the window's log is in {places.logs()}.", "faint", 0.9)
        kept.setWordWrap(True)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(leave)
        foot.addWidget(done)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(pad // 2)
        column.addWidget(Text("Settings", size=1.25, strong=True))
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.trusted)
        column.addWidget(kept)
        column.addLayout(foot)
        # Set before it is shown: Qt guesses the height of wrapped sentences for a width that is not theirs. Asked while
        # every field has its own sentence, the longest.
        wide = round(unit() * 36)
        self.setMinimumSize(wide, column.totalHeightForWidth(wide))
        self._on_changed()

    def _row(self, spec: FieldSpec) -> FieldRow:
        editor: Editor = FolderEditor(spec, str(places.runs())) if spec.kind == "folder" else make_editor(spec)
        editor.set_value(getattr(self._settings, spec.name))
        editor.changed.connect(self._on_changed)
        return FieldRow(spec, editor)

    def _values(self) -> dict[str, Any]:
        return {name: row.editor.value() for name, row in self.rows.items()}

    @Slot()
    def _on_changed(self) -> None:
        values = self._values()
        for row in self.rows.values():
            needs = self.rows.get(row.spec.needs)
            on = needs is None or values[row.spec.needs]
            row.show_unused("" if on or needs is None else f"Not used while '{needs.spec.label}' is off.")

    @Slot()
    def _on_done(self) -> None:
        for row in self.rows.values():
            row.show_problem("")
        try:
            settings = Settings.model_validate({**self._settings.model_dump(), **self._values()})
        except ValidationError as error:
            for fault in error.errors():
                row = self.rows[str(fault["loc"][0])]
                what = fault_text(fault)
                row.show_problem(f"{what[0].upper()}{what[1:]} {row.spec.range_text}".rstrip())
            return
        self.chosen.emit(settings)
        self.accept()
