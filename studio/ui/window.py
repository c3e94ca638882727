"""The main window: sidebar, pages, status bar, and what joins them."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout

from studio.core import places
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.run.commands import Command, Pause, Resume, Stop
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.settings import Settings, save_settings
from studio.core.state.comparison import group_of
from studio.ui.controls.widgets import Fill
from studio.ui.icons import icon
from studio.ui.notices import Notice, NoticeBar
from studio.ui.queue.control import QueueControl, device_of
from studio.ui.queue.game_bar import GameBar
from studio.ui.queue.view import QueueView
from studio.ui.runs.commands import CommandSender
from studio.ui.runs.orders import RunOrders
from studio.ui.runs.summary import RunSummary
from studio.ui.runs.watch import RunsWatch
from studio.ui.sidebar import Sidebar
from studio.ui.status_bar import Probe, StatusBar
from studio.ui.theme import theme, unit

if TYPE_CHECKING:  # the first paint waits neither for psutil nor for the pages and their pyqtgraph
    from studio.hardware.machine import Machine
    from studio.ui.comparison.page import ComparisonPage
    from studio.ui.export_dialog import ExportDialog
    from studio.ui.new_run.page import NewRunPage
    from studio.ui.run.page import RunPage

# What a run's page would wait a third of a second for, read after the first paint and one a turn. Not in a thread:
# PySide makes its types when they are first asked for, and two threads that ask at once crash it.
LATER = ("pyqtgraph", "studio.ui.run.page", "studio.ui.comparison.page")


class MainWindow(QMainWindow):
    """Shows the runs under `runs` and a page for a new one; knows torch only by its absence."""

    warmed_up = Signal()  # every module of the window has been read

    def __init__(self, settings: Settings, runs: Path, recipe: Path | None = None, remember: bool = True) -> None:
        super().__init__()
        self.setWindowTitle(places.APP)
        self.setWindowIcon(icon("app"))
        self._settings = settings
        self._runs_folder = runs
        self._recipe = recipe
        self._geometry = QSettings(str(places.home() / "window.ini"), QSettings.Format.IniFormat) if remember else None
        self._summaries: tuple[RunSummary, ...] = ()
        self._machine: Machine | None = None
        self._awaited: Path | None = None
        self.run_page: RunPage | None = None
        self.new_run_page: NewRunPage | None = None
        self.comparison_page: ComparisonPage | None = None
        self._export: ExportDialog | None = None
        self._asked: set[Problem] = set()  # for which the consent dialog came up by itself
        self._closed = False
        self._closing = False  # whether closing waits for an export
        # A slider sends many values: the settings are written when it rests.
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(300)
        self._saving.timeout.connect(self._on_save)

        self.sidebar = Sidebar()
        self.notices = NoticeBar()
        self.pages = QStackedWidget()
        self.pages.setObjectName("pages")
        self.status = StatusBar()
        self.game_bar = GameBar()
        main = QVBoxLayout()
        main.setSpacing(0)
        main.addWidget(self.game_bar)
        main.addWidget(self.notices)
        main.addWidget(self.pages, 1)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.sidebar)
        across.addLayout(main, 1)
        ground = Fill("window")
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across, 1)
        column.addWidget(self.status)
        self.setCentralWidget(ground)

        self._unread = list(LATER)
        self._reading = QTimer(self)
        self._reading.setInterval(0)
        self._reading.timeout.connect(self._on_read_on)
        self.commands = CommandSender(self)
        self.commands.sent.connect(self._on_command_sent)
        self.commands.failed.connect(self._on_problem)
        self.orders = RunOrders(self)
        self.orders.command_wanted.connect(self.commands.send)
        self.orders.start_wanted.connect(self._on_go_on)
        self.orders.failed.connect(self._on_problem)
        self.watch = RunsWatch(runs, self)
        self.queue = QueueControl(self.sidebar.queue, self.status.game, self.game_bar, self)
        self.probe = Probe()
        self.watch.looked.connect(self._on_looked)
        self.queue.looked.connect(self._on_queue_looked)
        self.queue.changed.connect(self._on_queue_changed)
        self.queue.told.connect(self._on_notice)
        self.queue.failed.connect(self._on_problem)
        self.probe.detected.connect(self._on_detected)
        self.probe.sampled.connect(self.status.show_telemetry)
        self.probe.failed.connect(self.status.show_failure)
        self.sidebar.run_selected.connect(self.show_run)
        self.sidebar.new_run_wanted.connect(self.show_new_run)
        self.sidebar.comparison_wanted.connect(self.show_comparison)
        self.sidebar.settings_wanted.connect(self.show_settings)
        self.sidebar.theme_toggled.connect(self._on_theme_toggled)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        for number in range(1, 10):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.setObjectName(f"run_{number}")
            shortcut.activated.connect(self._on_numbered)
        self.resize(round(unit() * 80), round(unit() * 50))
        if self._geometry is not None and (kept := self._geometry.value("geometry")) is not None:
            self.restoreGeometry(kept)

    def begin(self) -> None:
        """Start looking at runs and machine, and build the first page; called when the window is on the screen."""
        if self._closed:
            return
        self.watch.start()
        self.queue.watch.start()
        self.probe.start()
        self._reading.start()
        if self.pages.count() == 0:
            self.show_new_run()

    @Slot(object)
    def show_run(self, folder: RunFolder) -> None:
        """Show one run's page."""
        from studio.ui.run.page import RunPage

        if self.run_page is None or self.run_page.folder.path != folder.path:
            self._leave_run_page()
            page = RunPage(folder, self._settings.smoothing)
            page.command_wanted.connect(self._on_command)
            page.story_grew.connect(self.watch.look_now)
            page.failed.connect(self._on_problem)
            page.reuse_wanted.connect(self._on_reuse)
            page.header.pause_wanted.connect(self._on_pause)
            page.header.resume_wanted.connect(self._on_resume)
            page.header.stop_wanted.connect(self._on_stop)
            page.header.end_wanted.connect(self._ask_end)
            page.header.export_wanted.connect(self._on_export)
            page.header.folder_wanted.connect(self._on_folder)
            page.header.consent_wanted.connect(self._ask_consent)
            page.consent_wanted.connect(self._on_consent_wanted)
            page.smoothing_changed.connect(self._on_smoothing)
            self.run_page = page
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(self.run_page)
        self.sidebar.select(folder.path)
        self._show_summary()

    @Slot()
    def show_new_run(self) -> None:
        """Show the page on which a run is set up."""
        if self.new_run_page is None:
            from studio.ui.new_run.page import NewRunPage

            self.new_run_page = NewRunPage(self._recipe)
            self.new_run_page.start_wanted.connect(self._on_start)
            self.new_run_page.queue_wanted.connect(self._on_queue)
            self.new_run_page.show_queue(self.queue.view)
            self.new_run_page.told.connect(self._on_notice)
            self.new_run_page.consent_wanted.connect(self._ask_consent)
            for fault in self.new_run_page.first_faults:
                self._on_problem(fault)
            if self._machine is not None:
                self.new_run_page.show_machine(self._machine)
            self.pages.addWidget(self.new_run_page)
        self.pages.setCurrentWidget(self.new_run_page)
        self.sidebar.select(None)

    @Slot(object)
    def show_comparison(self, folders: tuple[RunFolder, ...]) -> None:
        """Compare these runs; of fewer than two, offer what the `compare` verb has trained."""
        if self.comparison_page is None:
            from studio.ui.comparison.page import ComparisonPage

            self.comparison_page = ComparisonPage(self._settings.smoothing)
            self.comparison_page.failed.connect(self._on_problem)
            self.pages.addWidget(self.comparison_page)
        self.comparison_page.show_groups(comparisons(self._summaries))
        if len(folders) > 1:
            self.comparison_page.show_runs(folders)
        else:
            group = next((group_of(each.name) for each in self._summaries if each.folder in folders), None)
            if group is not None:
                self.comparison_page.choose_group(group)
            self.sidebar.select(None)
        self.pages.setCurrentWidget(self.comparison_page)

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from studio.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._settings, self)
        dialog.chosen.connect(self._on_settings)
        dialog.open()

    def tell(self, notice: Notice) -> None:
        """Put a notice above the pages."""
        self.notices.tell(notice)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._export is not None and self._export.is_exporting and not self._closing:
            self._closing = True
            self._export.ended.connect(self.close)
            what = "The window closes when the export is there."
            self.tell(Notice(what, "Close it again to give the export up.", "accent"))
            event.ignore()
            return
        self._closed = True
        if self._saving.isActive():
            self._saving.stop()
            self._on_save()
        if self._geometry is not None:
            self._geometry.setValue("geometry", self.saveGeometry())
            self._geometry.sync()
        if self._export is not None:
            self._export.leave()
        if self.new_run_page is not None:
            self.new_run_page.leave()
        if self.comparison_page is not None:
            self.comparison_page.leave()
            self.pages.removeWidget(self.comparison_page)
            self.comparison_page.deleteLater()
            self.comparison_page = None
        self._leave_run_page()
        self.orders.finish()
        self.commands.finish()
        self.watch.stop()
        self.queue.watch.stop()
        self.probe.stop()
        self._reading.stop()
        super().closeEvent(event)

    @Slot()
    def _on_read_on(self) -> None:
        importlib.import_module(self._unread.pop(0))
        if not self._unread:
            self._reading.stop()
            self.warmed_up.emit()

    def _leave_queue(self) -> None:
        if self.run_page is not None:
            self.queue.leave(self.run_page.folder)

    def _leave_run_page(self) -> None:
        if self.run_page is not None:
            self.run_page.leave()
            self.pages.removeWidget(self.run_page)
            self.run_page.deleteLater()
            self.run_page = None

    def _shown(self) -> RunSummary | None:
        if self.run_page is None:
            return None
        path = self.run_page.folder.path
        return next((each for each in self._summaries if each.folder.path == path), None)

    def _show_summary(self) -> None:
        summary = self._shown()
        if summary is not None and self.run_page is not None:
            self.run_page.show_summary(summary)

    @Slot(object)
    def _on_looked(self, summaries: tuple[RunSummary, ...]) -> None:
        self._summaries = summaries
        self.sidebar.show_runs(summaries)
        self.status.show_going_on(sum(each.is_live for each in summaries))
        self._show_summary()
        if self.comparison_page is not None:
            self.comparison_page.show_groups(comparisons(summaries))
        one = len(self.sidebar.chosen()) < 2
        if one and self.run_page is not None and self.pages.currentWidget() is self.run_page:
            self.sidebar.select(self.run_page.folder.path)

    @Slot(object)
    def _on_detected(self, machine: Machine) -> None:
        self._machine = machine
        self.status.show_machine(machine)
        if self.new_run_page is not None:
            self.new_run_page.show_machine(machine)

    @Slot(object)
    def _on_start(self, recipe: Recipe) -> None:
        try:
            folder = create_run(recipe, self._runs_folder)
            self.queue.start(folder, device_of(folder, self._machine))
        except ProblemError as error:
            self._on_problem_error(error)
            return
        self.show_run(folder)

    @Slot(object)
    def _on_queue(self, recipe: Recipe) -> None:
        """Put a new run in the queue; the page stays, so that another can be set up."""
        try:
            folder = create_run(recipe, self._runs_folder)
            device = device_of(folder, self._machine)
        except ProblemError as error:
            self._on_problem_error(error)
            return
        if device is None:
            self._on_problem(Problem("queue", "this machine was not looked at yet.", "Try again in a moment."))
        else:
            self.queue.wait(folder, device)

    @Slot(object)
    def _on_queue_looked(self, view: QueueView) -> None:
        if self.new_run_page is not None:
            self.new_run_page.show_queue(view)

    @Slot()
    def _on_queue_changed(self) -> None:
        self.watch.look_now()

    @Slot()
    def _on_pause(self) -> None:
        self._on_command(Pause())
        self._leave_queue()

    @Slot()
    def _on_stop(self) -> None:
        self._on_command(Stop())
        self._leave_queue()

    @Slot()
    def _ask_end(self) -> None:
        from studio.ui.run.end_dialog import EndDialog

        if self.run_page is None:
            return
        dialog = EndDialog(self.run_page.folder, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.agreed.connect(self.orders.end)
        dialog.open()

    @Slot()
    def _on_resume(self) -> None:
        self._on_command(Resume())

    @Slot(object)
    def _on_go_on(self, folder: RunFolder) -> None:
        try:
            self.queue.start(folder, device_of(folder, self._machine))
        except ProblemError as error:
            self._on_problem_error(error)

    @Slot(object)
    def _on_command(self, command: Command) -> None:
        if self.run_page is None:
            return
        self.orders.give(self.run_page.folder, command)

    @Slot()
    def _on_command_sent(self) -> None:
        self.watch.look_now()

    @Slot()
    def _on_export(self) -> None:
        from studio.ui.export_dialog import ExportDialog

        if self.run_page is None:
            return
        if self._export is None:
            self._export = ExportDialog(self)
            self._export.consent_wanted.connect(self._ask_consent)
        self._export.show_run(self.run_page.folder)

    @Slot(object)
    def _on_consent_wanted(self, problem: Problem) -> None:
        """A run has just ended for want of consent: ask once; its page offers the question again."""
        if problem not in self._asked:
            self._asked.add(problem)
            self._ask_consent(problem)

    @Slot(object)
    def _ask_consent(self, problem: Problem) -> None:
        from studio.ui.consent_dialog import ConsentDialog

        dialog = ConsentDialog(problem, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.agreed.connect(self._on_agreed)
        dialog.failed.connect(self._on_problem)
        dialog.open()

    @Slot(object)
    def _on_agreed(self, problem: Problem) -> None:
        """Go on with what was refused: the failed run that is shown is resumed, the data are checked again."""
        self.tell(Notice(f"{problem.where} may run its own code.", "The settings take that back.", "accent"))
        shown, summary = self.pages.currentWidget(), self._shown()
        if self.new_run_page is not None and shown is self.new_run_page:
            self.new_run_page.check_data()
        elif shown is self.run_page and summary is not None and summary.state == "failed":
            self._on_resume()

    @Slot()
    def _on_reuse(self) -> None:
        if self.run_page is not None:
            recipe = self.run_page.folder.recipe_file
            self.show_new_run()
            if self.new_run_page is not None:
                self.new_run_page.open_recipe(str(recipe))

    @Slot()
    def _on_folder(self) -> None:
        if self.run_page is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.run_page.folder.path)))

    @Slot()
    def _on_numbered(self) -> None:
        number = int(self.sender().objectName().removeprefix("run_"))
        if number <= len(self._summaries):
            self.show_run(self._summaries[number - 1].folder)

    @Slot(float)
    def _on_smoothing(self, weight: float) -> None:
        self._keep(self._settings.model_copy(update={"smoothing": weight}))

    @Slot()
    def _on_theme_toggled(self) -> None:
        choice = "light" if theme.roles.name == "dark" else "dark"
        self._keep(self._settings.model_copy(update={"theme": choice}))

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        moved = settings.runs_folder() != self._settings.runs_folder()
        self._keep(settings)
        if moved:
            self._runs_folder = settings.runs_folder()
            self.watch.stop()
            self.watch.deleteLater()
            self.watch = RunsWatch(self._runs_folder, self)
            self.watch.looked.connect(self._on_looked)
            self.watch.start()

    def _keep(self, settings: Settings) -> None:
        if settings.theme != theme.choice:
            theme.choose(settings.theme)
        self._settings = settings
        if not self._closed:
            self._saving.start()

    @Slot()
    def _on_save(self) -> None:
        try:
            save_settings(self._settings)
        except OSError as error:
            where = str(places.settings_file())
            self._on_problem(Problem(where, f"the settings cannot be kept ({error}).", "Free the disk or the file."))

    @Slot(object)
    def _on_problem(self, problem: Problem) -> None:
        self.tell(Notice.of(problem))

    def _on_problem_error(self, error: ProblemError) -> None:
        for problem in error.problems:
            self._on_problem(problem)

    @Slot(object)
    def _on_notice(self, notice: Notice) -> None:
        self.tell(notice)

    @Slot()
    def _on_theme_changed(self) -> None:
        self.sidebar.theme.setIcon(icon("sun" if theme.roles.name == "dark" else "moon"))
        self.update()


def comparisons(summaries: tuple[RunSummary, ...]) -> dict[str, tuple[RunFolder, ...]]:
    """The runs of each comparison of two or more, in the order in which they were made; the newest comparison first."""
    groups: dict[str, list[RunFolder]] = {}
    for summary in summaries:
        if (group := group_of(summary.name)) is not None:
            groups.setdefault(group, []).insert(0, summary.folder)
    return {group: tuple(folders) for group, folders in groups.items() if len(folders) > 1}
