"""How long a task's rows are: a histogram in tokens, with training.max_length as a line."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.units import count_text
from studio.core.words import plural, tr
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit

LABEL_SIZE = 0.86
ROOM = 1.5  # a limit further out than so many times the longest row is named at the edge, not drawn to scale


@dataclass(frozen=True, slots=True)
class LengthBins:
    """`counts[i]` rows have from `edges[i]` tokens to fewer than `edges[i + 1]`; `limit` is max_length."""

    edges: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    longest: int = 0
    p95: int = 0
    limit: int = 0

    @property
    def beyond(self) -> int:
        """At least so many rows are longer than the limit: those of the bins that begin above it."""
        return sum(count for low, count in zip(self.edges, self.counts, strict=False) if low > self.limit)

    def sentence(self) -> str:
        """The histogram in words."""
        rows = sum(self.counts)
        if not rows:
            return tr("Lengths of the rows: not counted yet")
        told = tr(
            "Lengths of {rows:,} rows: 95 of 100 have at most {p95:,} tokens, the longest {longest:,}",
            rows=rows,
            p95=self.p95,
            longest=self.longest,
        )
        return tr("{told}; max_length is {limit:,}", told=told, limit=self.limit)


class LengthHistogram(QWidget):
    """Paints a histogram; the bars beyond the limit are in the colour of danger, hovering names a bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("length_histogram")
        self._bins = LengthBins()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_bins(self._bins)

    def show_bins(self, bins: LengthBins) -> None:
        """Paint these lengths; without rows the chart is empty."""
        self._bins = bins
        self.setAccessibleName(bins.sentence())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 24), round(unit() * 6.2))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 12), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled_font(LABEL_SIZE))
        roles, plot = theme.roles, self._plot()
        painter.setPen(QPen(QColor(roles.line), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        if not sum(self._bins.counts):
            painter.setPen(QColor(roles.faint))
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, tr("The lengths appear once all rows are counted."))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        for box, low, _, _ in self._bars():
            painter.setBrush(QColor(roles.danger if low > self._bins.limit else roles.accent))
            radius = min(2.5, box.width() / 3, box.height() / 2)
            painter.drawRoundedRect(box, radius, radius)
        self._paint_axis(painter, plot)
        self._paint_limit(painter, plot)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        for box, low, high, count in self._bars():
            if box.left() <= event.position().x() <= box.right() and plot.contains(event.position()):
                length = tr("{low:,} to {high:,}", low=low, high=high - 1) if high - 1 > low else f"{low:,}"
                said = plural("{n:,} row has {length} tokens", "{n:,} rows have {length} tokens", count, length=length)
                QToolTip.showText(event.globalPosition().toPoint(), said, self)
                return
        QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def _plot(self) -> QRectF:
        return QRectF(self.rect()).adjusted(1, unit() * 1.3, -1, -unit() * 1.2)

    def _scale(self) -> float:
        """Tokens that the chart is wide."""
        end = self._bins.edges[-1] if self._bins.edges else 1
        limit = self._bins.limit
        return max(end, limit * 1.02 if limit <= end * ROOM else end)

    def _bars(self) -> list[tuple[QRectF, int, int, int]]:
        bins, plot, found = self._bins, self._plot(), []
        most = max(bins.counts, default=1)
        for low, high, count in zip(bins.edges, bins.edges[1:], bins.counts, strict=False):
            if not count:
                continue
            left = plot.left() + plot.width() * low / self._scale()
            wide = plot.width() * (high - low) / self._scale()
            # A single row beside thousands must still be seen.
            tall = max(2.0, plot.height() * count / most)
            gap = min(2.0, wide * 0.15)
            found.append((QRectF(left + gap / 2, plot.bottom() - tall, max(1.0, wide - gap), tall), low, high, count))
        return found

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(QColor(theme.roles.quiet))
        high = unit() * 1.1
        below = QRectF(plot.left(), plot.bottom() + 2, plot.width(), high)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, tr("{number:,} tokens", number=0))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{round(self._scale()):,}")
        p95 = tr("95 % at most {p95:,}, longest {longest:,}", p95=self._bins.p95, longest=self._bins.longest)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, p95)
        above = QRectF(plot.left(), 0, plot.width(), high)
        rows = tr("most: {count} rows", count=count_text(max(self._bins.counts)))
        painter.setPen(mixed(theme.roles.surface, theme.roles.quiet, 0.75))
        # The limit's own words stand above its line, so these keep to the other end.
        on_the_left = 0 < self._bins.limit < self._scale() / 2
        painter.drawText(above, Qt.AlignmentFlag.AlignRight if on_the_left else Qt.AlignmentFlag.AlignLeft, rows)

    def _paint_limit(self, painter: QPainter, plot: QRectF) -> None:
        limit, roles = self._bins.limit, theme.roles
        if not limit:
            return
        over = self._bins.longest > limit
        painter.setPen(QPen(QColor(roles.danger if over else roles.ink), 2))
        inside = limit <= self._scale()
        x = plot.left() + plot.width() * min(1.0, limit / self._scale())
        text = f"max_length {limit:,}" if inside else f"max_length {limit:,} →"
        if inside:
            painter.drawLine(QPointF(x, plot.top() - unit() * 0.15), QPointF(x, plot.bottom()))
        painter.setPen(QColor(roles.danger if over else roles.quiet))
        wide = painter.fontMetrics().horizontalAdvance(text) + 4
        left = min(max(plot.left(), x - wide / 2), plot.right() - wide)
        painter.drawText(QRectF(left, 0, wide, unit() * 1.1), Qt.AlignmentFlag.AlignCenter, text)
