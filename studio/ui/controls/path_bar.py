"""The way from a model to an exported adapter in six stages: where one is, what is done, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.words import mark, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.painted_button import PaintedButton
from studio.ui.controls.widgets import Fill
from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit

StageName = Literal["model", "tasks", "plan", "train", "try", "export"]
Mark = Literal["open", "done", "lacking", "busy"]

TITLES: dict[StageName, str] = {
    "model": mark("Model"),
    "tasks": mark("Tasks"),
    "plan": mark("Plan"),
    "train": mark("Train"),
    "try": mark("Try"),
    "export": mark("Export"),
}
SAID: dict[Mark, str] = {
    "open": mark("not done yet"),
    "done": mark("done"),
    "lacking": mark("something is missing"),
    "busy": mark("at work"),
}
KEY = "Alt+{number}"
LINKS_FIRST = 100  # shares of the room that is left, which each line gets where the end of the bar gets one


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: how far it is; `why` is its tooltip, and where one cannot go there, what is missing for that."""

    mark: Mark = "open"
    why: str = ""
    open: bool = True


class StageButton(PaintedButton):
    """One stage; pressed, it is gone to."""

    def __init__(self, name: StageName, number: int) -> None:
        super().__init__()
        self.name, self.number = name, number
        self.stage = Stage()
        self.current = False
        self.next = False  # the first that is not done and can be gone to
        self.setObjectName(f"stage_{name}")
        self.setText(tr(TITLES[name]))
        self.setFont(scaled_font(0.96))
        self._strong = scaled_font(0.96, QFont.Weight.DemiBold)
        self.setShortcut(KEY.format(number=number))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_stage(self, stage: Stage, current: bool, next_: bool) -> None:
        """Show how far the stage is, whether it is the one that is seen, and whether it comes next."""
        self.stage, self.current, self.next = stage, current, next_
        self.setEnabled(stage.open)
        self.setCursor(Qt.CursorShape.PointingHandCursor if stage.open else Qt.CursorShape.ArrowCursor)
        self._tell()
        said = tr(SAID[stage.mark])
        if current:
            said = tr("you are here, {state}", state=said)
        spoken = tr("Stage {number} of {all}, {name}: {said}", number=self.number, all=6, name=self.text(), said=said)
        self.setAccessibleName(spoken)
        self.setAccessibleDescription(stage.why)
        self.update()

    def sizeHint(self) -> QSize:
        line = unit(self)
        words = QFontMetricsF(self._strong).horizontalAdvance(self.text())
        return QSize(round(words + line * 2.4), round(line * 1.9))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit(self) * 1.95), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        key = KEY.format(number=self.number)
        why = tr("{why} ({key})", why=self.stage.why, key=key) if self.stage.open else self.stage.why
        self.setToolTip(unmarked(f"{self.text()}\n{why}" if self.width() < self.sizeHint().width() else why))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line, box = theme.roles, unit(self), QRectF(self.rect())
        if self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(roles.raised))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            paint_box(painter, box.adjusted(1, 1, -1, -1), 6, None, QColor(roles.accent), 1.5)
        disc = QRectF(line * 0.35, (box.height() - line * 1.25) / 2, line * 1.25, line * 1.25)
        self._paint_disc(painter, disc)
        painter.setFont(self._strong if self.current else self.font())
        painter.setPen(QColor(roles.ink if self.current else roles.quiet if self.isEnabled() else roles.faint))
        words = box.adjusted(disc.right() + line * 0.4, 0, 0, 0)
        said = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, round(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, said)

    def _paint_disc(self, painter: QPainter, disc: QRectF) -> None:
        """The number in a ring, or what the stage's state is: done, at work, or in want of something."""
        roles, mark_ = theme.roles, self.stage.mark
        role = "accent" if self.current or self.next or mark_ == "busy" else "good" if mark_ == "done" else "faint"
        if mark_ == "lacking":
            role = "warning"
        colour = QColor(getattr(roles, role))
        filled = self.current and mark_ != "lacking"
        painter.setPen(QPen(colour if self.isEnabled() else mixed(roles.window, roles.faint, 0.6), 1.2))
        painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(disc.adjusted(0.6, 0.6, -0.6, -0.6))
        inner = roles.on_accent if filled else colour.name()
        inset = disc.width() * 0.2
        if mark_ == "done":
            paint_icon(painter, "check", disc.adjusted(inset, inset, -inset, -inset), inner)
            return
        painter.setFont(scaled_font(0.82, QFont.Weight.DemiBold))
        painter.setPen(QColor(inner))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, "!" if mark_ == "lacking" else str(self.number))


class _Link(QWidget):
    """The line between two stages, which gives way before any of their words does."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMaximumWidth(round(unit() * 2))

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 0.3), 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.roles.line), 1))
        middle = self.height() // 2
        painter.drawLine(0, middle, self.width(), middle)


class PathBar(Fill):
    """Six stages from left to right; `wanted` brings the name of the one that was pressed."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("window", "bottom")
        self.setObjectName("path_bar")
        self.setAccessibleName(tr("The way from a model to an exported adapter"))
        self.stages = {name: StageButton(name, number) for number, name in enumerate(TITLES, start=1)}
        pad = round(unit() * 0.75)
        row = QHBoxLayout(self)
        row.setContentsMargins(pad, round(unit() * 0.3), pad, round(unit() * 0.3))
        row.setSpacing(round(unit() * 0.2))
        for number, each in enumerate(self.stages.values()):
            if number:
                row.addWidget(_Link(), LINKS_FIRST)
            each.clicked.connect(self._on_clicked)
            row.addWidget(each)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_stages(self, stages: Sequence[Stage], current: StageName | None) -> None:
        """Show each stage, in their order, and which is the one that is seen."""
        ahead = next((place for place, stage in enumerate(stages) if stage.mark == "open" and stage.open), None)
        for place, (each, stage) in enumerate(zip(self.stages.values(), stages, strict=True)):
            each.show_stage(stage, each.name == current, place == ahead and current is not None)

    @Slot()
    def _on_clicked(self) -> None:
        pressed = self.sender()
        assert isinstance(pressed, StageButton)
        self.wanted.emit(pressed.name)
