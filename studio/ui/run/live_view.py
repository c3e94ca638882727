"""The live part of a run's page: loss, experts and the small charts, with one cursor through all of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.methods.registry import floored_losses
from studio.core.run.best_step import Rule
from studio.core.run.curve_names import AUXILIARY_SHARE, MEMORY, memory_of, shows_learning
from studio.core.run.run_record import RunRecord
from studio.core.units import count_text, number_text
from studio.core.words import mark, tr
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.run.loss_card import LossCard
from studio.ui.run.opening_view import OpeningView
from studio.ui.run.tail import Growth
from studio.ui.run.tile_rows import TileRows
from studio.ui.theme import unit
from studio.ui.units import NO_BREAK, bytes_text


def _share(value: float) -> str:
    return f"{100 * value:.1f}{NO_BREAK}%"


METRICS = (
    ("learning_rate", mark("Learning rate"), number_text),
    ("grad_norm", mark("Gradient norm"), number_text),
    ("tokens_per_second", mark("Tokens/s"), count_text),
    (MEMORY, mark("Memory"), bytes_text),
)
# What only some methods or an NVIDIA card report: not shown where they do not.
SOME = (
    (AUXILIARY_SHARE, mark("Balance share"), _share),
    ("gpu_percent", mark("GPU busy"), lambda value: f"{value:.0f}{NO_BREAK}%"),
    ("gpu_celsius", mark("GPU temperature"), lambda value: f"{value:.0f}{NO_BREAK}°C"),
    ("gpu_watts", mark("GPU power"), lambda value: f"{value:.0f}{NO_BREAK}W"),
)
LOSSES_OF_METHODS = {curve for each in floored_losses() for curve in (each.loss, each.floor)}

LOADS_COME = mark("Each expert's use in each layer appears here with the first step.")


LOSS_SHARE, WHOLE_SHARE = 11, 20  # of the width beside the experts, that the loss and the tiles have
LEAST_LOSS = 14  # lines of text that the loss keeps before the tiles may stand under it


def _by_process(record: RunRecord) -> list[str]:
    """What the device of each process had in use in the last step; nothing where one trains alone."""
    found, process = [], 1
    while (curve := record.curves.get(memory_of(process))) is not None and len(curve):
        found.append(tr("Process {n}: {size}", n=process, size=bytes_text(float(curve.values[-1]))))
        process += 1
    return found if len(found) > 1 else []


class LiveView(QWidget):
    """Draws a RunRecord as it grows.

    `cursor_moved` brings the step that is pointed at in the loss or in a tile, and None when the pointer leaves;
    `show_cursor` shows in all of them a step that is pointed at elsewhere, and `show_scrubbed` the step whose experts
    are shown, None where they are the newest. `experts` is their card, where it was made before.
    """

    smoothing_changed = Signal(float)
    cursor_moved = Signal(object)
    failed = Signal(object)

    def __init__(self, smoothing: float, rule: Rule = "loss", experts: ExpertsPanel | None = None) -> None:
        super().__init__()
        gap = round(unit() * 0.75)
        self.opening = OpeningView()
        self.card = LossCard(smoothing, self.opening, rule)
        self.loss, self.legend, self.smoothing = self.card.chart, self.card.legend, self.card.smoothing
        self.card.smoothing_changed.connect(self.smoothing_changed)
        self.card.failed.connect(self.failed)
        self.experts = experts or ExpertsPanel()
        self.cursor_moved.connect(self.experts.show_step)
        self.experts.step_shown.connect(self.show_scrubbed)
        self.tiles = {name: MetricTile(tr(title), shown, n) for n, (name, title, shown) in enumerate(METRICS + SOME)}
        for name, tile in self.tiles.items():
            tile.setObjectName(f"tile_{name}")
            tile.cursor_moved.connect(self.show_cursor)
            tile.cursor_moved.connect(self.cursor_moved)
        for name, _, _ in SOME:
            self.tiles[name].hide()
        self.loss.pointing.moved.connect(self._on_pointed)
        self._left = left = QVBoxLayout()
        left.setSpacing(gap)
        left.addWidget(self.card, 4)
        self._rows = TileRows(list(self.tiles.values()), gap)
        left.addWidget(self._rows, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, gap, 0, 0)
        row.setSpacing(gap)
        row.addLayout(left, LOSS_SHARE)
        row.addWidget(self.experts, WHOLE_SHARE - LOSS_SHARE)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        # Its layout has taken its turn by now: where the experts came or went, the card's width is another.
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._give_way()
        return done

    def _give_way(self) -> None:
        """Show the tiles where they leave enough of the height to the loss."""
        gap = self._left.spacing()
        # By the width that is theirs in any case: what they have now depends on whether they are shown.
        wide = self.width() if self.experts.isHidden() else (self.width() - gap) * LOSS_SHARE // WHOLE_SHARE
        left = self.height() - self._rows.least_height(wide) - 2 * gap
        self._rows.setVisible(left >= LEAST_LOSS * unit())

    def minimumSizeHint(self) -> QSize:
        # In a low window the tiles give way to the loss, as the experts' details give way to their map.
        whole = super().minimumSizeHint()
        return QSize(whole.width(), min(whole.height(), self.experts.minimumSizeHint().height()))

    @Slot(object)
    def show_cursor(self, step: float | None) -> None:
        """Show a step that is pointed at elsewhere; None hides it."""
        self.loss.pointing.show_elsewhere(step)
        for tile in self.tiles.values():
            tile.show_cursor(step)

    @Slot(object)
    def show_scrubbed(self, step: float | None) -> None:
        """Mark in the loss the step whose experts are shown; None where they are the newest."""
        self.loss.show_scrubbed(step)

    def show_record(self, record: RunRecord, growth: Growth | None = None) -> None:
        """Draw what grew; None draws all."""
        curves = growth.curves if growth else None
        if growth is None or growth.events or any(shows_learning(name) for name in growth.curves):
            self.card.show_record(record, curves)
        for name, tile in self.tiles.items():
            if (curves is None or name in curves) and name in record.curves:
                tile.show_series(record.curves[name])
                if tile.isHidden():
                    tile.show()
                    self._rows.arrange()
                if name == MEMORY:
                    tile.setToolTip("\n".join(_by_process(record)))
        if record.ready is not None:
            self.expect_experts(bool(record.ready.experts or record.routed))
        if growth is None or growth.loads or growth.events or growth.curves & LOSSES_OF_METHODS:
            self.experts.show_record(record, growth is None or growth.loads)

    def show_waiting(self, record: RunRecord) -> None:
        """Say in the empty parts what will appear there and what is happening now; called again each second."""
        if record.last_step is not None:
            return
        self.opening.show_record(record)
        self.experts.map.show_empty(tr("The run ended before its first step.") if record.ended else tr(LOADS_COME))

    def expect_experts(self, routed: bool) -> None:
        """Without experts, the loss takes their space."""
        self.experts.setHidden(not routed)

    @Slot(object)
    def _on_pointed(self, step: float | None) -> None:
        for tile in self.tiles.values():
            tile.show_cursor(step)
        self.cursor_moved.emit(step)
