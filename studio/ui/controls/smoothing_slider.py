"""The slider beside a chart that sets how much its curves are smoothed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSlider

from studio.ui.theme import unit

MOST_PER_CENT = 98  # per cent; a weight of 1 would never follow the curve


class SmoothingSlider(QSlider):
    """`weight_changed` brings the weight of the past in the smoothed curve, from 0 to 0.98."""

    weight_changed = Signal(float)

    def __init__(self, name: str, spoken: str, hint: str, weight: float) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setToolTip(hint)
        self.setRange(0, MOST_PER_CENT)
        self.setValue(round(weight * 100))
        self.setFixedWidth(round(unit() * 6))
        self.valueChanged.connect(self._on_value_changed)

    @Slot(int)
    def _on_value_changed(self, per_cent: int) -> None:
        self.weight_changed.emit(per_cent / 100)
