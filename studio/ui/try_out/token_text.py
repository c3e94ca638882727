"""An answer as text that grows token by token, each token on its expert's ground; the pointer reads a token off."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QToolTip

from studio.core.chat.routed_token import RoutedToken
from studio.core.foreign.visible_text import visible
from studio.core.words import capitalised
from studio.ui.theme import theme, unit
from studio.ui.try_out.token_colours import format_of, words_of

COLOURED_AT_ONCE = 300  # tokens that are coloured anew without giving the window a turn


class TokenText(QTextEdit):
    """As high as its lines; `pointed` brings the place of the token under the pointer, or None."""

    pointed = Signal(object)

    def __init__(self, name: str, spoken: str, quiet: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.document().setDocumentMargin(unit() * 0.1)
        self._quiet = quiet
        self._layer: int | None = None
        self._coloured = True
        self._starts: list[int] = []  # where each token begins, in characters
        self.tokens: list[RoutedToken] = []
        self._pointed: int | None = None
        self._to_colour = 0  # the next token to be coloured anew
        self._colouring = QTimer(self)
        self._colouring.setSingleShot(True)
        self._colouring.setInterval(0)
        self._colouring.timeout.connect(self._colour_some)
        theme.changed.connect(self._recolour)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 16), self.height())

    def add(self, tokens: Sequence[RoutedToken]) -> None:
        """Append tokens."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for token in tokens:
            self._starts.append(cursor.position())
            self.tokens.append(token)
            cursor.insertText(shown(token.text), self._format(token))
        cursor.endEditBlock()
        self._fit()

    def colour_by(self, layer: int | None, coloured: bool = True) -> None:
        """Colour each token by its experts in this layer, or over all layers; not at all without `coloured`."""
        if (layer, coloured) != (self._layer, self._coloured):
            self._layer, self._coloured = layer, coloured
            self._recolour()

    def _format(self, token: RoutedToken) -> QTextCharFormat:
        return format_of(token if self._coloured else RoutedToken(token.text), self._layer, self._quiet)

    @Slot()
    def _recolour(self) -> None:
        self._to_colour = 0
        self._colour_some()

    @Slot()
    def _colour_some(self) -> None:
        """Colour the next tokens anew: a long answer in one go would block the window."""
        first, until = self._to_colour, min(len(self.tokens), self._to_colour + COLOURED_AT_ONCE)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for place in range(first, until):
            last = place + 1 == len(self.tokens)
            cursor.setPosition(self._starts[place])
            end = self.document().characterCount() - 1 if last else self._starts[place + 1]
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._format(self.tokens[place]))
        cursor.endEditBlock()
        self._to_colour = until
        if until < len(self.tokens):
            self._colouring.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        if self.document().textWidth() != self.viewport().width():  # which would lay all of it out again
            self.document().setTextWidth(self.viewport().width())
        high = round(self.document().size().height()) + 2
        if high != self.height():
            self.setFixedHeight(high)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        place = self._token_at(event.position().toPoint())
        self._point(place)
        if place is not None and (said := words_of(self.tokens[place], self._layer)):
            QToolTip.showText(event.globalPosition().toPoint(), capitalised(said), self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def token_box_centre(self, place: int) -> QPoint:
        """Where the token at `place` is seen, in the viewport's coordinates."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._starts[place])
        after = QTextCursor(cursor)
        after.movePosition(QTextCursor.MoveOperation.NextCharacter)
        left, right = self.cursorRect(cursor), self.cursorRect(after)
        return QPoint((left.left() + max(right.left(), left.left() + 2)) // 2, left.center().y())

    def _token_at(self, point: QPoint) -> int | None:
        # The place between two letters that is nearest; a letter's right half belongs to the place behind it.
        cursor = self.cursorForPosition(point)
        box = self.cursorRect(cursor)
        if not self.tokens or not box.adjusted(-round(unit() * 2), 0, round(unit() * 2), 0).contains(point):
            return None
        position = cursor.position() - (1 if point.x() < box.left() else 0)
        return max(0, bisect_right(self._starts, position) - 1)

    def _point(self, place: int | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self._mark(place)
            self.pointed.emit(place)

    def _mark(self, place: int | None) -> None:
        """Underline the token under the pointer; a selection over the text, which changes nothing of it."""
        if place is None:
            self.setExtraSelections([])
            return
        marked = QTextEdit.ExtraSelection()
        marked.cursor = QTextCursor(self.document())
        marked.cursor.setPosition(self._starts[place])
        last = place + 1 == len(self.tokens)
        end = self.document().characterCount() - 1 if last else self._starts[place + 1]
        marked.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        look.setUnderlineColor(QColor(theme.roles.accent))
        marked.format = look
        self.setExtraSelections([marked])


def shown(text: str) -> str:
    """A token's text as it is shown: control characters and carriage returns written out."""
    return visible(text)
