"""All fields of one task, each with its sentence and its problem."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.recipe.recipe import TaskTable
from studio.ui.fields.editors import Editor, make_editor
from studio.ui.fields.field_row import FieldGrid, FieldRow
from studio.ui.fields.field_spec import FieldSpec, fields_of
from studio.ui.new_run.task_editors import DataPathEditor, FormatEditor, HeldOutEditor
from studio.ui.theme import unit

WIDE = ("train", "evaluate")


class TaskDetails(QWidget):
    """Edits a task's values except its name; `columns_wanted` when a person wants to say which column is what.

    Its fields are built when they are first wanted: those of forty tasks at once would hold the window for seconds.
    """

    changed = Signal()
    columns_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, Any] = {}
        self._problems: Mapping[str, str] = {}
        self._filling = False

    @cached_property
    def rows(self) -> dict[str, FieldRow]:
        """The fields, by name."""
        rows = {spec.name: FieldRow(spec, self._editor(spec)) for spec in _specs()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.6))
        for name in WIDE:
            column.addWidget(rows[name])
        column.addWidget(FieldGrid(row for name, row in rows.items() if name not in WIDE))
        self._fill(rows)
        for name, row in rows.items():
            row.show_problem(self._problems.get(name, ""))
        return rows

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show a task's values; what they lack has its default."""
        self._values = {key: value for key, value in with_defaults(values).items() if key != "name"}
        if self._is_built:
            self._fill(self.rows)
        elif not _is_sound(self._values):
            _ = self.rows  # what an editor cannot show is found out now, and not when a person unfolds it

    def set_value(self, name: str, value: Any) -> None:
        """Give one field another value, as a person would."""
        if self._is_built:
            self.rows[name].editor.set_value(value)
        else:
            self._values[name] = value
            self.changed.emit()

    def values(self) -> dict[str, Any]:
        """The task's values without its name."""
        if not self._is_built:
            return dict(self._values)
        return self._values | {name: row.editor.value() for name, row in self.rows.items()}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong with the fields, by name."""
        self._problems = problems
        for name, row in self.rows.items() if self._is_built else ():
            row.show_problem(problems.get(name, ""))

    def showEvent(self, event: QShowEvent) -> None:
        _ = self.rows
        super().showEvent(event)

    @property
    def _is_built(self) -> bool:
        return "rows" in self.__dict__

    def _fill(self, rows: Mapping[str, FieldRow]) -> None:
        self._filling = True
        for name, row in rows.items():
            row.editor.set_value(self._values[name])
        self._filling = False

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


def with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """A task's values, those that it lacks at their defaults."""
    return {"name": values.get("name", ""), **_defaults(), **values}  # in the order of a panel's: texts are compared


@cache
def _defaults() -> dict[str, Any]:
    return {spec.name: spec.default for spec in _specs()}


def _specs() -> list[FieldSpec]:
    return [spec for spec in fields_of(TaskTable, "tasks.") if spec.name != "name"]


def _is_sound(values: Mapping[str, Any]) -> bool:
    """Whether these are a task's values, rather than what somebody has written into a kept draft."""
    try:
        TaskTable.model_validate({"name": "task", **values})
    except ValidationError:
        return False
    return True
