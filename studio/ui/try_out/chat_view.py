"""The chat: questions and answers side by side, with the experts of every token."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.core.chat.routed_token import RoutedToken, mean_shares
from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, sentences, tr
from studio.ui.theme import unit
from studio.ui.try_out.composer import Composer
from studio.ui.try_out.conversation_view import ConversationView
from studio.ui.try_out.exchange import RUN, Exchange, SpokenAnswer, conversation, difference
from studio.ui.try_out.experts_bar import ExpertsBar
from studio.ui.try_out.sampling_panel import SamplingPanel
from studio.ui.try_out.speakers import Speakers
from studio.ui.try_out.status_line import StatusLine
from studio.ui.try_out.talk import Ended, Heard, Ready, Talk
from studio.ui.try_out.token_strip import TokenReading
from studio.ui.try_out.welcome import Welcome, examples
from studio.ui.units import bytes_text

LOOKING = mark("Looking for the run's models on its disk…")
LOW = 20.0  # lines of text: in a view less high, experts take fewer rows, and none beside the settings
NOTHING_YET = mark("Nothing to try yet: the run needs its first checkpoint, or its end.")


class ChatView(QWidget):
    """Asks the `speakers` through `talk`; each question is asked with what is set when it is asked."""

    asked = Signal()
    consent_wanted = Signal(object)

    def __init__(self, folder: RunFolder, talk: Talk, speakers: Speakers) -> None:
        super().__init__()
        self._folder, self._talk, self._speakers = folder, talk, speakers
        self._device = "auto"
        self._under_way: Exchange | None = None
        self._last: tuple[Exchange, list[Exchange]] | None = None  # the newest question, and what came before it
        self.exchanges: list[Exchange] = []
        self.settings = SamplingPanel()
        self.settings.hide()
        self.experts = ExpertsBar()
        self.welcome = Welcome()
        self.conversation = ConversationView()
        self.reading = TokenReading()
        self.status = StatusLine()
        self.composer = Composer()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.conversation)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.5))
        column.addWidget(self.settings)
        column.addWidget(self.experts)
        column.addWidget(self._stack, 1)
        for each in (self.reading, self.status, self.composer):
            column.addWidget(each)
        self._join()
        self._on_speakers()
        self._show_exchanges()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    @Slot(bool)
    def show_settings(self, shown: bool) -> None:
        """Show or hide how answers are made."""
        self.settings.setVisible(shown)
        self._make_room()

    def _make_room(self) -> None:
        low = self.height() < LOW * unit()
        self.experts.make_room(low, low and not self.settings.isHidden())

    def _join(self) -> None:
        self.welcome.chosen.connect(self.ask)
        self.composer.asked.connect(self.ask)
        self.composer.stop_wanted.connect(self._talk.stop)
        self.conversation.pointed.connect(self._on_pointed)
        self.conversation.edit_wanted.connect(self._on_edit)
        self.conversation.again_wanted.connect(self._on_again)
        self.experts.layer_chosen.connect(self._on_layer)
        self.experts.again_wanted.connect(self._on_last_again)
        self.experts.switched.connect(self._show_exchanges)
        self.status.processor_wanted.connect(self._on_processor)
        self.status.consent_wanted.connect(self.consent_wanted)
        self._speakers.changed.connect(self._on_speakers)
        self._talk.told.connect(self.status.say)
        self._talk.noted.connect(self._on_noted)
        self._talk.ready.connect(self._on_ready)
        self._talk.heard.connect(self._on_heard)
        self._talk.ended.connect(self._on_ended)
        self._talk.put_away.connect(self.status.say)

    def show_record(self, record: RunRecord) -> None:
        """Offer the run's experts and questions of its tasks."""
        if record.ready is not None and not self.exchanges:
            self.experts.show_layers(record.ready.layers, record.ready.experts)
        if not self.exchanges:
            self.welcome.show_examples(examples(record.answers, list(record.samples)))

    @Slot(str)
    def ask(self, question: str) -> None:
        """Ask the chosen speakers."""
        self._ask(Exchange(question, [], self.experts.switched_text()), self.exchanges)

    def ask_row(self, task: str, row: int, prompt: str, expected: str) -> None:
        """Ask a held-out row, which stands apart from the conversation."""
        named = tr("Held-out row {row} of {task}", row=row + 1, task=task)
        asked = {"run": str(self._folder.path), "task": task, "row": row}
        self._ask(Exchange(prompt, [], self.experts.switched_text(), named, expected, asked), [])

    def clear(self) -> None:
        """Forget the conversation; what is being said is ended."""
        self._talk.stop()
        self.exchanges.clear()
        self._last = None
        self.conversation.forget()
        self._show_exchanges()

    def _ask(self, exchange: Exchange, before: list[Exchange], instead: int | None = None) -> None:
        """Ask; `before` is the conversation that the speakers know of.

        It stands where `instead` was, which is forgotten with all behind it, but not where nothing can be asked.
        """
        if self._talk.is_busy:
            self.status.say(tr("One question at a time: stop this answer, or wait for its end."), "warning")
            self._give_back(exchange)
            return
        try:
            sampling = self.settings.values()
        except ProblemError:
            self.show_settings(True)  # which says what is wrong
            self._give_back(exchange)
            return
        chosen = self._speakers.chosen
        if not chosen:
            self.status.say(tr(NOTHING_YET if self._speakers.is_known else LOOKING), "warning")
            self._give_back(exchange)
            return
        if instead is not None:
            del self.exchanges[instead:]
            self.conversation.forget(instead)
        exchange.answers = [SpokenAnswer(each.kind, each.title) for each in chosen]
        self._last = exchange, list(before)
        system = self.settings.system.text()
        question: dict[str, Any] = {
            "speakers": [each.asked(conversation(before, each.kind, system, exchange.question)) for each in chosen],
            "sampling": sampling,
            "off": [str(place) for place in self.experts.switches.off],
            "forced": [str(place) for place in self.experts.switches.forced],
            "device": self._device,
            "runs": str(self._folder.path.parent),
        }
        if exchange.asked_row:
            question["held_out"] = exchange.asked_row
        self._under_way = exchange
        self.exchanges.append(exchange)
        self.conversation.add(exchange)
        self._show_exchanges()
        self.status.say(tr("Asking…"))
        self._talk.ask(**question)
        self._set_busy(True)
        self.asked.emit()

    def _give_back(self, exchange: Exchange) -> None:
        """Put a question that was not answered back to be asked anew; one that is shown goes on being shown there."""
        if not exchange.row and exchange.question not in [each.question for each in self.exchanges]:
            self.composer.give_back(exchange.question)

    def _set_busy(self, busy: bool) -> None:
        self.composer.set_busy(busy)
        self.conversation.set_busy(busy)
        self.experts.set_busy(busy)

    @Slot()
    def _show_exchanges(self) -> None:
        self._stack.setCurrentIndex(1 if self.exchanges else 0)
        self.reading.setVisible(bool(self.exchanges))  # before the first answer there is no token to point at
        last = self.exchanges[-1] if self.exchanges else None
        self.experts.offer_again(last is not None and last.switched != self.experts.switched_text())
        self._show_shares()

    def _show_shares(self) -> None:
        said = [answer for exchange in self.exchanges[-1:] for answer in exchange.answers if answer.kind == RUN]
        tokens = said[0].tokens if said else []
        self.experts.show_shares(mean_shares(tokens, self.experts.layer))

    @Slot()
    def _on_speakers(self) -> None:
        self.composer.setEnabled(not self._speakers.is_empty)
        self.welcome.setEnabled(not self._speakers.is_empty)
        if not self._speakers.is_known:
            self.status.say(tr(LOOKING))
        elif self._speakers.is_empty:
            self.status.say(tr(NOTHING_YET))
        elif self.status.words.text() in (tr(NOTHING_YET), tr(LOOKING)):
            self.status.say("")

    @Slot(str)
    def _on_noted(self, sentence: str) -> None:
        if self._under_way is not None:
            self._under_way.notes.append(sentence)

    @Slot(object)
    def _on_ready(self, ready: Ready) -> None:
        if self._under_way is None:
            return
        answer = self._under_way.answers[ready.place]
        answer.layers, answer.experts = ready.layers, ready.experts
        if ready.experts and answer.kind == RUN:  # the switches are those of the run's own experts
            self.experts.show_layers(ready.layers, max(ready.experts))
        self.status.say(sentences(tr("The models take {size}.", size=bytes_text(ready.bytes)), *self._under_way.notes))

    @Slot(object)
    def _on_heard(self, heard: Heard) -> None:
        if self._under_way is None:
            return
        answer = self._under_way.answers[heard.place]
        (answer.tokens if heard.said else answer.prompt).extend(heard.tokens)
        self.conversation.hear(heard)

    @Slot(object)
    def _on_ended(self, ended: Ended) -> None:
        exchange, self._under_way = self._under_way, None
        self._set_busy(False)
        for problem in ended.problems[:1]:
            self.status.tell(problem)
        if ended.failed:
            self.status.say(f"{ended.failed} {ended.log[-300:]}", "danger")
        if exchange is None or exchange not in self.exchanges:
            return
        answers = ended.answers or exchange.broken_off()
        if not answers:
            self.exchanges.remove(exchange)
            self.conversation.forget(len(self.exchanges))
            self._give_back(exchange)
        for answer, facts in zip(exchange.answers, answers, strict=False):
            answer.facts = facts
            answer.apart = difference(self.exchanges, exchange, answer)
        self.conversation.show_end()
        self._show_exchanges()

    @Slot(object)
    def _on_pointed(self, token: RoutedToken | None) -> None:
        self.reading.show_token(token, self.experts.layer, self.experts.layer_name)

    @Slot(object)
    def _on_layer(self, layer: int | None) -> None:
        self.conversation.colour_by(layer)
        self._show_shares()

    @Slot(object)
    def _on_edit(self, exchange: Exchange) -> None:
        place = self.exchanges.index(exchange)
        del self.exchanges[place:]
        self.conversation.forget(place)
        self.composer.put(exchange.question)
        self._show_exchanges()

    @Slot(object)
    def _on_again(self, exchange: Exchange) -> None:
        """Ask a question again: in its place, or below it where the experts are switched otherwise now."""
        place = self.exchanges.index(exchange)
        switched = self.experts.switched_text()
        again = Exchange(exchange.question, [], switched, exchange.row, exchange.expected, exchange.asked_row)
        if switched != exchange.switched:
            again.aside = True
            self._ask(again, self.exchanges[:place])
            return
        if not self.settings.is_greedy:
            self.settings.next_seed()
        again.aside = exchange.aside
        self._ask(again, self.exchanges[:place], place)

    @Slot()
    def _on_last_again(self) -> None:
        if self.exchanges:
            self._on_again(self.exchanges[-1])

    @Slot()
    def _on_processor(self) -> None:
        self._device = "cpu"
        if self._last is not None:
            exchange, before = self._last
            self.composer.line.clear()
            self._ask(exchange, before)
