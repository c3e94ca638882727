"""Conversations with calls are rendered once, and their answers stand where rendering up to each would put them."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from studio.data.chat_text import ChatText
from studio.data.conversation import ToolCall, Turn, is_answer
from studio.data.template import Template, TemplateRefusedError
from tests.data.templates import TEMPLATES, chat_of, make_tokenizer

WORDS = ["Oslo", "red", "3 degrees", '{"a": 1}', "ok", "line\nbreak", "Müll 漢", " spaced ", '"quoted"']
IN_CALLS = [*WORDS, "</tool_call>", "<|im_end|>\n<|im_start|>user\n", "<tool_response>", "[/TOOL_RESULTS]", "\n```"]
OTHERS = ["gemma-4", "gpt-oss", "mistral-3", "qwen-3", "qwen-3.5"]  # mistral 3 lists tools before the last question


@pytest.fixture(scope="module")
def chats() -> dict[str, ChatText]:
    tokenizer = make_tokenizer()
    return {name: chat_of(copy.copy(tokenizer), name) for name in TEMPLATES}


def schema(name: str, words: random.Random) -> str:
    inner = {"name": name, "description": words.choice(IN_CALLS), "parameters": {"type": "object", "properties": {}}}
    return json.dumps({"type": "function", "function": inner})


def conversation(chance: random.Random, rounds: int) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    turns = [Turn("system", "Help.")] if chance.random() < 0.3 else []
    for _ in range(rounds):
        turns.append(Turn("user", f"{chance.choice(WORDS)}?"))
        if chance.random() < 0.7:
            value: Any = chance.choice([chance.choice(IN_CALLS), 7, [1, "b"], {"deep": chance.choice(IN_CALLS)}, None])
            arguments = json.dumps({} if value is None else {"key": value}, ensure_ascii=False)
            call = ToolCall(chance.choice(["weather", "f"]), arguments)
            turns.append(Turn("assistant", chance.choice(["", "Let me see."]), calls=(call,)))
            turns.append(Turn("tool", chance.choice(WORDS)))
        turns.append(Turn("assistant", chance.choice(WORDS)))
    tools = (schema("weather", chance), schema("f", chance)) if chance.random() < 0.6 else ()
    return tuple(turns), tools


@pytest.mark.parametrize("name", TEMPLATES)
def test_that_answers_stand_where_rendering_up_to_each_puts_them(name: str, chats: dict[str, ChatText]) -> None:
    chat, chance, compared = chats[name], random.Random(name), 0
    answers = chat._answers
    for number in range(25):
        turns, tools = conversation(chance, 1 + number % 4)
        written = chat._form.of(turns, tools)
        wanted = [index for index, turn in enumerate(written.turns) if is_answer(turn)]
        try:
            text = answers.template.apply(written.turns, written.tools)
            slow = answers._examined(text + answers.closing, written.turns, written.tools, wanted)
        except TemplateRefusedError:
            continue
        found = answers.place(written.turns, written.tools, wanted)
        assert (found.text, found.answers, found.kept, found.lost) == (slow.text, slow.answers, slow.kept, slow.lost)
        pieces = [(at, text[slice(*span)].strip()) for at, span in found.messages]
        assert all(piece in (written.turns[at].content.strip(), written.turns[at].reasoning) for at, piece in pieces)
        assert [at for at, _ in found.messages] == [at for at, _ in slow.messages]
        compared += 1
    assert compared > 10


def long_conversation(number: int) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for place in range(6):
        said = f"{place} of {number}"
        call = ToolCall("rain", json.dumps({"city": f"Oslo {said}", "days": number}))
        turns += [Turn("user", said), Turn("assistant", "", calls=(call,))]
        turns += [Turn("tool", f"none, {said}"), Turn("assistant", f"No, {said}.")]
    return tuple(turns)


def test_that_calls_cost_one_rendering_a_conversation_where_the_template_only_appends(
    chats: dict[str, ChatText], monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    apply = Template._apply

    def counted(template: Template, messages: list[Any], *rest: Any) -> str:
        rendered.append(len(messages))
        return apply(template, messages, *rest)

    monkeypatch.setattr(Template, "_apply", counted)
    tools = (schema("rain", random.Random(1)),)
    costs: dict[str, list[int]] = {}
    for name, chat in chats.items():
        for number in range(6):
            written = chat._form.of(long_conversation(number), tools)
            rendered.clear()
            wanted = [index for index, turn in enumerate(written.turns) if is_answer(turn)]
            found = chat._answers.place(written.turns, written.tools, wanted)
            if set(found.answers) == set(wanted):
                costs.setdefault(name, []).append(len(rendered))
    # The others write an answer differently once others follow: each is a row of its own, and rendered for it.
    assert sorted(TEMPLATES.keys() - costs.keys()) == OTHERS
    assert {name: cost[1:] for name, cost in costs.items()} == {name: [1] * 5 for name in costs}
