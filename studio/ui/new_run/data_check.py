"""The check of a recipe's data: the desk reads and counts every row, and the tasks' card shows the result."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.foreign import consent
from studio.core.units import count_text
from studio.ui.desk import Answer, Desk
from studio.ui.new_run.tasks_card import TasksCard


class DataCheck(QObject):
    """Asks a desk of its own; `told` brings a Notice, `consent_wanted` a Problem."""

    told = Signal(object)
    consent_wanted = Signal(object)

    def __init__(self, card: TasksCard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._card = card
        self._desk: Desk | None = None
        self._left = False

    def check(self, recipe: str) -> None:
        """Check the data of this recipe (TOML text); its relative paths are relative to this process's folder."""
        if self._left:
            return
        if self._desk is None:
            self._desk = Desk(self)
            self._desk.answered.connect(self._on_answer)
        self._card.check.setEnabled(False)
        self._note("Reading the data…", "quiet")
        self._desk.ask("check", recipe=recipe, folder=str(Path.cwd()))

    def leave(self) -> None:
        """End the desk, for good."""
        self._left = True
        if self._desk is not None:
            self._desk.leave()

    def _note(self, text: str, role: str) -> None:
        self._card.note.setText(text)
        self._card.note.set_role(role)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.progress:
            self._note(answer.progress, "quiet")
            return
        self._card.check.setEnabled(True)
        if answer.done is None:
            self._note("The data was not counted.", "warning")
            asks = [problem for problem in answer.problems if problem.kind == consent.KIND]
            for problem in asks:
                self.consent_wanted.emit(problem)
            for notice in answer.notices() if not asks else ():
                self.told.emit(notice)
            return
        tasks = answer.done.get("tasks", {})
        self._card.model.show_checked({name: _counted(found) for name, found in tasks.items()})
        cut = {name: found.get("cut_rows", 0) for name, found in tasks.items() if found.get("cut_rows")}
        if cut:
            rows = ", ".join(f"{count} of {name}" for name, count in cut.items())
            self._note(f"Rows longer than max_length, which would be cut: {rows}.", "warning")
        else:
            self._note("Every row was read; none is longer than max_length.", "good")


def _counted(found: dict[str, object]) -> str:
    train, held_out = found.get("train_rows"), found.get("evaluate_rows")
    parts = [f"{count_text(float(str(train)))} train"] if train is not None else []
    parts += [f"{count_text(float(str(held_out)))} held out"] if held_out is not None else []
    return ", ".join(parts)
