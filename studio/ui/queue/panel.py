"""The waiting runs below the list of runs, in order, each with buttons that move or remove it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.controls.widgets import ElidedText, Text, button
from studio.ui.palette import mixed
from studio.ui.queue.snapshot import QueueSnapshot, WaitingRun
from studio.ui.theme import scaled_font, theme, unit

ROWS_IN_SIGHT = 4  # rows that are visible without scrolling


class QueuePanel(QWidget):
    """Shows the queue while a run waits; its signals bring the run that was chosen, moved or removed."""

    run_selected = Signal(object)
    move_wanted = Signal(object, str)
    remove_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("queue_panel")
        line = round(unit())
        heading = Text(tr("Queue").upper(), "faint", 0.82, strong=True)
        heading.setContentsMargins(line, line // 2, 0, 0)
        self.rows: list[QueueRow] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(line // 2, 0, line // 2, 0)
        self._column.setSpacing(round(unit() * 0.2))
        self._area = QScrollArea()
        self._area.setObjectName("queue_area")
        self._area.setAccessibleName(tr("Waiting runs, in their order"))
        self._area.setWidget(inside)
        inside.setAutoFillBackground(False)  # which setWidget sets
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(line // 2)
        column.addWidget(heading)
        column.addWidget(self._area)
        self.hide()

    def show_snapshot(self, snapshot: QueueSnapshot) -> None:
        """Show these waiting runs; rows that stay are kept, and with them the keyboard focus."""
        while len(self.rows) > len(snapshot.waiting):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(snapshot.waiting):
            row = QueueRow()
            row.chosen.connect(self.run_selected)
            row.move_wanted.connect(self.move_wanted)
            row.remove_wanted.connect(self.remove_wanted)
            self._column.addWidget(row)
            self.rows.append(row)
        for row, run in zip(self.rows, snapshot.waiting, strict=True):
            row.show_run(run)
        if self.rows:
            shown, high = min(ROWS_IN_SIGHT, len(self.rows)), self.rows[0].sizeHint().height()
            # In a low window fewer, and the others are scrolled to.
            self._area.setMinimumHeight(high + 2)
            self._area.setMaximumHeight(shown * high + (shown - 1) * self._column.spacing() + 2)
        self.setVisible(bool(self.rows))


class QueueRow(QWidget):
    """One waiting run: its place, name and what it waits for."""

    chosen = Signal(object)
    move_wanted = Signal(object, str)
    remove_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._folder: RunFolder | None = None
        self._place = 0
        self.name = ElidedText("")
        self.reason = ElidedText("", "quiet", 0.88)
        self.up = _small("queue_up", "chevron-up", tr("Move up"))
        self.down = _small("queue_down", "chevron-down", tr("Move down"))
        self.remove = _small("queue_remove", "close", tr("Remove from the queue"))
        self.up.clicked.connect(self._on_up)
        self.down.clicked.connect(self._on_down)
        self.remove.clicked.connect(self._on_remove)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.name)
        texts.addWidget(self.reason)
        row = QHBoxLayout(self)
        row.setContentsMargins(round(unit() * 1.75), round(unit() * 0.25), round(unit() * 0.15), round(unit() * 0.25))
        row.setSpacing(0)
        row.addLayout(texts, 1)
        for each in (self.up, self.down, self.remove):
            row.addWidget(each)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_run(self, run: WaitingRun) -> None:
        self._folder, self._place = run.folder, run.place
        self.name.setText(run.name)
        self.reason.setText(run.brief)
        self.setToolTip(unmarked(f"{run.folder.id}\n{run.reason}"))
        self.setAccessibleName(f"{run.name}: {run.reason}")
        self.up.setEnabled(run.place > 1)
        self.down.setEnabled(run.place < run.line)
        self.up.setAccessibleName(tr("Move {run} up", run=run.name))
        self.down.setAccessibleName(tr("Move {run} down", run=run.name))
        self.remove.setAccessibleName(tr("Remove {run}", run=run.name))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self._folder)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(roles.sidebar, roles.raised, 0.7))
            painter.drawRoundedRect(self.rect(), 8, 8)
        font = scaled_font(0.85)
        side = line * 1.15
        painter.setFont(font)
        painter.setPen(QPen(QColor(roles.line), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = self.rect().toRectF()
        box.setRect(line * 0.3, (self.height() - side) / 2, side, side)
        painter.drawEllipse(box)
        painter.setPen(QColor(roles.quiet))
        shown = QFontMetricsF(font).elidedText(str(self._place), Qt.TextElideMode.ElideRight, side)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)

    @Slot()
    def _on_up(self) -> None:
        self.move_wanted.emit(self._folder, "up")

    @Slot()
    def _on_down(self) -> None:
        self.move_wanted.emit(self._folder, "down")

    @Slot()
    def _on_remove(self) -> None:
        self.remove_wanted.emit(self._folder)


def _small(name: str, icon_name: str, hint: str) -> QPushButton:
    """A button with only an icon, as small as can still be hit."""
    made = button(name, "", icon_name, "quiet", hint)
    side = round(unit() * 0.85)
    made.setIconSize(QSize(side, side))
    made.setFixedSize(round(unit() * 1.25), round(unit() * 1.9))
    return made
