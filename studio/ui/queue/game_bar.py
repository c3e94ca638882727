"""Gaming mode: the button that frees the card and takes it back, and the bar that says so meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.words import mark, tr
from studio.ui.controls.widgets import Text, button
from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.theme import theme, unit

HINT = mark("Pause training and free the card; click again to continue exactly where it was")


class GameBar(QWidget):
    """A bar above the pages while gaming mode is on; `resume_wanted` when its button is pressed."""

    resume_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("game_bar")
        pad = round(unit() * 0.6)
        self.text = Text("", strong=True)
        self.text.setObjectName("game_text")
        self.text.setWordWrap(True)
        hint = tr("Take the card back and continue exactly where it was")
        self.resume = button("game_resume", tr("Resume"), "play", "primary", hint)
        self.resume.clicked.connect(self.resume_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(round(unit() * 2.6), pad, pad, pad)
        row.setSpacing(pad)
        row.addWidget(self.text, 1)
        row.addWidget(self.resume)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_snapshot(self, snapshot: QueueSnapshot) -> None:
        self.text.setText(snapshot.game_words)
        self.setAccessibleName(snapshot.game_words)
        self.resume.setEnabled(True)
        self.setVisible(snapshot.game is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles, line = theme.roles, unit()
        painter.fillRect(self.rect(), mixed(roles.surface, roles.accent, 0.14))
        painter.fillRect(QRectF(0, 0, 3, self.height()), QColor(roles.accent))
        box = QRectF(line * 0.8, self.height() / 2 - line * 0.7, line * 1.4, line * 1.4)
        paint_icon(painter, "game", box, roles.accent)


class GameButton(QWidget):
    """The switch in the status bar; `toggled` brings whether gaming mode is wanted."""

    toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.button = button("game_mode", tr("Gaming mode"), "game", "quiet", tr(HINT), "Ctrl+G")
        self.button.setCheckable(True)
        self.button.clicked.connect(self._on_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_snapshot(self, snapshot: QueueSnapshot) -> None:
        on = snapshot.game is not None
        self.button.setChecked(on)
        self.button.setProperty("look", "primary" if on else "quiet")
        self.button.update()
        self.button.setAccessibleName(tr("Gaming mode, on") if on else tr("Gaming mode, off"))

    @Slot()
    def _on_clicked(self) -> None:
        self.toggled.emit(self.button.isChecked())
