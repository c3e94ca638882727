"""Plans for a dialog, made beside the window: a model's drive may sleep, and a dialog that is closed waits for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from studio.core.recipe.recipe import Recipe
from studio.ui.new_run.draft import folders_of, values_of
from studio.ui.off_thread import off_thread, wait_for

Found = TypeVar("Found")
GivenUp = Callable[[], bool]
"""Whether nobody wants to know any more, which what plans asks again and again."""


class Planning(QObject):
    """Plans what it is asked for last; `found` brings what came of it."""

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._given_up = Event()
        self._stopped = False

    def plan(self, recipes: Iterable[Recipe], work: Callable[[GivenUp], Found | None]) -> None:
        """Have these recipes planned by `work`, which raises nothing, in the place of those before."""
        if self._stopped:
            return
        self._given_up.set()
        self._given_up = Event()
        on = {folder for recipe in recipes for folder in folders_of(values_of(recipe))}
        off_thread(self, "plan", partial(work, self._given_up.is_set), self._on_found, on=on)

    def stop(self) -> None:
        """Plan nothing more; what is being planned is not waited for, and not told."""
        self._stopped = True
        self._given_up.set()

    def leave(self) -> None:
        """Stop, and wait a moment: the window is about to close."""
        self.stop()
        wait_for(self)

    def _on_found(self, found: object) -> None:
        if found is not None and not self._stopped:
            self.found.emit(found)
