"""Opens the dialogs that show a task's data: its rows token by token, and the choice of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from studio.ui.new_run.data_check import DataCheck, not_read
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.new_run.tasks_card import TasksCard

if TYPE_CHECKING:  # the first paint waits for no dialog
    from studio.ui.new_run.columns_dialog import ColumnsDialog
    from studio.ui.new_run.rows_dialog import RowsDialog


class DataDialogs(QObject):
    """Opens dialogs above `page` for the tasks of `card`, and keeps them up to date with what `check` finds."""

    def __init__(self, page: QWidget, card: TasksCard, check: DataCheck) -> None:
        super().__init__(page)
        self._page, self._card, self._check = page, card, check
        self.rows: RowsDialog | None = None
        self.columns: ColumnsDialog | None = None
        self._panel: TaskPanel | None = None  # whose columns are chosen
        self._tried = 0
        card.rows_wanted.connect(self._on_rows_wanted)
        card.columns_wanted.connect(self._on_columns_wanted)
        check.tried.connect(self._on_tried)
        check.found.connect(self._on_found)
        check.rows_seen.connect(self._on_rows_seen)

    @Slot(object)
    def _on_rows_wanted(self, panel: TaskPanel) -> None:
        from studio.ui.new_run.rows_dialog import RowsDialog

        if self.rows is None:
            self.rows = RowsDialog(self._page)
            self.rows.more_wanted.connect(self._check.more_rows)
            self.rows.check_wanted.connect(self._card.check_wanted)
        self.rows.show_task(panel.name.text().strip(), panel.facts)
        self.rows.open()

    @Slot(str, object)
    def _on_rows_seen(self, name: str, facts: TaskFacts) -> None:
        if self.rows is not None and self.rows.task == name:
            self.rows.show_more(facts)

    @Slot()
    def _on_found(self) -> None:
        for panel in self._card.panels:
            if self.rows is not None and panel.name.text().strip() == self.rows.task:
                self.rows.show_facts(panel.facts)

    @Slot(object)
    def _on_columns_wanted(self, panel: TaskPanel) -> None:
        from studio.ui.new_run.columns_dialog import ColumnsDialog

        if self.columns is None:
            self.columns = ColumnsDialog(self._page)
            self.columns.try_wanted.connect(self._on_try_wanted)
            self.columns.chosen.connect(self._on_chosen)
        self._panel, self._tried = panel, 0
        present = panel.values().get("format")
        self.columns.show_task(panel.name.text().strip(), panel.facts, present if isinstance(present, dict) else None)
        self.columns.open()

    @Slot(object)
    def _on_try_wanted(self, mapping: dict[str, str]) -> None:
        if self._panel is not None:
            self._tried = self._check.try_format(self._panel.name.text().strip(), mapping)
            if not self._tried and self.columns is not None:
                self.columns.show_tried(TaskFacts(problems=(not_read(),)))

    @Slot(int, object)
    def _on_tried(self, number: int, facts: TaskFacts) -> None:
        # What an earlier choice gives must not be taken for what this one does.
        if self.columns is not None and number == self._tried:
            self.columns.show_tried(facts)

    @Slot(object)
    def _on_chosen(self, format: object) -> None:
        if self._panel is not None:
            self._panel.set_format(format)
