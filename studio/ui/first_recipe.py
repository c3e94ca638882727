"""The recipe that the window is opened with, read beside its thread: its drive may sleep while the page is built."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.ui.off_thread import off_thread

if TYPE_CHECKING:  # the first paint does not wait for what reads recipes
    from studio.ui.new_run.recipe_files import Opened


class FirstRecipe(QObject):
    """Reads one recipe, once it is asked for; `read` brings what was `found`."""

    read = Signal(object)

    def __init__(self, file: Path | None, parent: QObject) -> None:
        super().__init__(parent)
        self._file = file
        self._asked = False
        self.found: Opened | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether there is a recipe that was not read yet."""
        return self._file is not None and self.found is None

    def ask(self) -> None:
        """Have it read, if there is one and that was not asked for before."""
        if self._file is None or self._asked:
            return
        from studio.ui.new_run.recipe_files import opened

        self._asked = True
        off_thread(self, "first-recipe", partial(opened, self._file), self._take)

    def _take(self, found: Opened) -> None:
        self.found = found
        self.read.emit(found)
