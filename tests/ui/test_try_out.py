"""The Try tab against a desk that says what the test says: questions, tokens, experts, rows and samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.chat.routed_token import RoutedToken
from studio.core.problem import Problem
from studio.core.run.events import SampleMade
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.ui.desk import Answer
from studio.ui.off_thread import is_asking
from studio.ui.theme import theme
from studio.ui.try_out.chat_view import NOTHING_YET
from studio.ui.try_out.sample_times import changed, over_time
from studio.ui.try_out.status_line import BUSY
from studio.ui.try_out.talk import Talk
from studio.ui.try_out.token_colours import LEAST, MOST, ground_of
from studio.ui.try_out.token_text import TokenText
from studio.ui.try_out.try_view import TryView
from tests.fake_run import FakeRun, make_fake_run
from tests.ui.conftest import ink, picture

LAYERS = ["model.layers.0.mlp", "model.layers.1.mlp"]


class FakeDesk(QObject):
    """Keeps what is asked, and says what the test says."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.cancelled: list[int] = []
        self.ends = 0
        self.is_running = False

    def ask(self, do: str, **arguments: Any) -> int:
        self.asked.append({"do": do, **arguments})
        self.is_running = True
        return len(self.asked)

    def cancel(self, number: int) -> None:
        self.cancelled.append(number)

    def put_away(self) -> None:
        self.ends += 1
        self.is_running = False

    def part(self, **part: Any) -> None:
        self.answered.emit(Answer(len(self.asked), part=part))

    def say(self, place: int, *words: str, expert: int = 0) -> None:
        """Say words as tokens, each sent to `expert` and the one after it in both layers."""
        routed = place == 0
        for word in words:
            experts = [[expert, (expert + 1) % 4]] * 2 if routed else []
            weights = [[0.7, 0.3]] * 2 if routed else []
            self.part(said=place, token={"text": word, "experts": experts, "weights": weights})

    def begin(self, speakers: int = 2) -> None:
        for place in range(speakers):
            layers, experts = (LAYERS, [4, 4]) if place == 0 else ([], [])
            self.part(ready=place, layers=layers, experts=experts, bytes=3 << 20)
            self.part(read=place, tokens=[RoutedToken("Hello").as_dict()])

    def end(self, *texts: str, **facts: Any) -> None:
        each = {"ended": True, "stopped": False, "seconds": 1.5} | facts
        answers = [{"text": text, "tokens_said": len(text.split()), **each} for text in texts]
        self.answered.emit(Answer(len(self.asked), done={"answers": answers}))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def open_view(qtbot: QtBot, desk: FakeDesk) -> Iterator[Callable[[RunFolder], TryView]]:
    opened: list[TryView] = []

    def open_(folder: RunFolder) -> TryView:
        view = TryView(folder, Talk(desk=desk))  # type: ignore[arg-type]
        qtbot.addWidget(view)
        view.resize(1000, 620)
        with qtbot.waitExposed(view):
            view.show()
        view.show_record(record_of(folder))
        qtbot.waitUntil(lambda: view.speakers.is_known and not is_asking(view.speakers, "own"))
        opened.append(view)
        return view

    yield open_
    for view in opened:
        view.leave()


def record_of(folder: RunFolder) -> RunRecord:
    record = RunRecord()
    with RunReader(folder.db) as reader:
        for stored in reader.events(0):
            record.add_event(stored)
    return record


@pytest.fixture
def view(open_view: Callable[[RunFolder], TryView], runs: Path) -> TryView:
    return open_view(make_fake_run(runs, steps=20, layers=2, experts=4))


def press(qtbot: QtBot, view: TryView, name: str) -> None:
    qtbot.mouseClick(view.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def ask(qtbot: QtBot, view: TryView, question: str) -> None:
    qtbot.keyClicks(view.chat.composer.line, question)
    qtbot.keyClick(view.chat.composer.line, Qt.Key.Key_Return)


def words(view: TryView) -> list[str]:
    return [label.text() for label in view.findChildren(QLabel) if label.isVisible()]


def test_that_a_question_is_asked_of_model_and_base_and_answered_token_by_token(
    qtbot: QtBot, view: TryView, desk: FakeDesk
) -> None:
    ask(qtbot, view, "Convert 12 km to m.")
    asked = desk.asked[-1]
    assert [each["bare"] for each in asked["speakers"]] == [False, True]
    assert asked["speakers"][0]["messages"] == [{"role": "user", "content": "Convert 12 km to m."}]
    assert (asked["sampling"]["temperature"], asked["off"]) == (0, [])
    desk.begin()
    desk.say(0, "12000", " m", expert=2)
    desk.say(1, "Sure!")
    mine, base = view.chat.conversation.views[0].answers
    assert (mine.text.toPlainText(), base.text.toPlainText()) == ("12000 m", "Sure!")
    assert "The models take" in view.chat.status.words.text()
    assert not view.chat.composer.ask.isVisible()
    desk.end("12000 m", "Sure!")
    assert "2 tokens in" in mine.facts.text()
    assert view.chat.composer.ask.isVisible()
    # The conversation goes on: each speaker is told what it said itself.
    ask(qtbot, view, "And 3 km?")
    said = [[message["content"] for message in each["messages"]] for each in desk.asked[-1]["speakers"]]
    assert said == [
        ["Convert 12 km to m.", "12000 m", "And 3 km?"],
        ["Convert 12 km to m.", "Sure!", "And 3 km?"],
    ]


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_tokens_have_their_experts_colour_and_the_pointer_reads_them_off(
    qtbot: QtBot, view: TryView, desk: FakeDesk, choice: str
) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    ask(qtbot, view, "?")
    desk.begin()
    desk.say(0, "twelve thousand", " metres", expert=3)
    text = view.chat.conversation.views[0].answers[0].text
    qtbot.waitUntil(lambda: text.isVisible() and text.width() > 200)
    ground = ground_of(text.tokens[0], None)
    assert ground is not None
    assert ink(picture(text), ground, 2) > 200
    text._point(1)
    assert view.chat.reading.words.text() == "' metres'   all layers together: expert 3 70.0 %, expert 0 30.0 %"
    assert ink(picture(view.chat.reading.strip), theme.roles.expert(3)) > 100
    view.chat.experts.box.setCurrentIndex(2)
    text._point(0)
    assert view.chat.reading.words.text().startswith("'twelve thousand'   Layer 1: expert 3")
    place = text.token_box_centre(1)
    assert text._token_at(place) == 1
    assert text._token_at(QPoint(text.width() - 2, text.height() + 40)) is None
    desk.end("x", "y")


def test_that_a_long_answer_is_coloured_whole_a_piece_at_a_time(qtbot: QtBot) -> None:
    text = TokenText("long", "A long answer")
    qtbot.addWidget(text)
    tokens = [RoutedToken(f"{number} ", ((number % 4,), (1,)), ((1.0,), (1.0,))) for number in range(1000)]
    text.add(tokens)
    text.colour_by(0)

    def grounds() -> list[str]:
        cursor = QTextCursor(text.document())
        found = []
        for start in text._starts:
            cursor.setPosition(start + 1)
            found.append(cursor.charFormat().background().color().name())
        return found

    qtbot.waitUntil(lambda: grounds() == [QColor(ground_of(token, 0)).name() for token in tokens])


def test_that_text_can_be_read_on_every_expert_s_ground(qapp: object) -> None:
    from tests.ui.test_palette import contrast

    for choice in ("dark", "light"):
        theme.choose(choice)  # type: ignore[arg-type]
        for expert in range(16):
            ground = ground_of(RoutedToken("x", ((expert,),), ((1.0,),)), None)
            assert ground is not None
            assert contrast(theme.roles.ink, QColor(ground).name()) >= 4.5
    assert 0 < LEAST < MOST < 1


def test_that_an_expert_is_switched_off_forced_and_on_again_by_its_chip(
    qtbot: QtBot, view: TryView, desk: FakeDesk
) -> None:
    ask(qtbot, view, "Name the colour.")
    desk.begin()
    desk.say(0, "red", " it", " is")
    desk.end("red it is", "blue")
    chips = view.chat.experts.chips
    assert [chip.expert for chip in chips] == [0, 1, 2, 3]
    assert chips[0].share == pytest.approx(0.7)
    qtbot.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    assert view.chat.experts.said.text() == "Expert 0 off in all layers"
    press(qtbot, view, "try_ask_again")
    assert desk.asked[-1]["off"] == ["all:0"]
    assert [len(each["messages"]) for each in desk.asked[-1]["speakers"]] == [1, 1]
    desk.begin()
    desk.say(0, "red", " that", expert=2)
    desk.end("red that", "blue")
    assert "Differs from token 2 on" in view.chat.conversation.views[1].answers[0].facts.text()
    qtbot.waitUntil(lambda: "With expert 0 off in all layers" in words(view))
    # An answer of a changed model is not what the unchanged one remembers.
    view.chat.experts.switch_all_on()
    ask(qtbot, view, "Why?")
    assert [message["content"] for message in desk.asked[-1]["speakers"][0]["messages"]][1:-1] == ["red it is"]
    desk.end("x", "y")
    view.chat.experts.box.setCurrentIndex(2)
    chips[1].menu.actions()[2].trigger()
    assert [str(place) for place in view.chat.experts.switches.forced] == ["1:1"]
    assert "only" in chips[1].accessibleName()


def test_that_an_answer_is_stopped_and_a_second_question_waits_its_turn(
    qtbot: QtBot, view: TryView, desk: FakeDesk
) -> None:
    ask(qtbot, view, "Tell me all.")
    desk.begin()
    desk.say(0, "Once")
    ask(qtbot, view, "Quick?")
    assert len(desk.asked) == 1
    assert view.chat.composer.line.toPlainText() == "Quick?"
    view.chat.ask("From an example")
    assert "One question at a time" in view.chat.status.words.text()
    press(qtbot, view, "try_stop")
    assert desk.cancelled == [1]
    desk.end("Once", "", stopped=True, ended=False)
    assert "Stopped" in view.chat.conversation.views[0].answers[0].facts.text()


def test_that_a_question_that_fails_comes_back_and_a_busy_card_offers_the_processor(
    qtbot: QtBot, view: TryView, desk: FakeDesk
) -> None:
    ask(qtbot, view, "Hello?")
    busy = Problem("A card", "'x' is training on it.", "Ask on the processor.", BUSY)
    desk.answered.emit(Answer(1, problems=(busy,)))
    assert view.chat.conversation.views == []
    assert view.chat.composer.line.toPlainText() == "Hello?"
    press(qtbot, view, "try_on_processor")
    assert (desk.asked[-1]["device"], len(view.chat.exchanges)) == ("cpu", 1)
    desk.end("x", "y")
    ask(qtbot, view, "Again?")
    qtbot.keyClicks(view.chat.composer.line, "typed meanwhile")
    desk.answered.emit(Answer(3, failed="The desk ended before it answered.", log="last words"))
    assert "last words" in view.chat.status.words.text()
    assert view.chat.composer.line.toPlainText() == "Again?\ntyped meanwhile"
    view.chat.ask("All?")
    desk.say(0, "Once")
    desk.answered.emit(Answer(4, failed="The desk ended before it answered."))
    assert view.chat.conversation.views[-1].answers[0].facts.text() == "Broken off · 1 token"


def test_that_a_question_is_changed_or_asked_again_in_its_place(qtbot: QtBot, view: TryView, desk: FakeDesk) -> None:
    for number in range(2):
        ask(qtbot, view, f"Question {number}")
        desk.end("x", "y")
    first = view.chat.conversation.views[0]
    view.chat.settings._editors["temperature"].set_value("hot")
    qtbot.mouseClick(first.again, Qt.MouseButton.LeftButton)
    assert len(view.chat.exchanges) == len(view.chat.conversation.views) == 2
    view.chat.settings._editors["temperature"].set_value(0.8)
    qtbot.mouseClick(first.again, Qt.MouseButton.LeftButton)
    assert [each.question for each in view.chat.exchanges] == ["Question 0"]
    assert (desk.asked[-1]["sampling"]["temperature"], desk.asked[-1]["sampling"]["seed"]) == (0.8, 1)
    desk.end("x", "y")
    qtbot.mouseClick(view.chat.conversation.views[0].edit, Qt.MouseButton.LeftButton)
    assert (view.chat.exchanges, view.chat.composer.line.toPlainText()) == ([], "Question 0")
    view.chat.settings._editors["temperature"].set_value("hot")
    qtbot.keyClick(view.chat.composer.line, Qt.Key.Key_Return)
    assert len(desk.asked) == 3
    assert view.chat.settings.isVisible()
    assert "temperature" in view.chat.settings.fault.text()


def test_that_the_models_are_unloaded_when_nobody_looks_and_said_when_a_run_took_the_card(
    qtbot: QtBot, view: TryView, desk: FakeDesk
) -> None:
    ask(qtbot, view, "Hello?")
    view.hide()
    assert view.talk._idle.isActive()
    view.talk._on_idle()  # an answer is under way
    assert desk.ends == 0
    desk.end("x", "y")
    view.talk._on_idle()
    assert desk.ends == 1
    assert "were unloaded" in view.chat.status.words.text()
    view.show()
    assert not view.talk._idle.isActive()
    desk.answered.emit(Answer(0, part={"left": "A run began to train on the card."}))
    assert view.chat.status.words.text() == "A run began to train on the card."


def test_that_the_empty_state_offers_questions_of_the_run_s_tasks(qtbot: QtBot, view: TryView, desk: FakeDesk) -> None:
    assert "Ask what you trained" in words(view)
    press(qtbot, view, "try_example_0")
    assert desk.asked[-1]["speakers"][0]["messages"][0]["content"].startswith("Convert")
    desk.end("x", "y")


def test_that_a_run_without_adapter_or_checkpoint_says_so_and_one_with_checkpoints_offers_them(
    qtbot: QtBot, open_view: Callable[[RunFolder], TryView], runs: Path
) -> None:
    with FakeRun(runs, total_steps=40) as run:
        run.start().train(3)
        view = open_view(run.folder)
        assert view.chat.status.words.text() == NOTHING_YET
        assert not view.chat.composer.isEnabled()
        run.train(7).checkpoint().train(10).checkpoint()
        view.show_record(record_of(run.folder))
        qtbot.waitUntil(lambda: [view.speakers.who.itemText(row) for row in range(3)] == ["Step 20", "Step 10", ""])
        assert view.chat.composer.isEnabled()
        assert view.speakers.chosen[0].asked([])["step"] == 20
        run.end("stopped")
        view.show_record(record_of(run.folder))
        qtbot.waitUntil(lambda: view.speakers.who.itemText(0) == "Trained model")


def test_that_another_run_answers_beside(
    qtbot: QtBot, open_view: Callable[[RunFolder], TryView], runs: Path, desk: FakeDesk
) -> None:
    other = make_fake_run(runs, steps=2, name="other")
    imported = places.adapters() / "imported"
    imported.mkdir(parents=True)
    (imported / "adapter_config.json").write_text("{}", encoding="utf-8")
    view = open_view(make_fake_run(runs, steps=2, name="mine"))
    qtbot.waitUntil(lambda: view.speakers.beside.count() == 4)
    view.speakers.beside.setCurrentIndex(2)
    ask(qtbot, view, "Hello?")
    assert [Path(each["run"]).name for each in desk.asked[-1]["speakers"]][1] == other.id
    desk.begin()
    view.chat.experts.chips[1].click()
    desk.part(ready=1, layers=LAYERS[:1], experts=[2], bytes=3 << 20)
    assert (len(view.chat.experts.chips), view.chat.experts.chips[1].switch) == (4, "off")
    desk.end("x", "y")
    view.speakers.beside.setCurrentIndex(3)
    assert view.speakers.chosen[1].run == imported


def test_that_a_held_out_row_is_chosen_asked_and_judged(qtbot: QtBot, view: TryView, desk: FakeDesk) -> None:
    view.parts.setCurrentIndex(1)
    kept = view.rows.model.rowCount()
    assert kept > 3
    view.rows.words.setText("Convert 2 km")
    assert view.rows.model.rowCount() < kept
    view.rows.table.selectRow(0)
    press(qtbot, view, "try_ask_row")
    asked = desk.asked[-1]["held_out"]
    row = view.rows.model.rows[0]
    assert (asked["task"], asked["row"]) == (row.task, row.row)
    assert view.parts.currentIndex() == 0
    desk.begin()
    desk.say(0, "2000 m")
    verdict = {"metric": "exact-match", "expected": row.expected, "right": True, "counted": ""}
    desk.end("2000 m", "no", verdict=verdict)
    assert "Right by exact-match" in view.chat.conversation.views[0].answers[0].facts.text()
    qtbot.waitUntil(lambda: f"Expected: {row.expected}" in words(view))
    view.parts.setCurrentIndex(1)
    view.rows.words.clear()
    press(qtbot, view, "try_find_rows")
    missing = Problem("rows.jsonl", "there is no such file.", "Put it back.")
    view.chat.ask("While rows are looked for")
    searched, asked = len(desk.asked) - 1, len(desk.asked)
    view.talk._on_idle()
    assert desk.ends == 0
    desk.answered.emit(Answer(searched, problems=(missing,)))
    assert view.rows.said.text() == "rows.jsonl: there is no such file. Put it back."
    assert view.chat.exchanges[-1].question == "While rows are looked for"
    desk.answered.emit(Answer(asked, done={"answers": [{"text": "x"}, {"text": "y"}]}))
    assert view.chat.exchanges[-1].answers[0].has_ended
    press(qtbot, view, "try_find_rows")
    assert desk.asked[-1]["do"] == "held_out"
    found = {"extra": {"rows": [{"row": 0, "line": 1, "prompt": "p", "expected": "e"}]}}
    desk.answered.emit(Answer(len(desk.asked), done={"tasks": found}))
    assert view.rows.model.rowCount() == kept + 1


def test_that_samples_are_shown_over_time_with_what_changed(
    qtbot: QtBot, open_view: Callable[[RunFolder], TryView], runs: Path
) -> None:
    with FakeRun(runs, total_steps=30) as run:
        run.start()
        told = {0: ("It is 12.", False), 10: ("It is 1200 m", False), 20: ("It is 12000 m", True)}
        for step, (answer, right) in told.items():
            made = SampleMade(step=step, task="units", prompt="Convert", answer=answer, expected="12000 m", right=right)
            run.write(made)
        view = open_view(run.folder)
        view.parts.setCurrentIndex(2)
        assert view.samples.when.text() == "step 20"
        assert "It is 12000 m" in view.samples.text.toPlainText()
        assert "1 of 1 prompts are right at step 20" in view.samples.track.accessibleName()
        view.samples.slider.setValue(0)
        assert "expected 12000 m" in view.samples.text.toPlainText()
        left, right = view.samples.track._axis()
        place = QPoint(round(left + (right - left) * 0.55), 10)
        qtbot.mouseClick(view.samples.track, Qt.MouseButton.LeftButton, pos=place)
        assert view.samples.step == 10
        run.end("stopped")


def test_that_only_what_changed_between_two_samples_is_marked() -> None:
    assert changed("It is 1200 m", "It is 12000 m") == [("It is ", False), ("12000", True), (" m", False)]
    assert changed("same", "same") == [("same", False)]
    (times,) = over_time([SampleMade(step=1, task="t", prompt="p", answer=a, expected="") for a in ("old", "new")])
    assert [told.answer for told in times.told] == ["new"]


def test_that_hostile_text_of_a_model_is_shown_as_it_is(qtbot: QtBot, view: TryView, desk: FakeDesk) -> None:
    ask(qtbot, view, "<b>bold</b>")
    desk.begin()
    desk.say(0, "<img src=x>", "\x1b[31m", "\u202e")
    desk.end("x", "y")
    text = view.chat.conversation.views[0].answers[0].text
    assert text.toPlainText() == "<img src=x>\\x1b[31m\\u202e"
    assert text._starts == [0, 11, 19]
    text._point(1)
