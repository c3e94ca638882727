"""What a sweep found, above its table: the best setting and run in a sentence, and the button that keeps that run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.state.sweep_result import best_of, by_setting, verdict
from studio.core.words import tr
from studio.ui.comparison.variants import ComparedRun
from studio.ui.controls.widgets import WrappedText, button
from studio.ui.theme import unit

ENDED = frozenset({"finished", "stopped", "failed", "lost"})


class SweepBar(QWidget):
    """Shown while all compared runs are of one sweep; `keep_wanted` brings the id of the run that is kept."""

    keep_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._best = ""
        self.said = WrappedText("", "ink")
        self.said.setObjectName("sweep_verdict")
        self.keep = button("keep_best", tr("Keep the best"), "check")
        self.keep.clicked.connect(self._on_keep)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(round(unit()))
        across.addWidget(self.said, 1)
        across.addWidget(self.keep)
        self.hide()

    def show_runs(self, runs: Sequence[ComparedRun]) -> None:
        """Say what these runs found, where they are one sweep."""
        groups = {run.group.id if run.group is not None else "" for run in runs}
        if len(groups) != 1 or "" in groups or len(runs) < 2:
            self.hide()
            return
        results = by_setting((run.group.values, run.result) for run in runs if run.group is not None)
        best = best_of(results)
        self._best = best.run.id if best is not None else ""
        called = next((run.recipe.name for run in runs if run.result.id == self._best), "")
        self.said.setText(verdict(results, best, called))
        over = all(run.result.state in ENDED for run in runs)
        self.keep.setEnabled(best is not None and over)
        others = tr("Move the other runs of this sweep to the trash")
        self.keep.setToolTip(others if over else tr("Once all runs of this sweep have ended"))
        self.show()

    @Slot()
    def _on_keep(self) -> None:
        if self._best:
            self.keep_wanted.emit(self._best)
