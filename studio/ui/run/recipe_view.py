"""The recipe of a run as text, and what can be begun with it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.controls.reading_pane import reading_pane
from studio.ui.controls.widgets import Card, button
from studio.ui.theme import mono_font, unit


class RecipeView(QWidget):
    """`reuse_wanted` brings the recipe's path, `compare_wanted` the recipe, `failed` each Problem with it."""

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
        try:
            self.text = folder.recipe_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.text = tr("The recipe cannot be read: {error}", error=error)
        self.pane.setPlainText(self.text)

    def lead_to(self, table: str) -> None:
        """Scroll to a table of the recipe, its lines at the top."""
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
        try:
            self.compare_wanted.emit(self._folder.recipe())
        except ProblemError as error:
            for problem in error.problems:
                self.failed.emit(problem)
