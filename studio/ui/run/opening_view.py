"""What stands in the loss chart's place before the first step: the phases as they pass, and first answers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.controls.tally_bars import AnswerLines, TallyBars
from studio.ui.controls.widgets import Text, paint_line
from studio.ui.run.opening_phases import Line, lines
from studio.ui.run.waiting_text import before_first_step
from studio.ui.theme import scaled_font, text_width, theme, unit
from studio.ui.units import time_text

LOSS_COMES = mark("The loss appears here with the first step.")
ROW = 1.65  # lines of text that a phase takes


class PhaseLines(QWidget):
    """Paints phases: a sign for where each stands, its title, what is done in it now, and its time."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lines(self, shown: list[Line]) -> None:
        if shown != self._lines:
            if len(shown) != len(self._lines):
                self.updateGeometry()
            self._lines = shown
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 14), round(unit() * ROW * max(1, len(self._lines))))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 8), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        for number, each in enumerate(self._lines):
            top, now = number * line * ROW, each.standing == "now"
            self._sign(painter, each, QPointF(line * 0.55, top + line * ROW / 2))
            said = time_text(each.seconds) if each.seconds is not None else ""
            said = tr("{time}, {left} left", time=said, left=each.left) if each.left else said
            right = text_width(said, 0.95) + line * 0.4
            weight = QFont.Weight.DemiBold if now else QFont.Weight.Normal
            inner = QRectF(line * 1.5, top, self.width() - line * 1.5 - right, line * ROW)
            font = scaled_font(1.0, weight)
            colour = roles.faint if each.standing == "to come" else roles.ink if now else roles.quiet
            paint_line(painter, each.title, inner, font, colour)
            if each.detail:
                wide = text_width(each.title, 1.0, weight) + line * 0.8
                paint_line(painter, each.detail, inner.adjusted(wide, 0, 0, 0), scaled_font(0.92), roles.quiet)
            painter.setPen(QColor(roles.ink if now else roles.faint))
            painter.setFont(scaled_font(0.95))
            box = QRectF(self.width() - right, top, right, line * ROW)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)

    @staticmethod
    def _sign(painter: QPainter, each: Line, centre: QPointF) -> None:
        roles, radius = theme.roles, unit() * 0.34
        painter.setBrush(Qt.BrushStyle.NoBrush)
        match each.standing:
            case "done":
                painter.setPen(QPen(QColor(roles.good), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                tick = QPainterPath(QPointF(centre.x() - radius * 0.8, centre.y()))
                tick.lineTo(centre.x() - radius * 0.15, centre.y() + radius * 0.65)
                tick.lineTo(centre.x() + radius * 0.9, centre.y() - radius * 0.65)
                painter.drawPath(tick)
            case "now":
                painter.setPen(QPen(QColor(roles.accent), 2))
                painter.drawEllipse(centre, radius, radius)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(roles.accent))
                painter.drawEllipse(centre, radius * 0.45, radius * 0.45)
            case _:
                painter.setPen(QPen(QColor(roles.line), 2))
                painter.drawEllipse(centre, radius, radius)


class OpeningView(QWidget):
    """Shows a RunRecord before its first step, or why there is nothing to show."""

    def __init__(self) -> None:
        super().__init__()
        self.message = Text(tr(LOSS_COMES), "faint", 0.92)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.phases = PhaseLines()
        self.phases.setObjectName("opening_phases")
        self.bars = TallyBars()
        self.bars.setObjectName("opening_tallies")
        self.answers = AnswerLines()
        self.answers.setObjectName("opening_answers")
        happening = QWidget()
        column = QVBoxLayout(happening)
        column.setContentsMargins(0, round(unit() * 0.4), 0, 0)
        column.setSpacing(round(unit() * 0.5))
        column.addWidget(self.phases)
        column.addWidget(self.bars)
        column.addWidget(self.answers, 1)
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self.message)
        self._layers.addWidget(happening)

    def show_record(self, record: RunRecord) -> None:
        """Show what happens now; called again each second."""
        told = before_first_step(record)
        over = record.ended is not None
        self.message.setText(tr("The run ended before its first step.") if over else tr(LOSS_COMES))
        self._layers.setCurrentIndex(1 if told else 0)
        self.phases.setAccessibleName(told)
        if told:
            self.phases.show_lines(lines(record))
        scoring = record.scoring
        self.bars.show_tallies(scoring.tasks if scoring is not None else {})
        self.bars.setVisible(scoring is not None)
        self.answers.show_answers(scoring.answers if scoring is not None else ())

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 10), round(unit() * 6))
