"""The axes of a chart over steps: whole steps below, plain or logarithmic values at the left."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.core.units import number_text


class _DirectAxis(pg.AxisItem):
    """An axis that is painted as it is: pyqtgraph plays a recording, which looks for its fonts anew each time."""

    picture: Any  # what is to be drawn, in pyqtgraph's own attribute, which it sets to None where anything has changed

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        if self.picture is None:
            self.picture = (self.generateDrawSpecs(painter),)
        (specs,) = self.picture
        if specs is not None:
            painter.save()
            self.drawPicture(painter, *specs)
            painter.restore()


class StepAxis(_DirectAxis):
    """Steps are whole and not negative: there is no tick between two of them, however few there are."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        found = [(max(1.0, spacing), offset) for spacing, offset in super().tickSpacing(minVal, maxVal, size)]
        return list(dict.fromkeys(found))

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{value:.0f}" if value >= 0 else "" for value in values]


class ValueAxis(_DirectAxis):
    """Values as they are, or, where `logarithmic`, the powers of ten that the chart draws their logarithms at."""

    def __init__(self) -> None:
        super().__init__("left")
        self.logarithmic = False
        self.floor = -math.inf  # below which nothing is drawn, and no tick stands

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logarithmic:
            found = super().tickValues(minVal, maxVal, size)
            return [(spacing, [tick for tick in ticks if tick >= self.floor]) for spacing, ticks in found]
        decades = range(math.floor(minVal), math.ceil(maxVal) + 1)
        parts = (1, 2, 3, 5, 7) if maxVal - minVal < 1 else (1, 2, 5) if maxVal - minVal < 2.5 else (1,)
        ticks = [decade + math.log10(part) for decade in decades for part in parts]
        return [(1.0, [tick for tick in ticks if minVal <= tick <= maxVal])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if not self.logarithmic:
            return [str(each) for each in super().tickStrings(values, scale, spacing)]
        return [_short(10**value) for value in values]


def _short(value: float) -> str:
    """A tick's number without digits that say nothing: "0.5", "20", "2e-4"."""
    return f"{value:g}" if 1e-3 <= value < 1e5 else number_text(value)
