"""The recipe of a run as text, and what can be begun with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.controls.reading_pane import reading_pane
from studio.ui.controls.widgets import Card, button
from studio.ui.off_thread import off_thread
from studio.ui.theme import mono_font, unit


class RecipeView(QWidget):
    """`read` says that its `text` is there, which is None until then.

    `reuse_wanted` brings the recipe's path, `compare_wanted` the recipe, `failed` each Problem with it.
    """

    read = Signal()
    reuse_wanted = Signal(object)
    compare_wanted = Signal(object)
    failed = Signal(object)

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self._folder = folder
        self.pane = reading_pane("recipe_text", tr("The run's recipe"), blocks=0)
        self.pane.setFont(mono_font())
        card = Card(tr("Recipe"), tr("as written, and as the worker reads it"))
        self.compare = button(
            "compare_methods",
            tr("Compare methods…"),
            "compare",
            hint=tr("Train this recipe with other methods, side by side"),
        )
        self.reuse = button(
            "reuse_recipe", tr("Use for a new run"), "copy", hint=tr("Fill the new-run page with this recipe")
        )
        self.compare.clicked.connect(self._on_compare)
        self.reuse.clicked.connect(self._on_reuse)
        card.tools.addWidget(self.compare)
        card.tools.addWidget(self.reuse)
        card.body.addWidget(self.pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(unit() * 0.75), 0, 0)
        column.addWidget(card)
        self.pane.setPlaceholderText(tr("The recipe is being read…"))
        self.text: str | None = None  # until it was read
        self._led_to = ""
        off_thread(self, "recipe", partial(recipe_text, folder.recipe_file), self._on_text)

    def _on_text(self, text: str) -> None:
        self.text = text
        self.pane.setPlainText(text)
        if self._led_to:
            self.lead_to(self._led_to)
        self.read.emit()

    def lead_to(self, table: str) -> None:
        """Scroll to a table of the recipe, its lines at the top."""
        self._led_to = table
        lines = (self.pane.document().findBlockByNumber(row) for row in range(self.pane.blockCount()))
        place = next((line.position() for line in lines if line.text().strip("[] ") == table), 0)
        cursor = self.pane.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.pane.setTextCursor(cursor)  # from below, the line that is led to comes to the top of the view
        cursor.setPosition(place)
        self.pane.setTextCursor(cursor)

    @Slot()
    def _on_reuse(self) -> None:
        self.reuse_wanted.emit(self._folder.recipe_file)

    @Slot()
    def _on_compare(self) -> None:
        off_thread(self, "compare", partial(_asked_for, self._folder), self._on_asked_for)

    def _on_asked_for(self, found: Recipe | tuple[Problem, ...]) -> None:
        if isinstance(found, Recipe):
            self.compare_wanted.emit(found)
            return
        for problem in found:
            self.failed.emit(problem)


def recipe_text(file: Path) -> str:
    """What the file says, or why it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return tr("The recipe cannot be read: {error}", error=error)


def _asked_for(folder: RunFolder) -> Recipe | tuple[Problem, ...]:
    try:
        return folder.recipe()
    except ProblemError as error:
        return error.problems
