"""The main window: sidebar, pages, status bar, and what joins them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRect, QSettings, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QScreen, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from studio.core import places
from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.core.words import tr
from studio.ui.controls.path_bar import PathBar
from studio.ui.controls.widgets import Fill
from studio.ui.dialogs.opener import Dialogs
from studio.ui.end_notice import EndNotice
from studio.ui.guide import Guide
from studio.ui.icons import icon
from studio.ui.leftovers import Leftovers
from studio.ui.list_actions import ListActions
from studio.ui.machine_watch import MachineWatch
from studio.ui.notices import Notice
from studio.ui.off_thread import closing
from studio.ui.pages import Pages
from studio.ui.problem_list import ProblemList
from studio.ui.queue.control import QueueControl
from studio.ui.queue.game_bar import GameBar
from studio.ui.run_actions import RunActions
from studio.ui.runs.summary import RunSummary
from studio.ui.runs.watch import RunsWatch
from studio.ui.settings_store import SettingsStore
from studio.ui.sidebar import Sidebar
from studio.ui.status_bar import StatusBar
from studio.ui.telling import Telling
from studio.ui.theme import theme, unit
from studio.ui.toasts import Toasts
from studio.ui.warm_up import WarmUp
from studio.ui.window_size import first_geometry, fitted_geometry, least_size, screen_around

if TYPE_CHECKING:  # the first paint does not wait for psutil
    from studio.hardware.machine import Machine

FIRST_PAGE_MS = 1500  # how long a slow disk may take to say which run trains, before the first page opens without it
NUMBERED = 9  # runs that Ctrl and a digit show


class MainWindow(QMainWindow):
    """Shows the runs under `runs` and a page for a new one; never imports torch."""

    def __init__(self, settings: Settings, runs: Path, recipe: Path | None = None, remember: bool = True) -> None:
        super().__init__()
        self.setWindowTitle(places.APP)
        self.setWindowIcon(icon("app"))
        # Its ground covers it. With one of its own, Qt would paint all of it twice wherever window and widgets change
        # together, as with the theme: once for the window, with all that lies on it, and again for what lies on it.
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._geometry = QSettings(str(places.home() / "window.ini"), QSettings.Format.IniFormat) if remember else None
        self._closed = False
        self._recipe = recipe
        self._first_page = QTimer(self)
        self._first_page.setSingleShot(True)
        self._first_page.setInterval(FIRST_PAGE_MS)
        self._first_page.timeout.connect(self.show_first_page)
        self._closing = False  # whether closing waits for an export
        self.store = SettingsStore(settings, self)
        self.sidebar = Sidebar()
        self.pages = Pages(self.store, recipe, remember)
        self.path = PathBar()
        self.guide = Guide(self.path, self.pages)
        self.status = StatusBar()
        self.game_bar = GameBar()
        self._lay_out()
        self.dialogs = Dialogs(self, self.store)
        self.queue = QueueControl(self.sidebar.queue, self.status.game, self.game_bar, self)
        self.run_actions = RunActions(self.queue, runs, self)
        self.list_actions = ListActions(self.sidebar, self.pages, self.dialogs, lambda: self.run_actions.folder, self)
        self.telling = Telling(
            self.notices, self.problems, self.status, self.pages, self.dialogs, self.store, self.run_actions
        )
        self.watch = self._made_watch(runs)
        self.end_notice = EndNotice(self)
        self.end_notice.ended.connect(self.telling.ended)
        self.end_notice.wanted.connect(self._on_ended_wanted)
        self.machine_watch = MachineWatch()
        self.warm_up = WarmUp(self)
        self.leftovers = Leftovers(self)
        self.leftovers.found.connect(self.tell)
        self._join_pages()
        self._join_watchers()
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        help_key = QShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents), self)
        help_key.activated.connect(self.dialogs.show_about)
        for number in range(1, NUMBERED + 1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.setObjectName(f"run_{number}")
            shortcut.activated.connect(self._on_numbered)
        self.setGeometry(first_geometry(screen_around(self), unit()))
        kept = self._geometry.value("geometry") if self._geometry is not None else None
        if isinstance(kept, QByteArray):  # a file that was damaged or edited may hold anything
            self.restoreGeometry(kept)
        self.fit_to(screen_around(self))

    def fit_to(self, screen: QRect) -> None:
        """Lie wholly on a screen with this available area, whatever its scale."""
        self.setMinimumSize(least_size(screen))
        if not self.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
            self.setGeometry(fitted_geometry(self.geometry(), screen))

    def begin(self) -> None:
        """Start looking at runs and machine, and build the first page; called when the window is on the screen."""
        if self._closed:
            return
        self.watch.start()
        self.queue.watch.start()
        self.machine_watch.start()
        self.leftovers.begin()
        if self._recipe is None:
            self._first_page.start()
        else:
            self.show_first_page()

    @Slot()
    @Slot(object)
    def show_first_page(self, training: RunFolder | None = None) -> None:
        """Open on the run that trains, else on the page for a new one, unless a page was opened already; and import
        ahead what the other pages need."""
        self._first_page.stop()
        if self._closed:
            return
        if self.pages.count() == 0:
            if training is not None and self._recipe is None:
                self.pages.show_run(training)
            else:
                self.pages.show_new_run_soon()
        self.warm_up.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None:
            handle.screenChanged.connect(self._on_screen_changed, Qt.ConnectionType.UniqueConnection)

    @Slot(object)
    def tell(self, notice: Notice) -> None:
        """Put a notice over the page."""
        self.notices.tell(notice)

    def closeEvent(self, event: QCloseEvent) -> None:
        export = self.dialogs.export
        if export is not None and export.is_exporting and not self._closing:
            self._closing = True
            export.ended.connect(self.close)
            self.tell(
                Notice(tr("The window closes when the export has finished."), tr("Close it again to cancel."), "accent")
            )
            event.ignore()
            return
        self._closed = True
        with closing():  # what a drive has not answered by then is not waited for
            self._first_page.stop()
            self.store.finish()
            if self._geometry is not None:
                self._geometry.setValue("geometry", self.saveGeometry())
                self._geometry.sync()
            self.dialogs.leave()
            self.pages.leave()
            self.run_actions.finish()
            self.list_actions.finish()
            self.notices.leave()
            self.end_notice.leave()
            self.watch.stop()
            self.queue.watch.stop()
            self.machine_watch.stop()
            self.warm_up.stop()
            self.leftovers.leave()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        area = QWidget()
        main = QVBoxLayout(area)
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self.game_bar)
        main.addWidget(self.path)
        # A page that needs more room than there is scrolls, below list and status that stay in sight.
        around = QScrollArea()
        around.setObjectName("page_area")
        around.setFrameShape(QFrame.Shape.NoFrame)
        around.setWidgetResizable(True)
        around.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        around.viewport().setAutoFillBackground(False)
        around.setWidget(self.pages)
        self.pages.setAutoFillBackground(False)
        main.addWidget(around, 1)
        self.notices = Toasts(area)
        self.problems = ProblemList(area)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.sidebar)
        across.addWidget(area, 1)
        ground = Fill("window")
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across, 1)
        column.addWidget(self.status)
        self.setCentralWidget(ground)

    def _join_pages(self) -> None:
        """Connect what is pressed in the sidebar and on the pages."""
        self.sidebar.run_selected.connect(self.pages.show_run)
        self.sidebar.new_run_wanted.connect(self.pages.show_new_run)
        self.sidebar.open_wanted.connect(self._on_open_wanted)
        self.sidebar.folder_dropped.connect(self._on_folder_dropped)
        self.dialogs.run_taken.connect(self._on_run_taken)
        self.sidebar.comparison_wanted.connect(self.pages.show_comparison)
        self.sidebar.settings_wanted.connect(self.dialogs.show_settings)
        self.sidebar.theme_toggled.connect(self.store.toggle_theme)
        self.pages.turned.connect(self.sidebar.select)
        self.pages.start_wanted.connect(self.run_actions.start_new)
        self.pages.queue_wanted.connect(self.run_actions.queue_new)
        self.pages.command_wanted.connect(self.run_actions.give)
        self.pages.kill_wanted.connect(self.dialogs.ask_kill)
        self.pages.report_wanted.connect(self.run_actions.report)
        self.pages.export_wanted.connect(self.dialogs.show_export)
        self.pages.consent_wanted.connect(self.dialogs.ask_consent)
        self.pages.consent_lacking.connect(self.dialogs.ask_consent_once)
        self.pages.compare_wanted.connect(self.dialogs.show_comparing)
        self.pages.sweep_wanted.connect(self.dialogs.show_sweeping)
        self.dialogs.comparison_chosen.connect(self.run_actions.queue_group)
        self.dialogs.sweep_chosen.connect(self.run_actions.queue_sweep)
        self.run_actions.group_queued.connect(self.pages.show_group)
        self.pages.told.connect(self.tell)
        self.dialogs.agreed.connect(self._on_agreed)
        self.dialogs.kill_agreed.connect(self.run_actions.kill)
        self.run_actions.run_started.connect(self.telling.started)
        self.list_actions.told.connect(self.tell)
        self.list_actions.changed.connect(self._on_runs_changed)
        for source in (self.pages, self.dialogs, self.run_actions, self.list_actions, self.queue):
            source.failed.connect(self.telling.problem)

    def _join_watchers(self) -> None:
        """Connect what is seen of the queue and the machine."""
        self.queue.looked.connect(self.pages.show_queue)
        self.queue.reviewed.connect(self.notices.review)
        self.queue.told.connect(self.tell)
        self.queue.changed.connect(self._on_runs_changed)
        self.queue.beginning.connect(self.pages.beginning)
        self.run_actions.changed.connect(self._on_runs_changed)
        self.pages.story_grew.connect(self._on_runs_changed)
        self.store.runs_folder_changed.connect(self._on_runs_folder_changed)
        self.machine_watch.detected.connect(self._on_detected)
        self.machine_watch.sampled.connect(self.status.show_telemetry)
        self.machine_watch.not_sampled.connect(self.status.show_no_telemetry)
        self.machine_watch.failed.connect(self.status.show_failure)

    def _made_watch(self, runs: Path) -> RunsWatch:
        watch = RunsWatch(runs, self)
        watch.looked.connect(self._on_looked)
        watch.first_seen.connect(self.show_first_page)
        watch.trash_seen.connect(self.sidebar.show_trash)
        watch.there.connect(self._on_there)
        watch.failed.connect(self._on_watch_failed)
        return watch

    @Slot(object)
    def _on_looked(self, summaries: tuple[RunSummary, ...]) -> None:
        self.sidebar.show_runs(summaries)
        self.status.show_active(sum(each.is_live for each in summaries))
        self.pages.show_summaries(summaries)
        self.list_actions.look(summaries)
        self.notices.review()
        self.end_notice.on = self.store.settings.notify
        self.end_notice.look(summaries)
        # Several chosen runs stay chosen.
        if self.pages.run is not None and self.pages.shows_run and len(self.sidebar.chosen()) < 2:
            self.sidebar.select(self.pages.run.folder.path)

    @Slot(bool)
    def _on_there(self, is_there: bool) -> None:
        self.run_actions.is_missing = not is_there
        self.telling.missing_folder()
        self.notices.review()

    @Slot(object)
    def _on_watch_failed(self, problem: Problem) -> None:
        self.telling.lasting(problem, partial(self.watch.is_lasting, problem))

    @Slot()
    def _on_runs_changed(self) -> None:
        self.watch.look_now()

    @Slot(object)
    def _on_runs_folder_changed(self, folder: Path) -> None:
        self.run_actions.folder, self.run_actions.is_missing = folder, False
        self.watch.stop()
        self.watch.deleteLater()
        self.watch = self._made_watch(folder)
        self.watch.start()
        self.notices.review()

    @Slot()
    def _on_open_wanted(self) -> None:
        self.dialogs.show_opening(self.run_actions.folder)

    @Slot(object)
    def _on_folder_dropped(self, folder: Path) -> None:
        self.dialogs.take_in(folder, self.run_actions.folder)

    @Slot(object)
    def _on_run_taken(self, folder: RunFolder) -> None:
        self.watch.look_now()
        self.pages.show_run(folder)

    @Slot(object)
    def _on_detected(self, machine: Machine) -> None:
        self.run_actions.machine = machine
        self.dialogs.use_machine(machine)
        self.status.show_machine(machine)
        self.pages.show_machine(machine)

    @Slot(object)
    def _on_agreed(self, problem: Problem) -> None:
        self.tell(
            Notice(
                tr("{model} may run its own code.", model=problem.where),
                tr("You can revoke this in the settings."),
                "accent",
            )
        )
        self.pages.continue_with_consent()

    @Slot()
    def _on_numbered(self) -> None:
        number = int(self.sender().objectName().removeprefix("run_"))
        if number <= self.sidebar.model.rowCount():
            self.pages.show_run(self.sidebar.model.run_at(number - 1).folder)

    @Slot(object)
    def _on_ended_wanted(self, folder: RunFolder) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()
        self.pages.show_run(folder)

    @Slot(object)
    def _on_screen_changed(self, screen: QScreen) -> None:
        self.fit_to(screen.availableGeometry())

    @Slot()
    def _on_theme_changed(self) -> None:
        self.sidebar.theme.setIcon(icon("sun" if theme.roles.name == "dark" else "moon"))
        self.update()
