"""Cards, headings and quiet text: what every page is built from."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.ui.controls.control_paint import paint_box
from studio.ui.icons import icon
from studio.ui.theme import scaled_font, theme, unit

# In lines of text: the width at which a label or a button is still shown. The width of its words in some font must not
# decide how narrow the window can be.
NARROWEST_LINES = 3.0
KEYPAD = Qt.KeyboardModifier.KeypadModifier


class Text(QLabel):
    """A label in one of the theme's inks ("ink", "quiet", "faint", "accent", "good", "warning", "danger").

    Where there is no space for its words, it ends in an ellipsis, and its tooltip has the whole text.
    """

    left_out = Qt.TextElideMode.ElideRight  # of its words, where there is no space for them

    def __init__(self, text: str = "", role: str = "ink", size: float = 1.0, strong: bool = False) -> None:
        super().__init__(text)
        self._role = role
        self._tip = ""  # its tooltip while its words are whole
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setForegroundRole(QPalette.ColorRole.WindowText)  # inside a button, too
        weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal
        self.setFont(scaled_font(size, weight))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_role(self, role: str) -> None:
        if role != self._role:
            self._role = role
            self.setPalette(QPalette())
            self._on_theme_changed()

    @property
    def role(self) -> str:
        """The ink in which it is shown."""
        return self._role

    @property
    def is_cut(self) -> bool:
        """Whether there is less room than the words need."""
        return self.width() < super().minimumSizeHint().width()

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), round(unit(self) * NARROWEST_LINES)), whole.height())

    def setToolTip(self, text: str) -> None:
        self._tip = text
        super().setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        cut = self.is_cut
        # Here and not in `event`, which Python would have to handle for every event of hundreds of labels.
        if cut or self.toolTip() != self._tip:
            super().setToolTip(told_whole(self.text(), self._tip) if cut else self._tip)
        if self.wordWrap() or not cut:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        box = self.contentsRect()
        line = self.fontMetrics().elidedText(self.text(), self.left_out, box.width())
        painter.drawText(box, self.alignment(), line)

    @Slot()
    def _on_theme_changed(self) -> None:
        if self._role == "ink":
            return  # the application's own palette, which Qt updates faster
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, QColor(getattr(theme.roles, self._role)))
        self.setPalette(palette)


class ElidedText(Text):
    """A single line that ends in an ellipsis where there is no room, with the whole text as its tooltip."""

    def __init__(self, text: str = "", role: str = "ink", size: float = 1.0, strong: bool = False) -> None:
        super().__init__(text, role, size, strong)
        self.setToolTip(unmarked(text))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(unmarked(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class PathText(ElidedText):
    """A path, which leaves out its middle: the end says what it is, and the beginning where."""

    left_out = Qt.TextElideMode.ElideMiddle


def paint_line(painter: QPainter, text: str, box: QRectF, font: QFont, colour: str) -> bool:
    """Paint one line that ends in an ellipsis where there is no room; returns whether it did.

    The caller shows the whole text in a tooltip, as ElidedText does.
    """
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
    return shown != text


class WrappedText(Text):
    """Text that wraps where there is no room, and is exactly as high as its lines.

    It sets its own height: in rows whose height depends on their width, Qt squeezes the buttons beside it.
    """

    fewest_lines = 1  # so that a page does not move where a sentence of one line becomes one of two

    def __init__(self, text: str = "", role: str = "ink", size: float = 1.0, strong: bool = False) -> None:
        super().__init__(text, role, size, strong)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fit()

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._fit()

    def hasHeightForWidth(self) -> bool:
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(0)  # below which heightForWidth never falls
        least = self.fewest_lines * self.fontMetrics().height()
        self.setFixedHeight(max(least, self.heightForWidth(self.width())))


class Button(QPushButton):
    """A push button that shows as much of its text as fits; its tooltip has all of it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self._tip = ""  # its tooltip while its words are whole
        self._placed = False

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tell()

    def setToolTip(self, text: str) -> None:
        self._tip = text
        self._tell()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._placed = True
        self._tell()

    def _tell(self) -> None:
        # Not in `event`, which Python would have to handle for everything that happens to hundreds of buttons.
        cut = self._placed and self.is_cut
        super().setToolTip(told_whole(self.text().replace("&", ""), self._tip) if cut else self._tip)

    @property
    def is_cut(self) -> bool:
        """Whether there is less room than the words need."""
        return bool(self.text()) and self.width() < self.sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        whole = self.sizeHint()
        narrow = unit(self) * NARROWEST_LINES if self.icon().isNull() else self.iconSize().width() + unit(self) * 0.8
        return QSize(min(whole.width(), round(narrow)), whole.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Here too where it is not a dialog's default, which Qt would press instead.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~KEYPAD:
            self.click()
        else:
            super().keyPressEvent(event)


def told_whole(text: str, tip: str) -> str:
    """The tooltip of something whose text is cut: the text, then its own tooltip if that says something else."""
    return tip if tip.startswith(unmarked(text)) else unmarked("\n".join(part for part in (text, tip) if part))


class Card(QWidget):
    """A rounded surface with an optional heading; `body` holds its contents, `tools` is the right end of its `head`."""

    def __init__(self, title: str = "", hint: str = "") -> None:
        super().__init__()
        pad = round(unit() * 0.85)
        self.body = QVBoxLayout()
        self.body.setSpacing(round(unit() * 0.5))
        self.head = QHBoxLayout()
        self.head.setSpacing(round(unit() * 0.5))
        self.tools = QHBoxLayout()
        self.tools.setSpacing(round(unit() * 0.4))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pad, round(unit() * 0.7), pad, pad)
        outer.setSpacing(round(unit() * 0.5))
        self.title = Text(title, strong=True)
        if title:
            self.head.addWidget(self.title)
            if hint:
                note = ElidedText(hint, "faint", 0.92)
                self.head.addWidget(note, 1)
            else:
                self.head.addStretch(1)
            self.head.addLayout(self.tools)
            outer.addLayout(self.head)
        else:
            self.title.setParent(self)
            self.title.hide()
        outer.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 10, QColor(theme.roles.surface), QColor(theme.roles.line))


class Fill(QWidget):
    """A plain area in one role's colour, with an optional line along one edge ("top", "right", "bottom")."""

    def __init__(self, role: str = "window", edge: str = "") -> None:
        super().__init__()
        self._role = role
        self._edge = edge

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(getattr(theme.roles, self._role)))
        wide, high = self.width(), self.height()
        edges = {"top": (0, 0, wide, 1), "right": (wide - 1, 0, 1, high), "bottom": (0, high - 1, wide, 1)}
        if self._edge in edges:
            # Filled: at a scale of 2 a line lies half beside its pixel, and what is laid beside it covers that half.
            painter.fillRect(QRect(*edges[self._edge]), QColor(theme.roles.line))


def button(name: str, text: str, icon_name: str = "", look: str = "", hint: str = "", shortcut: str = "") -> Button:
    """A push button with its object name, accessible name, icon and shortcut set.

    Of a dialog's buttons, only one that looks "primary" is pressed by Return in its fields.
    """
    made = Button(text)
    dress_button(made, name, text, icon_name, look, hint, shortcut)
    return made


def dress_button(
    made: Button, name: str, text: str, icon_name: str = "", look: str = "", hint: str = "", shortcut: str = ""
) -> None:
    """Give a button what `button` gives one that it makes."""
    made.setObjectName(name)
    made.setProperty("look", look)
    if look != "primary":
        made.setAutoDefault(False)
    side = round(unit() * 1.05)
    if icon_name:
        made.setIcon(icon(icon_name))
        made.setIconSize(QSize(side, side))
    if shortcut:
        made.setShortcut(shortcut)
    spoken = text.replace("&", "") or hint
    made.setAccessibleName(spoken)
    tip = hint or spoken
    made.setToolTip(f"{tip} ({shortcut})" if shortcut else tip if tip != text else "")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
