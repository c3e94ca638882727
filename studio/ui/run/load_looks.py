"""Looks at a run's loads beside the window's thread, one after another, the newest wish last."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.run.run_folder import RunFolder
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.run.load_source import LoadSource

LOADS = "loads"


class LoadLooks(QObject):
    """`looked` brings each LoadLook; what was wished for while one was under way is looked at after it."""

    looked = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.source: LoadSource | None = None
        self._next: tuple[int | None, int | None, bool] | None = None
        self._looks = False  # whether what was asked last is a look, after which a wish is looked at

    def open(self, folder: RunFolder) -> None:
        """Look at the loads of this run from now on."""
        self.source = LoadSource(folder)

    @property
    def is_reading(self) -> bool:
        """Whether loads are being read."""
        return is_asking(self, LOADS)

    def look(self, chosen: int | None, hovered: int | None, pairs: bool) -> None:
        """Have them read up to a step, as `LoadSource.look` does."""
        self._next = (chosen, hovered, pairs) if self._looks and self.is_reading else None
        if self.source is not None and self._next is None:
            self._looks = True
            off_thread(self, LOADS, partial(self.source.look, chosen, hovered, pairs), self._on_look)

    @Slot()
    def close(self) -> None:
        """Let go of run.db once what is being read was read, which nobody sees; the next look opens it again."""
        self._next, self._looks = None, False
        if self.source is not None and (self.source.is_open or self.is_reading):
            off_thread(self, LOADS, self.source.close, None)

    def _on_look(self, found: object) -> None:
        self.looked.emit(found)
        if self._next is not None:
            self.look(*self._next)
