"""How large the window is: never larger than its screen, at any scale, and never too small to be used."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

LEAST = QSize(860, 540)
"""At which every page can be used; on a smaller screen the page scrolls."""
FIRST_UNITS = (80, 50)
TITLE_BAR = 32  # pixels that a window manager adds above the window


def screen_around(window: QWidget) -> QRect:
    """The available area of the screen that a window lies on, else of the first one.

    Not by `QWidget.screen()`, after which PySide takes the screen for a part of the window: where Python's search for
    dead cycles destroys such a window, it destroys the screen, and the next text that is laid out ends the process.
    """
    screen = QGuiApplication.screenAt(window.frameGeometry().center()) or QGuiApplication.primaryScreen()
    return screen.availableGeometry()


def room_on(screen: QRect) -> QRect:
    """Where on a screen's available area the inside of a window may lie."""
    return screen.adjusted(0, min(TITLE_BAR, screen.height() // 8), 0, 0)


def first_geometry(screen: QRect, unit: float) -> QRect:
    """A new window: as large as is comfortable, in the middle of its screen."""
    room = room_on(screen)
    wanted = QSize(round(unit * FIRST_UNITS[0]), round(unit * FIRST_UNITS[1])).expandedTo(LEAST)
    found = QRect(room.topLeft(), wanted.boundedTo(room.size()))
    found.moveCenter(room.center())
    return found


def fitted_geometry(window: QRect, screen: QRect) -> QRect:
    """`window` moved and shrunk so far that all of it lies on its screen."""
    room = room_on(screen)
    size = window.size().expandedTo(LEAST).boundedTo(room.size())
    found = QRect(window.topLeft(), size)
    found.moveLeft(max(room.left(), min(found.left(), room.right() + 1 - size.width())))
    found.moveTop(max(room.top(), min(found.top(), room.bottom() + 1 - size.height())))
    return found


def least_size(screen: QRect) -> QSize:
    """How small a person may make the window; a screen that is smaller still sets it."""
    return LEAST.boundedTo(room_on(screen).size())
