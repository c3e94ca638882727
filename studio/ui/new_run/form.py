"""The recipe's form: model, data, quality or speed, and the rest under Advanced, from the fields' declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.problem import Problem
from studio.core.words import sentences, tr
from studio.hardware.machine import Machine
from studio.planner.pins import SEARCHED
from studio.ui.fields.editors import Editor, SuggestingEditor, make_editor
from studio.ui.fields.field_row import FieldRow
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.fields.path_editor import FolderEditor
from studio.ui.fields.pin_row import PinRow
from studio.ui.fields.slider_row import SliderRow
from studio.ui.new_run.advanced_card import AdvancedCard
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.cures import Cure
from studio.ui.new_run.model_card import ModelCard
from studio.ui.new_run.problem_field import field_of
from studio.ui.new_run.quality_card import BESIDE, STOPS, QualityCard
from studio.ui.new_run.recipe_fields import SEVERAL_CARDS, SUGGESTIONS, TABLES, plain_fields, table_fields
from studio.ui.new_run.source_field import SourceEditor
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.new_run.tasks_card import TasksCard
from studio.ui.theme import unit


class RecipeForm(QWidget):
    """All cards; takes and returns a recipe as plain values. `pinned` when a person pins a field or lets it go."""

    changed = Signal()
    pinned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, FieldRow] = {}
        self._filling = False
        self._setting = False  # by an offer, which pins nothing
        self._offered: dict[str, Any] = {}
        self._cards = 0

    def steps(self) -> Iterator[None]:
        """Make the form's parts, a step each: all of them in one turn would block the window."""
        for table in TABLES:
            for spec in table_fields(table):
                self._row(spec)
                yield
        self._row(next(spec for spec in plain_fields() if spec.name == "seed"))
        self.tasks = TasksCard()
        yield
        self.model = ModelCard(self.rows["model.source"])
        yield
        self.quality = QualityCard(self.rows)
        yield
        main = {"model.source", *STOPS, *BESIDE}
        self.advanced = AdvancedCard({path: row for path, row in self.rows.items() if path not in main})
        yield
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.75))
        for card in (self.model, self.tasks, self.quality, self.advanced):
            column.addWidget(card)
        column.addStretch(1)
        self.model.chosen.connect(self.set_fields)
        self.quality.change_wanted.connect(self.set_fields)
        self.tasks.changed.connect(self._on_changed)
        method = self.rows["method.name"].editor
        method.changed.connect(self._on_method)
        self._show_processes()
        self._on_method()

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill the form with a recipe's values; `changed` is emitted once."""
        self._filling = True
        self._offered.clear()
        try:
            for path, row in self.rows.items():
                table, _, name = path.rpartition(".")
                value = (values[table] if table else values).get(name)
                row.editor.set_value(value)
                if isinstance(row, PinRow):
                    row.set_pinned(value != row.spec.default)
            self.tasks.set_tasks(values["tasks"])
        finally:
            self._filling = False
        self.tasks.show_temperature(self.rows["training.mixing_temperature"].editor.value())
        self._show_processes()
        self._on_method()
        self.changed.emit()

    @Slot(object)
    def set_fields(self, fields: dict[str, Any]) -> None:
        """Set some fields by their paths ("method.rank"); the others stay, and so do the pins."""
        self._setting = True
        self._offered |= fields
        for path, value in fields.items():
            self.rows[path].editor.set_value(value)
        self._setting = False

    def pins(self) -> frozenset[str]:
        """The fields that a person has chosen: pinned ones, and of those without a pin what is neither an offer's nor
        a default."""
        return frozenset(path for path in SEARCHED if self._is_chosen(path))

    def _is_chosen(self, path: str) -> bool:
        row = self.rows[path]
        if isinstance(row, PinRow):
            return row.is_pinned
        return row.editor.value() not in (row.spec.default, self._offered.get(path))

    def values(self) -> dict[str, Any]:
        """The recipe as it stands, valid or not, without its name."""
        values: dict[str, Any] = {table: {} for table in TABLES}
        for path, row in self.rows.items():
            table, _, name = path.rpartition(".")
            (values[table] if table else values)[name] = row.editor.value()
        # TOML requires plain keys before tables.
        plain = {key: value for key, value in values.items() if key not in TABLES}
        return {**plain, "model": values["model"], "tasks": self.tasks.tasks(), **_rest(values)}

    def show_machine(self, machine: Machine) -> None:
        """Offer this machine's devices."""
        editor = self.rows["machine.device"].editor
        if isinstance(editor, SuggestingEditor):
            editor.suggest(("auto", *(device.torch_name for device in machine.devices)))
        self._cards = sum(device.usable and device.kind == "cuda" for device in machine.devices)
        self._show_processes()

    def _show_processes(self) -> None:
        """Show what is of several processes where there are cards for them, or the recipe has them already."""
        for path in SEVERAL_CARDS:
            row = self.rows[path]
            row.setVisible(self._cards > 1 or row.editor.value() != row.spec.default)

    def show_planned(self, planned: Planned | None, lasts: bool = True) -> None:
        """Show what was planned where it belongs; None while a plan is made."""
        self.model.show_planned(planned)
        self.quality.show_planned(planned, lasts)

    def leave(self) -> None:
        """End what serves the form, for good."""
        self.model.finder.leave()

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show each problem at its field."""
        said = {field_of(problem): sentences(problem.what, problem.remedy) for problem in problems}
        for path, row in self.rows.items():
            row.show_problem(said.get(path, ""))
        of_tasks: dict[int, dict[str, str]] = {}
        for path, text in said.items():
            parts = path.split(".")
            if parts[0] == "tasks" and len(parts) > 1 and parts[1].isdigit():
                field = parts[2] if len(parts) > 2 else ""
                of_tasks.setdefault(int(parts[1]), {}).setdefault(field, text)
        self.tasks.show_problems(of_tasks)

    def lead_to(self, path: str) -> QWidget | None:
        """Unfold and focus the field that a problem names; returns what to scroll to."""
        if path.startswith("tasks"):
            _, number, field = [*path.split("."), "", ""][:3]
            return self.tasks.lead_to(int(number) if number.isdigit() else -1, field)
        row = self.rows.get(path)
        if row is None:
            return None
        self.advanced.unfold_for(row)
        row.editor.control.setFocus()
        return row

    def columns_cure(self, path: str) -> Cure | None:
        """Saying which column is what, where that is what a task's problem asks for."""
        panel = _panel_of(self.tasks, path)
        if panel is None or not panel.facts.lacks_columns or not panel.facts.columns:
            return None
        return Cure(path, tr("Choose columns…"))

    def choose(self, cure: Cure) -> None:
        """Have a person choose what cures a problem: columns, files or a folder."""
        panel = _panel_of(self.tasks, cure.field)
        if panel is None:
            if cure.field in self.rows:  # else of a task that was taken away since the problem was found
                self.rows[cure.field].editor.choose()
        elif cure == self.columns_cure(cure.field):
            panel.columns.click()
        else:
            panel.details.rows[cure.field.rpartition(".")[2]].editor.choose()

    def name_of(self, path: str) -> str:
        """What a person calls the field that a problem names."""
        parts = path.split(".")
        if parts[0] == "tasks":
            number = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else -1
            named = self.tasks.panels[number].name.text().strip() if 0 <= number < len(self.tasks.panels) else ""
            return tr("Task {name}", name=named) if named else tr("Data")
        if path == "name":
            return tr("Name of the run")
        return self.rows[path].spec.label if path in self.rows else path

    def _row(self, spec: FieldSpec) -> None:
        editor: Editor
        if spec.path == "model.source":
            editor = SourceEditor(spec)
        elif spec.path == "model.adapter":
            editor = FolderEditor(spec, tr("not set"))
        else:
            editor = make_editor(spec, SUGGESTIONS.get(spec.path, ()))
        editor.changed.connect(self._on_changed)
        if spec.path in STOPS:
            row: FieldRow = SliderRow(spec, editor, STOPS[spec.path], spec.path in SEARCHED)
        elif spec.path == "method.alpha":  # the other searched fields without a slider are let go by "auto"
            row = PinRow(spec, editor)
        else:
            row = FieldRow(spec, editor)
        if isinstance(row, PinRow):
            editor.changed.connect(self._on_set)
            row.pinned.connect(self.pinned)
        self.rows[spec.path] = row

    @Slot()
    def _on_set(self) -> None:
        """What a person sets, offers keep."""
        row = next((row for row in self.rows.values() if row.editor is self.sender()), None)
        if isinstance(row, PinRow) and not self._filling and not self._setting:
            row.set_pinned(True)

    @Slot()
    def _on_changed(self) -> None:
        if not self._filling:
            self.tasks.show_temperature(self.rows["training.mixing_temperature"].editor.value())
            self.changed.emit()

    @Slot()
    def _on_method(self) -> None:
        method = str(self.rows["method.name"].editor.value())
        for row in self.rows.values():
            row.show_method(method)


def _panel_of(tasks: TasksCard, path: str) -> TaskPanel | None:
    """The panel of the task whose field this is ("tasks.0.train")."""
    table, _, rest = path.partition(".")
    number = rest.partition(".")[0]
    known = table == "tasks" and number.isdigit() and int(number) < len(tasks.panels)
    return tasks.panels[int(number)] if known else None


def _rest(values: dict[str, Any]) -> dict[str, Any]:
    return {table: values[table] for table in TABLES if table != "model"}
