"""The theme that is shown now, and the signal that it changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from studio.ui.fonts import fonts
from studio.ui.palette import DARK, LIGHT, Roles, qt_palette

Choice = Literal["dark", "light", "system"]


class Theme(QObject):
    """Holds the current roles; everything that paints reads them at paint time and redraws on `changed`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.roles: Roles = DARK
        self.choice: Choice = "dark"
        self._follows = False
        self._unpainted: list[QWidget] = []  # windows that have the new colours, and are not painted in them yet

    def choose(self, choice: Choice) -> None:
        """Show the dark or light palette, or follow the system's hint from now on."""
        self.choice = choice
        hints = QApplication.styleHints()
        if choice == "system" and not self._follows:
            hints.colorSchemeChanged.connect(self._on_system_changed)
            self._follows = True
        light = choice == "light" or (choice == "system" and hints.colorScheme() == Qt.ColorScheme.Light)
        self._show(LIGHT if light else DARK)

    def _show(self, roles: Roles) -> None:
        same = roles is self.roles
        self.roles = roles
        # Painted in a turn of its own: with hundreds of widgets, taking the colours and painting in them are two holds.
        for window in QApplication.topLevelWidgets():
            if not same and window.isVisible() and window.updatesEnabled():
                window.setUpdatesEnabled(False)
                self._unpainted.append(window)
        QApplication.setPalette(qt_palette(roles))
        self.changed.emit()
        if self._unpainted:
            QTimer.singleShot(0, self, self._on_turn)

    @Slot()
    def _on_turn(self) -> None:
        self.paint_now()

    def paint_now(self) -> None:
        """Let windows be painted again without waiting for the turn after a change: who takes a picture asks for it."""
        unpainted, self._unpainted = self._unpainted, []
        for window in unpainted:
            if isValid(window):
                window.setUpdatesEnabled(True)

    @Slot()
    def _on_system_changed(self) -> None:
        if self.choice == "system":
            self.choose("system")


theme = Theme()


def unit(widget: QWidget | None = None) -> float:
    """The height of a line of text in pixels, from which all sizes and gaps are computed."""
    return QFontMetricsF(widget.font()).height() if widget else _line_height()


def scaled_font(factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's font, larger or smaller by `factor`."""
    return QFont(_scaled_font(factor, weight))


@lru_cache(maxsize=1024)
def text_width(text: str, factor: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal) -> float:
    """How many pixels wide `text` is in the application's font, larger or smaller by `factor`."""
    return QFontMetricsF(_scaled_font(factor, weight)).horizontalAdvance(text)


def mono_font(factor: float = 1.0) -> QFont:
    """A fixed-width font of the application's size."""
    font = scaled_font(factor)
    font.setFamilies(fonts.mono_families())
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


# Asked thousands of times by one resizing: kept until the application has another font. Fonts that are copies of one
# also share what Qt has found out about it.


@lru_cache(maxsize=1)
def _line_height() -> float:
    return QFontMetricsF(QApplication.font()).height()


@lru_cache(maxsize=256)
def _scaled_font(factor: float, weight: QFont.Weight) -> QFont:
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setWeight(weight)
    return font


def forget_fonts(_font: QFont | None = None) -> None:
    """Measure again: the application has another font."""
    for kept in (_line_height, _scaled_font, text_width):
        kept.cache_clear()
