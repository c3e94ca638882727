"""Turns what goes wrong, and what ends, into notices that know for how long they are true and what fixes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.dialogs.opener import Dialogs
from studio.ui.end_notice import end_words
from studio.ui.notices import Fix, Notice
from studio.ui.pages import Pages
from studio.ui.problem_list import ProblemList
from studio.ui.run_actions import RunActions, missing
from studio.ui.runs.summary import RunSummary
from studio.ui.settings_store import SettingsStore
from studio.ui.status_bar import StatusBar
from studio.ui.toasts import Toasts


class Telling(QObject):
    """Joins the toasts, the list of problems and the status bar with what the window learns."""

    def __init__(
        self,
        notices: Toasts,
        problems: ProblemList,
        status: StatusBar,
        pages: Pages,
        dialogs: Dialogs,
        store: SettingsStore,
        actions: RunActions,
    ) -> None:
        super().__init__(notices)
        self._notices, self._problems, self._status = notices, problems, status
        self._pages, self._dialogs, self._store, self._actions = pages, dialogs, store, actions
        status.problems_wanted.connect(problems.toggle)
        notices.changed.connect(self._on_changed)
        problems.dismissed.connect(notices.forget)
        pages.currentChanged.connect(self._on_page_changed)
        store.failed.connect(self._on_unsaved)

    @Slot(object)
    def problem(self, problem: Problem) -> None:
        """Tell a Problem; one about a run is true as long as the run is in the state in which it came up."""
        if problem == missing(self._actions.folder):
            self._actions.is_missing = True
            self.missing_folder()
            return
        run = next((run for run in self._pages.summaries if problem.where == f"run {run.id}"), None)
        holds = partial(self._is_still, run.folder, run.shown_state) if run is not None else None
        self._notices.tell(replace(Notice.of(problem), holds=holds))

    def missing_folder(self) -> None:
        """Say that the folder of runs is not there; nobody makes it unasked, since its drive may only be absent."""
        if (problem := self._actions.missing_folder()) is not None:
            settings = Fix("open_settings", tr("Open settings"), "settings", self._dialogs.show_settings)
            lasts = partial(self._is_missing, self._actions.folder)
            self._notices.tell(replace(Notice.of(problem), cause="folder of runs", holds=lasts, fixes=(settings,)))

    def lasting(self, problem: Problem, holds: Callable[[], bool]) -> None:
        """Tell a Problem with the folder of runs that is true as long as `holds` says so."""
        self._notices.tell(replace(Notice.of(problem), cause="folder of runs", holds=holds))

    @Slot(object)
    def ended(self, run: RunSummary) -> None:
        """Say over another page that a run has ended; its own page shows it."""
        if self._pages.shows_run and self._pages.run is not None and self._pages.run.folder == run.folder:
            return
        role = {"finished": "good", "stopped": "accent"}.get(run.state, "warning")
        show = Fix("show_run", tr("Show"), "live", partial(self._pages.show_run, run.folder))
        self._notices.tell(
            Notice(tr("{sentence}.", sentence=end_words(run)), run.reason, role, cause=f"ended {run.id}", fixes=(show,))
        )

    @Slot(object)
    def started(self, folder: RunFolder) -> None:
        """Show a run that was started, or say so where somebody has gone elsewhere while its disk was waited for."""
        if self._pages.currentWidget() is self._pages.new_run:
            self._pages.show_run(folder)
            return
        show = Fix("show_run", tr("Show"), "live", partial(self._pages.show_run, folder))
        self._notices.tell(Notice(tr("The run {run} starts.", run=folder.id), role="accent", fixes=(show,)))

    def _is_still(self, folder: RunFolder, state: str) -> bool:
        now = next((run.shown_state for run in self._pages.summaries if run.folder == folder), None)
        return now is None or now == state  # that a run is gone stays true when the list has noticed it

    def _is_missing(self, folder: Path) -> bool:
        return folder == self._actions.folder and self._actions.missing_folder() is not None

    def _is_unsaved(self) -> bool:
        return not self._store.is_saved

    @Slot(object)
    def _on_unsaved(self, problem: Problem) -> None:
        self._notices.tell(replace(Notice.of(problem), cause="settings", holds=self._is_unsaved))

    @Slot()
    def _on_changed(self) -> None:
        problems = self._notices.problems()
        self._status.show_problems(len(problems))
        self._problems.show_problems(problems)

    @Slot(int)
    def _on_page_changed(self, _index: int) -> None:
        self._notices.stay_above(self._pages.foot)
        self._notices.review()
