"""Where the Try tab will be: it is built when somebody first looks, since most looks at a run ask its model nothing."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.ui.try_out.try_view import TryView


class TryRoom(QWidget):
    """Holds a TryView from its first moment on."""

    consent_wanted = Signal(object)

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self._folder = folder
        self._record: RunRecord | None = None
        self._left = False
        self.view: TryView | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_record(self, record: RunRecord) -> None:
        """Take what the run has shown so far."""
        self._record = record
        if self.view is not None:
            self.view.show_record(record)

    def leave(self) -> None:
        """End what is asked, for good, and give the models' memory back."""
        self._left = True
        if self.view is not None:
            self.view.leave()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.view is not None or self._left:
            return
        self.view = TryView(self._folder)
        self.view.consent_wanted.connect(self.consent_wanted)
        self._column.addWidget(self.view)
        QTimer.singleShot(0, self, self._on_turn)  # what it holds comes in a turn of its own

    @Slot()
    def _on_turn(self) -> None:
        if self.view is not None and self._record is not None and not self._left:
            self.view.show_record(self._record)
