"""Where a question is typed: Return asks, Shift and Return begins a new line."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QWidget

from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import button
from studio.ui.theme import theme, unit

MOST_LINES = 6


class _Line(QPlainTextEdit):
    """As high as what is typed, up to some lines."""

    entered = Signal()
    focus_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("try_question")
        self.setAccessibleName(tr("Your question"))
        self.setPlaceholderText(tr("Ask the model something…"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(unit() * 0.35)
        self.document().contentsChanged.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        lines = min(MOST_LINES, max(1, self.document().lineCount()))
        high = lines * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin() + 2 * self.frameWidth()
        self.setFixedHeight(round(high) + 2)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class _Field(QWidget):
    """The ground and the edge around the line, lit while it has the focus."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line
        inside = QHBoxLayout(self)
        edge = round(unit() * 0.25)
        inside.setContentsMargins(edge, edge, edge, edge)
        inside.addWidget(line)
        line.focus_changed.connect(self.update)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles, focused = theme.roles, self._line.hasFocus()
        edge = QColor(roles.accent if focused else roles.line)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_box(painter, box, 8, QColor(roles.field), edge, 2 if focused else 1)


class Composer(QWidget):
    """`asked` brings a question that is not empty; while one is answered, its button stops that."""

    asked = Signal(str)
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = _Line()
        self.ask = button("try_ask", tr("Ask"), "play", "primary", tr("Ask the model (Return)"))
        self.stop = button("try_stop", tr("Stop"), "stop", hint=tr("End the answer here (Escape)"), shortcut="Esc")
        self.ask.clicked.connect(self._on_entered)
        self.stop.clicked.connect(self.stop_wanted)
        self.line.entered.connect(self._on_entered)
        self.line.textChanged.connect(self._on_typed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.5))
        row.addWidget(_Field(self.line), 1)
        for each in (self.ask, self.stop):
            row.addWidget(each, 0, Qt.AlignmentFlag.AlignVCenter)
        self._busy = False
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        """Offer to stop instead of to ask; typing goes on."""
        self._busy = busy
        self.ask.setVisible(not busy)
        self.stop.setVisible(busy)
        self._on_typed()

    def put(self, question: str) -> None:
        """Put a question into the line, for it to be changed."""
        self.line.setPlainText(question)
        self.line.moveCursor(self.line.textCursor().MoveOperation.End)
        self.line.setFocus()

    def give_back(self, question: str) -> None:
        """Put a question back that was not answered, above what was typed meanwhile."""
        typed = self.line.toPlainText()
        self.put(f"{question}\n{typed}" if typed.strip() else question)

    @Slot()
    def _on_typed(self) -> None:
        self.ask.setEnabled(bool(self.line.toPlainText().strip()))

    @Slot()
    def _on_entered(self) -> None:
        question = self.line.toPlainText().strip()
        if question and not self._busy:
            self.line.clear()
            self.asked.emit(question)
