"""Under every widespread template each answer is learned exactly once, token by token, and nothing else is."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.data.chat_text import APART, FIRST, KEPT, LOST_CALL, ChatText, Rendered
from studio.data.conversation import Conversation, ToolCall, Turn
from studio.data.row_maker import RowMaker
from studio.data.template import TemplateRefusedError
from studio.data.token_rows import TokenRow
from studio.data.tokenize import tokenize
from studio.data.written_form import CALLS, REASONING, TOOLS
from tests.data.templates import TEMPLATES, chat_of, make_tokenizer

# What is learned of an answer {a}; for gemma 4, qwen 3 and gpt-oss the template's own frame around it.
LEARNED = {
    "command-r": "{a}<|END_OF_TURN_TOKEN|>",
    "deepseek-r1": "{a}<｜end▁of▁sentence｜>",
    "deepseek-v3": "{a}<｜end▁of▁sentence｜>",
    "gemma-2": "{a}<end_of_turn>",
    "gemma-3": "{a}<end_of_turn>",
    "gemma-4": "<|channel>thought\n<channel|>{a}<turn|>",
    "gpt-oss": "<|channel|>final<|message|>{a}<|return|>",
    "llama-3": "{a}<|eot_id|>",
    "llama-3.1": "{a}<|eot_id|>",
    "mistral-1": " {a}</s>",
    "mistral-3": " {a}</s>",
    "mistral-7": "{a}</s>",
    "phi-3": "{a}<|end|>",
    "phi-4": "{a}<|im_end|>",
    "qwen-2.5": "{a}<|im_end|>",
    "qwen-3": "<think>\n\n</think>\n\n{a}<|im_end|>",
    "qwen-3.5": "\n</think>\n\n{a}<|im_end|>",
    "smollm-2": "{a}<|im_end|>",
    "smollm-3": "{a}<|im_end|>",
}
# Templates that write an earlier answer otherwise than the last: without its thinking, or with another end.
REWRITING = {"gemma-4", "gpt-oss", "qwen-3", "qwen-3.5"}
# What the reasoning "why" becomes with the answer "so", where it is not written as <think>…</think> in the answer.
REASONED = {
    "gemma-4": "<|channel>thought\nwhy<channel|>so<turn|>",
    "gpt-oss": "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>so<|return|>",
    "qwen-3": "<think>\nwhy\n</think>\n\nso<|im_end|>",
    "qwen-3.5": "why\n</think>\n\nso<|im_end|>",
}
# What a call of weather(city="Oslo") becomes where the template has a place for it.
CALLED = {
    "deepseek-r1": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
    '{"city": "Oslo"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
    "deepseek-v3": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
    '{"city": "Oslo"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
    "gemma-4": '<|tool_call>call:weather{"city": "Oslo"}<tool_call|>',
    "gpt-oss": ' to=functions.weather<|channel|>commentary json<|message|>{"city": "Oslo"}<|call|>',
    "llama-3.1": '{"name": "weather", "parameters": {"city": "Oslo"}}<|eot_id|>',
    "mistral-3": '[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Oslo"}, "id": "call00100"}]</s>',
    "qwen-2.5": '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call><|im_end|>',
    "qwen-3": "<think>\n\n</think>\n\n"
    '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call><|im_end|>',
    "qwen-3.5": "\n</think>\n\n"
    "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call><|im_end|>",
}
NAMED_CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
SCHEMA = '{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}'
CALL = ToolCall("weather", '{"city": "Oslo"}')


def user(text: str) -> Turn:
    return Turn("user", text)


def told(text: str, **more: Any) -> Turn:
    return Turn("assistant", text, **more)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(scope="module")
def chats(tokenizer: Any) -> dict[str, ChatText]:
    """Each template's chat text, with a tokenizer of its own that shares the vocabulary."""
    return {name: chat_of(copy.copy(tokenizer), name) for name in TEMPLATES}


def learned(chat: ChatText, *turns: Turn, tools: tuple[str, ...] = ()) -> tuple[list[str], Rendered]:
    """Every stretch of learned tokens of all rows, decoded."""
    found = chat.rows(Conversation(1, turns, tools=tools))
    stretches = []
    for row in tokenize(found.rows, chat):
        edges = np.flatnonzero(np.diff(row.learned.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        stretches += [str(chat.tokenizer.decode(row.input_ids[start:stop])) for start, stop in edges]
    return stretches, found


def without_thinking(answer: str) -> str:
    """An answer without the empty thinking that some templates write in the last one alone."""
    return re.sub(r"^((<think>\n)?\n</think>\n\n|<\|channel>thought\n<channel\|>)", "", answer)


def decoded(row: TokenRow, chat: ChatText) -> str:
    return str(chat.tokenizer.decode(row.input_ids))


def test_that_every_template_has_its_expected_mask() -> None:
    assert set(LEARNED) == set(TEMPLATES)


@pytest.mark.parametrize("name", LEARNED)
def test_that_every_answer_is_learned_once_and_nothing_else(name: str, chats: dict[str, ChatText]) -> None:
    turns = (Turn("system", "Be brief."), user("one?"), told("first"), user("two?"), told("second"), user("three?"))
    stretches, found = learned(chats[name], *turns, told("third"))
    ends = [LEARNED[name].format(a=answer) for answer in ("first", "second", "third")]
    assert [one.removesuffix("\n<|endoftext|>") for one in stretches] == ends
    with_system = name in REWRITING or name == "mistral-3"  # which writes the system's text before the last question
    assert len(found.rows) == (3 if with_system else 1)
    assert (APART in found.notes) == with_system
    assert not any(row.turns and row.turns[-1].role != "assistant" for row in found.rows)


@pytest.mark.parametrize("name", LEARNED)
def test_that_the_rows_text_is_the_templates_own(name: str, chats: dict[str, ChatText]) -> None:
    chat, turns = chats[name], (user("one?"), told("first"), user("two?"), told("second"))
    found = chat.rows(Conversation(1, turns))
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    for row, text in zip(tokenize(found.rows, chat), found.rows, strict=True):
        own = chat.tokenizer.apply_chat_template(messages[: len(text.turns)], tokenize=False)
        assert own.rstrip() == decoded(row, chat)
        assert decoded(row, chat).count("<bos>") <= 1


@pytest.mark.parametrize("name", LEARNED)
def test_that_a_turn_which_is_not_to_be_learned_is_read(name: str, chats: dict[str, ChatText]) -> None:
    turns = (user("2+2?"), told("five", learned=False), user("Sure?"), told("four"))
    stretches, found = learned(chats[name], *turns)
    assert [one.removesuffix("\n<|endoftext|>") for one in stretches] == [LEARNED[name].format(a="four")]
    assert "five" in found.rows[-1].text


@pytest.mark.parametrize("name", LEARNED)
def test_that_thinking_in_an_answer_is_learned_with_it(name: str, chats: dict[str, ChatText]) -> None:
    turns = (user("one?"), told("<think>hm</think>first"), user("two?"), told("<think>well</think>second"))
    stretches, _ = learned(chats[name], *turns)
    assert len(stretches) == 2
    for stretch, parts in zip(stretches, (("hm", "first"), ("well", "second")), strict=True):
        assert all(stretch.count(part) == 1 for part in parts)
        assert stretch.index(parts[0]) < stretch.index("</think>") < stretch.index(parts[1])
        assert stretch.count("</think>") == 1


@pytest.mark.parametrize("name", LEARNED)
def test_that_reasoning_beside_an_answer_is_learned_where_the_template_has_it_or_as_think(
    name: str, chats: dict[str, ChatText]
) -> None:
    (stretch,), found = learned(chats[name], user("q?"), told("so", reasoning="why"))
    assert (REASONING in found.notes) == (name not in REASONED)
    body = "why\n</think>\n\nso" if name == "deepseek-r1" else "<think>\nwhy\n</think>\n\nso"
    assert stretch.removesuffix("\n<|endoftext|>") == REASONED.get(name, LEARNED[name].format(a=body))


@pytest.mark.parametrize("name", LEARNED)
def test_that_a_call_is_learned_as_the_template_writes_it_or_in_a_named_form(
    name: str, chats: dict[str, ChatText]
) -> None:
    turns = (user("Weather?"), told("", calls=(CALL,)), Turn("tool", "3 degrees"), told("Cold."))
    stretches, found = learned(chats[name], *turns, tools=(SCHEMA,))
    stretches = [one.removesuffix("\n<|endoftext|>") for one in stretches]
    assert stretches == [
        CALLED.get(name, LEARNED[name].format(a=NAMED_CALL)),
        LEARNED[name].format(a="Cold."),
    ]
    assert (CALLS in found.notes) == (name not in CALLED)
    assert "3 degrees" in found.rows[-1].text
    listed = TOOLS in found.notes
    assert listed == ("<tools>" in found.rows[0].text and not name.startswith("qwen"))


@pytest.mark.parametrize("name", LEARNED)
def test_that_a_row_which_ends_in_a_call_is_learned(name: str, chats: dict[str, ChatText]) -> None:
    (stretch,), _ = learned(chats[name], user("Weather?"), told("", calls=(CALL,)))
    assert stretch.removesuffix("\n<|endoftext|>") == CALLED.get(name, LEARNED[name].format(a=NAMED_CALL))


@pytest.mark.parametrize("name", LEARNED)
def test_that_a_first_turn_by_the_assistant_never_takes_the_system_or_the_tools_along(
    name: str, chats: dict[str, ChatText]
) -> None:
    schema = SCHEMA.replace('"parameters"', '"description": "Hi, ask me: Hi", "parameters"')
    called = (told("", calls=(CALL,)), Turn("tool", "3 degrees"), told("done"))
    call = CALLED.get(name, LEARNED[name].format(a=NAMED_CALL))
    for turns, said in ((called, call), ((told("Hi"), user("q?"), told("done")), LEARNED[name].format(a="Hi"))):
        for tools in ((schema,), ()):
            try:
                stretches, found = learned(chats[name], *turns, tools=tools)
            except TemplateRefusedError:
                continue
            first = [] if FIRST in found.notes else [said]
            expected = [*first, LEARNED[name].format(a="done")]
            whole = [one.removesuffix("\n<|endoftext|>") for one in stretches]
            assert [without_thinking(one) for one in whole] == [without_thinking(one) for one in expected]
            assert bool(first) == (name != "llama-3.1" or not tools), "which writes a first turn beside tools as asked"


def test_that_a_first_answer_which_is_not_written_as_one_leaves_the_row_out_and_is_told(
    chats: dict[str, ChatText],
) -> None:
    (made,) = RowMaker(chats["llama-3.1"], 1000).make([Conversation(1, (told("Hi"),), tools=(SCHEMA,))])
    assert not made.rows
    assert made.left_out == (FIRST.what, FIRST.remedy)


@pytest.mark.parametrize("name", LEARNED)
def test_that_a_turn_with_nothing_in_it_is_never_learned(name: str, chats: dict[str, ChatText]) -> None:
    stretches, _ = learned(chats[name], user("one?"), told(""), user("two?"), told("second"), user("three?"), told(" "))
    assert [one.removesuffix("\n<|endoftext|>") for one in stretches] == [LEARNED[name].format(a="second")]


def test_that_text_beside_a_call_which_the_template_drops_is_told(chats: dict[str, ChatText]) -> None:
    said = (user("Weather?"), told("Let me look.", calls=(CALL,)), Turn("tool", "3"), told("Cold."))
    assert LOST_CALL in learned(chats["llama-3.1"], *said, tools=(SCHEMA,))[1].notes
    stretches, found = learned(chats["qwen-2.5"], *said, tools=(SCHEMA,))
    assert LOST_CALL not in found.notes
    assert stretches[0].startswith("Let me look.\n<tool_call>")


def test_that_thinking_which_the_template_drops_is_put_back_and_told(chats: dict[str, ChatText]) -> None:
    turns = (user("one?"), told("<think>hm</think>first"))
    for name, text in (("deepseek-v3", "<think>hm</think>first"), ("deepseek-r1", "hm</think>first")):
        (stretch,), found = learned(chats[name], *turns)
        assert stretch == f"{text}<｜end▁of▁sentence｜>"
        assert KEPT in found.notes
    assert chats["deepseek-r1"].rows(Conversation(1, turns)).rows[0].text.count("<think>") == 1


def test_that_two_calls_at_once_are_written_even_where_the_template_takes_one(chats: dict[str, ChatText]) -> None:
    turns = (user("Weather?"), told("", calls=(CALL, replace(CALL, arguments='{"city": "Rome"}'))))
    (stretch,), found = learned(chats["llama-3.1"], *turns)
    assert CALLS in found.notes
    assert stretch.count("<tool_call>") == 2
    assert "Rome" in stretch


def test_that_generation_marks_of_a_template_agree_with_ours(chats: dict[str, ChatText]) -> None:
    chat = chats["smollm-3"]
    turns = (user("one?"), told("first"), user("two?"), told("second"))
    (text,) = chat.rows(Conversation(1, turns)).rows
    (row,) = tokenize([text], chat)
    theirs = chat.tokenizer.apply_chat_template(
        [{"role": turn.role, "content": turn.content} for turn in turns],
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    assert theirs["input_ids"][: len(row)] == row.input_ids.tolist()
    assert set(np.flatnonzero(row.learned)) <= set(np.flatnonzero(theirs["assistant_masks"]))


def test_that_a_conversation_is_rendered_once_whatever_its_turns(
    chats: dict[str, ChatText], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chats["llama-3"]
    calls: list[int] = []
    plain = chat.tokenizer.apply_chat_template

    def counted(messages: Any, **options: Any) -> Any:
        calls.append(len(messages))
        return plain(messages, **options)

    monkeypatch.setattr(chat.tokenizer, "apply_chat_template", counted)
    conversations = [
        Conversation(1, tuple(turn for pair in range(20) for turn in (user(f"{row} {pair}?"), told(f"{row}-{pair}"))))
        for row in range(6)
    ]
    chat.rows(conversations[0])
    calls.clear()
    for number, conversation in enumerate(conversations[1:], 1):
        (row,) = chat.rows(conversation).rows
        assert [row.text[start:stop] for start, stop in row.learned] == [f"{number}-{n}<|eot_id|>" for n in range(20)]
    assert calls == [40] * 5


@pytest.mark.parametrize("name", LEARNED)
def test_that_conversations_seen_before_change_nothing(name: str, tokenizer: Any) -> None:
    chat = chat_of(copy.copy(tokenizer), name)
    pairs = tuple(turn for pair in range(6) for turn in (user(f"{pair}?"), told(f"say {pair}")))
    thought = (user("0?"), told("<think>hm</think>say 0"), user("1?"), told("say 1", reasoning="why"), *pairs)
    system = Turn("system", "Be brief.")
    for turns in (pairs[:6], pairs, pairs[:2], thought, (system, *pairs), thought[:8], pairs[:8], (system, *pairs[:4])):
        for some in (turns, (*turns[:-3], replace(turns[-3], learned=False), *turns[-2:]) if len(turns) > 2 else turns):
            alone = chat_of(copy.copy(tokenizer), name).rows(Conversation(1, some))
            found = chat.rows(Conversation(1, some))
            assert (found.rows, found.notes) == (alone.rows, alone.notes)


@pytest.mark.parametrize("name", ["smollm-2", "command-r", "qwen-3"])
def test_that_a_long_conversation_is_rendered_a_few_times_for_each_of_its_answers(
    name: str, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chat_of(copy.copy(tokenizer), name)
    calls: list[int] = []
    plain = chat.tokenizer.apply_chat_template

    def counted(messages: Any, **options: Any) -> Any:
        calls.append(len(messages))
        return plain(messages, **options)

    monkeypatch.setattr(chat.tokenizer, "apply_chat_template", counted)
    turns = tuple(turn for pair in range(30) for turn in (user(f"{pair}?"), told(f"say {pair}")))
    (made,) = RowMaker(chat, 128).make([Conversation(1, turns)])
    assert len(made.rows) > 2
    assert len(calls) < 8 * 30


@pytest.mark.parametrize(
    "name", ["deepseek-v3", "gemma-2", "llama-3", "llama-3.1", "mistral-7", "qwen-2.5", "smollm-2"]
)
def test_that_a_conversation_divided_at_once_gives_the_rows_of_one_divided_step_by_step(
    name: str, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chat_of(copy.copy(tokenizer), name)
    pairs = tuple(turn for n in range(12) for turn in (user(f"{n}? " * (n % 5)), told(f"say {n} " * (1 + n % 3))))
    steps = (told("", calls=(CALL,)), Turn("tool", "3 degrees"), told("Cold."))
    conversations = [
        Conversation(1, (Turn("system", "Be brief."), *pairs)),
        Conversation(2, tuple(replace(turn, learned=n % 3 != 1) for n, turn in enumerate(pairs))),
        Conversation(3, (user("Weather?"), *steps * 4, *pairs[:8]), tools=(SCHEMA,)),
        Conversation(4, (user("Weather?"), *steps[:2] * 6, steps[2])),
    ]
    for most in (64, 128):
        rows = []
        for at_once in (chat.ends_in_one_token, False):
            monkeypatch.setattr(chat, "ends_in_one_token", at_once)
            made = RowMaker(chat, most).make(conversations)
            rows.append([[(row.input_ids.tolist(), row.learned.tolist()) for row in one.rows] for one in made])
            rows[-1].append([(set(one.notes), one.lost, one.lost_answer, one.left_out) for one in made])
            monkeypatch.undo()
        assert rows[0] == rows[1]


def test_that_each_part_of_a_long_conversation_is_rendered_once(
    chats: dict[str, ChatText], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chats["smollm-2"]
    turns = tuple(turn for pair in range(30) for turn in (user(f"{pair}?"), told(f"say {pair}")))
    maker = RowMaker(chat, 128)
    maker.make([Conversation(1, turns)])
    written: list[int] = []
    plain = chat.tokenizer.apply_chat_template

    def counted(messages: Any, **options: Any) -> Any:
        written.append(sum(map(len, messages)) if isinstance(messages[0], list) else len(messages))
        return plain(messages, **options)

    monkeypatch.setattr(chat.tokenizer, "apply_chat_template", counted)
    (made,) = maker.make([Conversation(1, turns)])
    assert len(written) == 1 + len(made.rows)
    assert sum(written) == 2 * len(turns)


@pytest.mark.parametrize("name", LEARNED)
def test_that_no_text_confuses_the_mask(name: str, chats: dict[str, ChatText]) -> None:
    chat, frame = chats[name], LEARNED[name]
    for text in ("assistant", "user", " spaced \n", "ü🙂", "{{ x }}", "<|eot_id|>", "known00002c"):
        rows = chat.rows(Conversation(1, (user(text), told("one"), user("assistant"), told(f"{text} end")))).rows
        said = "".join(str(chat.tokenizer.decode(row.input_ids[row.learned])) for row in tokenize(rows, chat))
        expected = "".join(frame.format(a=answer) for answer in ("one", f"{text} end"))
        assert "".join(said.removesuffix("\n<|endoftext|>").split()) == "".join(expected.split())


def test_that_arguments_are_given_as_the_template_needs_them(chats: dict[str, ChatText]) -> None:
    nested = ToolCall("f", json.dumps({"a": {"b": ["ü", 1]}, "c": None}, ensure_ascii=False))
    for name in CALLED:
        (stretch,), found = learned(chats[name], user("q?"), told("", calls=(nested,)))
        assert "ü" in stretch
        assert "None" not in stretch
        assert '\\"' not in stretch
        assert found.notes == []


said = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)


@given(st.lists(st.tuples(said, said, st.booleans()), min_size=1, max_size=4), st.sampled_from(sorted(LEARNED)))
@settings(max_examples=150, deadline=None)
def test_that_whatever_is_said_is_learned_exactly_where_it_is_marked(
    chats: dict[str, ChatText], pairs: list[tuple[str, str, bool]], name: str
) -> None:
    turns = tuple(turn for asked, answer, mark in pairs for turn in (user(asked), told(answer, learned=mark)))
    stretches, _ = learned(chats[name], *turns)
    expected = [LEARNED[name].format(a=answer) for _, answer, mark in pairs if mark]
    stretches = [one.removesuffix("\n<|endoftext|>") for one in stretches]
    assert ["".join(one.split()) for one in stretches] == ["".join(one.split()) for one in expected]
