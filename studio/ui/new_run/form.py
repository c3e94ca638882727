"""The recipe's form: one card per table, its fields generated from studio.core.recipe.recipe."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.recipe.recipe import MethodTable
from studio.core.units import count_text
from studio.hardware.machine import Machine
from studio.ui.controls.widgets import Card, button
from studio.ui.fields.editors import Editor, SuggestingEditor, make_editor
from studio.ui.fields.field_row import FieldGrid, FieldRow
from studio.ui.fields.field_spec import FieldSpec
from studio.ui.icons import icon
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.draft import field_of
from studio.ui.new_run.recipe_fields import SUGGESTIONS, TABLES, plain_fields, table_fields
from studio.ui.new_run.source_field import SourceEditor
from studio.ui.new_run.tasks_card import TasksCard
from studio.ui.theme import unit

HINTS = {
    "model": "what is adapted",
    "method": "how it is adapted",
    "training": "how long and how fast",
    "machine": "what it may use",
}


class TableCard(Card):
    """The fields of one of the recipe's tables, the advanced ones folded away."""

    def __init__(self, table: str, rows: list[FieldRow]) -> None:
        super().__init__(table.capitalize(), HINTS[table])
        wide = [row for row in rows if isinstance(row.editor, SourceEditor)]
        plain = [row for row in rows if not row.spec.advanced and row not in wide]
        advanced = [row for row in rows if row.spec.advanced]
        for row in wide:
            self.body.addWidget(row)
        self.body.addWidget(FieldGrid(plain))
        self.fold = button(f"advanced_{table}", "Advanced", "chevron-right", "quiet")
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._on_folded)
        self._advanced = FieldGrid(advanced)
        self._advanced.hide()
        if advanced:
            foot = QHBoxLayout()
            foot.addWidget(self.fold)
            foot.addStretch(1)
            self.body.addLayout(foot)
            self.body.addWidget(self._advanced)
        else:
            self.fold.setParent(self)
            self.fold.hide()

    def unfold(self) -> None:
        """Show the advanced fields."""
        self.fold.setChecked(True)

    @Slot(bool)
    def _on_folded(self, shown: bool) -> None:
        self._advanced.setVisible(shown)
        self.fold.setIcon(icon("chevron-down" if shown else "chevron-right"))


class RecipeForm(QWidget):
    """All cards; takes and returns a recipe as plain values."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, FieldRow] = {}
        self.tasks = TasksCard()
        self._cards: dict[str, TableCard] = {}
        self._filling = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.75))
        for table in TABLES:
            specs = list(table_fields(table))
            if table == "machine":
                specs += [spec for spec in plain_fields() if spec.name == "seed"]
            card = TableCard(table, [self._row(spec) for spec in specs])
            self._cards[table] = card
            column.addWidget(card)
            if table == "model":
                column.addWidget(self.tasks)
        column.addStretch(1)
        self.match = button("match_parameters", "Match parameters", "check", "quiet")
        self.match.clicked.connect(self._on_match)
        self.match.hide()
        self._found: MethodTable | None = None  # what the match button sets
        self._cards["method"].tools.addWidget(self.match)
        self.tasks.changed.connect(self._on_changed)
        method = self.rows["method.name"].editor
        method.changed.connect(self._on_method)
        self._on_method()

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill the form with a recipe's values; `changed` is emitted once."""
        self._filling = True
        for path, row in self.rows.items():
            table, _, name = path.rpartition(".")
            row.editor.set_value((values[table] if table else values).get(name))
        self.tasks.set_tasks(values["tasks"])
        self._filling = False
        self.tasks.show_temperature(self.rows["training.mixing_temperature"].editor.value())
        self._on_method()
        self.changed.emit()

    @Slot(object)
    def set_fields(self, fields: dict[str, Any]) -> None:
        """Set some fields by their paths ("method.rank"); the others stay."""
        for path, value in fields.items():
            self.rows[path].editor.set_value(value)

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

    def show_match(self, planned: Planned | None) -> None:
        """Offer the rank that gives this method as many parameters as the one before it; None hides the offer."""
        self._found = planned.match if planned is not None else None
        if planned is None or planned.wanted is None or (planned.match is None and not planned.unmatched):
            self.match.hide()
            return
        self.match.setText(f"Match {planned.wanted_by}'s {count_text(planned.wanted)} parameters")
        self.match.setAccessibleName(self.match.text())
        self.match.setEnabled(planned.match is not None)
        if planned.match is not None:
            ranks = f"Rank {planned.match.rank} and alpha {planned.match.alpha:g}"
            self.match.setToolTip(f"{ranks}, so that both train the same number of parameters")
        else:
            self.match.setToolTip(unmarked(planned.unmatched))
        self.match.show()

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show each problem at its field."""
        said = {field_of(problem): f"{problem.what} {problem.remedy}" for problem in problems}
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
        table = path.partition(".")[0]
        if row.spec.advanced:
            self._cards.get(table, self._cards["machine"]).unfold()
        row.editor.control.setFocus()
        return row

    def _row(self, spec: FieldSpec) -> FieldRow:
        editor: Editor
        if spec.path == "model.source":
            editor = SourceEditor(spec)
        else:
            editor = make_editor(spec, SUGGESTIONS.get(spec.path, ()))
        editor.changed.connect(self._on_changed)
        row = FieldRow(spec, editor)
        self.rows[spec.path] = row
        return row

    @Slot()
    def _on_match(self) -> None:
        if self._found is not None:
            self.set_fields({"method.rank": self._found.rank, "method.alpha": self._found.alpha})

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


def _rest(values: dict[str, Any]) -> dict[str, Any]:
    return {table: values[table] for table in TABLES if table != "model"}
