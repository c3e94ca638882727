"""What the pointer reads off a token: its experts in words, and in every layer as a strip of coloured cells."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.chat.routed_token import RoutedToken
from studio.core.words import mark, tr
from studio.ui.controls.widgets import ElidedText
from studio.ui.theme import theme, unit
from studio.ui.try_out.token_colours import words_of

EMPTY = mark("Point at a token to see its experts in every layer.")


class LayerStrip(QWidget):
    """One column for each layer, divided among the token's experts there by their weight."""

    def __init__(self) -> None:
        super().__init__()
        self._token: RoutedToken | None = None
        self._layer: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("The token's experts in every layer"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 14), round(unit() * 1.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 6), round(unit() * 1.5))

    def show_token(self, token: RoutedToken | None, layer: int | None) -> None:
        """Paint this token's experts; `layer` is marked."""
        self._token, self._layer = token, layer
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        token = self._token
        if token is None or not token.experts:
            return
        painter = QPainter(self)
        layers = len(token.experts)
        wide, high = self.width() / layers, float(self.height())
        gap = 1.0 if wide >= 4 else 0.0
        for layer, (experts, weights) in enumerate(zip(token.experts, token.weights, strict=True)):
            whole, top = sum(weights), 0.0
            for expert, weight in zip(experts, weights, strict=True):
                part = high * weight / whole if whole else 0.0
                box = QRectF(layer * wide, top, wide - gap, part)
                painter.fillRect(box, QColor(theme.roles.expert(expert)))
                top += part
        if self._layer is not None and self._layer < layers:
            painter.setPen(QPen(QColor(theme.roles.ink), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self._layer * wide, 1, max(3.0, wide - gap), high - 2))


class TokenReading(QWidget):
    """A line below the conversation about the token under the pointer; its height never changes."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ElidedText(tr(EMPTY), "quiet", 0.95)
        self.words.setObjectName("token_reading")
        self.strip = LayerStrip()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.8))
        row.addWidget(self.words, 3)
        row.addWidget(self.strip, 2)
        self._clear()

    def show_token(self, token: RoutedToken | None, layer: int | None, layer_name: str) -> None:
        """Read off this token; nothing where the pointer is on none."""
        if token is None:
            self._clear()
            return
        where = layer_name if layer is not None else tr("all layers together")
        experts = words_of(token, layer)
        said = f"{where}: {experts}" if experts else tr("not routed: this model has no experts")
        self.words.setText(f"{token.text!r}   {said}")
        self.strip.show_token(token, layer)
        self.strip.setAccessibleDescription(self.words.text())

    @Slot()
    def _clear(self) -> None:
        self.words.setText(tr(EMPTY))
        self.strip.show_token(None, None)
