"""Bars of right and wrong answers by task, filling while an evaluation goes on, and its newest answers."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.run.events import LiveAnswer, Tally
from studio.core.words import tr
from studio.ui.controls.widgets import paint_line
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, text_width, theme, unit

ROW, ANSWER = 1.55, 2.6  # lines of text that a bar and an answer take


def tally_text(tally: Tally) -> str:
    """A tally in words: "3 right, 11 wrong"; where nothing is judged, how many rows were read."""
    if tally.right + tally.wrong:
        return tr("{right} right, {wrong} wrong", right=tally.right, wrong=tally.wrong)
    return tr("{done} of {all} rows", done=tally.done, all=tally.of) if tally.done else tr("not yet")


class TallyBars(QWidget):
    """Paints each task's tally as a bar: right, then wrong, of all that are to be scored."""

    def __init__(self) -> None:
        super().__init__()
        self._tallies: dict[str, Tally] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("No row is scored yet"))

    def show_tallies(self, tallies: Mapping[str, Tally]) -> None:
        if dict(tallies) == self._tallies:
            return
        grown = len(tallies) != len(self._tallies)
        self._tallies = dict(tallies)
        said = "; ".join(f"{task}: {tally_text(tally)}" for task, tally in tallies.items())
        self.setAccessibleName(said or tr("No row is scored yet"))
        if grown:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 14), round(unit() * ROW * len(self._tallies)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 8), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        names = min(self.width() * 0.3, max((text_width(task, 0.95) for task in self._tallies), default=0) + line * 0.8)
        words = max((text_width(tally_text(each), 0.9) for each in self._tallies.values()), default=0)
        words = max(words, text_width(tr("{right} right, {wrong} wrong", right=100, wrong=100), 0.9)) + line * 0.6
        for number, (task, tally) in enumerate(self._tallies.items()):
            top = number * line * ROW
            paint_line(painter, task, QRectF(0, top, names, line * ROW), scaled_font(0.95), roles.ink)
            track = QRectF(names, top + line * 0.48, max(line, self.width() - names - words), line * 0.6)
            self._paint_track(painter, track, tally)
            box = QRectF(track.right() + line * 0.6, top, words, line * ROW)
            paint_line(painter, tally_text(tally), box, scaled_font(0.9), roles.quiet)

    @staticmethod
    def _paint_track(painter: QPainter, track: QRectF, tally: Tally) -> None:
        roles = theme.roles
        rounded = QPainterPath()
        rounded.addRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.fillPath(rounded, mixed(roles.surface, roles.raised, 0.9))
        painter.save()
        painter.setClipPath(rounded)
        left = track.left()
        rest = max(0, tally.done - tally.right - tally.wrong)
        for count, colour in ((tally.right, roles.good), (tally.wrong, roles.danger), (rest, roles.accent)):
            wide = track.width() * count / max(1, tally.of, tally.done)
            painter.fillRect(QRectF(left, track.top(), wide, track.height()), QColor(colour))
            left += wide
        painter.restore()


class AnswerLines(QWidget):
    """Paints the newest answers, the one that is being given first; as many as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: tuple[LiveAnswer, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setAccessibleName(tr("No answer yet"))

    def show_answers(self, answers: tuple[LiveAnswer, ...]) -> None:
        if answers != self._answers:
            self._answers = answers
            said = "; ".join(f"{each.task}: {_line(each.answer)} ({_verdict(each)})" for each in answers)
            self.setAccessibleName(said or tr("No answer yet"))
            self.setToolTip(unmarked("\n".join(f"{each.prompt}\n→ {each.answer}" for each in answers)))
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(round(unit() * 8), 0)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 14), round(unit() * ANSWER * 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        for number, answer in enumerate(self._answers[: int(self.height() / (line * ANSWER))]):
            top = number * line * ANSWER
            colour = {True: roles.good, False: roles.danger, None: roles.accent}[answer.right]
            painter.setPen(QPen(QColor(colour), 2) if not answer.whole else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour) if answer.whole else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(line * 0.4, top + line * 1.6), line * 0.2, line * 0.2)
            inner = QRectF(line * 1.1, top, self.width() - line * 1.1, line * 1.15)
            paint_line(painter, _line(answer.prompt), inner, scaled_font(0.88), roles.faint)
            inner.moveTop(top + line * 1.05)
            words = f"{_line(answer.answer)}{'' if answer.whole else '▍'}" or tr("(nothing)")
            if answer.right is False:
                words = tr("{answer}   expected {expected}", answer=words, expected=_line(answer.expected))
            font = scaled_font(0.95, QFont.Weight.Medium)
            paint_line(painter, words, inner, font, roles.ink)


def _line(text: str) -> str:
    """A text on one line, with its line breaks as signs."""
    return " ⏎ ".join(part.strip() for part in text.strip().splitlines() if part.strip())


def _verdict(answer: LiveAnswer) -> str:
    if not answer.whole:
        return tr("being given")
    return {True: tr("right", "an answer"), False: tr("wrong", "an answer"), None: tr("not judged")}[answer.right]
