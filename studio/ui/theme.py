"""The theme that is shown now, and the signal that it changed."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication, QWidget

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
        self.roles = roles
        QApplication.setPalette(qt_palette(roles))
        for window in QApplication.topLevelWidgets():
            window.update()
        self.changed.emit()

    @Slot()
    def _on_system_changed(self) -> None:
        if self.choice == "system":
            self.choose("system")


theme = Theme()


def unit(widget: QWidget | None = None) -> float:
    """The height of a line of text in pixels, from which all sizes and gaps are computed."""
    font = widget.font() if widget else QApplication.font()
    return QFontMetricsF(font).height()


def scaled_font(factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's font, larger or smaller by `factor`."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setWeight(weight)
    return font


def text_width(text: str, factor: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal) -> float:
    """How many pixels wide `text` is in the application's font, larger or smaller by `factor`."""
    return QFontMetricsF(scaled_font(factor, weight)).horizontalAdvance(text)


def mono_font(factor: float = 1.0) -> QFont:
    """A fixed-width font of the application's size."""
    font = scaled_font(factor)
    font.setFamilies(fonts.mono_families())
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
