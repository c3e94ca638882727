"""All fields of one task, each with its sentence and its problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.recipe.recipe import TaskTable
from studio.ui.fields.editors import Editor, make_editor
from studio.ui.fields.field_row import FieldGrid, FieldRow
from studio.ui.fields.field_spec import FieldSpec, fields_of
from studio.ui.new_run.task_editors import DataPathEditor, FormatEditor, HeldOutEditor
from studio.ui.theme import unit

WIDE = ("train", "evaluate")


class TaskDetails(QWidget):
    """Edits a task's values except its name; `columns_wanted` when a person wants to say which column is what."""

    changed = Signal()
    columns_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, FieldRow] = {}
        self._rest: dict[str, Any] = {}
        self._filling = False
        for spec in fields_of(TaskTable, "tasks."):
            if spec.name != "name":
                self.rows[spec.name] = FieldRow(spec, self._editor(spec))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.6))
        for name in WIDE:
            column.addWidget(self.rows[name])
        column.addWidget(FieldGrid(row for name, row in self.rows.items() if name not in WIDE))

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show a task's values; what they lack has its default."""
        self._filling = True
        self._rest = {key: value for key, value in values.items() if key not in self.rows and key != "name"}
        for name, row in self.rows.items():
            row.editor.set_value(values.get(name, row.spec.default))
        self._filling = False

    def values(self) -> dict[str, Any]:
        """The task's values without its name."""
        return {name: row.editor.value() for name, row in self.rows.items()} | self._rest

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong with the fields, by name."""
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, ""))

    def _editor(self, spec: FieldSpec) -> Editor:
        made: Editor
        if spec.name == "train":
            made = DataPathEditor(spec)
        elif spec.name == "evaluate":
            made = HeldOutEditor(spec)
        elif spec.name == "format":
            made = FormatEditor(spec)
            made.columns_wanted.connect(self.columns_wanted)
        else:
            made = make_editor(spec)
        made.changed.connect(self._on_edited)
        return made

    @Slot()
    def _on_edited(self) -> None:
        if not self._filling:
            self.changed.emit()
