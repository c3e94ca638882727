"""The model that is adapted: its source, what it is, and the dialog that finds others."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot

from studio.core.model_places import PLACES
from studio.core.units import count_text
from studio.core.words import mark, tr
from studio.ui.controls.widgets import Card, WrappedText
from studio.ui.fields.field_row import FieldRow
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.model_dialog import ModelDialog
from studio.ui.new_run.model_finder import ListedModel, ModelFinder
from studio.ui.new_run.source_field import SourceEditor

SENTENCE = mark(
    "The demo's model is small and comes with the studio. Your own can be a folder, a GGUF file or a hub id."
)


class ModelCard(Card):
    """Edits the source; `chosen` brings the fields of a model from the list, `folder_wanted` a folder to look in."""

    chosen = Signal(object)
    folder_wanted = Signal(str)

    def __init__(self, row: FieldRow) -> None:
        super().__init__(tr("Model"), tr("what is adapted; its own weights stay as they are"))
        self.row = row
        self.finder = ModelFinder(self)
        self.dialog: ModelDialog | None = None
        self._recipe: str | None = None
        self._names: dict[str, str] = {}  # of models that were chosen from the list, by their source
        self.facts = WrappedText(tr(SENTENCE), "quiet", 0.92)
        self.facts.setObjectName("model_facts")
        row.drop_label()
        self.body.addWidget(row)
        self.body.addWidget(self.facts)
        assert isinstance(row.editor, SourceEditor)
        row.editor.find_wanted.connect(self.find_models)

    def show_recipe(self, text: str | None) -> None:
        """The recipe (TOML text) as which found models are planned; None while it is not valid."""
        self._recipe = text

    def show_planned(self, planned: Planned | None) -> None:
        """Say what the planned model is; nothing while there is no plan."""
        if planned is None or planned.plan is None or not planned.parameters:
            if planned is not None and planned.problems:
                self.facts.setText(tr(SENTENCE))
            return
        held = tr("its weights held as {precision}", precision=planned.plan.recipe.model.precision)
        named = self._names.get(str(self.row.editor.value()), "")
        parts = [named] if named else []
        parts += [tr("{number} parameters", number=count_text(planned.parameters)), held, *planned.exports[:1]]
        self.facts.setText(" · ".join(part.rstrip(".。") for part in parts))

    @Slot()
    def find_models(self) -> None:
        """Open the list of models."""
        if self.dialog is None:
            self.dialog = ModelDialog(self.finder, self.window())
            self.dialog.chosen.connect(self._on_chosen)
            self.dialog.folder_wanted.connect(self.folder_wanted)
        self.dialog.look(self._recipe)
        self.dialog.open()

    @Slot(object)
    def _on_chosen(self, model: ListedModel) -> None:
        if model.title != model.source:
            self._names[model.source] = f"{model.title} ({tr(PLACES.get(model.place, 'hub'))})"
        self.chosen.emit({"model.source": model.source, "model.revision": model.revision})
