"""A text pane that keeps its end in view."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit

BLOCKS_A_TURN = 200


class FollowingPane(QPlainTextEdit):
    """Keeps its end in view, however it grows or is resized, until a person scrolls away from it.

    Qt counts the lines of a wrapped text only where it has painted it, so that the end lies elsewhere for each way in
    which the text came: here all lines are counted, some at a time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._follows = True
        self._next = 0  # the first block whose lines may not be counted yet
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(0)
        self._counting.timeout.connect(self._on_count)
        self.document().contentsChange.connect(self._on_contents_changed)
        bar = self.verticalScrollBar()
        bar.actionTriggered.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range_changed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._next = 0
        self._count_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._count_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        self._counting.stop()
        super().hideEvent(event)

    def _count_soon(self) -> None:
        if self.isVisible():
            self._counting.start()

    @Slot(int, int, int)
    def _on_contents_changed(self, position: int, _removed: int, _added: int) -> None:
        self._next = min(self._next, max(0, self.document().findBlock(position).blockNumber()))
        self._count_soon()

    @Slot()
    def _on_count(self) -> None:
        layout = self.document().documentLayout()
        block = self.document().findBlockByNumber(self._next)
        for _ in range(BLOCKS_A_TURN):
            if not block.isValid():
                self._show_end()
                return
            layout.blockBoundingRect(block)  # which lays the block out, and so counts its lines
            block = block.next()
            self._next += 1
        self._count_soon()

    @Slot(int)
    def _on_scrolled(self, _action: int) -> None:
        bar = self.verticalScrollBar()
        self._follows = bar.sliderPosition() >= bar.maximum()

    @Slot(int, int)
    def _on_range_changed(self, _low: int, _high: int) -> None:
        self._show_end()

    def _show_end(self) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
