"""The chip: an entry of a chart's legend that shows and hides its curve, and says its newest value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from studio.core.foreign.visible_text import unmarked
from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.theme import scaled_font, theme, unit

WIDEST_VALUE = "0.000"  # of a curve that learns: the chips beside it stay in their places while it changes


@dataclass(frozen=True, slots=True)
class Entry:
    """What a chip says: a curve's text and colour (0 is the whole mix, the tasks follow), and its newest value.

    A `ring` stands for points measured on held-out rows, of any curve; `hint` says what the value is.
    """

    name: str
    text: str
    colour_index: int
    value: str = ""
    ring: bool = False
    hint: str = ""


class Chip(QAbstractButton):
    """A legend entry that shows and hides its curve; its colour is looked up when it is painted."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(True)
        self._entry: Entry | None = None
        self._value_font = scaled_font(0.92, QFont.Weight.DemiBold)
        self.setFont(scaled_font(0.92))
        self.show_entry(entry)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_entry(self, entry: Entry) -> None:
        """Show a curve's name, colour and newest value."""
        if entry == self._entry:
            return
        self._entry = entry
        self.setText(entry.text)
        curve = entry.text
        name = (
            tr("Show the losses {curve}", curve=curve) if entry.ring else tr("Show the curve of {curve}", curve=curve)
        )
        tip = tr("Show or hide {curve}", curve=curve)
        if entry.value:
            value = tr("{hint} {value}", hint=entry.hint, value=entry.value) if entry.hint else entry.value
            name, tip = (tr("{what}, {value}", what=each, value=value) for each in (name, tip))
        self.setAccessibleName(name)
        self.setToolTip(unmarked(tip))
        self.updateGeometry()
        self.update()

    @property
    def colour_index(self) -> int:
        """Which colour it has: 0 is the whole mix, the tasks follow."""
        return self._entry.colour_index if self._entry else 0

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(
            round(self.fontMetrics().horizontalAdvance(self.text()) + self._room() + line * 2.0), round(line * 1.6)
        )

    def minimumSizeHint(self) -> QSize:
        whole = self.sizeHint()
        return QSize(min(whole.width(), round(unit(self) * 5)), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._entry is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit(self)
        colour = roles.series[0] if self.colour_index == 0 else roles.task(self.colour_index - 1)
        edge = roles.accent if self.hasFocus() else roles.line
        fill = roles.raised if self.isChecked() or self.underMouse() else roles.surface
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_box(painter, box, box.height() / 2, QColor(fill), QColor(edge), 1.5 if self.hasFocus() else 1)
        painter.setPen(QPen(QColor(roles.quiet if self._entry.ring else colour), 2))
        filled = self.isChecked() and not self._entry.ring
        painter.setBrush(QColor(colour) if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(line * 0.75, self.height() / 2), line * 0.22, line * 0.22)
        painter.setPen(QColor(roles.ink if self.isChecked() else roles.faint))
        inner = QRectF(self.rect()).adjusted(line * 1.3, 0, -line * 0.5, 0)
        box = inner.adjusted(0, 0, -self._room(), 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, round(box.width() + 1))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
        if self._entry.value:
            painter.setFont(self._value_font)
            aligned = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(inner, aligned, self._entry.value)

    def _room(self) -> float:
        """How wide the value is, with the space before it."""
        if self._entry is None or not self._entry.value:
            return 0.0
        metrics = QFontMetricsF(self._value_font)
        wide = max(metrics.horizontalAdvance(self._entry.value), metrics.horizontalAdvance(WIDEST_VALUE))
        return wide + unit(self) * 0.4
