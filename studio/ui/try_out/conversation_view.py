"""All questions and answers, the newest at the end, which stays in view while it grows."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.core.words import tr
from studio.ui.theme import unit
from studio.ui.try_out.exchange import Exchange
from studio.ui.try_out.exchange_view import ExchangeView
from studio.ui.try_out.talk import Heard


class ConversationView(QScrollArea):
    """Shows Exchanges; a person who scrolls away from the end is left there."""

    pointed = Signal(object)
    edit_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("conversation")
        self.setAccessibleName(tr("Questions and answers"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, round(unit() * 0.5), 0)
        self._column.setSpacing(round(unit() * 0.9))
        self._column.addStretch(1)
        self.setWidget(inside)
        for each in (self.viewport(), inside):  # which setWidget lets paint a ground of their own
            each.setAutoFillBackground(False)
        self.views: list[ExchangeView] = []
        self._layer: int | None = None
        self._follows = True
        bar = self.verticalScrollBar()
        bar.actionTriggered.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._on_range_changed)

    def add(self, exchange: Exchange) -> None:
        """Show one more question."""
        view = ExchangeView(exchange)
        view.pointed.connect(self.pointed)
        view.edit_wanted.connect(self.edit_wanted)
        view.again_wanted.connect(self.again_wanted)
        for answer in view.answers:
            answer.colour_by(self._layer)
        self.views.append(view)
        self._column.insertWidget(self._column.count() - 1, view)
        self._follows = True

    def hear(self, heard: Heard) -> None:
        """Show tokens of the newest question's answers."""
        if self.views and heard.place < len(self.views[-1].answers):
            self.views[-1].answers[heard.place].add(heard.tokens, heard.said)

    def show_end(self) -> None:
        """Show how the newest question's answers ended."""
        for answer in self.views[-1].answers if self.views else []:
            answer.show_end()

    def colour_by(self, layer: int | None) -> None:
        """Colour all tokens by this layer's experts, or by all layers'."""
        self._layer = layer
        for view in self.views:
            for answer in view.answers:
                answer.colour_by(layer)

    def forget(self, after: int = 0) -> None:
        """Take away all questions from this place on."""
        for view in self.views[after:]:
            self._column.removeWidget(view)
            view.hide()
            view.deleteLater()
        del self.views[after:]

    def set_busy(self, busy: bool) -> None:
        for view in self.views:
            view.set_busy(busy)

    @Slot(int)
    def _on_scrolled(self, _action: int) -> None:
        bar = self.verticalScrollBar()
        self._follows = bar.sliderPosition() >= bar.maximum()

    @Slot(int, int)
    def _on_range_changed(self, _low: int, high: int) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(high)
