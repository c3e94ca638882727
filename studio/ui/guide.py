"""Keeps the path bar in step with the page that is shown, and goes where it is pressed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from studio.core.words import tr
from studio.ui.controls.path_bar import PathBar, Stage, StageName
from studio.ui.pages import Pages


class Guide(QObject):
    """Shows where the page that is seen is on the way; from a page that is on none, one begins a new run."""

    def __init__(self, bar: PathBar, pages: Pages) -> None:
        super().__init__(bar)
        self._bar, self._pages = bar, pages
        pages.currentChanged.connect(self.show)
        pages.path_changed.connect(self.show)
        bar.wanted.connect(self.go_to)
        self.show()

    @Slot()
    def show(self) -> None:
        """Show the stages of the page that is seen."""
        path = self._pages.path
        if path is not None:
            self._bar.show_stages(*path.stages())
            return
        begin = Stage(why=tr("Set up a new run."))
        later = Stage(why=tr("Choose a run in the list first."), open=False)
        self._bar.show_stages((*[begin] * 3, *[later] * 3), None)

    @Slot(str)
    def go_to(self, name: StageName) -> None:
        """Go to a stage."""
        if self._pages.path is None:
            self._pages.show_new_run()
        if (path := self._pages.path) is not None:
            path.go_to(name)
