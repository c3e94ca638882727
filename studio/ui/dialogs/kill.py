"""Asks before a worker is killed, which may only be slow."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, button
from studio.ui.theme import unit


class KillDialog(FittedDialog):
    """`agreed` brings the run's folder when its worker is to be killed."""

    agreed = Signal(object)

    def __init__(self, folder: RunFolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kill_dialog")
        self.setWindowTitle(tr("Kill the worker"))
        self.setMinimumWidth(round(unit() * 30))
        self._folder = folder
        price = Text(tr("Steps since the last checkpoint are computed again when the run is resumed."), "quiet")
        price.setWordWrap(True)
        # Return must not kill it.
        wait = button("kill_wait", tr("Wait"), "", "primary")
        wait.setDefault(True)
        wait.clicked.connect(self.reject)
        kill = button("kill_agree", tr("Kill"), "close", "danger")
        kill.setAutoDefault(False)
        kill.clicked.connect(self._on_kill)
        foot = QHBoxLayout()
        foot.setSpacing(round(unit() * 0.5))
        foot.addStretch(1)
        foot.addWidget(kill)
        foot.addWidget(wait)
        pad = round(unit() * 1.3)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.7))
        column.addWidget(Text(tr("Kill the worker now?"), size=1.25, strong=True))
        column.addWidget(price)
        column.addLayout(foot)

    @Slot()
    def _on_kill(self) -> None:
        self.agreed.emit(self._folder)
        self.accept()
