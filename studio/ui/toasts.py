"""Notices as toasts over the page, which they never move; problems fold into the status bar's list after a while."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.words import sentences, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import WrappedText, button
from studio.ui.icons import paint_icon
from studio.ui.notices import Notice
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit

SHOWN = 3  # toasts over the page at once; more would cover it
TICK_MS = 500
NEWS_MS, NEWS_MS_A_LETTER, PROBLEM_MS = 4000, 50, 20_000  # how long a toast is shown while nobody points at it
WIDE_LINES = 32.0


class Toasts(QWidget):
    """Shows the newest notices over the lower right corner of its parent; `changed` when the list has changed.

    News leave after a few seconds. Problems fold after a while and stay in `notices` until they are dismissed or
    untrue.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toasts")
        self._folded: list[Notice] = []
        self._lines: list[Toast] = []
        self._above: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(round(unit() * 0.5))
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        parent.installEventFilter(self)
        self.hide()

    def tell(self, notice: Notice) -> None:
        """Show a notice; one of the same cause gives way to it."""
        line = next((line for line in self._lines if line.notice.key == notice.key), None)
        if line is not None and line.notice == notice:
            line.begin()
            return
        self.forget(notice)
        line = Toast(notice, self)
        line.closed.connect(self._on_closed)
        self._lines.append(line)
        self._column.addWidget(line)
        while len(self._lines) > SHOWN:
            self._fold(self._lines[0])
        self._timer.start()
        self._show()
        QAccessible.updateAccessibility(QAccessibleEvent(line, QAccessible.Event.Alert))

    def notices(self) -> list[Notice]:
        """All that is still true and was not dismissed, oldest first: folded problems, then what is shown."""
        return [*self._folded, *(line.notice for line in self._lines)]

    def problems(self) -> list[Notice]:
        """Those of them that are problems."""
        return [notice for notice in self.notices() if notice.is_problem]

    def forget(self, notice: Notice) -> None:
        """Dismiss a notice, wherever it is."""
        self._folded = [each for each in self._folded if each.key != notice.key]
        for line in [line for line in self._lines if line.notice.key == notice.key]:
            self._drop(line)
        self._show()

    def review(self) -> None:
        """Drop what is not true any more."""
        for notice in self.notices():
            if notice.holds is not None and not notice.holds():
                self.forget(notice)

    def stay_above(self, foot: QWidget | None) -> None:
        """Leave this widget at the bottom of the page free: its buttons are what a notice is often about."""
        if self._above is not None:
            self._above.removeEventFilter(self)
        self._above = foot
        if foot is not None:
            foot.installEventFilter(self)
            foot.destroyed.connect(self._on_foot_gone)
        self._place()

    def leave(self) -> None:
        """Stop the clock, for good."""
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return handled

    def _fold(self, line: Toast) -> None:
        self._drop(line)
        if line.notice.is_problem:
            self._folded.append(line.notice)

    def _drop(self, line: Toast) -> None:
        self._lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _show(self) -> None:
        self.setVisible(bool(self._lines))
        if not self._lines:
            self._timer.stop()
        self._place()
        self.changed.emit()

    def _place(self) -> None:
        parent = self.parentWidget()
        if not self._lines or parent is None:
            return
        pad = round(unit() * 0.8)
        foot = self._above.height() if self._above is not None and self._above.isVisible() else 0
        room = QSize(parent.width() - 2 * pad, parent.height() - foot - 2 * pad)
        wide = min(round(unit() * WIDE_LINES), room.width())
        for line in self._lines:
            line.setFixedWidth(wide)
        self._column.activate()
        high = min(self._column.sizeHint().height(), max(0, room.height()))
        at = QPoint(parent.width() - pad - wide, parent.height() - foot - pad - high)
        if self.pos() != at or self.size() != QSize(wide, high):
            self.setGeometry(at.x(), at.y(), wide, high)
        self.raise_()

    @Slot()
    def _on_tick(self) -> None:
        focus = QApplication.focusWidget()
        over = [line for line in self._lines if line.underMouse() or (focus and line.isAncestorOf(focus))]
        gone = [line for line in self._lines if line not in over and line.is_over(TICK_MS)]
        for line in gone:
            self._fold(line)
        if gone:
            self._show()

    @Slot()
    def _on_closed(self) -> None:
        closing = self.sender()
        for line in [line for line in self._lines if line is closing]:
            self.forget(line.notice)

    @Slot()
    def _on_foot_gone(self) -> None:
        self._above = None


class Toast(QWidget):
    """One notice as a card with its buttons."""

    closed = Signal()

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.begin()
        pad = round(unit() * 0.6)
        row = QHBoxLayout(self)
        row.setContentsMargins(round(unit() * 2.6), pad, pad, pad)
        row.setSpacing(pad)
        row.addLayout(notice_texts(notice, self._on_done), 1)
        self.close_button = button("close_notice", "", "close", "quiet", tr("Dismiss"))
        self.close_button.clicked.connect(self.closed)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(sentences(notice.what, notice.remedy))

    def begin(self) -> None:
        """Show it as long as a new one."""
        letters = len(self.notice.what) + len(self.notice.remedy)
        self._left = PROBLEM_MS if self.notice.is_problem else NEWS_MS + NEWS_MS_A_LETTER * letters
        if self.notice.fixes:
            self._left = max(self._left, PROBLEM_MS // 2)

    def is_over(self, passed: int) -> bool:
        """Whether it was shown long enough, now that `passed` more milliseconds are over."""
        self._left -= passed
        return self._left <= 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        colour = getattr(roles, self.notice.role)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 10, mixed(roles.raised, colour, 0.08), mixed(roles.line, colour, 0.55))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(line * 0.4, line * 0.6, 3, self.height() - line * 1.2), 1.5, 1.5)
        paint_icon(painter, icon_of(self.notice), QRectF(line * 0.95, line * 0.85, line * 1.2, line * 1.2), colour)

    @Slot()
    def _on_done(self) -> None:
        self.closed.emit()


def icon_of(notice: Notice) -> str:
    """The icon that tells news from problems without their colour."""
    return {"accent": "info", "good": "check"}.get(notice.role, "warning")


def notice_texts(notice: Notice, done: object) -> QVBoxLayout:
    """What, remedy and place of a notice, above its buttons; `done` is called after a button has done its work."""
    texts = QVBoxLayout()
    texts.setSpacing(2)
    what = WrappedText(notice.what, strong=not notice.what.count("\n"))
    what.setObjectName("notice_text")
    texts.addWidget(what)
    below = sentences(notice.remedy, tr("({where})", where=notice.where) if notice.where else "")
    if below:
        texts.addWidget(WrappedText(below, "quiet", 0.95))
    buttons = QHBoxLayout()
    buttons.setContentsMargins(0, round(unit() * 0.3), 0, 0)
    buttons.setSpacing(round(unit() * 0.4))
    for fix in notice.fixes:
        made = button(fix.name, fix.text, fix.icon)
        made.clicked.connect(fix.do)
        made.clicked.connect(done)
        buttons.addWidget(made)
    if notice.is_problem:
        copy = button(
            "copy_report", tr("Copy report"), "copy", "quiet", tr("Copy this with the details for a bug report")
        )
        copy.clicked.connect(_Copy(notice, copy).copy)
        buttons.addWidget(copy)
    if buttons.count():
        buttons.addStretch(1)
        texts.addLayout(buttons)
    texts.addStretch(1)
    return texts


class _Copy(QObject):
    """Copies one notice's report."""

    def __init__(self, notice: Notice, parent: QObject) -> None:
        super().__init__(parent)
        self._notice = notice

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._notice.report())
