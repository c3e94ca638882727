"""The tasks' card: a panel for each task, and adding files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.recipe.mixing import epoch_shares
from studio.core.words import mark, tr
from studio.ui.controls.widgets import Card, WrappedText, button
from studio.ui.new_run.dropped import Dropped
from studio.ui.new_run.removed_task import RemovedTask
from studio.ui.new_run.taking_files import TakingFiles
from studio.ui.new_run.task_details import with_defaults
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.theme import theme, unit

MADE_A_TURN = 4  # tasks' panels

LOOKING = mark("Looking at its first rows…")
DROP_HERE = mark("Drop files or folders anywhere on this page, or add them: each becomes a task.")


class TasksCard(Card):
    """Edits the tasks; `changed` after every edit, `check_wanted` when all rows should be counted.

    `added` brings the name of the first of the tasks that files have become.

    `rows_wanted` and `columns_wanted` bring the panel whose rows or columns a person wants to see.
    """

    changed = Signal()
    added = Signal(str)
    check_wanted = Signal()
    rows_wanted = Signal(object)
    columns_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__(tr("Data"), tr("each file or folder is a task; a run learns all of them together"))
        self._dragging = False
        self._temperature = 1.0
        self.panels: list[TaskPanel] = []
        self._unmade: list[dict[str, Any]] = []  # tasks that have no panel yet
        self.files = TakingFiles(self, self.tasks)
        self.files.taken.connect(self._on_taken)
        self.files.slow.connect(self._on_slow)
        self._facts: Mapping[str, TaskFacts] = {}
        self._problems: Mapping[int, Mapping[str, str]] = {}
        self._making = QTimer(self)
        self._making.setSingleShot(True)
        self._making.setInterval(0)
        self._making.timeout.connect(self._on_make)
        self._column = QVBoxLayout()
        self._column.setSpacing(round(unit() * 0.5))
        self.add = button("add_task", tr("Add files…"), "add", hint=tr("Each training file becomes a task"))
        self.add_folder = button(
            "add_folder", tr("Add folder…"), "folder", hint=tr("All data files of a folder are one task")
        )
        self.check = button(
            "check_data", tr("Check all rows"), "data", "quiet", tr("Read and count every row of every task")
        )
        self.add.clicked.connect(self.files.choose_files)
        self.add_folder.clicked.connect(self.files.choose_folder)
        self.check.clicked.connect(self.check_wanted)
        self.removed = RemovedTask(self)
        self.removed.wanted.connect(self._on_wanted_back)
        self.note = WrappedText(tr(DROP_HERE), "faint", 0.92)
        self.note.setObjectName("tasks_note")
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.4))
        foot.addWidget(self.note, 1)
        for each in (self.removed.undo, self.check, self.add_folder, self.add):
            foot.addWidget(each)
        self.body.addLayout(self._column)
        self.body.addLayout(foot)

    def set_tasks(self, tasks: list[dict[str, Any]]) -> None:
        """Show these tasks of a recipe."""
        self.files.forget()
        self._unmade.clear()
        for panel in list(self.panels):
            self._drop(panel)
        self.removed.forget()
        self._make(tasks)
        self.show_note(tr(DROP_HERE), "faint")

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks as a recipe has them."""
        return [*(panel.values() for panel in self.panels), *self._unmade]

    def add_files(self, paths: list[Path]) -> None:
        """Make a task of each data file and folder; what is neither, or cannot be read, is named."""
        self.files.take(paths)

    @Slot()
    def _on_slow(self) -> None:
        self.show_note(tr("Looking at the files: their disk is slow to answer…"), "quiet")

    @Slot(object)
    def _on_taken(self, found: Dropped) -> None:
        self._make(found.tasks)
        if found.note:
            self.show_note(found.note, "warning")
        elif found.tasks:
            self.show_note(tr(DROP_HERE), "faint")
        else:
            self.show_help()
        if found.tasks:
            self.removed.forget()
            self.changed.emit()
            self.added.emit(str(found.tasks[0]["name"]))

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
        self._facts = facts
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
        if len(known) == len(usable) == len(self.panels) > 1 and not self._unmade:
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
        self._problems = problems
        for number, panel in enumerate(self.panels):
            panel.show_problems(problems.get(number, {}))

    def lead_to(self, number: int, field: str) -> QWidget:
        """Focus the field of the task at this place; returns what to scroll to."""
        while self._unmade and number >= len(self.panels):
            self._on_make()
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

    def _make(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Make the tasks' panels, some in each turn of the window: forty in one would hold it."""
        self._unmade += [with_defaults(values) for values in tasks]
        self._on_make()

    @Slot()
    def _on_make(self) -> None:
        were_there = bool(self.panels)
        for values in self._unmade[:MADE_A_TURN]:
            self._put(values, len(self.panels))
        del self._unmade[:MADE_A_TURN]
        if self._unmade:
            self._making.start()
        elif were_there or self._facts:
            self.show_facts(self._facts)
        self.show_problems(self._problems)

    def _put(self, values: dict[str, Any], place: int) -> TaskPanel:
        panel = TaskPanel(values, place)
        panel.changed.connect(self._on_edited)
        panel.remove_wanted.connect(self._on_remove)
        panel.rows_wanted.connect(partial(self.rows_wanted.emit, panel))
        panel.columns_wanted.connect(partial(self.columns_wanted.emit, panel))
        self.panels.insert(place, panel)
        self._column.insertWidget(place, panel)
        return panel

    def _drop(self, panel: TaskPanel) -> None:
        self.panels.remove(panel)
        self._column.removeWidget(panel)
        panel.hide()
        panel.deleteLater()

    @Slot()
    def _on_remove(self) -> None:
        gone = self.sender()
        assert isinstance(gone, TaskPanel)
        place, values, name = self.panels.index(gone), gone.values(), gone.name.text().strip()
        self._drop(gone)
        self.show_note(tr("Removed: {task}.", task=name) if name else tr("The task is removed."), "quiet")
        self.removed.keep(place, values)
        _number(self.panels)
        self._on_edited()

    @Slot(int, object)
    def _on_wanted_back(self, place: int, values: dict[str, Any]) -> None:
        panel = self._put(values, min(place, len(self.panels)))
        self.show_help()
        self.show_facts(self._facts)
        panel.name.setFocus()
        _number(self.panels)
        self._on_edited()

    @Slot()
    def _on_edited(self) -> None:
        self.show_shares()
        self.changed.emit()


def _number(panels: list[TaskPanel]) -> None:
    for number, panel in enumerate(panels):
        panel.show_number(number)
