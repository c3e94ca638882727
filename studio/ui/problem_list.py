"""The problems that are still true, in one calm list over the page, each with what fixes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.core.words import sentences, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import Text, button
from studio.ui.icons import paint_icon
from studio.ui.notices import Notice, report_of
from studio.ui.theme import theme, unit
from studio.ui.toasts import icon_of, notice_texts

WIDE_LINES, HIGH_LINES = 34.0, 28.0


class ProblemList(QWidget):
    """Opens over the lower right corner of its parent; `dismissed` brings a notice that a person has read."""

    dismissed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problem_list")
        self.setAccessibleName(tr("Problems"))
        self._notices: list[Notice] = []
        self.copy_all = button("copy_all_reports", tr("Copy all"), "copy", "quiet", tr("Copy a report of all of them"))
        self.copy_all.clicked.connect(self._on_copy_all)
        self.close_list = button("close_problems", "", "close", "quiet", tr("Close the list; the problems stay in it"))
        self.close_list.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(Text(tr("Problems"), size=1.12, strong=True), 1)
        head.addWidget(self.copy_all)
        head.addWidget(self.close_list)
        self._inside = QWidget()
        self._inside.installEventFilter(self)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(round(unit() * 0.3))
        self._area = QScrollArea()
        self._area.setWidget(self._inside)
        self._inside.setAutoFillBackground(False)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().setAutoFillBackground(False)
        pad = round(unit() * 0.8)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad // 2, pad // 2, pad)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        parent.installEventFilter(self)
        self.hide()

    def show_problems(self, notices: list[Notice]) -> None:
        """List these; without any the list closes."""
        if notices == self._notices:
            return
        self._notices = list(notices)
        while (item := self._column.takeAt(0)) is not None:  # the stretch below them, too
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        for notice in reversed(self._notices):
            row = _Row(notice)
            row.dismissed.connect(self.dismissed)
            self._column.addWidget(row)
        self._column.addStretch(1)
        if not notices:
            self.hide()

    @Slot()
    def toggle(self) -> None:
        """Open the list and move the keyboard there, or close it."""
        self.setVisible(not self.isVisible() and bool(self._notices))
        if self.isVisible():
            self._place()
            self.raise_()
            self.close_list.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 10, QColor(theme.roles.surface), QColor(theme.roles.line))

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        pad = round(unit() * 0.8)
        wide = min(round(unit() * WIDE_LINES), parent.width() - 2 * pad)
        around = self.height() - self._area.height() if self._area.isVisible() else 0
        wanted = max(round(unit() * 6), self._column.sizeHint().height() + around)
        high = min(wanted, round(unit() * HIGH_LINES), parent.height() - 2 * pad)
        place = QRect(parent.width() - pad - wide, parent.height() - pad - high, wide, high)
        if place != self.geometry():
            self.setGeometry(place)

    @Slot()
    def _on_copy_all(self) -> None:
        QGuiApplication.clipboard().setText(report_of(self._notices))


class _Row(QWidget):
    """One problem of the list."""

    dismissed = Signal(object)

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self._notice = notice
        pad = round(unit() * 0.5)
        row = QHBoxLayout(self)
        row.setContentsMargins(round(unit() * 1.9), pad, 0, pad)
        row.addLayout(notice_texts(notice, self._on_done), 1)
        close = button("dismiss_problem", "", "close", "quiet", tr("Dismiss"))
        close.clicked.connect(self._on_done)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(sentences(notice.what, notice.remedy))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, line = QPainter(self), unit()
        painter.setPen(QColor(theme.roles.line))
        painter.drawLine(0, 0, self.width(), 0)
        colour = getattr(theme.roles, self._notice.role)
        paint_icon(painter, icon_of(self._notice), QRectF(line * 0.2, line * 0.7, line * 1.2, line * 1.2), colour)

    @Slot()
    def _on_done(self) -> None:
        self.dismissed.emit(self._notice)
