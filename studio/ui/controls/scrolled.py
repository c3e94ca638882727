"""A part of a page that scrolls where there is less room than it needs, on the page's own ground."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from studio.ui.theme import unit


class _Holder(QWidget):
    """Has no layout: by one whose height depends on its width, Qt would ask for the height that is liked best."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self._inner = inner
        inner.setParent(self)
        inner.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        layout = self._inner.layout()
        # Asked for by itself, the layout looks at its items again; the widget may remember what they needed before.
        return self._inner.minimumSizeHint().expandedTo(layout.minimumSize() if layout is not None else QSize())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # What is inside needs more or less than before, perhaps while it was hidden: the area looks when its own
        # widget says so, and this one has no layout that would.
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._inner.setGeometry(self.rect())


class Scrolled(QScrollArea):
    """Holds one widget, which takes all the room there is, and at least what it needs."""

    def __init__(self, widget: QWidget, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        holder = _Holder(widget)
        self.setWidget(holder)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)  # which setWidget has turned on

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 12), round(unit() * 8))
