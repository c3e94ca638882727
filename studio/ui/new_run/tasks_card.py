"""The tasks' card: a panel for each task, and adding files and folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.recipe.mixing import epoch_shares
from studio.core.words import listed, mark, sentences, tr
from studio.ui.controls.widgets import Card, WrappedText, button
from studio.ui.new_run.task_editors import data_filter
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.new_run.task_values import path_key, tasks_of, why_unreadable
from studio.ui.theme import theme, unit

LOOKING = mark("Looking at its first rows…")
DROP_HERE = mark("Drop files or folders anywhere on this page, or add them: each becomes a task.")


class TasksCard(Card):
    """Edits the tasks; `changed` after every edit, `check_wanted` when all rows should be counted.

    `rows_wanted` and `columns_wanted` bring the panel whose rows or columns a person wants to see.
    """

    changed = Signal()
    check_wanted = Signal()
    rows_wanted = Signal(object)
    columns_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__(tr("Data"), tr("each file or folder is a task; a run learns all of them together"))
        self._dragging = False
        self._temperature = 1.0
        self.panels: list[TaskPanel] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(round(unit() * 0.5))
        self.add = button("add_task", tr("Add files…"), "add", hint=tr("Each training file becomes a task"))
        self.add_folder = button(
            "add_folder", tr("Add folder…"), "folder", hint=tr("All data files of a folder are one task")
        )
        self.check = button(
            "check_data", tr("Check all rows"), "data", "quiet", tr("Read and count every row of every task")
        )
        self.add.clicked.connect(self._on_add)
        self.add_folder.clicked.connect(self._on_add_folder)
        self.check.clicked.connect(self.check_wanted)
        self.note = WrappedText(tr(DROP_HERE), "faint", 0.92)
        self.note.setObjectName("tasks_note")
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.4))
        foot.addWidget(self.note, 1)
        for each in (self.check, self.add_folder, self.add):
            foot.addWidget(each)
        self.body.addLayout(self._column)
        self.body.addLayout(foot)

    def set_tasks(self, tasks: list[dict[str, Any]]) -> None:
        """Show these tasks of a recipe."""
        for panel in list(self.panels):
            self._drop(panel)
        for values in tasks:
            self._make(values)
        self.show_note(tr(DROP_HERE), "faint")

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks as a recipe has them."""
        return [panel.values() for panel in self.panels]

    def add_files(self, paths: list[Path]) -> None:
        """Make a task of each data file and folder; what is neither, or cannot be read, is named."""
        there = _tasks_by_path(self.panels)
        paths = list({path_key(path): path for path in paths}.values())
        twice = [path for path in paths if path_key(path) in there]
        paths = [path for path in paths if path not in twice]
        refused = {path: why for path in paths if (why := why_unreadable(path))}
        readable = [path for path in paths if path not in refused]
        fresh, left = tasks_of(readable, {panel.name.text() for panel in self.panels})
        for values in fresh:
            self._make(values)
        if refused or left or twice:
            lines = []
            if twice:
                told = listed(
                    tr("{file} is in the task {task}", file=path.name, task=there[path_key(path)]) for path in twice
                )
                lines.append(tr("Not added again: {files}.", files=told))
            if refused:
                told = ", ".join(f"{path.name} ({why})" for path, why in refused.items())
                lines.append(tr("Skipped, cannot be read: {files}.", files=told))
            if left:
                told = ", ".join(path.name for path in left)
                lines.append(tr("Skipped, neither a data file nor a folder with any: {files}.", files=told))
            self.show_note(sentences(*lines), "warning")
        elif fresh:
            self.show_note(tr(DROP_HERE), "faint")
        if fresh:
            self.changed.emit()

    def show_note(self, text: str, role: str) -> None:
        """Show this sentence under the tasks."""
        self.note.setText(text)
        self.note.set_role(role)

    def show_help(self) -> None:
        """Show how tasks are added, in place of what was going on."""
        if self.note.role == "quiet":
            self.show_note(tr(DROP_HERE), "faint")

    def show_looking(self, names: set[str]) -> None:
        """Say that the rows of these tasks are being looked at."""
        for panel in self.panels:
            if panel.name.text().strip() in names and not panel.facts.rows:
                panel.read_as.setText(tr(LOOKING))
                panel.read_as.setVisible(True)

    def show_temperature(self, temperature: Any) -> None:
        """Show the shares that this training.mixing_temperature gives."""
        if isinstance(temperature, int | float) and 1 <= temperature <= 1000 and temperature != self._temperature:
            self._temperature = float(temperature)
            self.show_shares()

    def show_facts(self, facts: Mapping[str, TaskFacts]) -> None:
        """Show what was found in the data, by the name of the task."""
        for panel in self.panels:
            if (found := facts.get(panel.name.text().strip())) is not None:
                panel.facts = found
        self.show_shares()

    def show_shares(self) -> None:
        """Show each task's share of an epoch, once the rows of all are known."""
        rows = [panel.facts.trained if panel.facts.whole else panel.facts.found for panel in self.panels]
        weights = [panel.values().get("weight") for panel in self.panels]
        known = [count for count, panel in zip(rows, self.panels, strict=True) if count and not panel.facts.problems]
        usable = [float(weight) for weight in weights if isinstance(weight, int | float) and 0 < weight <= 100]
        shares: list[str] = [""] * len(self.panels)
        if len(known) == len(usable) == len(self.panels) > 1:
            divided = epoch_shares(known, usable, self._temperature)
            shares = [tr("{share:.3g} % of the mix", share=100 * each / sum(divided)) for each in divided]
        for panel, share in zip(self.panels, shares, strict=True):
            panel.show_facts(panel.facts, share)

    def forget(self, names: set[str]) -> None:
        """Show nothing of the data of these tasks, which was changed."""
        for panel in self.panels:
            if panel.name.text().strip() in names:
                panel.show_facts(TaskFacts())

    def show_problems(self, problems: Mapping[int, Mapping[str, str]]) -> None:
        """Show what is wrong with the tasks' fields, by their place and name."""
        for number, panel in enumerate(self.panels):
            panel.show_problems(problems.get(number, {}))

    def lead_to(self, number: int, field: str) -> QWidget:
        """Focus the field of the task at this place; returns what to scroll to."""
        if not 0 <= number < len(self.panels):
            self.add.setFocus()
            return self
        panel = self.panels[number]
        row = panel.details.rows.get(field)
        if row is None:
            panel.name.setFocus()
            return panel
        panel.unfold()
        row.editor.control.setFocus()
        return row

    def show_dragging(self, dragging: bool) -> None:
        """Mark the card as the place that dropped files go to."""
        self._dragging = dragging
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._dragging:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.roles.accent), 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), 8, 8)

    def _make(self, values: Mapping[str, Any]) -> None:
        panel = TaskPanel(values, len(self.panels))
        panel.changed.connect(self._on_edited)
        panel.remove_wanted.connect(self._on_remove)
        panel.rows_wanted.connect(self._on_rows)
        panel.columns_wanted.connect(self._on_columns)
        self.panels.append(panel)
        self._column.addWidget(panel)

    def _drop(self, panel: TaskPanel) -> None:
        self.panels.remove(panel)
        self._column.removeWidget(panel)
        panel.hide()
        panel.deleteLater()

    def _sending_panel(self) -> TaskPanel:
        panel = self.sender()
        assert isinstance(panel, TaskPanel)
        return panel

    @Slot()
    def _on_add(self) -> None:
        dialog = QFileDialog(self, tr("Training files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(data_filter())
        dialog.filesSelected.connect(self._on_files)
        dialog.open()

    @Slot()
    def _on_add_folder(self) -> None:
        dialog = QFileDialog(self, tr("A folder of training files"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(self._on_files)
        dialog.open()

    @Slot(list)
    def _on_files(self, files: list[str]) -> None:
        self.add_files([Path(file) for file in files])

    @Slot()
    def _on_remove(self) -> None:
        self._drop(self._sending_panel())
        for number, panel in enumerate(self.panels):
            panel.show_number(number)
        self.show_note(tr(DROP_HERE), "faint")
        self.show_shares()
        self.changed.emit()

    @Slot()
    def _on_rows(self) -> None:
        self.rows_wanted.emit(self._sending_panel())

    @Slot()
    def _on_columns(self) -> None:
        self.columns_wanted.emit(self._sending_panel())

    @Slot()
    def _on_edited(self) -> None:
        self.show_shares()
        self.changed.emit()


def _tasks_by_path(panels: list[TaskPanel]) -> dict[str, str]:
    """The name of the task that learns from each file or folder, or is scored on it."""
    found: dict[str, str] = {}
    for panel in panels:
        values = panel.values()
        for given in (values.get("train"), values.get("evaluate")):
            for path in given if isinstance(given, list) else [given]:
                if isinstance(path, str) and path:
                    found.setdefault(path_key(Path(path)), panel.name.text().strip())
    return found
