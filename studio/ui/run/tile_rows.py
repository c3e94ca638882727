"""Rows of small charts: as many rows as their least width asks for, each filled from edge to edge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import unit

LEAST_LINES = 7.0  # of text, that a tile is wide before another row begins


class TileRows(QWidget):
    """Lays out those of its tiles that are not hidden, the first ones in the first row."""

    def __init__(self, tiles: Sequence[QWidget], gap: int) -> None:
        super().__init__()
        self._tiles = tuple(tiles)
        self._gap = gap
        self._counted = 0
        for tile in self._tiles:
            tile.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Lay the tiles out again: some may have come or gone, and their number of rows may be another."""
        rows = self.rows()
        if len(rows) != self._counted:
            self._counted = len(rows)
            self.updateGeometry()
        self._place(rows)

    def sizeHint(self) -> QSize:
        return self._size([tile.sizeHint() for tile in self._shown])

    def minimumSizeHint(self) -> QSize:
        return self._size([tile.minimumSizeHint() for tile in self._shown])

    @property
    def _shown(self) -> list[QWidget]:
        return [tile for tile in self._tiles if not tile.isHidden()]

    def least_height(self, width: int) -> int:
        """The pixels that the rows need at least at this width."""
        high = max((tile.minimumSizeHint().height() for tile in self._shown), default=0)
        count = len(self.rows(width))
        return count * high + max(0, count - 1) * self._gap

    def rows(self, width: int | None = None) -> list[list[QWidget]]:
        """The tiles by row at this width, or at its own, as even as their number allows."""
        shown = self._shown
        if not shown:
            return []
        width = self.width() if width is None else width
        fitting = max(1, int((width + self._gap) // (unit() * LEAST_LINES + self._gap)))
        count = -(-len(shown) // fitting)
        each = -(-len(shown) // count)
        return [shown[first : first + each] for first in range(0, len(shown), each)]

    def _size(self, sizes: list[QSize]) -> QSize:
        count = max(1, len(self.rows()))
        high = max((size.height() for size in sizes), default=0)
        wide = max((size.width() for size in sizes), default=0)
        return QSize(wide, count * high + (count - 1) * self._gap)

    def _place(self, rows: list[list[QWidget]]) -> None:
        high = (self.height() - self._gap * (len(rows) - 1)) / max(1, len(rows))
        for row, tiles in enumerate(rows):
            top = round(row * (high + self._gap))
            wide = (self.width() - self._gap * (len(tiles) - 1)) / len(tiles)
            for place, tile in enumerate(tiles):
                left, right = round(place * (wide + self._gap)), round(place * (wide + self._gap) + wide)
                tile.setGeometry(QRect(left, top, right - left, round(high)))
