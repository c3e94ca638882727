"""Which experts of a layer share tokens: a small map of how much more often than chance each pair does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.core.words import tr
from studio.ui.charts.expert_map import LABEL_SIZE, SCALE_END, colour_table, ticks
from studio.ui.theme import scaled_font, theme, unit

Floats = NDArray[np.float64]


def lift(together: Floats) -> Floats:
    """How many times more often than chance two experts share a token [experts, experts]; NaN on the diagonal and for
    experts without tokens.

    together: [experts, experts] shared tokens, an expert's own on the diagonal. Chance would pair experts in proportion
    to both their loads.
    """
    own = together.diagonal()
    expected = np.outer(own, own)
    apart = ~np.eye(len(own), dtype=bool)
    total = expected[apart].sum()
    if not total or not together[apart].sum():
        return np.full_like(together, np.nan)
    expected *= together[apart].sum() / total
    found = np.divide(together, expected, out=np.full_like(together, np.nan), where=expected > 0)
    np.fill_diagonal(found, np.nan)
    return found


class ExpertPairs(QWidget):
    """Paints the pairs of one layer's experts, and says beside it which stand out."""

    def __init__(self) -> None:
        super().__init__()
        self._lift: Floats | None = None
        self._together: Floats | None = None
        self._words = ""
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 18), round(unit() * 6.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 4.5))

    def show_pairs(self, together: Floats | None, words: str) -> None:
        """Paint a layer's pairs, called `words` ("Layer 3, steps 1–20"); without any, `words` are all that is shown."""
        self._together = together
        self._lift = None if together is None else lift(together)
        self._words = words if self._lift is None else f"{words}: {self._stands_out()}"
        self.setAccessibleName(self._words)
        self.update()

    def _stands_out(self) -> str:
        assert self._lift is not None
        if not np.isfinite(self._lift).any():
            return tr("no two experts share a token")
        most = divmod(int(np.nanargmax(self._lift)), len(self._lift))
        least = divmod(int(np.nanargmin(self._lift)), len(self._lift))
        return tr(
            "experts {a} and {b} go together most, {most:.1f} × as often as chance; {c} and {d} least, {least:.1f} ×",
            a=most[0],
            b=most[1],
            most=self._lift[most],
            c=least[0],
            d=least[1],
            least=self._lift[least],
        )

    def plot_box(self) -> QRectF:
        line = unit()
        side = max(line, self.height() - line * 1.4)
        return QRectF(line * 1.7, line * 0.2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(scaled_font(0.88))
        roles, line = theme.roles, unit()
        if self._lift is None:
            painter.setPen(QColor(roles.faint))
            box = QRectF(self.rect()).adjusted(line, 0, -line, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)
            return
        plot, experts = self.plot_box(), len(self._lift)
        painter.drawImage(plot, self._image())
        cell = plot.width() / experts
        painter.setFont(scaled_font(LABEL_SIZE))
        painter.setPen(QColor(roles.quiet))
        for expert in ticks(experts, plot.width() / (line * 1.3)):
            middle = (expert + 0.5) * cell
            box = QRectF(plot.left() + middle - line, plot.bottom(), line * 2, line * 1.1)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(expert))
            box = QRectF(0, plot.top() + middle - line, plot.left() - line * 0.3, line * 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(expert))
        painter.setFont(scaled_font(0.88))
        box = QRectF(plot.right() + line, 0, self.width() - plot.right() - line, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self._words)

    def _image(self) -> QImage:
        assert self._lift is not None
        level = np.nan_to_num(np.clip(self._lift / SCALE_END, 0, 1), nan=0.5)
        rgb = colour_table(theme.roles.load)[(level * 255).round().astype(int)]
        surface = QColor(theme.roles.surface)
        rgb[~np.isfinite(self._lift)] = (surface.red(), surface.green(), surface.blue())
        size = len(self._lift)
        data = np.ascontiguousarray(rgb)
        return QImage(data.tobytes(), size, size, 3 * size, QImage.Format.Format_RGB888).copy()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self.plot_box()
        if self._lift is None or self._together is None or not plot.contains(event.position()):
            QToolTip.hideText()
            return
        at: QPointF = event.position() - plot.topLeft()
        row, column = (min(len(self._lift) - 1, int(v / plot.width() * len(self._lift))) for v in (at.y(), at.x()))
        if row == column:
            said = tr("Expert {expert}: {count:,.0f} tokens", expert=row, count=self._together[row, row])
        else:
            shared = tr(
                "{count:,.0f} tokens go to both experts {a} and {b}", count=self._together[row, column], a=row, b=column
            )
            said = tr("{shared}, {lift:.2f} × as often as chance", shared=shared, lift=self._lift[row, column])
        QToolTip.showText(event.globalPosition().toPoint(), said, self)
