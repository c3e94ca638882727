"""The experts' card: heatmap, totals, the task that is shown, and the scrubber over the steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider

from studio.core.methods.registry import floored_losses
from studio.core.run.load_history import LoadHistory
from studio.core.run.load_stats import coefficient_of_variation, dead_experts, effective_experts
from studio.core.run.router_groups import RouterGroup, router_groups
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import ALL_TASKS
from studio.core.units import number_text
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.charts.expert_totals import ExpertTotals
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.widgets import Card, Text, WrappedText, button
from studio.ui.theme import unit

LETTERS_IN_SIGHT = 4  # of the chosen entry that are always visible, also in a narrow window


class ExpertsPanel(Card):
    """Shows the loads of a RunRecord, live or at the step that the scrubber chooses."""

    def __init__(self) -> None:
        super().__init__("Experts")
        self._record: RunRecord | None = None
        self.map = ExpertMap()
        self.map.setObjectName("expert_map")
        self.totals = ExpertTotals()
        self.totals.setObjectName("expert_totals")
        self.task = QComboBox()
        self.task.setObjectName("expert_task")
        self.task.setAccessibleName("Task whose loads are shown")
        self.task.setToolTip("Loads of all tasks together, or of one of them")
        self.task.setMinimumContentsLength(LETTERS_IN_SIGHT)
        self.task.addItem("All tasks", ALL_TASKS)
        self.task.currentIndexChanged.connect(self._on_choice)
        self.scrubber = QSlider(Qt.Orientation.Horizontal)
        self.scrubber.setObjectName("expert_scrubber")
        self.scrubber.setAccessibleName("Step whose loads are shown")
        self.scrubber.setMinimumWidth(round(unit() * 3))
        self.scrubber.valueChanged.connect(self._on_scrubbed)
        self.live = button("expert_live", "Live", "live", "quiet", "Follow the newest steps")
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.live.toggled.connect(self._on_live_toggled)
        self.group = QComboBox()
        self.group.setObjectName("expert_group")
        self.group.setAccessibleName("Projection whose routers are shown")
        self.group.setToolTip("Each adapted projection has its own router in every layer")
        self.group.setMinimumContentsLength(LETTERS_IN_SIGHT)
        self.group.currentIndexChanged.connect(self._on_choice)
        self.group.hide()
        self._groups: tuple[RouterGroup, ...] = ()
        self._losses = {each: MetricTile(each.title, number_text, 3) for each in floored_losses()}
        for each, tile in self._losses.items():
            tile.setObjectName(f"tile_{each.loss}")
            tile.setToolTip(each.hint)
            tile.hide()
        self._facts = WrappedText("", "quiet", 0.92)
        self._when = Text("", "quiet", 0.88)
        self._when.setMinimumWidth(round(unit() * 4.5))
        self._when.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tools.addWidget(self.group)
        self.tools.addWidget(self.task)
        time_row = QHBoxLayout()
        time_row.setSpacing(round(unit() * 0.5))
        time_row.addWidget(self.live)
        time_row.addWidget(self.scrubber, 1)
        time_row.addWidget(self._when)
        self.body.addWidget(self._facts)
        self.body.addWidget(self.map, 3)
        self.body.addWidget(self.totals, 1)
        for tile in self._losses.values():
            self.body.addWidget(tile, 1)
        self.body.addLayout(time_row)
        self._refresh()

    def show_record(self, record: RunRecord, grew: frozenset[str] | None = None) -> None:
        """Show the record's loads; `grew` names the tasks with new ones, None means all."""
        self._record = record
        for place, task in enumerate((each for each in record.tasks if each in record.loads), start=1):
            if self.task.findData(task) < 0:
                self.task.insertItem(place, task, task)
        regrouped = self._show_groups(record)
        for each, tile in self._losses.items():
            if each.loss in record.curves:
                tile.show_series(record.curves[each.loss], record.curves.get(each.floor))
                tile.show()
        if grew is None or regrouped or self.task.currentData() in grew:
            self._refresh()

    @property
    def _history(self) -> LoadHistory | None:
        return self._record.loads.get(self.task.currentData()) if self._record else None

    def _refresh(self) -> None:
        history = self._history
        last = len(history) - 1 if history else 0
        live = self.live.isChecked()
        was = self.scrubber.blockSignals(True)
        self.scrubber.setEnabled(last > 0)
        self.scrubber.setRange(0, max(0, last))
        if live:
            self.scrubber.setValue(last)
        self.scrubber.blockSignals(was)
        counts: NDArray[np.float64] | None = None
        if history is not None and len(history):
            stretch = history.stretches[self.scrubber.value()]
            counts = history.recent() if live else stretch.counts
            span = f"step {stretch.last}" if stretch.first == stretch.last else f"steps {stretch.first}–{stretch.last}"
            self._when.setText(f"to step {history.stretches[-1].last}" if live else span)
        else:
            self._when.setText("")
        elsewhere = 0
        group = next((each for each in self._groups if each.name == self.group.currentData()), None)
        depths: tuple[int, ...] | None = None
        if counts is not None and group is not None and max(group.rows) < len(counts):
            elsewhere = int(dead_experts(np.delete(counts, group.rows, axis=0)).sum())
            counts, depths = counts[list(group.rows)], group.depths
        self.map.show_counts(counts, depths)
        self.totals.show_counts(counts)
        self._tell(counts, elsewhere)

    def _tell(self, counts: NDArray[np.float64] | None, elsewhere: int) -> None:
        if counts is None or not counts.sum():
            self._facts.setText("")
            return
        gone = int(dead_experts(counts).sum())
        # A layer that routed nothing has no numbers.
        in_effect = counts.shape[1] * float(np.nanmean(effective_experts(counts)))
        variation = float(np.nanmean(coefficient_of_variation(counts)))
        others = f" · {elsewhere} dead in other projections" if elsewhere else ""
        self._facts.setText(
            f"{in_effect:.1f} of {counts.shape[1]} experts in effect"
            f" · variation {variation:.2f} · {'none dead' if not gone else f'{gone} dead'}{others}"
        )
        self._facts.set_role("warning" if gone or elsewhere else "quiet")

    def _show_groups(self, record: RunRecord) -> bool:
        """Offer the projections one by one where a layer has several routers; returns whether they changed."""
        groups = router_groups(record.ready.layers if record.ready else ())
        if groups == self._groups:
            return False
        self._groups = groups
        was = self.group.blockSignals(True)
        self.group.clear()
        for group in groups:
            self.group.addItem(group.name, group.name)
        self.group.blockSignals(was)
        self.group.setVisible(len(groups) > 1)
        return True

    @Slot()
    def _on_choice(self) -> None:
        self._refresh()

    @Slot(int)
    def _on_scrubbed(self, _value: int) -> None:
        if self.live.isChecked():
            self.live.setChecked(False)
        else:
            self._refresh()

    @Slot(bool)
    def _on_live_toggled(self, _live: bool) -> None:
        self._refresh()
