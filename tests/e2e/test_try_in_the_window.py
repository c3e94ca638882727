"""A person's path by clicks and keys, with a real desk: ask, see both answers, switch an expert off, see it change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.ui.try_out.chat_view import ChatView
from studio.ui.window import MainWindow
from tests.processes import is_gone


@pytest.fixture
def chat(qtbot: QtBot, tmp_path: Path, make_run: Callable[..., RunFolder]) -> ChatView:
    folder = make_run(tmp_path / "läufe mit Raum")
    window = MainWindow(Settings(), folder.path.parent, None, remember=False)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    window.begin()
    window.pages.show_run(folder)
    qtbot.waitUntil(window.path.stages["try"].isEnabled)
    qtbot.mouseClick(window.path.stages["try"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.pages.run.trying.view is not None)
    found: ChatView = window.pages.run.trying.view.chat
    return found


def press(qtbot: QtBot, chat: ChatView, name: str) -> None:
    qtbot.mouseClick(chat.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_that_a_question_is_answered_beside_the_base_and_an_expert_s_part_is_seen(qtbot: QtBot, chat: ChatView) -> None:
    chat.settings._editors["max_new_tokens"].set_value(8)
    qtbot.keyClicks(chat.composer.line, "Convert 12 km to m.")
    qtbot.keyClick(chat.composer.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: all(answer.has_ended for answer in chat.exchanges[0].answers))
    first = chat.exchanges[0]
    mine, base = first.answers
    assert mine.text
    assert base.text
    assert mine.text != base.text
    views = chat.conversation.views[0].answers
    assert [view.text.toPlainText() for view in views] == [chat_text(mine.text), chat_text(base.text)]
    assert "Convert 12 km to m." in "".join(token.text for token in mine.prompt)
    busiest = max(chat.experts.chips, key=lambda chip: chip.share or 0)
    qtbot.mouseClick(busiest, Qt.MouseButton.LeftButton)
    press(qtbot, chat, "try_ask_again")
    qtbot.waitUntil(lambda: len(chat.exchanges) == 2 and all(a.has_ended for a in chat.exchanges[1].answers))
    again = chat.exchanges[1].answers
    assert again[0].text != mine.text
    assert again[1].text == base.text
    assert not any(busiest.expert in layer for token in again[0].tokens for layer in token.experts)
    assert "iffers from token" in chat.conversation.views[1].answers[0].facts.text()
    # Stopped in the middle, the answer keeps what was said.
    chat.settings._editors["max_new_tokens"].set_value(900)
    chat.ask("Tell me all.")
    qtbot.waitUntil(lambda: len(chat.exchanges[2].answers[1].tokens) > 2)
    press(qtbot, chat, "try_stop")
    qtbot.waitUntil(lambda: not chat._talk.is_busy)
    assert chat.exchanges[2].answers[1].text
    # Leaving the run's page ends the desk's process, which gives all of its memory back.
    desk = chat._talk._desk._process.processId()  # type: ignore[union-attr]
    chat._talk.leave()
    qtbot.waitUntil(lambda: is_gone(desk))


def chat_text(text: str) -> str:
    from studio.core.foreign.visible_text import visible

    return visible(text)
