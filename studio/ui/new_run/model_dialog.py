"""Choose a model: those on this machine appear as they are found, the hub is searched on request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from studio.core.model_places import HUB, PLACES
from studio.core.words import mark, tr
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.new_run.model_finder import MODEL, ListedModel, ModelFinder
from studio.ui.new_run.model_list import ModelList
from studio.ui.theme import unit

NOTHING = mark(
    "No model was found in the hub's cache, in the folders of LM Studio and Ollama, or in your folders. Choose a"
    " folder or a GGUF file below, or search the hub."
)


class ModelDialog(FittedDialog):
    """`chosen` brings a ListedModel; `folder_wanted` a folder that should be looked in from now on."""

    chosen = Signal(object)
    folder_wanted = Signal(str)

    def __init__(self, finder: ModelFinder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model_dialog")
        self.setWindowTitle(tr("Choose a model"))
        self._finder = finder
        self._recipe: str | None = None
        self._here: dict[str, tuple[ListedModel, ...]] = {}
        self._hub: tuple[ListedModel, ...] = ()
        self._notes: dict[str, str] = {}
        self.words = QLineEdit()
        self.words.setObjectName("model_words")
        self.words.setPlaceholderText(tr("Filter by name, or search the hub"))
        self.words.setAccessibleName(tr("Filter by name, or search the hub"))
        self.words.setAcceptDrops(False)
        self.search = button("search_hub", tr("Search the hub"), "search", hint=tr("Models of this name on the hub"))
        self.list = ModelList()
        self.said = WrappedText("", "quiet", 0.95)
        self.said.setObjectName("models_said")
        self.details = WrappedText("", "quiet", 0.95)
        self.details.setObjectName("model_details")
        self.folder = button("look_in_folder", tr("Look in a folder…"), "folder", "quiet", tr("Where you keep models"))
        self.use = button("use_model", tr("Use this model"), "check", "primary")
        self.cancel = button("cancel_model", tr("Cancel"), look="quiet")
        self._lay_out()
        self.words.textChanged.connect(self._show)
        self.words.returnPressed.connect(self._on_search)
        self.search.clicked.connect(self._on_search)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemDoubleClicked.connect(self._on_double)
        self.folder.clicked.connect(self._on_folder)
        self.use.clicked.connect(self._on_use)
        self.cancel.clicked.connect(self.reject)
        finder.found.connect(self._on_found)
        finder.searched.connect(self._on_searched)
        finder.learned.connect(self._on_learned)
        finder.refused.connect(self._on_refused)

    def look(self, recipe: str | None) -> None:
        """Look for models, as this recipe (TOML text) would train them; what is known already stays shown.

        Whether one of the hub's models fits is asked anew: it was said of the recipe as it was then.
        """
        self._recipe = recipe
        self._notes.clear()
        self._hub = tuple(replace(each, fits=None, problem="") for each in self._hub)
        self._finder.look(recipe)
        self._show()
        self._learn_chosen()

    def sizeHint(self) -> QSize:
        parent = self.parentWidget()
        window = parent.window().size() if parent is not None else QSize(1200, 800)
        return QSize(round(min(window.width() * 0.8, unit() * 54)), round(min(window.height() * 0.86, unit() * 44)))

    def _lay_out(self) -> None:
        pad = round(unit())
        top = QHBoxLayout()
        top.addWidget(self.words, 1)
        top.addWidget(self.search)
        foot = QHBoxLayout()
        foot.addWidget(self.folder)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.6))
        column.addWidget(Text(tr("Choose a model"), size=1.25, strong=True))
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addWidget(self.details)
        column.addLayout(foot)
        self.use.setEnabled(False)
        self.setMinimumSize(round(unit() * 30), round(unit() * 22))
        self.resize(self.sizeHint())

    @Slot()
    def _show(self) -> None:
        words = self.words.text().lower().split()
        listed = [model for place in PLACES for model in self._here.get(place, ())]
        shown = [each for each in listed if all(word in f"{each.title} {each.facts}".lower() for word in words)]
        self.list.show_models([*shown, *self._hub])
        self._say()
        self._show_chosen()

    def _say(self) -> None:
        if self._finder.is_looking:
            self.said.setText(tr("Looking…"))
            self.said.set_role("quiet")
            self.said.show()
            return
        notes = [note for note in self._notes.values() if note]
        if not self.list.count() and not notes:
            notes = [tr("Nothing here has such a name. The hub may.") if self.words.text().strip() else tr(NOTHING)]
        self.said.setText(" ".join(notes))
        self.said.set_role("warning" if self._notes.keys() & {HUB, MODEL} else "quiet")
        self.said.setVisible(bool(notes))

    def _show_chosen(self) -> None:
        model = self.list.chosen
        self.use.setEnabled(model is not None and not model.problem)
        self.details.setText(model.details if model is not None else "")
        self.details.set_role("warning" if model is not None and model.problem else "quiet")

    @Slot(str, object, str)
    def _on_found(self, place: str, models: tuple[ListedModel, ...], note: str) -> None:
        self._here[place] = models
        self._notes[place] = note
        self._show()

    @Slot()
    def _on_search(self) -> None:
        words = self.words.text().strip()
        if words:
            self._notes.pop(HUB, None)
            self._finder.search(words)
            self._say()

    @Slot(object)
    def _on_searched(self, models: tuple[ListedModel, ...]) -> None:
        here = {each.source for found in self._here.values() for each in found}
        self._hub = tuple(each for each in models if each.source not in here)
        if not models:
            self._notes[HUB] = tr("The hub has no language model of this name.")
        self._show()

    @Slot(object)
    def _on_learned(self, model: ListedModel) -> None:
        self._hub = tuple(model if each.source == model.source else each for each in self._hub)
        self._show()

    @Slot(str, str)
    def _on_refused(self, purpose: str, why: str) -> None:
        if purpose == HUB:
            self._hub = ()
            self._notes[HUB] = why
            self._show()
        elif purpose not in PLACES:  # whose note comes with what was found
            self._notes[purpose] = why
            self._say()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current(self, now: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        self._show_chosen()
        self._learn_chosen()

    def _learn_chosen(self) -> None:
        model = self.list.chosen
        if model is not None and model.place == HUB and model.fits is None and not model.problem:
            self._notes.pop(MODEL, None)
            self._finder.learn(model, self._recipe)
            self._say()

    @Slot(QListWidgetItem)
    def _on_double(self, item: QListWidgetItem) -> None:
        self._on_use()

    @Slot()
    def _on_use(self) -> None:
        model = self.list.chosen
        if model is not None and not model.problem:
            self.chosen.emit(model)
            self.accept()

    @Slot()
    def _on_folder(self) -> None:
        dialog = FileDialog(self, tr("A folder with models"), Mode.Directory)
        dialog.chosen.connect(self._on_folder_chosen)
        dialog.open()

    @Slot(str)
    def _on_folder_chosen(self, folder: str) -> None:
        self.folder_wanted.emit(folder)
        self._finder.look(self._recipe, (Path(folder),))
        self._say()
