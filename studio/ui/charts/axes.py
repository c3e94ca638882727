"""The axes of a chart over steps: whole steps below, plain or logarithmic values at the left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.core.units import number_text
from studio.ui.theme import text_width

TICKS = 0.86  # the size of the numbers, relative to the application's font
TEXT_HEIGHT = 0.8  # of a line, that a number's digits take
LEFTWARDS = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)
BELOW = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextDontClip)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What an axis shows: its line, lines across the chart by pen, and numbers in their boxes."""

    line: QLineF
    ticks: tuple[tuple[QPen, list[QLineF]], ...]
    numbers: tuple[tuple[QRectF, str], ...]


class _DirectAxis(pg.AxisItem):
    """An axis at the left or below that is painted as it is, once it is known what it shows.

    pyqtgraph's own looks for more than these charts have and takes five times as long, in every redraw; and it plays a
    recording, which looks for its fonts anew each time.
    """

    picture: Any  # what is to be drawn, in pyqtgraph's own attribute, which it sets to None where anything has changed

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        if self.picture is None:
            self.picture = self._found()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self.pen())
        painter.drawLine(self.picture.line)
        for pen, lines in self.picture.ticks:
            painter.setPen(pen)
            painter.drawLines(lines)
        painter.setFont(self.style["tickFont"])
        painter.setPen(self.textPen())
        painter.setClipRect(self.boundingRect().toAlignedRect())
        for box, text in self.picture.numbers:
            painter.drawText(box, LEFTWARDS if self._is_upright else BELOW, text)
        painter.restore()

    @property
    def _is_upright(self) -> bool:
        return bool(self.orientation == "left")

    def _found(self) -> _Drawn:
        wide, high = self.size().width(), self.size().height()
        upright, (low, top) = self._is_upright, self.range
        length = high if upright else wide
        line = QLineF(wide - 1, -1, wide - 1, high + 1) if upright else QLineF(-1, 1, wide + 1, 1)
        levels = self.tickValues(low, top, length + 2) if top > low and length > 0 else []
        scale = length / ((top - low) or 1.0)
        ticks: list[tuple[QPen, list[QLineF]]] = []
        numbers: list[tuple[QRectF, str]] = []
        written, full = 0.0, False  # pixels of all numbers so far, and whether there is no room for further ones
        tall = QFontMetricsF(self.style["tickFont"]).height() * TEXT_HEIGHT
        within = self.boundingRect()
        for depth, (spacing, found) in enumerate(levels):
            values = [value for value in found if low <= value <= top]
            places = [high - (value - low) * scale if upright else (value - low) * scale for value in values]
            if self.grid is not False:
                ticks.append((self._pen_of(depth, len(found), length + 2), self._across(places)))
            if full or depth > self.style["maxTextLevel"]:
                continue
            texts = self.tickStrings(values, self.autoSIPrefixScale * self.scale, spacing)
            boxes = [self._box(place, text_width(text, TICKS), tall) for place, text in zip(places, texts, strict=True)]
            written += sum(box.height() if upright else box.width() for box in boxes)
            limits = self.style["textFillLimits"]
            full = depth > 0 and any(len(numbers) >= many and written >= most * length for many, most in limits)
            if not full:
                numbers += [(box, text) for box, text in zip(boxes, texts, strict=True) if within.contains(box)]
        return _Drawn(line, tuple(ticks), tuple(numbers))

    def _pen_of(self, depth: int, many: int, length: float) -> QPen:
        """The pen of a level's lines: fainter for finer levels, and where they are dense."""
        pen = QPen(self.tickPen())
        colour = QColor(pen.color())
        colour.setAlpha(int(self.grid / (depth + 1) * min(1.0, 0.05 * length / (many + 1))))
        pen.setColor(colour)
        return pen

    def _across(self, places: list[float]) -> list[QLineF]:
        """Lines through the whole chart at these places."""
        view = self.linkedView()
        area = view.mapRectToItem(self, view.boundingRect())
        if self._is_upright:
            return [QLineF(area.right(), place, self.size().width(), place) for place in places]
        return [QLineF(place, area.top(), place, 0) for place in places]

    def _box(self, place: float, wide: float, tall: float) -> QRectF:
        gap = self.style["tickTextOffset"][0 if self._is_upright else 1]
        if self._is_upright:
            return QRectF(self.size().width() - gap - wide, place - tall / 2, wide, tall)
        return QRectF(place - wide / 2, gap, wide, tall)


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
