"""A dialog that stays on its screen and over its parent, whatever its contents would like."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from studio.ui.controls.scrolled import Scrolled
from studio.ui.window_size import screen_around

EDGE = 24  # pixels for a title bar, or between the dialog and the edge of what it lies over


class FittedDialog(QDialog):
    """Never larger than its screen, and over its parent where that is large enough, also when it grows later.

    Its `body`, where it has one, is whole: the dialog is as high as that needs, and scrolls it where the screen is not.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fitting = False
        self.body: DialogBody | None = None

    def scrolled(self, inside: QWidget) -> DialogBody:
        """The dialog's body, with all of this in it."""
        self.body = DialogBody(inside)
        inside.installEventFilter(self)
        return self.body

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # of the body, which the area keeps to itself
            self._fit()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._fitting or not self.isVisible():
            return
        self._fitting = True
        screen = screen_around(self)
        parent = self.parentWidget()
        over = parent.window().frameGeometry() if parent is not None else screen
        lacking = self.body.lacking if self.body is not None else 0
        wanted = fitted(self.geometry().adjusted(0, 0, 0, lacking), over, screen)
        least = self.minimumSize().boundedTo(wanted.size())
        if least != self.minimumSize():
            self.setMinimumSize(least)
        if wanted != self.geometry():
            self.setGeometry(wanted)  # `move` would put the title bar there, and the dialog that much lower
        self._fitting = False


class DialogBody(Scrolled):
    """What a dialog has between its heading and its buttons; what has the focus stays in sight when more comes."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__(inside, "dialog_body")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().rangeChanged.connect(self._on_range, Qt.ConnectionType.QueuedConnection)

    @property
    def lacking(self) -> int:
        """Pixels that it would have to be higher to show all of it."""
        return max(0, self.sizeHint().height() - self.viewport().height())

    @Slot()
    def _on_range(self) -> None:
        # The keys come to it only where they scroll it: elsewhere a dialog begins at its first control.
        scrolls = self.verticalScrollBar().maximum() > 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if scrolls else Qt.FocusPolicy.NoFocus)
        focused, inside = self.window().focusWidget(), self.widget()
        if focused is not None and inside is not None and inside.isAncestorOf(focused):
            # Qt's own for widgets is content where a field's cursor is in sight, though its lower edge is not.
            middle = focused.mapTo(inside, focused.rect().center())
            self.ensureVisible(middle.x(), middle.y(), 0, focused.height() // 2 + EDGE)

    def sizeHint(self) -> QSize:
        holder = self.widget()
        assert holder is not None
        return holder.minimumSizeHint()


def fitted(dialog: QRect, over: QRect, screen: QRect) -> QRect:
    """`dialog` as large as it may be on `screen` below a title bar, within `over` where it has room there."""
    room = screen.adjusted(0, EDGE, 0, -EDGE // 2)
    size = dialog.size().boundedTo(room.size())
    inside = over.intersected(room)
    if size.width() > inside.width() or size.height() > inside.height():
        inside = room
    found = QRect(dialog.topLeft(), QSize(size))
    found.moveLeft(max(inside.left(), min(found.left(), inside.right() + 1 - size.width())))
    found.moveTop(max(inside.top(), min(found.top(), inside.bottom() + 1 - size.height())))
    return found
