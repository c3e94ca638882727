"""The window's pages: setting up a new run, looking at one run, comparing several."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.core.recipe.recipe import Recipe
from studio.core.run.commands import Resume
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import free_name
from studio.core.state.comparison import group_of
from studio.ui.first_recipe import FirstRecipe
from studio.ui.in_steps import InSteps, finish_imports, imported
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.runs.summary import RunSummary
from studio.ui.settings_store import SettingsStore

if TYPE_CHECKING:  # the first paint waits neither for psutil nor for the pages and their pyqtgraph
    from studio.hardware.machine import Machine
    from studio.ui.comparison.page import ComparisonPage
    from studio.ui.new_run.page import NewRunPage
    from studio.ui.new_run.path import NewRunPath
    from studio.ui.run.page import RunPage
    from studio.ui.run.path import RunPath

# What the page for a new run imports, its largest parts first one by one.
OF_NEW_RUN = (
    "studio.hardware.machine",
    "studio.planner.shape",
    "studio.planner.methods.arithmetic",
    "studio.planner.ledger",
    "studio.planner.plan",
    "studio.planner.advice",
    "studio.planner.search",
    "studio.ui.new_run.background_planner",
    "studio.ui.desk",
    "studio.ui.new_run.task_facts",
    "studio.ui.new_run.tasks_card",
    "studio.ui.new_run.data_check",
    "studio.ui.new_run.model_dialog",
    "studio.ui.new_run.form",
    "studio.ui.new_run.plan_bar",
    "studio.ui.new_run.start_bar",
    "studio.ui.new_run.page",
    "studio.ui.new_run.kept_draft",
)
LONGEST_GROUP = 44  # characters of a comparison's name: its runs' names have room for the method, the seed and a number


class Pages(QStackedWidget):
    """Builds a page when it is first shown, passes it what the window learns, and passes on what it asks for.

    `turned` brings the path of the run that is shown, or None for another page.
    """

    turned = Signal(object)
    start_wanted = Signal(object)
    queue_wanted = Signal(object)
    sweep_wanted = Signal(object, object)  # with a recipe, and its sweep where it has one
    compare_wanted = Signal(object)  # with a recipe, named as no comparison is yet
    keep_wanted = Signal(object, object)  # with the best run of a sweep, and the others
    command_wanted = Signal(object, object)
    kill_wanted = Signal(object)
    export_wanted = Signal(object)
    report_wanted = Signal(object)
    consent_wanted = Signal(object)
    consent_lacking = Signal(object)
    story_grew = Signal()
    path_changed = Signal()  # of the page that is shown
    told = Signal(object)
    beginning = Signal(bool)  # whether a run is being prepared and started, which the page for a new one hears
    failed = Signal(object)

    def __init__(self, store: SettingsStore, recipe: Path | None, remember: bool = True) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.currentChanged.connect(self._on_turned)
        self.run: RunPage | None = None
        self.new_run: NewRunPage | None = None
        self.comparison: ComparisonPage | None = None
        self._store = store
        self._remember = remember  # the half-made run
        self.summaries: tuple[RunSummary, ...] = ()
        self._machine: Machine | None = None
        self._queue = QueueSnapshot()
        self._new_group: dict[str, tuple[RunFolder, ...]] = {}
        self._first = FirstRecipe(recipe, self)
        self._building = self._new_run_steps()
        self._soon = InSteps(self._building, self)

    def minimumSizeHint(self) -> QSize:
        # A page that is not shown, such as a run's, must not make the others scroll.
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else QSize()

    def heightForWidth(self, width: int) -> int:
        # Asked for how little room will do: the area around would make it as high as the page would like to be.
        return self.minimumSizeHint().height()

    @Slot(object)
    def show_run(self, folder: RunFolder) -> None:
        """Show one run's page."""
        if self.run is None or self.run.folder.path != folder.path:
            self._leave_run()
            self.run = _made_run_page(self, self._store, folder)
            self.addWidget(self.run)
        self.setCurrentWidget(self.run)
        self.turned.emit(folder.path)
        self._show_summary()

    @Slot()
    def show_new_run(self) -> None:
        """Show the page on which a run is set up."""
        self._soon.stop()
        for _ in self._building:  # what is left of it
            pass
        if self.new_run is None:
            return  # the window was closed before it was built
        self.setCurrentWidget(self.new_run)
        self.turned.emit(None)

    def show_new_run_soon(self) -> None:
        """Build the page on which a run is set up in the next turns, and show it unless another is shown by then."""
        self._first.ask()
        self._soon.start()

    @Slot(object)
    def show_comparison(self, folders: tuple[RunFolder, ...]) -> None:
        """Compare these runs; of fewer than two, offer the groups that the `compare` verb has trained."""
        if self.comparison is None:
            finish_imports()
            from studio.ui.comparison.page import ComparisonPage

            self.comparison = ComparisonPage(self._store.settings.smoothing)
            self.comparison.failed.connect(self.failed)
            self.comparison.keep_wanted.connect(self.keep_wanted)
            self.addWidget(self.comparison)
        self.comparison.show_groups(self._groups())
        if len(folders) > 1:
            self.comparison.show_runs(folders)
        else:
            group = next((each.group for each in self.summaries if each.folder in folders), None)
            if group is not None:
                self.comparison.choose_group(group)
            self.turned.emit(None)
        self.setCurrentWidget(self.comparison)

    @Slot(str, object)
    def show_group(self, name: str, folders: tuple[RunFolder, ...]) -> None:
        """Show a comparison whose runs were just made, which no summary tells of yet."""
        self._new_group = {name: folders}
        self.show_comparison(())
        if self.comparison is not None:
            self.comparison.choose_group(name)

    @property
    def summary(self) -> RunSummary | None:
        """The summary of the run that has a page; None if there is none, or it was not read yet."""
        if self.run is None:
            return None
        path = self.run.folder.path
        return next((each for each in self.summaries if each.folder.path == path), None)

    @property
    def shows_run(self) -> bool:
        """Whether a run's page is shown."""
        return self.run is not None and self.currentWidget() is self.run

    @Slot(object)
    def show_summaries(self, summaries: tuple[RunSummary, ...]) -> None:
        """Take the summaries of all runs."""
        self.summaries = summaries
        self._show_summary()
        if self.new_run is not None:
            self.new_run.show_runs(summaries)
        if self.comparison is not None:
            self.comparison.show_groups(self._groups())
            if summaries:  # all of them at once are away only with their drive
                self.comparison.keep_only({each.folder for each in summaries})

    @Slot(object)
    def show_machine(self, machine: Machine) -> None:
        """Plan new runs for this machine."""
        self._machine = machine
        if self.new_run is not None:
            self.new_run.show_machine(machine)

    @Slot(object)
    def show_queue(self, snapshot: QueueSnapshot) -> None:
        """Take the state of the queue."""
        self._queue = snapshot
        if self.new_run is not None:
            self.new_run.show_queue(snapshot)

    def continue_with_consent(self) -> None:
        """Retry what was refused: resume the failed run that is shown, or check the data again."""
        summary = self.summary
        if self.new_run is not None and self.currentWidget() is self.new_run:
            self.new_run.check_data()
        elif self.run is not None and self.shows_run and summary is not None and summary.state == "failed":
            self.command_wanted.emit(self.run.folder, Resume())

    def forget_run(self) -> None:
        """Close the page of the run that is about to be deleted; where it is shown, show the page for a new one."""
        shown = self.shows_run
        self._leave_run()
        if shown:
            self.show_new_run()

    @Slot(object)
    def reuse(self, recipe: Path) -> None:
        """Fill the new-run page with this recipe."""
        self.show_new_run()
        if self.new_run is not None:
            self.new_run.open_recipe(str(recipe))

    @property
    def path(self) -> NewRunPath | RunPath | None:
        """The way that the page that is shown is on; a comparison is on none."""
        page = self.currentWidget()
        shown = next((each for each in (self.new_run, self.run) if each is not None and each is page), None)
        return shown.path if shown is not None else None

    @property
    def foot(self) -> QWidget | None:
        """The bar at the bottom of the page that is shown, whose buttons nothing should cover while it is visible."""
        return self.new_run.foot if self.new_run is not None and self.currentWidget() is self.new_run else None

    def leave(self) -> None:
        """End what the pages have running, for good."""
        self._soon.stop()
        self._building.close()  # it holds what it has built of a page, which nothing else knows of
        if self.new_run is not None:
            self.new_run.leave()
        if self.comparison is not None:
            self.comparison.leave()
            self.removeWidget(self.comparison)
            self.comparison.deleteLater()
            self.comparison = None
        self._leave_run()

    def _groups(self) -> dict[str, tuple[RunFolder, ...]]:
        """Every comparison, the one that was just made among them until the list has it."""
        known = comparisons(self.summaries)
        seen = {each.folder.path for each in self.summaries}
        # Not as soon as it has one of them: a look may come while the others are being made.
        if all(folder.path in seen for folders in self._new_group.values() for folder in folders):
            self._new_group = {}
        return self._new_group | known

    @Slot(object)
    def compare(self, recipe: Recipe) -> None:
        """Ask for a comparison under a name of its own: two with one name would be one table."""
        base = (group_of(recipe.name) or recipe.name)[:LONGEST_GROUP]
        name = free_name(base, (each.group for each in self.summaries if each.group is not None))
        self.compare_wanted.emit(recipe.model_copy(update={"name": name}))

    def _leave_run(self) -> None:
        if self.run is not None:
            self.run.leave()
            self.removeWidget(self.run)
            self.run.deleteLater()
            self.run = None

    def _show_summary(self) -> None:
        summary = self.summary
        if summary is not None and self.run is not None:
            self.run.show_summary(summary)

    def _new_run_steps(self) -> Generator[None, None, None]:
        """Build the page for a new run in steps, and take it in with the last."""
        self._first.ask()
        yield from imported(OF_NEW_RUN)
        from studio.ui.new_run.kept_draft import draft_file
        from studio.ui.new_run.page import NewRunPage

        page = NewRunPage(draft_file() if self._remember else None)
        yield from page.steps()
        page.start_wanted.connect(self.start_wanted)
        page.queue_wanted.connect(self.queue_wanted)
        page.compare_wanted.connect(self.compare)
        page.path.changed.connect(self.path_changed)
        page.sweep_wanted.connect(self.sweep_wanted)
        page.consent_wanted.connect(self.consent_wanted)
        page.told.connect(self.told)
        page.failed.connect(self.failed)
        page.model_folder_wanted.connect(self._store.add_model_folder)
        page.show_runs(self.summaries)
        page.show_queue(self._queue)
        if self._machine is not None:
            page.show_machine(self._machine)
        self.beginning.connect(page.show_beginning)
        page.open_first(self._first.found, awaited=self._first.is_awaited)
        self._first.read.connect(page.open_first)
        self.new_run = page
        self.addWidget(page)
        if self.count() == 1:  # and so it is shown
            self.turned.emit(None)

    @Slot(int)
    def _on_turned(self, _index: int) -> None:
        self.updateGeometry()


def _made_run_page(pages: Pages, store: SettingsStore, folder: RunFolder) -> RunPage:
    finish_imports()
    from studio.ui.run.page import RunPage

    page = RunPage(folder, store.settings.smoothing)
    page.command_wanted.connect(pages.command_wanted)
    page.kill_wanted.connect(pages.kill_wanted)
    page.report_wanted.connect(pages.report_wanted)
    page.export_wanted.connect(pages.export_wanted)
    page.consent_wanted.connect(pages.consent_wanted)
    page.consent_lacking.connect(pages.consent_lacking)
    page.reuse_wanted.connect(pages.reuse)
    page.compare_wanted.connect(pages.compare)
    page.path.changed.connect(pages.path_changed)
    page.smoothing_changed.connect(store.set_smoothing)
    page.story_grew.connect(pages.story_grew)
    page.failed.connect(pages.failed)
    return page


def comparisons(summaries: tuple[RunSummary, ...]) -> dict[str, tuple[RunFolder, ...]]:
    """The runs of each comparison of two or more, in the order in which they were made; the newest comparison first."""
    groups: dict[str, list[RunFolder]] = {}
    for summary in summaries:
        if (group := summary.group) is not None:
            groups.setdefault(group, []).insert(0, summary.folder)
    return {group: tuple(folders) for group, folders in groups.items() if len(folders) > 1}
