"""What a person does with the list of runs: rename, note, delete, restore, and take that back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder
from studio.core.state.state_text import state_text
from studio.core.words import tr
from studio.ui.desktop import open_on_desktop
from studio.ui.dialogs.opener import Dialogs
from studio.ui.notices import Fix, Notice
from studio.ui.off_thread import off_thread
from studio.ui.pages import Pages
from studio.ui.runs.shelf import Done, RunShelf
from studio.ui.runs.summary import RunSummary
from studio.ui.sidebar import Sidebar


class ListActions(QObject):
    """Joins the list, the pages and the dialogs with the shelf; `changed` says that the list is to be read again."""

    changed = Signal()
    told = Signal(object)
    failed = Signal(object)

    def __init__(
        self, sidebar: Sidebar, pages: Pages, dialogs: Dialogs, runs: Callable[[], Path], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.shelf = RunShelf(self)
        self._sidebar, self._pages, self._dialogs, self._runs = sidebar, pages, dialogs, runs
        sidebar.model.rename_wanted.connect(self.shelf.rename)
        sidebar.list.delete_wanted.connect(self.delete)
        pages.keep_wanted.connect(self._on_keep)
        sidebar.list.note_wanted.connect(dialogs.show_note)
        sidebar.list.reuse_wanted.connect(self._on_reuse)
        sidebar.list.folder_wanted.connect(self._on_folder)
        sidebar.undo_wanted.connect(self.shelf.undo)
        sidebar.trash_wanted.connect(self._on_trash)
        dialogs.note_chosen.connect(self.shelf.note)
        dialogs.restore_wanted.connect(self.shelf.restore)
        dialogs.destroy_wanted.connect(self.shelf.destroy)
        self.shelf.trash_read.connect(dialogs.show_trash_lines)
        self.shelf.failed.connect(self._on_failed)
        self.shelf.done.connect(self._on_done)

    @Slot(object)
    def delete(self, chosen: tuple[RunSummary, ...]) -> None:
        """Move these runs to the trash, and show another in the place of one that is shown."""
        for run in chosen:
            if run.is_live:
                state = state_text(run.shown_state)
                what = tr("'{run}' is {state}, and a run that trains is not deleted.", run=run.name, state=state)
                self.failed.emit(Problem(f"run {run.id}", what, tr("Stop or pause it first.")))
        folders = {run.folder for run in chosen if not run.is_live}
        if not folders:
            return
        # Windows moves no folder of which a file is open: the page lets go of it first.
        shown = self._pages.run.folder if self._pages.run is not None else None
        if shown in folders:
            beside = self._sidebar.list.beside(folders) if self._pages.shows_run else None
            self._pages.forget_run()
            if beside is not None:
                self._pages.show_run(beside)
        self._sidebar.list.setFocus()
        self.shelf.delete(sorted(folders, key=lambda folder: folder.id))

    def look(self, summaries: tuple[RunSummary, ...]) -> None:
        """Leave the page of a run that somebody else has deleted or moved."""
        folder = self._pages.run.folder if self._pages.run is not None else None
        if folder is not None and not any(run.folder == folder for run in summaries):
            off_thread(self, "gone", partial(_is_gone, folder, self._runs()), partial(self._on_looked_for, folder))

    def _on_looked_for(self, folder: RunFolder, is_gone: bool) -> None:
        if not is_gone or self._pages.run is None or self._pages.run.folder != folder:
            return
        self._pages.forget_run()
        what = tr("The run {run} is not in the folder of runs any more.", run=folder.id)
        self.told.emit(Notice(what, role="accent", cause=f"gone {folder.id}"))

    def finish(self) -> None:
        """Carry out what was asked, and nothing more."""
        self.shelf.finish()

    @Slot(object)
    def _on_done(self, done: Done) -> None:
        self.changed.emit()
        if done.shows is not None:
            self._pages.show_run(done.shows)
        fixes: tuple[Fix, ...] = ()
        if done.back is not None:
            fixes = (Fix("undo", tr("Undo"), "undo", partial(self.shelf.undo_this, done)),)
        holds = partial(self.shelf.is_undoable, done) if done.back is not None else None
        self.told.emit(Notice(done.words, role="accent", cause="list", holds=holds, fixes=fixes))
        # Nothing else is measured: taking this back would wait for every file in the trash.
        if self._dialogs.trash is not None and self._dialogs.trash.isVisible():
            self.shelf.read_trash(self._runs())

    @Slot(object)
    def _on_failed(self, problem: Problem) -> None:
        self._sidebar.model.forget_typed()
        self.changed.emit()
        self.failed.emit(problem)

    @Slot(object, object)
    def _on_keep(self, best: RunFolder, others: tuple[RunFolder, ...]) -> None:
        """Of a sweep, keep one run: the others go to the trash, from which Undo brings them back."""
        self._pages.show_run(best)
        self.delete(tuple(each for each in self._pages.summaries if each.folder in others))

    @Slot()
    def _on_trash(self) -> None:
        self._dialogs.show_trash()
        self.shelf.read_trash(self._runs())

    @Slot(object)
    def _on_reuse(self, folder: RunFolder) -> None:
        self._pages.reuse(folder.recipe_file)

    @Slot(object)
    def _on_folder(self, folder: RunFolder) -> None:
        open_on_desktop(self, folder.path)


def _is_gone(folder: RunFolder, runs: Path) -> bool:
    """Whether the run was deleted or moved; while the drive of all runs is away, what was read of it can be seen."""
    return not folder.path.exists() and runs.is_dir()
