"""A chart's legend: one chip per curve, in as many rows as needed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from studio.ui.controls.chip import Chip, Entry
from studio.ui.controls.flow_layout import FlowLayout


class Legend(QWidget):
    """Names a chart's curves; `toggled` brings a curve's name and whether it is to be shown."""

    toggled = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._chips: dict[str, Chip] = {}
        self._flow = FlowLayout(self)

    def show_curves(self, curves: Iterable[Entry]) -> None:
        """Show these curves in this order; a hidden curve that goes is shown again.

        A curve that stays keeps its chip, and with it whether it is shown.
        """
        wanted = list(curves)
        if list(self._chips) != [each.name for each in wanted]:
            self._place(wanted)
        for each in wanted:
            self._chips[each.name].show_entry(each)

    def _place(self, wanted: list[Entry]) -> None:
        chips: dict[str, Chip] = {}
        for each in wanted:
            chip = self._chips.pop(each.name, None)
            if chip is None:
                chip = Chip(each)
                chip.setObjectName(f"chip_{each.name}")
                chip.toggled.connect(self._on_toggled)
            else:
                self._flow.removeWidget(chip)
            self._flow.addWidget(chip)
            chips[each.name] = chip
        for name, gone in self._chips.items():
            self._flow.removeWidget(gone)
            gone.setParent(None)
            gone.deleteLater()
            if not gone.isChecked():
                self.toggled.emit(name, True)
        self._chips = chips
        self.updateGeometry()

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        pressed = self.sender()
        for name, chip in self._chips.items():
            if chip is pressed:
                self.toggled.emit(name, shown)
