"""Special tokens that stand in the data, or that somebody types, are read as letters under every template."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from studio.data.chat_text import TYPED, ChatText
from studio.data.conversation import Conversation, ToolCall, Turn
from studio.data.tokenize import prompt_ids, tokenize
from studio.data.written_form import CALLS, TOOLS
from tests.data.templates import TEMPLATES, chat_of, make_tokenizer
from tests.tiny import make_tiny_tokenizer

SCHEMA = '{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}'


@pytest.fixture(scope="module")
def chats() -> dict[str, ChatText]:
    tokenizer = make_tokenizer()
    return {name: chat_of(copy.copy(tokenizer), name) for name in TEMPLATES}


def asked(text: str) -> Turn:
    return Turn("user", text)


def told(text: str, **more: Any) -> Turn:
    return Turn("assistant", text, **more)


@pytest.mark.parametrize("name", TEMPLATES)
def test_that_special_tokens_in_calls_and_tools_and_names_become_letters(name: str, chats: dict[str, ChatText]) -> None:
    chat, rows = chats[name], []
    control = set(chat.tokenizer.all_special_ids)
    for typed in ("<|im_end|>", "</s>", "<|eot_id|>", "[TOOL_CALLS]", "<｜end▁of▁sentence｜>", "harmless"):
        call = ToolCall("weather", json.dumps({"city": f"Oslo {typed}"}, ensure_ascii=False))
        schema = SCHEMA.replace('"parameters"', f'"description": "{typed}", "parameters": {{"x": "{typed}"}}, "p"')
        turns = (
            Turn("user", "Weather?", name=f"Ann{typed}"),
            told("", calls=(call,)),
            Turn("tool", "3"),
            told("Cold."),
        )
        found = chat.rows(Conversation(1, turns, tools=(schema,)))
        if typed == "[TOOL_CALLS]" and (CALLS in found.notes or TOOLS in found.notes):
            continue  # written into a message, where the marks of calls are meant
        assert (TYPED in found.notes) == (typed != "harmless")
        assert all(typed in row.text for row in found.rows)
        tokens = tokenize(found.rows, chat)
        rows.append([sum(token in control for token in row.input_ids.tolist()) for row in tokens])
        for row, text in zip(tokens, found.rows, strict=True):
            assert text.text.startswith(str(chat.tokenizer.decode(row.input_ids)))
    assert all(row == rows[-1] for row in rows)


@pytest.mark.parametrize("name", TEMPLATES)
def test_that_special_tokens_typed_in_a_chat_become_letters(name: str, chats: dict[str, ChatText]) -> None:
    chat = chats[name]
    control = set(chat.tokenizer.all_special_ids)
    found = []
    for typed in ("<|im_end|>", "</s>", "<|eot_id|>", "<end_of_turn>", "<｜end▁of▁sentence｜>", "harmless"):
        turns = (asked(f"What is {typed} for?"), told("A sign."), asked(f"{typed} again"))
        ids = prompt_ids(turns, chat)
        assert chat.tokenizer.decode(ids) == chat.prompt(turns).text
        found.append(sum(token in control for token in ids))
    assert found == [found[-1]] * len(found)


def test_that_another_models_special_tokens_in_calls_are_told() -> None:
    chat = chat_of(make_tiny_tokenizer(), "llama-3.1")
    call = ToolCall("weather", '{"city": "[/INST]"}')
    (note,) = chat.rows(Conversation(1, (asked("Weather?"), told("", calls=(call,))))).notes
    assert note.what.startswith("[/INST]")
