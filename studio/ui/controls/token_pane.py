"""A training row token by token, as text to read, select and copy, with a legend of its colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from studio.core.token_view import SeenRow, SeenToken
from studio.core.words import mark, tr
from studio.ui.controls.flow_layout import FlowRoom
from studio.ui.controls.token_look import LEGEND, token_look, visible
from studio.ui.theme import mono_font, scaled_font, theme, unit

AT_ONCE = 500  # tokens that are inserted without giving the window a turn
SEAM = mark("the next row of the pack")


class TokenPane(QTextEdit):
    """Shows one row; a screen reader finds its text here and its counts in the accessible description."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(mono_font(0.97))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        # With read-only text the arrows scroll; the caret lets the keyboard select too.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(unit() * 0.6)
        self._row: SeenRow | None = None
        self._coming: Iterator[SeenToken] = iter(())
        self._shown = 0
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill)
        theme.changed.connect(self._on_theme_changed)
        self.show_row(None)

    @property
    def row(self) -> SeenRow | None:
        """The row that is shown."""
        return self._row

    def show_row(self, row: SeenRow | None) -> None:
        """Show this row; None empties the pane."""
        self._row, self._coming, self._shown = row, iter(row or ()), 0
        self.clear()
        self._filling.stop()
        if row is None:
            self.setAccessibleName(tr("Tokens of a row: none chosen"))
            self.setAccessibleDescription("")
            return
        read, learned = row.gist()
        self.setAccessibleName(tr("Tokens of row {line}: {counts}", line=row.line, counts=row.counts_text))
        told = tr("Read: {read}\nLearned: {learned}", read=read[:500], learned=learned[:500])
        self.setAccessibleDescription(told)
        self._fill()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    @Slot()
    def _fill(self) -> None:
        row = self._row
        if row is None or self._shown >= len(row):
            self._filling.stop()
            return
        made: dict[Any, QTextCharFormat] = {}  # a row's tokens have a dozen looks at most
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        until = min(len(row), self._shown + AT_ONCE)
        seams = set(row.seams)
        for number, token in enumerate(islice(self._coming, until - self._shown), start=self._shown):
            if number in seams:
                seam = QTextCharFormat()
                seam.setForeground(QColor(theme.roles.warning))
                cursor.insertText(f"\n── {tr(SEAM)} ──\n", seam)
            look = (token.kind, token.template, token.special, number % 2)
            if look not in made:
                made[look] = _format(token, number)
            cursor.insertText(visible(token.text), made[look])
        cursor.endEditBlock()
        self._shown = until
        if until < len(row):
            self._filling.start()
        else:
            self._filling.stop()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.show_row(self._row)


def _format(token: SeenToken, number: int) -> QTextCharFormat:
    look = token_look(token, number)
    made = QTextCharFormat()
    made.setBackground(look.ground)
    made.setForeground(look.ink)
    made.setFontStrikeOut(look.struck)
    return made


class _Sample(QWidget):
    """One entry of the legend: a word on the ground that its tokens have."""

    def __init__(self, token: SeenToken, meaning: str) -> None:
        super().__init__()
        self._token = token
        self.setFont(scaled_font(0.9))
        self.setToolTip(meaning)
        self.setAccessibleName(f"{token.text}: {meaning}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(self.fontMetrics().horizontalAdvance(self._token.text) + unit() * 0.8), round(unit() * 1.35))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = token_look(self._token, 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ground)
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        font = self.font()
        font.setStrikeOut(look.struck)
        painter.setFont(font)
        painter.setPen(look.ink)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._token.text)


class TokenLegend(FlowRoom):
    """What the colours of a TokenPane mean."""

    def __init__(self) -> None:
        super().__init__()
        for _, token, meaning in LEGEND:
            self.flow.addWidget(_Sample(replace(token, text=tr(token.text)), tr(meaning)))
        self.setAccessibleName(tr("Colours of the tokens"))
