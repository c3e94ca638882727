"""Where a run is on the way: its recipe and plan lie behind it, its adapter ahead."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QTabBar

from studio.core.foreign.visible_text import unmarked
from studio.core.words import mark, tr
from studio.ui.controls.path_bar import Mark, Stage, StageName
from studio.ui.icons import icon
from studio.ui.run.recipe_view import RecipeView
from studio.ui.runs.summary import RunSummary

SCORES = mark("Scores and samples")
TABS = (mark("Live"), SCORES, mark("Memory"), mark("Log"), mark("Recipe"), mark("Try"))
TAB_OF: dict[StageName, str] = {"model": "Recipe", "tasks": "Recipe", "plan": "Memory", "train": "Live", "try": "Try"}


class RunPath(QObject):
    """The stages of the page; `changed` says that they are others now."""

    changed = Signal()
    export_wanted = Signal()

    def __init__(self, tabs: QTabBar, recipe: RecipeView) -> None:
        super().__init__(tabs)
        self._tabs, self._recipe = tabs, recipe
        self._summary: RunSummary | None = None
        self._read: StageName = "model"  # which of the two that the recipe's part shows was asked for
        tabs.currentChanged.connect(self._on_tab)

    def show_summary(self, summary: RunSummary) -> None:
        """Take what is known of the run."""
        self._summary = summary
        self.changed.emit()

    def stages(self) -> tuple[tuple[Stage, ...], StageName]:
        """The six stages, and which of them is seen."""
        return stages_of(self._summary), self._seen()

    def go_to(self, name: StageName) -> None:
        """Show the part of the page that belongs to a stage; the last is a dialog."""
        if name == "export":
            self.export_wanted.emit()
            return
        if name in ("model", "tasks"):
            self._read = name
        self._tabs.setCurrentIndex(TABS.index(TAB_OF[name]))
        if name in ("model", "tasks"):
            self._recipe.lead_to(name)
        self.changed.emit()

    def mark_scores(self, why: str) -> None:
        """Mark the scores' tab where they are not to be believed: whoever reads another part would not know it."""
        place = TABS.index(SCORES)
        self._tabs.setTabIcon(place, icon("warning", "warning") if why else QIcon())
        self._tabs.setTabToolTip(place, unmarked(why))

    def _seen(self) -> StageName:
        match TABS[self._tabs.currentIndex()]:
            case "Recipe":
                return self._read
            case "Memory":
                return "plan"
            case "Try":
                return "try"
            case _:
                return "train"

    @Slot()
    def _on_tab(self) -> None:
        self.changed.emit()


def stages_of(summary: RunSummary | None) -> tuple[Stage, ...]:
    """The stages of a run, by what lies on its disk; None while it was not read yet."""
    behind = (
        Stage("done", tr("The model, as the recipe names it.")),
        Stage("done", tr("The tasks, as the recipe names them.")),
        Stage("done", tr("The memory, planned and measured.")),
    )
    if summary is None:
        unread = Stage(why=tr("The run is being read."), open=False)
        return (*behind, Stage("busy", tr("Loss, experts and speed.")), unread, unread)
    how: Mark = "busy" if summary.is_live else "done" if summary.state == "finished" else "open"
    if summary.state in ("failed", "lost", "unreadable"):
        how = "lacking"
    train = Stage(how, summary.reason or tr("Loss, experts and speed."))
    if summary.can_be_tried:
        attempt = Stage(why=tr("Ask the model that was trained."))
    else:
        attempt = Stage(why=tr("There is nothing to try before the first checkpoint."), open=False)
    # What lies on the disk decides, and not how the run ended; a run at work is about to replace it.
    if summary.is_live:
        export = Stage(why=tr("The run is at work. It can be exported when it has ended."), open=False)
    elif summary.has_adapter:
        export = Stage(why=tr("Take the adapter to other programs."))
    else:
        export = Stage(why=tr("There is no adapter yet. Let the run finish, or stop it after some steps."), open=False)
    return (*behind, train, attempt, export)
