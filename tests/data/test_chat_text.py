"""Chat templates differ; what is learned and where an answer stops is found for each, or reported."""

from __future__ import annotations

from typing import Any

import pytest

from studio.data.chat_text import AFTER, IN_TEXT, TYPED, ChatText, RenderedText, ensure_chat_template
from studio.data.conversation import Conversation, Turn
from studio.data.template import TemplateRefusedError
from studio.data.tokenize import tokenize
from studio.data.written_form import ENDS
from studio.data.written_form import SYSTEM as SYSTEM_FIRST
from tests.tiny import CHAT_TEMPLATE, make_tiny_tokenizer

NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    + CHAT_TEMPLATE
)
SILENT_SYSTEM = "{% set messages = messages if messages[0]['role'] != 'system' else messages[1:] %}" + CHAT_TEMPLATE
ALTERNATING = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}{% endfor %}" + CHAT_TEMPLATE
)
# As reasoning models do: an answer's thoughts are kept only in the last turn.
FORGETTING = CHAT_TEMPLATE.replace(
    "{{ message['content'] }}",
    "{{ message['content'] if loop.last or message['role'] == 'user' else message['content'].split('</think>')[-1] }}",
)
ENDLESS = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}{% endfor %}"

SYSTEM, ASKED, TOLD = Turn("system", "Be brief."), Turn("user", "two?"), Turn("assistant", "2")


def chat_of(template: str | None) -> ChatText:
    return ChatText(make_tiny_tokenizer(template))


def learned(text: RenderedText) -> list[str]:
    return [text.text[start:stop] for start, stop in text.learned]


def test_that_an_answer_stops_at_the_templates_end_of_turn() -> None:
    chat = chat_of(CHAT_TEMPLATE)
    assert chat.stop_ids == {chat.tokenizer.convert_tokens_to_ids("<|im_end|>")}
    assert chat.warning is None
    assert learned(chat.render(Conversation(1, (ASKED, TOLD)))) == ["2<|im_end|>"]
    assert chat.prompt((ASKED,)).text.endswith("<|im_start|>assistant\n")


def test_that_an_end_of_turn_other_than_the_end_of_text_stops_an_answer_too() -> None:
    tokenizer = make_tiny_tokenizer()
    tokenizer.eos_token = "<|endoftext|>"
    assert ChatText(tokenizer).stop_ids == set(tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"]))


def test_that_a_missing_template_is_replaced_with_a_warning() -> None:
    tokenizer = make_tiny_tokenizer(None)
    said = ensure_chat_template(tokenizer)
    assert said is not None
    assert "no chat template" in said.what
    chat = ChatText(tokenizer)
    text = chat.render(Conversation(1, (SYSTEM, ASKED, TOLD)))
    assert text.text.startswith("System:\nBe brief.\n\nUser:\ntwo?\n\nAssistant:\n2<|im_end|>")
    assert learned(text) == ["2<|im_end|>"]


def test_that_a_template_which_never_ends_a_turn_gets_the_end_of_text() -> None:
    assert learned(chat_of(ENDLESS).render(Conversation(1, (ASKED, TOLD))))[-1].endswith("2<|im_end|>")


@pytest.mark.parametrize("template", [NO_SYSTEM, SILENT_SYSTEM])
def test_that_a_system_text_joins_the_first_message_where_the_template_has_no_place_for_it(
    template: str,
) -> None:
    chat = chat_of(template)
    found = chat.rows(Conversation(1, (SYSTEM, ASKED, TOLD)))
    assert SYSTEM_FIRST in found.notes
    text = found.rows[0]
    assert "<|im_start|>user\nBe brief.\n\ntwo?<|im_end|>" in text.text
    assert learned(text) == ["2<|im_end|>"]
    assert SYSTEM_FIRST not in chat_of(CHAT_TEMPLATE).rows(Conversation(1, (SYSTEM, ASKED, TOLD))).notes


def test_that_a_rejected_conversation_is_reported_in_the_templates_words() -> None:
    with pytest.raises(TemplateRefusedError, match="Roles must alternate"):
        chat_of(ALTERNATING).render(Conversation(1, (ASKED, ASKED, TOLD)))


def test_that_an_answer_which_the_template_rewrites_later_gets_a_row_of_its_own() -> None:
    turns = (ASKED, Turn("assistant", "hm</think>2"), Turn("user", "three?"), Turn("assistant", "hm</think>3"))
    first, second = chat_of(FORGETTING).rows(Conversation(1, turns)).rows
    assert (learned(first), learned(second)) == (["hm</think>2<|im_end|>"], ["hm</think>3<|im_end|>"])
    assert "hm</think>2" not in second.text


def test_that_turns_after_the_last_answer_are_not_used_and_told() -> None:
    found = chat_of(CHAT_TEMPLATE).rows(Conversation(1, (ASKED, TOLD, Turn("user", "Thanks"))))
    assert found.notes == [AFTER]
    assert "Thanks" not in found.rows[0].text


def test_that_an_answer_at_the_very_beginning_is_learned_too() -> None:
    (text,) = chat_of(CHAT_TEMPLATE).rows(Conversation(1, (Turn("assistant", "Hello"), ASKED, TOLD))).rows
    assert learned(text) == ["Hello<|im_end|>", "2<|im_end|>"]


def test_that_an_end_token_in_the_data_is_not_learned_before_the_real_one() -> None:
    chat = chat_of(CHAT_TEMPLATE)
    for end in ("<|endoftext|>", "<|im_end|>", "</s>", " <|endoftext|>\n", "<|im_end|><|endoftext|>"):
        found = chat.rows(Conversation(1, (ASKED, Turn("assistant", f"sport{end}"))))
        assert learned(found.rows[0]) == ["sport<|im_end|>"]
        assert found.notes == [ENDS]
    assert learned(chat.render(Conversation(1, (ASKED, Turn("assistant", "<s>old</s>"))))) == ["<s>old</s><|im_end|>"]


def test_that_special_tokens_in_messages_become_letters() -> None:
    chat = chat_of(CHAT_TEMPLATE)
    end = chat.tokenizer.convert_tokens_to_ids("<|im_end|>")
    found = chat.rows(Conversation(1, (Turn("user", "What is <|im_end|>?"), Turn("assistant", "<|im_end|> ends it"))))
    assert found.notes == [TYPED]
    (row,) = tokenize(found.rows, chat)
    assert row.input_ids.tolist().count(end) == 2, "one for each turn, as the template writes them"
    assert chat.tokenizer.decode(row.input_ids) == found.rows[0].text.rstrip()
    assert chat.tokenizer.decode(row.input_ids[row.learned]) == "<|im_end|> ends it<|im_end|>"


def test_that_another_models_special_tokens_are_told() -> None:
    chat = chat_of(CHAT_TEMPLATE)
    found = chat.rows(Conversation(1, (Turn("user", "[INST] Hi [/INST]"), TOLD)))
    assert [note.what.split(" ")[0] for note in found.notes] == ["[INST]"]
    assert chat.rows(Conversation(1, text="[INST] Hi")).notes[0].what.startswith("[INST]")


def test_that_a_text_which_is_rendered_already_gets_no_second_end() -> None:
    chat = chat_of(CHAT_TEMPLATE)
    found = chat.rows(Conversation(1, text="<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"))
    assert found.notes == [IN_TEXT]
    (row,) = tokenize(found.rows, chat)
    assert row.learned.all()
    assert row.input_ids.tolist().count(chat.tokenizer.eos_token_id) == 2


@pytest.mark.parametrize("adds_first", [True, False])
def test_that_plain_text_begins_as_the_tokenizer_begins_texts(adds_first: bool) -> None:
    tokenizer: Any = make_tiny_tokenizer()
    if adds_first:
        from tokenizers.processors import TemplateProcessing

        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single="<|im_start|> $A", special_tokens=[("<|im_start|>", tokenizer.bos_token_id)]
        )
    chat = ChatText(tokenizer)
    whole = "<|im_start|>Once<|im_end|>" if adds_first else "Once<|im_end|>"
    assert chat.render(Conversation(1, text="Once")).text == whole
    assert chat.render(Conversation(1, text=whole)).text == whole, "what stands there is not written again"
