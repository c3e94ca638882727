"""The studio's settings: each from studio.core.settings, with its sentence."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core import places
from studio.core.settings import Settings
from studio.ui.controls.widgets import Text, button
from studio.ui.dialogs.trusted_models import TrustedModels
from studio.ui.queue.give_way_settings import GiveWaySettings, sentence_of
from studio.ui.theme import unit

THEMES = ("dark", "light", "system")


class SettingsDialog(QDialog):
    """Edits a copy; `chosen` brings it when the person is done."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setObjectName("settings_dialog")
        self._settings = settings
        self.theme = QComboBox()
        self.theme.setObjectName("setting_theme")
        self.theme.setAccessibleName("Theme")
        self.theme.addItems(THEMES)
        self.theme.setCurrentText(settings.theme)
        self.runs = QLineEdit(settings.runs)
        self.runs.setObjectName("setting_runs")
        self.runs.setAccessibleName("Folder of runs")
        self.runs.setPlaceholderText(str(places.runs()))
        browse = button("setting_browse", "Browse…", "folder")
        browse.clicked.connect(self._on_browse)
        self.give_way = GiveWaySettings(settings)
        self.trusted = TrustedModels()
        done = button("settings_done", "Done", "check", "primary")
        done.clicked.connect(self._on_done)
        leave = button("settings_cancel", "Cancel", "", "quiet")
        leave.clicked.connect(self.reject)

        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(Text("Settings", size=1.25, strong=True))
        column.addSpacing(pad // 2)
        runs_row = QHBoxLayout()
        runs_row.setSpacing(round(unit() * 0.5))
        runs_row.addWidget(self.runs, 1)
        runs_row.addWidget(browse)
        column.addWidget(Text("Theme"))
        column.addWidget(self.theme)
        column.addWidget(sentence_of("theme"))
        column.addSpacing(pad // 2)
        column.addWidget(Text("Folder of runs"))
        column.addLayout(runs_row)
        column.addWidget(sentence_of("runs"))
        column.addSpacing(pad // 2)
        column.addWidget(self.give_way)
        column.addSpacing(pad // 2)
        column.addWidget(self.trusted)
        column.addSpacing(pad // 2)
        kept = Text(f"Kept in {places.settings_file()}; the window's log lies in {places.logs()}.", "faint", 0.9)
        kept.setWordWrap(True)
        column.addWidget(kept)
        column.addSpacing(pad // 2)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(leave)
        foot.addWidget(done)
        column.addLayout(foot)
        # Told before it is shown: Qt guesses the height of wrapped sentences for a width that is not theirs.
        wide = round(unit() * 36)
        self.setMinimumSize(wide, column.totalHeightForWidth(wide))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Folder of runs")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.runs.setText)
        dialog.open()

    @Slot()
    def _on_done(self) -> None:
        values = {"theme": self.theme.currentText(), "runs": self.runs.text().strip(), **self.give_way.values()}
        self.chosen.emit(Settings.model_validate({**self._settings.model_dump(), **values}))
        self.accept()
