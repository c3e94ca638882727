"""The head of the new-run page: the run's name, and the recipe files that can be opened and saved."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from studio.core.run.run_folder import slug
from studio.core.words import mark, tr
from studio.ui.controls.file_dialog import FileDialog, Mode, SaveDialog
from studio.ui.controls.widgets import Text, button
from studio.ui.theme import scaled_font, unit

FILTER = mark("Recipes (*.toml)")


class RecipeBar(QWidget):
    """Edits the name; `open_wanted` and `save_wanted` bring a file's path, `begin_wanted` asks for the choice."""

    changed = Signal()
    open_wanted = Signal(str)
    save_wanted = Signal(str)
    begin_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = QLineEdit()
        self.name.setObjectName("field_name")
        self.name.setAccessibleName(tr("Name of the run"))
        self.name.setPlaceholderText(tr("Name of the run"))
        self.name.setFont(scaled_font(1.2))
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name.setAcceptDrops(False)  # the page takes dropped files
        self.name.textChanged.connect(self.changed)
        self.begin = button(
            "begin_anew", tr("Begin anew…"), "reset", "quiet", tr("The demo, your files, or like an earlier run")
        )
        self.begin.clicked.connect(self.begin_wanted)
        self.open = button("open_recipe", tr("Open…"), "folder", hint=tr("Open a recipe file"), shortcut="Ctrl+O")
        self.save = button("save_recipe", tr("Save…"), "save", hint=tr("Save as a recipe file"), shortcut="Ctrl+S")
        self.open.clicked.connect(self.choose_recipe)
        self.save.clicked.connect(self._on_save)
        pad = round(unit() * 1.1)
        row = QHBoxLayout(self)
        row.setContentsMargins(pad, round(unit() * 0.8), pad, 0)
        row.setSpacing(round(unit() * 0.5))
        row.addWidget(Text(tr("New run"), size=1.45, strong=True))
        row.addSpacing(round(unit() * 0.6))
        row.addWidget(self.name, 1)
        row.addWidget(self.begin)
        row.addWidget(self.open)
        row.addWidget(self.save)

    def show_problem(self, wrong: bool) -> None:
        """Mark the name as what a problem is about, or not."""
        self.name.setProperty("problem", wrong)
        self.name.update()

    @Slot()
    def choose_recipe(self) -> None:
        """Browse for a recipe file."""
        dialog = FileDialog(self, tr("Open a recipe"), Mode.ExistingFile, tr(FILTER))
        dialog.chosen.connect(self.open_wanted)
        dialog.open()

    @Slot()
    def _on_save(self) -> None:
        suggested = f"{slug(self.name.text())}.toml"
        dialog = SaveDialog(self, tr("Save the recipe"), suggested, tr(FILTER))
        dialog.chosen.connect(self.save_wanted)
        dialog.open()
