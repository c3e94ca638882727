"""The settings in use: changed by the window, and saved shortly after the last change."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core import places
from studio.core.problem import Problem
from studio.core.settings import Settings, save_settings
from studio.core.words import tr
from studio.ui.theme import theme

SAVE_AFTER_MS = 300  # a slider sends many values: the settings are saved when it rests


class SettingsStore(QObject):
    """Holds the settings; `runs_folder_changed` brings a new folder of runs, `failed` why they cannot be saved."""

    runs_folder_changed = Signal(object)
    failed = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._finished = False
        self.is_saved = True  # or the last attempt failed
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self._on_rested)

    @property
    def settings(self) -> Settings:
        return self._settings

    @Slot(object)
    def replace(self, settings: Settings) -> None:
        """Use these settings from now on, and save them soon; after `finish` nothing is saved."""
        before, self._settings = self._settings, settings
        if settings.theme != theme.choice:
            theme.choose(settings.theme)
        if not self._finished:
            self._timer.start()
        if settings.runs_folder() != before.runs_folder():
            self.runs_folder_changed.emit(settings.runs_folder())

    @Slot(float)
    def set_smoothing(self, weight: float) -> None:
        """Smooth the loss curves this much."""
        self.replace(self._settings.model_copy(update={"smoothing": weight}))

    @Slot(str)
    def add_model_folder(self, folder: str) -> None:
        """Look for models in this folder, too, from now on."""
        known = [part.strip() for part in self._settings.model_folders.split(";") if part.strip()]
        if folder not in known:
            self.replace(self._settings.model_copy(update={"model_folders": "; ".join([*known, folder])}))

    @Slot()
    def toggle_theme(self) -> None:
        """Change from dark to light or back."""
        choice = "light" if theme.roles.name == "dark" else "dark"
        self.replace(self._settings.model_copy(update={"theme": choice}))

    def finish(self) -> None:
        """Save what is not saved yet; later changes are not saved."""
        self._finished = True
        if self._timer.isActive():
            self._timer.stop()
            self._on_rested()

    @Slot()
    def _on_rested(self) -> None:
        try:
            save_settings(self._settings)
            self.is_saved = True
        except OSError as error:
            self.is_saved = False
            where = str(places.settings_file())
            remedy = tr("Free some disk space, or close the program that holds the file.")
            self.failed.emit(Problem(where, tr("the settings cannot be saved ({error}).", error=error), remedy))
