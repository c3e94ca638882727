"""Imports what the pages need after the first paint, so that opening a page does not wait for it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal, Slot

from studio.ui.in_steps import InSteps, finish_imports, imported, imported_in_parts, touched

# What a run's page would wait a third of a second for. Not in a thread: PySide makes its types when they are first
# asked for, and two threads that ask at once crash it.
LARGE = "pyqtgraph"
MODULES = (
    "studio.ui.charts.step_plot",
    "studio.ui.charts.loss_chart",
    "studio.ui.charts.expert_map",
    "studio.ui.charts.expert_course",
    "studio.ui.charts.memory_bars",
    "studio.ui.run.header",
    "studio.ui.run.tail",
    "studio.ui.run.experts_panel",
    "studio.ui.run.live_view",
    "studio.ui.run.scores_view",
    "studio.ui.try_out.chat_view",
    "studio.ui.try_out.samples_view",
    "studio.ui.run.page",
    "studio.ui.comparison.chart",
    "studio.ui.comparison.page",
)


def steps() -> Iterator[None]:
    """Everything that is imported, in steps."""
    yield from touched()
    yield from imported_in_parts(LARGE)
    yield from imported(MODULES)


class WarmUp(QObject):
    """Does its imports in small steps; `done` when all are made."""

    done = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = InSteps(steps(), self)
        self._steps.done.connect(self._on_done)

    def start(self) -> None:
        """Begin with the next turn."""
        # What lives until the end is not searched for dead cycles again and again.
        gc.freeze()
        self._steps.start()

    def stop(self) -> None:
        """Import nothing more, and leave nothing imported in part."""
        self._steps.stop()
        finish_imports()

    @Slot()
    def _on_done(self) -> None:
        gc.freeze()
        self.done.emit()
