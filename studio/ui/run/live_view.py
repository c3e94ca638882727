"""The live part of a run's page: loss, experts and the small charts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.methods.registry import floored_losses
from studio.core.run.curve_names import shows_learning
from studio.core.run.run_record import RunRecord
from studio.core.units import count_text, number_text
from studio.ui.charts.loss_chart import LossChart
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.legend import Legend
from studio.ui.controls.smoothing_slider import SmoothingSlider
from studio.ui.controls.widgets import Card, Text, button
from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.run.tail import Growth
from studio.ui.run.waiting_text import before_first_step
from studio.ui.theme import unit
from studio.ui.units import bytes_text

METRICS = (
    ("learning_rate", "Learning rate", number_text),
    ("grad_norm", "Grad norm", number_text),
    ("tokens_per_second", "Tokens/s", count_text),
    ("memory_bytes", "Memory", bytes_text),
)
# What only an NVIDIA card reports; without one, their row is not shown.
CARD = (
    ("gpu_percent", "GPU busy", lambda value: f"{value:.0f}\N{NO-BREAK SPACE}%"),
    ("gpu_celsius", "GPU temperature", lambda value: f"{value:.0f}\N{NO-BREAK SPACE}°C"),
    ("gpu_watts", "GPU power", lambda value: f"{value:.0f}\N{NO-BREAK SPACE}W"),
)


LOSSES_OF_METHODS = {curve for each in floored_losses() for curve in (each.loss, each.floor)}

LOSS_COMES = "The loss appears here with the first step."
LOADS_COME = "Each expert's use in each layer appears here with the first step."


class LiveView(QWidget):
    """Draws a RunRecord as it grows."""

    smoothing_changed = Signal(float)

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        gap = round(unit() * 0.75)
        self.loss = LossChart(smoothing)
        self.experts = ExpertsPanel()
        self.legend = Legend()
        self.legend.toggled.connect(self.loss.set_shown)
        self.smoothing = SmoothingSlider(
            "smoothing", "Smoothing of the loss curves, per cent", "How much the curves are smoothed", smoothing
        )
        self.smoothing.weight_changed.connect(self.loss.set_smoothing)
        self.smoothing.weight_changed.connect(self.smoothing_changed)
        fit = button("fit_loss", "", "fit", "quiet", "Show all steps", "Ctrl+0")
        fit.clicked.connect(self.loss.fit)

        card = Card("Loss")
        card.tools.addWidget(Text("smoothing", "faint", 0.9))
        card.tools.addWidget(self.smoothing)
        card.tools.addWidget(fit)
        card.body.addWidget(self.legend)
        card.body.addWidget(self.loss, 1)
        metrics = METRICS + CARD
        self.tiles = {name: MetricTile(title, shown, n) for n, (name, title, shown) in enumerate(metrics)}
        tiles = QGridLayout()
        tiles.setSpacing(gap)
        for number, (name, tile) in enumerate(self.tiles.items()):
            tile.setObjectName(f"tile_{name}")
            tiles.addWidget(tile, *divmod(number, len(METRICS)))
        for name, _, _ in CARD:
            self.tiles[name].hide()
        left = QVBoxLayout()
        left.setSpacing(gap)
        left.addWidget(card, 4)
        left.addLayout(tiles, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, gap, 0, 0)
        row.setSpacing(gap)
        row.addLayout(left, 11)
        row.addWidget(self.experts, 9)

    def show_record(self, record: RunRecord, growth: Growth | None = None) -> None:
        """Draw what grew; None draws all."""
        curves = growth.curves if growth else None
        if growth is None or growth.events or any(shows_learning(name) for name in growth.curves):
            self.loss.show_record(record, curves)
            self.legend.show_curves(self.loss.curve_names())
        for name, tile in self.tiles.items():
            if (curves is None or name in curves) and name in record.curves:
                tile.show_series(record.curves[name])
                tile.setVisible(True)
        if record.ready is not None:
            self.expect_experts(bool(record.ready.experts or record.loads))
        if growth is None or growth.loads or growth.events or growth.curves & LOSSES_OF_METHODS:
            self.experts.show_record(record, growth.loads if growth else None)

    def show_waiting(self, record: RunRecord) -> None:
        """Say in the empty parts what will appear there and what is happening now; called again each second."""
        if record.last_step is not None:
            return
        over = record.ended is not None
        waits = before_first_step(record)
        self.loss.show_empty("The run ended before its first step." if over else f"{LOSS_COMES}\n\n{waits}".strip())
        self.experts.map.show_empty("The run ended before its first step." if over else LOADS_COME)

    def expect_experts(self, routed: bool) -> None:
        """Without experts, the loss takes their space."""
        self.experts.setHidden(not routed)
