"""Icons: currentColor SVG files, tinted with the theme's colours at the moment they are painted."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QStyle

from studio.core import places
from studio.ui.theme import theme

_SP = QStyle.StandardPixmap
STANDARD_ICONS = {
    _SP.SP_DirIcon: "folder",
    _SP.SP_DirOpenIcon: "folder",
    _SP.SP_DirClosedIcon: "folder",
    _SP.SP_DirLinkIcon: "folder",
    _SP.SP_DirHomeIcon: "home",
    _SP.SP_DesktopIcon: "home",
    _SP.SP_ComputerIcon: "chip",
    _SP.SP_DriveHDIcon: "save",
    _SP.SP_DriveFDIcon: "save",
    _SP.SP_DriveNetIcon: "save",
    _SP.SP_FileIcon: "file",
    _SP.SP_FileLinkIcon: "file",
    _SP.SP_TrashIcon: "trash",
    _SP.SP_FileDialogToParent: "chevron-up",
    _SP.SP_FileDialogNewFolder: "add",
    _SP.SP_FileDialogListView: "list",
    _SP.SP_FileDialogDetailedView: "columns",
    _SP.SP_FileDialogBack: "chevron-left",
    _SP.SP_ArrowBack: "chevron-left",
    _SP.SP_ArrowForward: "chevron-right",
    _SP.SP_LineEditClearButton: "close",
}
"""Which of our icons stand for Qt's own, in its file dialog and the clear button of a field."""


@lru_cache(maxsize=128)
def _drawing(name: str) -> str:
    return (places.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)  # of both themes
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, box: QRectF, colour: str) -> None:
    """Draw the icon `name` into `box` in `colour`."""
    side = min(box.width(), box.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(box.center())
    _renderer(name, colour).render(painter, square)


class _TintedEngine(QIconEngine):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = "faint" if mode == QIcon.Mode.Disabled else self._role
        paint_icon(painter, self._name, QRectF(rect), getattr(theme.roles, role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def iconName(self) -> str:
        return self._name

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._role)


def icon(name: str, role: str = "ink") -> QIcon:
    """The icon `name`, in the colour that the named role has whenever it is painted."""
    return QIcon(_TintedEngine(name, role))
