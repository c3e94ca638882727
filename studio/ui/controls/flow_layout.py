"""A layout that wraps its items into rows, for chips and buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from studio.ui.theme import unit


class FlowLayout(QLayout):
    """Places its items from left to right, row under row; an item wider than a row takes the whole row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(round(unit() * 0.35))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        # Qt lays out again only what was invalidated: a new item of an active layout would never get space.
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        item = self._items.pop(index)
        self.invalidate()
        return item

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, move: bool) -> int:
        x, y, high = rect.x(), rect.y(), 0
        row: list[tuple[QLayoutItem, QRect]] = []
        for item in self._items:
            if is_taken_away(item.widget()):
                continue
            hint = item.sizeHint().boundedTo(QSize(rect.width(), item.sizeHint().height()))
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                _settle(row, high)
                x, y, high = rect.x(), y + high + self.spacing(), 0
            if move:
                row.append((item, QRect(QPoint(x, y), hint)))
            x += hint.width() + self.spacing()
            high = max(high, hint.height())
        _settle(row, high)
        return y + high - rect.y()


def _settle(row: list[tuple[QLayoutItem, QRect]], high: int) -> None:
    """Place the items of a row in the middle of its height, and begin another row."""
    for item, box in row:
        item.setGeometry(box.translated(0, (high - box.height()) // 2))
    row.clear()


def is_taken_away(widget: QWidget | None) -> bool:
    """Whether somebody has hidden it; what was not shown yet, as in a place that it was just put into, has its room."""
    said_so = Qt.WidgetAttribute.WA_WState_ExplicitShowHide
    return widget is not None and widget.isHidden() and widget.testAttribute(said_so)


class FlowRoom(QWidget):
    """Holds a `flow`, and is exactly as high as its rows.

    It sets its own height: where there is little room, Qt gives a layout that wraps no more than one row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flow = FlowLayout(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def hasHeightForWidth(self) -> bool:
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        self.setFixedHeight(self.flow.heightForWidth(self.width()))
