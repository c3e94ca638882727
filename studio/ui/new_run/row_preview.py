"""A task's first row on one line: what is read, then what is learned."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.token_view import SeenRow, SeenToken
from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.token_look import token_look
from studio.ui.theme import mono_font, scaled_font, theme, unit

ARROW = "→"


class RowPreview(QWidget):
    """Paints one row; where it is `pressable`, pressing it asks for all of them."""

    pressed = Signal()

    def __init__(self, pressable: bool = True) -> None:
        super().__init__()
        self._pressable = pressable
        self.setObjectName("row_preview")
        self._read, self._learned = "", ""
        if pressable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_row(None)

    def show_row(self, row: SeenRow | None) -> None:
        """Show this row; None hides the preview."""
        self.setVisible(row is not None)
        if row is None:
            return
        # A line of a million letters would be measured at every paint.
        self._read, self._learned = (one_line(text[:600]).replace("\\n", " ") for text in row.gist())
        whole = f"{self._read} {ARROW} {self._learned}" if self._read else self._learned
        self.setAccessibleName(tr("First row: {row}", row=whole) if self._pressable else tr("A row: {row}", row=whole))
        press = tr("Press to see the rows token by token.")
        self.setToolTip(unmarked(f"{whole}\n{press}" if self._pressable else whole))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 1.7))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = mono_font(0.9)
        painter.setFont(font)
        metrics, roles = QFontMetricsF(font), theme.roles
        pad, gap = unit() * 0.4, unit() * 1.9
        room = self.width() - 2 * pad - (gap if self._read else 0)
        learned_wide = min(metrics.horizontalAdvance(self._learned), room * (0.45 if self._read else 1))
        read_wide = min(metrics.horizontalAdvance(self._read), room - learned_wide)
        # What the question leaves over is the answer's.
        learned_wide = min(metrics.horizontalAdvance(self._learned), room - read_wide)
        x, high = 0.0, float(self.height())
        if self._read:
            look = token_look(SeenToken("", "read"), 1)
            shown = metrics.elidedText(self._read, Qt.TextElideMode.ElideRight, read_wide + 1)
            box = QRectF(x, 1, read_wide + pad, high - 2)
            self._paint_part(painter, box, look.ground, QColor(roles.quiet), shown)
            x += box.width()
            painter.setFont(scaled_font(0.95))
            painter.setPen(QColor(roles.faint))
            painter.drawText(QRectF(x, 0, gap, high), Qt.AlignmentFlag.AlignCenter, ARROW)
            painter.setFont(font)
            x += gap
        look = token_look(SeenToken("", "learned"), 0)
        shown = metrics.elidedText(self._learned, Qt.TextElideMode.ElideRight, learned_wide + 1)
        self._paint_part(painter, QRectF(x, 1, learned_wide + pad, high - 2), look.ground, look.ink, shown)
        if self.hasFocus():
            paint_box(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, None, QColor(roles.accent))

    @staticmethod
    def _paint_part(painter: QPainter, box: QRectF, ground: QColor, ink: QColor, text: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(ink)
        painter.drawText(box.adjusted(unit() * 0.2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressable and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._pressable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)
