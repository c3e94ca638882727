"""A question and its answers side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.chat.routed_token import RoutedToken
from studio.core.foreign.visible_text import visible
from studio.core.words import capitalised, plural, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import ElidedText, WrappedText, button
from studio.ui.theme import text_width, theme, unit
from studio.ui.try_out.exchange import BASE, Exchange, SpokenAnswer
from studio.ui.try_out.token_text import TokenText
from studio.ui.units import time_text


class AnswerView(QWidget):
    """One speaker's answer: its name, its tokens, and how it went."""

    pointed = Signal(object)  # the token under the pointer, or None

    def __init__(self, answer: SpokenAnswer, place: int) -> None:
        super().__init__()
        self.answer = answer
        pad = round(unit() * 0.7)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(tr("Answer of {title}", title=answer.title))
        self.title = ElidedText(answer.title, "quiet" if answer.kind == BASE else "accent", 0.92, strong=True)
        self.read = TokenText(f"read_{place}", tr("What {title} read", title=answer.title), quiet=True)
        self.read.setVisible(False)
        self.shows_read = button(f"show_read_{place}", "", "tokens", "quiet", tr("Show the tokens that the model read"))
        self.shows_read.setCheckable(True)
        self.shows_read.toggled.connect(self._on_show_read)
        self.shows_read.setVisible(False)
        self.text = TokenText(f"answer_{place}", tr("Answer of {title}", title=answer.title))
        self.facts = WrappedText("…", "faint", 0.9)
        self.facts.setObjectName(f"facts_{place}")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.shows_read)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(unit() * 0.45), pad, round(unit() * 0.55))
        column.setSpacing(round(unit() * 0.25))
        column.addLayout(head)
        column.addWidget(self.read)
        column.addWidget(self.text)
        column.addWidget(self.facts)
        column.addStretch(1)
        self.text.pointed.connect(self._on_pointed)
        self.read.pointed.connect(self._on_pointed_read)

    def add(self, tokens: Sequence[RoutedToken], said: bool) -> None:
        """Show more tokens, said or read."""
        (self.text if said else self.read).add(tokens)
        if said:
            self.facts.setText("")
        else:
            self.shows_read.setVisible(True)

    def colour_by(self, layer: int | None) -> None:
        for each in (self.text, self.read):
            each.colour_by(layer)

    def show_end(self) -> None:
        """Show how it ended."""
        facts, verdict = self.answer.facts, self.answer.verdict
        parts, role = [], "faint"
        if verdict is not None and verdict["right"] is not None:
            metric = verdict["metric"]
            said = (
                tr("Right by {metric}", metric=metric) if verdict["right"] else tr("Wrong by {metric}", metric=metric)
            )
            counted = str(verdict["counted"]) if verdict["counted"] else ""
            parts.append(tr("{said}, counted as {answer!r}", said=said, answer=counted) if counted else said)
            role = "good" if verdict["right"] else "danger"
        if self.answer.apart:
            parts.append(self.answer.apart)
        if not facts.get("ended"):
            cut_off = tr("broken off") if facts.get("broken") else tr("cut off at its longest")
            parts.append(tr("stopped") if facts.get("stopped") else cut_off)
        tokens = int(facts.get("tokens_said", 0))
        if "seconds" in facts:
            took = time_text(float(facts["seconds"]))
            parts.append(plural("{n} token in {time}", "{n} tokens in {time}", tokens, time=took))
        else:
            parts.append(plural("{n} token", "{n} tokens", tokens))
        if not self.answer.text and facts.get("ended"):
            parts.insert(0, tr("it said nothing, and ended"))
        line = " · ".join(parts)
        self.facts.setText(visible(capitalised(line)))
        self.facts.set_role(role)

    @Slot(bool)
    def _on_show_read(self, shown: bool) -> None:
        self.read.setVisible(shown)

    @Slot(object)
    def _on_pointed(self, place: int | None) -> None:
        self.pointed.emit(None if place is None else self.text.tokens[place])

    @Slot(object)
    def _on_pointed_read(self, place: int | None) -> None:
        self.pointed.emit(None if place is None else self.read.tokens[place])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 8, QColor(theme.roles.surface), QColor(theme.roles.line))


class _Question(QWidget):
    """What was asked, on a ground of its own at the right."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        pad = round(unit() * 0.7)
        column.setContentsMargins(pad, round(unit() * 0.4), pad, round(unit() * 0.4))
        column.setSpacing(round(unit() * 0.1))
        words = WrappedText(visible(exchange.question))
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(words)
        for text in (exchange.row, exchange.switched and tr("With {switched}", switched=exchange.switched)):
            if text:
                column.addWidget(WrappedText(visible(text), "quiet", 0.9))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        texts = [exchange.question, exchange.row, tr("With {switched}", switched=exchange.switched)]
        longest = max((line for text in texts for line in text.splitlines()), key=len, default="")
        self.setMaximumWidth(round(text_width(longest) * 1.03) + 2 * pad + round(unit()))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.roles.accent_wash))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)


class ExchangeView(QWidget):
    """Shows an Exchange as it grows; `edit_wanted` and `again_wanted` ask to go back to it."""

    pointed = Signal(object)
    edit_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        gap = round(unit() * 0.5)
        self.edit = button("try_edit", "", "rename", "quiet", tr("Change this question, and forget what came after it"))
        self.again = button(
            "try_again", "", "reset", "quiet", tr("Ask again with what is set now, and forget what came after it")
        )
        self.edit.clicked.connect(self._on_edit)
        self.again.clicked.connect(self._on_again)
        asked = QHBoxLayout()
        asked.setSpacing(round(unit() * 0.2))
        asked.addStretch(1)
        asked.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignTop)
        asked.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        asked.addWidget(_Question(exchange), 8)
        self.answers = [AnswerView(answer, place) for place, answer in enumerate(exchange.answers)]
        across = QHBoxLayout()
        across.setSpacing(gap)
        for view in self.answers:
            across.addWidget(view, 1)
            view.pointed.connect(self.pointed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap)
        column.addLayout(asked)
        column.addLayout(across)
        if exchange.expected:
            expected = WrappedText(visible(tr("Expected: {expected}", expected=exchange.expected)), "quiet")
            expected.setObjectName("try_expected")
            expected.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(expected)
        self.edit.setVisible(not exchange.row)

    def set_busy(self, busy: bool) -> None:
        """While an answer is given, nothing is asked again."""
        self.edit.setEnabled(not busy)
        self.again.setEnabled(not busy)

    @Slot()
    def _on_edit(self) -> None:
        self.edit_wanted.emit(self.exchange)

    @Slot()
    def _on_again(self) -> None:
        self.again_wanted.emit(self.exchange)
