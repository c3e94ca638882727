"""Opens the window's dialogs, each imported when it is first wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from studio.core.problem import Problem
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import Sweep
from studio.core.run.run_folder import RunFolder
from studio.ui.runs.shelf import TrashLine
from studio.ui.runs.summary import RunSummary
from studio.ui.settings_store import SettingsStore

if TYPE_CHECKING:  # the first paint waits for no dialog
    from studio.hardware.machine import Machine
    from studio.ui.dialogs.compare import CompareDialog
    from studio.ui.dialogs.export import ExportDialog
    from studio.ui.dialogs.sweep import SweepDialog
    from studio.ui.dialogs.take_in import TakeInDialog
    from studio.ui.dialogs.trash import TrashDialog


class Dialogs(QObject):
    """Opens dialogs above `window`; the signals bring what was agreed to."""

    agreed = Signal(object)  # with the Problem that asked for consent
    kill_agreed = Signal(object)  # with the run's folder
    failed = Signal(object)
    run_taken = Signal(object)  # a run from elsewhere, now in the list
    note_chosen = Signal(object, str)  # with the run's folder
    restore_wanted = Signal(object)  # with the deleted runs
    destroy_wanted = Signal(object)
    sweep_chosen = Signal(object, object)  # with the places of its runs in each pass
    comparison_chosen = Signal(str, object)  # with its name and the recipes of its runs

    def __init__(self, window: QWidget, store: SettingsStore) -> None:
        super().__init__(window)
        self._store = store
        self.export: ExportDialog | None = None
        self.taking: TakeInDialog | None = None
        self.trash: TrashDialog | None = None
        self.compare: CompareDialog | None = None
        self.sweep: SweepDialog | None = None
        self.machine: Machine | None = None  # None until the hardware check has finished
        self._asked: set[Problem] = set()  # for which the consent dialog opened by itself

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from studio.ui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self._store.settings, self._window)
        dialog.chosen.connect(self._store.replace)
        dialog.about_wanted.connect(self.show_about)
        self._open_once(dialog)

    @Slot()
    def show_about(self) -> None:
        """Show versions, licence and keys."""
        from studio.ui.dialogs.about import AboutDialog

        self._open_once(AboutDialog(self._window))

    @Slot(object)
    def show_export(self, folder: RunFolder) -> None:
        """Open the export of this run."""
        from studio.ui.dialogs.export import ExportDialog

        if self.export is None:
            self.export = ExportDialog(self._window)
            self.export.consent_wanted.connect(self.ask_consent)
        self.export.show_run(folder)

    @Slot(object)
    def show_opening(self, runs: Path) -> None:
        """Choose an adapter or a run from elsewhere."""
        self._taking().choose(runs)

    def take_in(self, folder: Path, runs: Path) -> None:
        """Take in a folder that was dropped."""
        self._taking().take_in(folder, runs)

    @Slot(object)
    def show_note(self, run: RunSummary) -> None:
        """Edit a run's note."""
        from studio.ui.dialogs.note import NoteDialog

        dialog = NoteDialog(run, self._window)
        dialog.chosen.connect(self.note_chosen)
        self._open_once(dialog)

    def show_trash(self) -> None:
        """Open the trash, which is shown when it was read."""
        from studio.ui.dialogs.trash import TrashDialog

        if self.trash is None:
            self.trash = TrashDialog(self._window)
            self.trash.restore_wanted.connect(self.restore_wanted)
            self.trash.destroy_wanted.connect(self.destroy_wanted)
        self.trash.open()

    @Slot(object)
    def show_comparing(self, recipe: Recipe) -> None:
        """Choose the methods with which this recipe is trained."""
        from studio.ui.dialogs.compare import CompareDialog

        if self.compare is not None:
            self.compare.reject()
        self.compare = CompareDialog(recipe, self.machine, self._window)
        self.compare.chosen.connect(self.comparison_chosen)
        self.compare.open()

    @Slot(object, object)
    def show_sweeping(self, recipe: Recipe, given: Sweep | None) -> None:
        """Choose the values with which this recipe is trained, beginning with those of the sweep that is `given`."""
        from studio.ui.dialogs.sweep import SweepDialog

        if self.sweep is not None:
            self.sweep.reject()
        self.sweep = SweepDialog(recipe, self.machine, given, self._window)
        self.sweep.chosen.connect(self.sweep_chosen)
        self.sweep.open()

    def use_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on, in the dialog that is open as well."""
        self.machine = machine
        for dialog in (self.compare, self.sweep):
            if dialog is not None and dialog.isVisible():
                dialog.use_machine(machine)

    @Slot(object)
    def show_trash_lines(self, lines: tuple[TrashLine, ...]) -> None:
        """Show what is in the trash, where it is open."""
        if self.trash is not None:
            self.trash.show_lines(lines)

    def _taking(self) -> TakeInDialog:
        from studio.ui.dialogs.take_in import TakeInDialog

        if self.taking is None:
            self.taking = TakeInDialog(self._window)
            self.taking.run_taken.connect(self.run_taken)
            self.taking.export_wanted.connect(self.show_export)
        return self.taking

    def leave(self) -> None:
        """End what the dialogs have running, for good."""
        for dialog in (self.export, self.taking, self.compare, self.sweep):
            if dialog is not None:
                dialog.leave()

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
