"""Opens the window's dialogs, each imported when it is first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder
from studio.ui.settings_store import SettingsStore

if TYPE_CHECKING:  # the first paint waits for no dialog
    from studio.ui.dialogs.export import ExportDialog


class Dialogs(QObject):
    """Opens dialogs above `window`; the signals bring what was agreed to."""

    agreed = Signal(object)  # with the Problem that asked for consent
    kill_agreed = Signal(object)  # with the run's folder
    failed = Signal(object)

    def __init__(self, window: QWidget, store: SettingsStore) -> None:
        super().__init__(window)
        self._store = store
        self.export: ExportDialog | None = None
        self._asked: set[Problem] = set()  # for which the consent dialog opened by itself

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from studio.ui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self._store.settings, self._window)
        dialog.chosen.connect(self._store.replace)
        self._open_once(dialog)

    @Slot(object)
    def show_export(self, folder: RunFolder) -> None:
        """Open the export of this run."""
        from studio.ui.dialogs.export import ExportDialog

        if self.export is None:
            self.export = ExportDialog(self._window)
            self.export.consent_wanted.connect(self.ask_consent)
        self.export.show_run(folder)

    @Slot(object)
    def ask_consent(self, problem: Problem) -> None:
        """Ask whether a model may run the code that it brings."""
        from studio.ui.dialogs.consent import ConsentDialog

        dialog = ConsentDialog(problem, self._window)
        dialog.agreed.connect(self.agreed)
        dialog.failed.connect(self.failed)
        self._open_once(dialog)

    @Slot(object)
    def ask_consent_once(self, problem: Problem) -> None:
        """Ask for what has just failed without consent, unless the same question was asked before."""
        if problem not in self._asked:
            self._asked.add(problem)
            self.ask_consent(problem)

    @Slot(object)
    def ask_kill(self, folder: RunFolder) -> None:
        """Ask whether the run's worker shall be killed."""
        from studio.ui.dialogs.kill import KillDialog

        dialog = KillDialog(folder, self._window)
        dialog.agreed.connect(self.kill_agreed)
        self._open_once(dialog)

    @property
    def _window(self) -> QWidget:
        # Asked for each time: Python frees no window to which a child of its own refers.
        window = self.parent()
        assert isinstance(window, QWidget)
        return window

    def _open_once(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
