"""Bars of memory on one scale, one above the other, in segments, with the budget as a line across them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.words import tr
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit
from studio.ui.units import bytes_text


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: what it is called, its bytes, and the index of its colour; -1 is "the rest"."""

    label: str
    size: int
    colour: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name; its segments add up to its size."""

    title: str
    segments: tuple[Segment, ...]

    @property
    def size(self) -> int:
        return sum(segment.size for segment in self.segments)


def segment_colour(index: int) -> str:
    """The colour of a segment in the theme that is shown."""
    return theme.roles.series[index % len(theme.roles.series)] if index >= 0 else theme.roles.faint


def paint_budget(painter: QPainter, tracks: QRectF, budget: int, scale: float, over: bool) -> None:
    """Paint the budget's line across `tracks`, whose width stands for `scale` bytes, and its name above them."""
    roles, line = theme.roles, unit()
    x = tracks.left() + tracks.width() * budget / scale
    painter.setPen(QPen(QColor(roles.danger if over else roles.ink), 2))
    painter.drawLine(QPointF(x, tracks.top() - line * 0.25), QPointF(x, tracks.bottom() + line * 0.25))
    painter.setFont(scaled_font(0.86))
    painter.setPen(QColor(roles.quiet))
    text = tr("budget {size}", size=bytes_text(budget))
    wide = painter.fontMetrics().horizontalAdvance(text) + 4
    left = min(max(tracks.left(), x - wide / 2), tracks.right() - wide)
    painter.drawText(QRectF(left, 0, wide, line * 1.1), Qt.AlignmentFlag.AlignCenter, text)


class MemoryBars(QWidget):
    """Paints bars; hovering shows a segment's name and size."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[Bar, ...] = ()
        self._budget: int | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Memory: nothing to show yet"))

    def show_bars(self, bars: tuple[Bar, ...], budget: int | None) -> None:
        """Paint these bars against a budget in bytes, where there is one."""
        if (bars, budget) == (self._bars, self._budget):
            return
        self._bars, self._budget = bars, budget
        told = "; ".join(f"{bar.title} {bytes_text(bar.size)}" for bar in bars)
        said = tr("Memory: {told}", told=told) if bars else tr("Memory: nothing to show yet")
        if bars and budget:
            said = tr("Memory: {told}; budget {size}", told=told, size=bytes_text(budget))
        self.setAccessibleName(said)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 24), round(unit() * (1.4 + 2.1 * max(1, len(self._bars)))))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 16), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        painter.setFont(scaled_font(0.97))
        for row, bar in enumerate(self._bars):
            track = self._track(row)
            painter.setPen(QColor(roles.ink))
            name = QRectF(0, track.top(), track.left() - line * 0.5, track.height())
            painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, bar.title)
            left = track.right() + line * 0.5
            painter.drawText(
                QRectF(left, track.top(), self.width() - left, track.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                bytes_text(bar.size),
            )
            rounded = QPainterPath()
            rounded.addRoundedRect(track, 5, 5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillPath(rounded, mixed(roles.surface, roles.raised, 0.8))
            painter.save()
            painter.setClipPath(rounded)
            for segment, box in self._segments(row):
                painter.fillRect(box, QColor(segment_colour(segment.colour)))
            painter.restore()
        if self._budget and self._bars:
            across = self._track(0).united(self._track(len(self._bars) - 1))
            over = max(bar.size for bar in self._bars) > self._budget
            paint_budget(painter, across, self._budget, self._scale(), over)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        for row in range(len(self._bars)):
            for segment, box in self._segments(row):
                if box.contains(event.position()):
                    said = f"{self._bars[row].title}: {segment.label}, {bytes_text(segment.size)}"
                    QToolTip.showText(event.globalPosition().toPoint(), unmarked(said), self)
                    return
        QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def _track(self, row: int) -> QRectF:
        line = unit()
        metrics = self.fontMetrics()
        left = max((metrics.horizontalAdvance(bar.title) for bar in self._bars), default=0) + line
        right = metrics.horizontalAdvance(bytes_text(888 << 30)) + line * 0.7
        return QRectF(left, line * (1.4 + 2.1 * row), max(1.0, self.width() - left - right), line * 1.5)

    def _scale(self) -> float:
        return 1.04 * max(*(bar.size for bar in self._bars), self._budget or 0, 1)

    def _segments(self, row: int) -> list[tuple[Segment, QRectF]]:
        track, x, found = self._track(row), 0.0, []
        for segment in self._bars[row].segments:
            wide = track.width() * segment.size / self._scale()
            found.append((segment, QRectF(track.left() + x, track.top(), max(0.0, wide - 1), track.height())))
            x += wide
        return found
