"""An expert as a chip: its colour and number, how much it carried, and whether it is on, off or the only one."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy

from studio.core.units import percent_text
from studio.core.words import mark, sentences, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit

Switch = Literal["on", "off", "only"]
WORDS: dict[Switch, str] = {"on": mark("On"), "off": mark("Off"), "only": mark("Only this expert")}


class ExpertChip(QAbstractButton):
    """Pressed it goes off and on again; its menu also makes it the only one."""

    switched = Signal(int, str)  # the expert, and a Switch

    def __init__(self, expert: int) -> None:
        super().__init__()
        self.expert = expert
        self.switch: Switch = "on"
        self.share: float | None = None
        self.setObjectName(f"expert_{expert}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(scaled_font(0.92))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._on_clicked)
        self.menu = QMenu(self)
        for switch, words in WORDS.items():
            action = QAction(tr(words), self.menu)
            action.setObjectName(f"expert_{expert}_{switch}")
            action.setData(switch)
            action.triggered.connect(self._on_chosen)
            self.menu.addAction(action)
        self._tell()

    def show_state(self, switch: Switch, share: float | None) -> None:
        """Show how it is switched, and its share of the last answer; None where there is none yet."""
        if (switch, share) != (self.switch, self.share):
            self.switch, self.share = switch, share
            self._tell()
            self.update()

    def _tell(self) -> None:
        share = "" if self.share is None else percent_text(self.share)
        said = tr("Expert {expert}: {switch}", expert=self.expert, switch=tr(WORDS[self.switch]).lower())
        self.setAccessibleName(tr("{said}, {share} of the last answer", said=said, share=share) if share else said)
        named = (
            tr("Expert {expert}, {share} of the last answer.", expert=self.expert, share=share)
            if share
            else tr("Expert {expert}.", expert=self.expert)
        )
        press = (
            tr("Press to switch it on again; right click to let only this one answer.")
            if self.switch != "on"
            else tr("Press to switch it off; right click to let only this one answer.")
        )
        self.setToolTip(sentences(named, press))

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(round(self.fontMetrics().horizontalAdvance("00 100 %") + line * 1.5), round(line * 1.55))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    @Slot()
    def _on_clicked(self) -> None:
        self.switched.emit(self.expert, "off" if self.switch == "on" else "on")

    @Slot()
    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.switched.emit(self.expert, str(action.data()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit(self)
        colour, off = roles.expert(self.expert), self.switch == "off"
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        radius = box.height() / 2
        edge = roles.accent if self.hasFocus() else colour if self.switch == "only" else roles.line
        fill = QColor(roles.raised if self.underMouse() else roles.surface)
        paint_box(painter, box, radius, fill, QColor(edge), 2 if self.switch == "only" or self.hasFocus() else 1)
        if self.share and not off:  # how much it carried, as a tinted length of the chip
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(roles.surface, colour, 0.34))
            filled = QRectF(box)
            filled.setWidth(max(box.height(), box.width() * self.share))
            painter.drawRoundedRect(filled, radius, radius)
        painter.setPen(QPen(QColor(colour), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush if off else QColor(colour))
        painter.drawEllipse(QPointF(line * 0.78, self.height() / 2), line * 0.24, line * 0.24)
        painter.setPen(QColor(roles.faint if off else roles.ink))
        font = self.font()
        font.setStrikeOut(off)
        painter.setFont(font)
        words = QRectF(self.rect()).adjusted(line * 1.3, 0, -line * 0.4, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(self.expert))
        font.setStrikeOut(False)
        painter.setFont(font)
        painter.setPen(QColor(roles.quiet))
        said = (
            tr("off")
            if off
            else tr("only")
            if self.switch == "only"
            else percent_text(self.share)
            if self.share
            else ""
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
