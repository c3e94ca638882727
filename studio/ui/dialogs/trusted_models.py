"""The settings of models that may run their own code."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.core.foreign import consent
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.ui.controls.widgets import PathText, Text, button
from studio.ui.theme import unit


class TrustedModels(QWidget):
    """Lists the models that may run their own code; Remove revokes that at once."""

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[QPushButton, str] = {}
        self.said = Text("", "faint", 0.9)
        self.said.setObjectName("trusted_said")
        self.said.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(round(unit() * 0.2))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(Text(tr("Models that may run their own code")))
        column.addLayout(self._rows)
        column.addWidget(self.said)
        self._show()

    def _show(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self._sources.clear()
        try:
            sources = consent.agreed_sources()
        except ProblemError as error:
            self._fail(error)
            return
        for source in sources:
            self._rows.addWidget(self._row(source))
        self.said.set_role("faint")
        self.said.setText(
            tr("After you remove a model, you are asked again before it is loaded.")
            if sources
            else tr("None. You are asked before a model that needs its own code is loaded.")
        )

    def _row(self, source: str) -> QWidget:
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        remove = button("trusted_remove", tr("Remove"), "close", "quiet", tr("Revoke the agreement"))
        remove.setAccessibleName(tr("Revoke the agreement for {model}", model=source))
        remove.clicked.connect(self._on_remove)
        self._sources[remove] = source
        across.addWidget(PathText(source, "quiet"), 1)
        across.addWidget(remove)
        return row

    @Slot()
    def _on_remove(self) -> None:
        pressed = self.sender()
        source = next(source for each, source in self._sources.items() if each is pressed)
        try:
            consent.revoke(source)
        except ProblemError as error:
            self._fail(error)
        else:
            self._show()

    def _fail(self, error: ProblemError) -> None:
        self.said.set_role("danger")
        self.said.setText(str(error))
