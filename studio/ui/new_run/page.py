"""The new-run page: what to begin with, then the form, the plan under it, and the button that starts the run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from studio.core import places
from studio.core.recipe.recipe import Recipe
from studio.core.toml_text import to_toml
from studio.core.words import mark, tr
from studio.ui.controls.file_dialog import local_files
from studio.ui.new_run.draft import plain_values, values_of
from studio.ui.new_run.editing import RecipeEditing, scrolling
from studio.ui.new_run.free_name import free_name
from studio.ui.new_run.kept_draft import KeptDraft
from studio.ui.new_run.path import NewRunPath
from studio.ui.new_run.recipe_files import Opened, opened, saved
from studio.ui.new_run.start_choice import FormOrChoice, StartChoice
from studio.ui.notices import Notice
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import unit

LATE = mark("The recipe {name}, with which the window was opened, took long to read: what is in the form stays.")
LOW = 44.0  # lines of text: in a page less high the plan folds to one line


class NewRunPage(RecipeEditing):
    """Edits a recipe; `start_wanted` and `queue_wanted` bring it when its run is to be started or queued,
    `compare_wanted` when it is to be trained with several methods, and `sweep_wanted` with several values of a field.

    All of its `steps` are taken before it is shown. Then it opens with `open_first`: on a recipe that was read, else on
    what is kept in the file `draft`, else on the choice of what to begin with.
    """

    start_wanted = Signal(object)
    queue_wanted = Signal(object)
    compare_wanted = Signal(object)
    sweep_wanted = Signal(object, object)  # with the sweep where there is one already
    failed = Signal(object)
    model_folder_wanted = Signal(str)

    def __init__(self, draft: Path | None = None) -> None:
        super().__init__()
        self._taken: frozenset[str] = frozenset()
        self._started = False
        self._unnamed = ""  # what a run is called until the first of its files was looked at
        self._begun = 0  # how often the form was filled, or a recipe asked for that it is to be filled with
        self._filled = False  # whether there is something to go back to from the choice
        self.awaits_first = False  # whether the recipe that the window was opened with is still being read
        self._meanwhile: tuple[int, str] | None = None  # what the page was opened on until then, if nobody changed it
        self.kept = KeptDraft(draft, self)

    def steps(self) -> Iterator[None]:
        yield from super().steps()
        self.setAcceptDrops(True)
        self.choice = StartChoice()
        yield
        self.stack = FormOrChoice(self.made_form(), scrolling(self.choice))  # in the smallest window the choice scrolls
        yield
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.typed.connect(self.kept.keep)
        self.choice.demo_wanted.connect(self._on_demo)
        self.choice.files_wanted.connect(self._on_files)
        self.choice.like_wanted.connect(self.open_recipe)
        self.choice.recipe_wanted.connect(self.head.choose_recipe)
        self.choice.back_wanted.connect(self.stack.show_form)
        self.head.begin_wanted.connect(self.begin)
        self.head.open_wanted.connect(self.open_recipe)
        self.head.save_wanted.connect(self.save_recipe)
        self.form.model.folder_wanted.connect(self.model_folder_wanted)
        self.form.quality.compare_wanted.connect(self._on_compare)
        self.form.quality.sweep.clicked.connect(self._on_compare)
        self.form.tasks.added.connect(self._on_added)
        self.kept.failed.connect(self.failed)
        self.foot.start_pressed.connect(self._on_start)
        self.foot.queue_pressed.connect(partial(self._submit, queue=True))
        self.path = NewRunPath(self, self.stack, self.choice)

    def show_runs(self, summaries: tuple[RunSummary, ...]) -> None:
        """Offer these runs as patterns, and take none of their names."""
        self._taken = frozenset(each.name for each in summaries)
        self.choice.show_runs(summaries)

    def show_beginning(self, begins: bool) -> None:
        """Offer no second start while a run is being prepared; where it was not begun, the form is kept again."""
        self.foot.show_beginning(begins)
        if not begins and self._started and self.isVisible():
            self._started = False
            self.kept.keep(to_toml(self._values()))

    def is_settled(self) -> bool:
        """Whether the plan of what is shown is made, or cannot be made."""
        told = self.stack.shows_choice or self._planned is not None or bool(self._draft and self._draft.problems)
        return told and not self.awaits_first and not is_asking(self, f"open:{self._begun}")

    def leave(self) -> None:
        super().leave()
        self.kept.leave()

    @Slot()
    def begin(self) -> None:
        """Show the choice of what to begin with; a half-made run can be gone back to."""
        self.choice.back.setVisible(self._filled)
        self.stack.show_choice()
        self.choice.demo.setFocus()

    @Slot(str)
    def open_recipe(self, path: str) -> None:
        """Fill the form with a recipe file, once it is read, unless something else is begun with meanwhile."""
        self._begun += 1
        off_thread(self, f"open:{self._begun}", partial(opened, Path(path)), partial(self._on_opened, self._begun))

    def _on_opened(self, begun: int, found: Opened) -> None:
        if begun != self._begun or self._left:
            return
        for problem in found.problems:
            self.told.emit(Notice.of(problem))
        if found.recipe is None:
            return
        self._fill(values_of(found.recipe))
        if found.sweep is not None:
            self.sweep_wanted.emit(found.recipe, found.sweep)

    @Slot(str)
    def save_recipe(self, path: str) -> None:
        """Write the form as a recipe file."""
        off_thread(
            self, f"save:{path}", partial(saved, Path(path), to_toml(self._values())), self.told.emit, is_writing=True
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._started:  # and its run is shown elsewhere: the next one begins with a choice again
            self._started = False
            self.begin()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.foot.set_low(self.height() < unit() * LOW)

    def open_first(self, found: Opened | None = None, awaited: bool = False) -> None:
        """Open on the recipe that the window was opened with; called again where that was `awaited`, since its drive
        slept, it is taken unless something else was begun with meanwhile, or the half-made run was gone on with."""
        late, self.awaits_first = self.awaits_first, awaited
        if self._left:
            return
        for problem in found.problems if found is not None else ():
            self.failed.emit(problem)
        if late and self._meanwhile != (self._begun, to_toml(self._values())):
            if found is not None and found.recipe is not None:
                self.told.emit(Notice(tr(LATE, name=found.recipe.name), tr("Press Open… to take it."), "accent"))
            return
        if found is not None and found.recipe is not None:
            self._fill(values_of(found.recipe), as_it_is=True)
            self.kept.spare(to_toml(self._values()))  # no draft of what lies in a file
            if found.sweep is not None:
                self.sweep_wanted.emit(found.recipe, found.sweep)
        elif not late:
            _open_on_draft(self)
            self._meanwhile = self._begun, to_toml(self._values())

    def _fill(self, values: dict[str, object], as_it_is: bool = False) -> None:
        """Fill the form; a run of these values gets a name of its own unless they are taken `as_it_is`."""
        self._begun += 1
        self._unnamed = ""
        name = str(values["name"])
        self.head.name.setText(name if as_it_is else free_name(name, self._taken))
        self.form.set_values(values)
        self._filled = True
        self.stack.show_form()

    @Slot()
    def _on_demo(self) -> None:
        self.open_recipe(str(places.demo_recipe()))

    @Slot(object)
    def _on_files(self, files: list[str]) -> None:
        """Begin anew with these files: nothing of what was set up before stays behind."""
        self._fill(plain_values(), as_it_is=True)
        self._unnamed = free_name(tr("My run"), self._taken)
        self.head.name.setText(self._unnamed)
        self.form.tasks.add_files([Path(file) for file in files])

    @Slot(str)
    def _on_added(self, task: str) -> None:
        if self._unnamed and self.head.name.text() == self._unnamed:
            self._unnamed = ""
            self.head.name.setText(free_name(task, self._taken))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()
            self._show_dragging(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_dragging(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_dragging(False)
        files = local_files(event.mimeData())
        if not files:
            return  # such as a link from a browser, which must not begin a run in place of the half-made one
        event.acceptProposedAction()
        if self.stack.shows_choice:
            self._on_files(files)
            return
        self.form.tasks.add_files([Path(file) for file in files])
        self.area.ensureWidgetVisible(self.form.tasks)

    def _show_dragging(self, dragging: bool) -> None:
        self.form.tasks.show_dragging(dragging)
        self.choice.files.show_dragging(dragging)

    @Slot()
    def _on_start(self) -> None:
        self._submit(queue=bool(self._why_busy()))

    @Slot()
    def _on_compare(self) -> None:
        if self.sender() is self.form.quality.sweep:
            self._with_recipe(lambda recipe: self.sweep_wanted.emit(recipe, None))
        else:
            self._with_recipe(self.compare_wanted.emit)

    def _submit(self, queue: bool) -> None:
        if (name := self.head.name.text()) in self._taken:
            self.head.name.setText(free_name(name, self._taken))
        self._with_recipe(partial(self._begin, queue))

    def _begin(self, queue: bool, recipe: Recipe) -> None:
        self._taken |= {recipe.name}
        self.kept.drop()
        self._started = not queue
        (self.queue_wanted if queue else self.start_wanted).emit(recipe)


def _open_on_draft(page: NewRunPage) -> None:
    """Open on the half-made run that was kept, else on the choice."""
    kept = page.kept.values()
    try:
        if kept is not None:
            page._fill(kept, as_it_is=True)
            return
    except (TypeError, ValueError, OverflowError, LookupError, AttributeError):
        pass  # a draft that somebody has changed by hand: begun anew, as one that cannot be read
    page.stack.show_choice()
    page.choice.demo.setFocus()
