"""The part of the settings about giving way to games."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.settings import Settings
from studio.ui.controls.widgets import Text
from studio.ui.theme import unit


class GiveWaySettings(QWidget):
    """Edits when training gives way to another program, and whether it continues afterwards."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.give_way = QCheckBox("Give way to games automatically")
        self.give_way.setObjectName("setting_give_way")
        self.give_way.setChecked(settings.give_way)
        self.memory = QDoubleSpinBox()
        self.memory.setObjectName("setting_give_way_gib")
        self.memory.setAccessibleName("Card memory in GiB from which a program counts as a game")
        self.memory.setRange(0.1, 1000)
        self.memory.setSingleStep(0.5)
        self.memory.setDecimals(1)
        self.memory.setSuffix(" GiB")
        self.memory.setValue(settings.give_way_gib)
        self.memory.setMinimumWidth(round(unit() * 8))
        self.come_back = QCheckBox("Continue automatically afterwards")
        self.come_back.setObjectName("setting_come_back")
        self.come_back.setChecked(settings.come_back)
        self.give_way.toggled.connect(self._on_toggled)
        row = QHBoxLayout()
        row.setSpacing(round(unit() * 0.5))
        row.addWidget(Text("A program counts as a game from"))
        row.addWidget(self.memory)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(self.give_way)
        column.addWidget(sentence_of("give_way"))
        column.addLayout(row)
        column.addWidget(sentence_of("give_way_gib"))
        column.addWidget(self.come_back)
        column.addWidget(sentence_of("come_back"))
        self._on_toggled(settings.give_way)

    def values(self) -> dict[str, object]:
        """The choices, under the names of `Settings`."""
        return {
            "give_way": self.give_way.isChecked(),
            "give_way_gib": self.memory.value(),
            "come_back": self.come_back.isChecked(),
        }

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.memory.setEnabled(on)
        self.come_back.setEnabled(on)


def sentence_of(name: str) -> Text:
    """The description of a setting's field."""
    said = Text(Settings.model_fields[name].description or "", "faint", 0.9)
    said.setWordWrap(True)
    return said
