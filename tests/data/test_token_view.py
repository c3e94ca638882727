"""A row token by token: what is learned, read and cut, and what the template added, whatever cuts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.recipe.recipe import TaskTable, TrainingTable
from studio.core.token_view import SeenRow, TokenKind
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.first_look import first_look
from studio.data.first_look import see as see_rows
from tests.tiny import make_tiny_tokenizer


@pytest.fixture(scope="module")
def chat() -> ChatText:
    return ChatText(make_tiny_tokenizer())


def asked(question: str, answer: str) -> Conversation:
    return Conversation(3, (Turn("user", question), Turn("assistant", answer)))


def see(conversation: Conversation, max_length: int, chat: ChatText) -> SeenRow:
    (row,) = see_rows([conversation], max_length, chat)
    return row


def text(row: SeenRow, kind: TokenKind | None = None, template: bool | None = None) -> str:
    return "".join(
        token.text
        for token in row.tokens
        if (kind is None or token.kind == kind) and (template is None or token.template == template)
    )


def test_that_a_row_shows_its_whole_text_with_the_answer_and_its_end_learned(chat: ChatText) -> None:
    row = see(asked("Name a city.", "Paris"), 512, chat)
    assert row.line == 3
    assert text(row) == "<|im_start|>user\nName a city.<|im_end|>\n<|im_start|>assistant\nParis<|im_end|>"
    assert text(row, "learned") == "Paris<|im_end|>"
    assert row.counts_text == f"{len(row.tokens)} tokens: {row.count('learned')} learned, {row.count('read')} read"


def test_that_what_the_template_added_is_told_apart_from_what_the_file_says(chat: ChatText) -> None:
    row = see(asked("user", "assistant"), 512, chat)
    # The words of the row are also the template's own names of roles.
    assert text(row, template=False) == "userassistant"
    assert row.gist() == ("user", "assistant")
    assert {token.text for token in row.tokens if token.special} == {"<|im_start|>", "<|im_end|>"}


def test_that_letters_of_several_tokens_are_shown_whole(chat: ChatText) -> None:
    row = see(asked("Where? 北京 🙂", "Zürich"), 512, chat)
    assert row.gist() == ("Where? 北京 🙂", "Zürich")
    assert len(row.tokens) > len("Where? 北京")


def test_that_cut_tokens_stand_where_they_were_cut(chat: ChatText) -> None:
    question = " ".join(f"word{number}" for number in range(40))
    row = see(asked(question, "yes"), 48, chat)
    whole = see(asked(question, "yes"), 512, chat)
    assert text(row) == text(whole)
    assert row.count("cut") == len(whole.tokens) - 48
    assert text(row, "learned") == "yes<|im_end|>"


@pytest.mark.parametrize(
    ("conversation", "why"),
    [(asked("Why?", "because " * 60), "longer than 48 tokens"), (asked("Why?", " "), "the answer is empty")],
)
def test_that_a_row_that_is_not_used_says_why_and_learns_nothing(
    chat: ChatText, conversation: Conversation, why: str
) -> None:
    row = see(conversation, 48, chat)
    if row.left_out:
        assert why in row.left_out
        assert row.count("learned") == 0
        assert row.tokens
    else:  # an answer that is cut rather than left out
        assert row.count("cut") > 0


def test_that_a_row_survives_the_way_through_json(chat: ChatText) -> None:
    row = see(asked("Name a city.", "Paris"), 512, chat)
    assert SeenRow.of(row.as_dict()) == row


def test_that_a_tokenizer_without_places_shows_the_same(chat: ChatText, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = see(asked("Name a city.", "Zürich"), 512, chat)
    monkeypatch.setattr(type(chat.tokenizer), "is_fast", property(lambda self: False))
    slow: Any = see(asked("Name a city.", "Zürich"), 512, chat)
    assert text(slow) == text(fast)
    assert text(slow, "learned") == text(fast, "learned")


def test_that_each_window_of_a_text_is_shown_as_a_row_of_its_own(chat: ChatText) -> None:
    words = " ".join(f"word{number}" for number in range(40))
    rows = see_rows([Conversation(1, text=words)], 48, chat)
    assert len(rows) > 1
    assert "".join(text(row, "learned") for row in rows) == f"{words}<|im_end|>"
    assert not any(row.count("cut") for row in rows)


def test_that_what_is_left_out_is_said_of_the_first_rows_where_there_are_more(chat: ChatText, tmp_path: Path) -> None:
    file = tmp_path / "sums.jsonl"
    rows = [
        {"prompt": "", "completion": "4"},
        {"prompt": "2+2", "completion": "4"},
        {"prompt": "1+1", "completion": "2"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = TaskTable(name="sums", train=str(file))
    said = [first_look(task, TrainingTable(), chat, count).warnings[-1].what for count in (2, 25)]
    assert "1 of the first 2 rows" in said[0]
    assert "1 of 3 rows" in said[1]
