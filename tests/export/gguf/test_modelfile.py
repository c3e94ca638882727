"""Ollama's Modelfile: a chat template in its language where that says the same, and none where it would not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from studio.export.gguf.chat_turns import chat_turns
from studio.export.gguf.modelfile import modelfile
from tests.tiny import make_tiny_tokenizer

STANDARD = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
HEADERS = (
    "{{ '<|endoftext|>' }}{% for m in messages %}{{ '[' + m['role'] + ']\n\n' + m['content'] | trim + '<|im_end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '[assistant]\n\n' }}{% endif %}"
)
FOLDED = (
    "{% if messages[0]['role'] == 'system' %}{% set s = '<<' + messages[0]['content'] + '>>' %}"
    "{% set rest = messages[1:] %}{% else %}{% set s = '' %}{% set rest = messages %}{% endif %}"
    "{% for m in rest %}{% if m['role'] == 'user' %}{{ '[I] ' + (s if loop.first else '') + m['content'] + ' [/I]' }}"
    "{% else %}{{ m['content'] + '<|im_end|>' }}{% endif %}{% endfor %}"
)
REFUSING = "{{ raise_exception('only pictures') }}"


def as_ollama(template: str, messages: list[dict[str, str]]) -> str:
    """What Go's template language makes of the template, for the few words of it that are written."""
    first, body = re.match(r'(?s)(?:\{\{ "(.*?)" \}\})?\{\{- range .*?\}\}(.*)', template).groups()  # type: ignore[union-attr]
    around: dict[str, tuple[str, str]] = {}
    for role, text in re.findall(r'(?s)eq \.Role "(\w+)" \}\}(.*?)(?=\{\{- else|\{\{- end \}\}\n\{\{- if and)', body):
        before, _, behind = text.partition("{{ .Content }}")
        around[role] = (_literals(before), _literals(behind))
    opening = _literals(body.partition('ne .Role "assistant") }}')[2])
    text = (first or "").encode().decode("unicode_escape")
    for number, message in enumerate(messages):
        before, behind = around[message["role"]]
        last = number == len(messages) - 1
        text += before + message["content"] + ("" if last and message["role"] == "assistant" else behind)
    return text + ("" if messages[-1]["role"] == "assistant" else opening)


def _literals(text: str) -> str:
    return "".join(found.encode().decode("unicode_escape") for found in re.findall(r'\{\{ "(.*?)" \}\}', text))


@pytest.mark.parametrize("template", [STANDARD, HEADERS, None])
def test_that_ollama_writes_a_conversation_as_the_template_does(template: str | None) -> None:
    tokenizer: Any = make_tiny_tokenizer(template) if template else make_tiny_tokenizer()
    turns = chat_turns(tokenizer)
    assert turns is not None
    text = modelfile("m.gguf", turns, ["<|im_end|>"], 1024, begins="")
    written = text.partition('TEMPLATE """')[2].partition('"""')[0]
    system = [{"role": "system", "content": turns.standard_system or "Be brief."}]
    talk = [{"role": role, "content": f"{role} says"} for role in ("user", "assistant", "user")]
    for messages in ([*system, *talk[:1]], [*system, *talk]):
        rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert as_ollama(written, messages) == rendered
    assert ("SYSTEM" in text) is (template == STANDARD)


@pytest.mark.parametrize("template", [FOLDED, REFUSING])
def test_that_a_template_that_does_more_than_to_stand_around_turns_is_not_translated(template: str) -> None:
    turns = chat_turns(make_tiny_tokenizer(template))
    assert turns is None
    assert "TEMPLATE" not in modelfile("m.gguf", turns, ["</s>"], 1024, begins="")


def test_that_the_first_token_is_left_to_ollama_where_it_adds_it() -> None:
    turns = chat_turns(make_tiny_tokenizer("{{ bos_token }}" + HEADERS.replace("{{ '<|endoftext|>' }}", "")))
    assert turns is not None
    assert turns.first == "<|im_start|>"
    assert "<|im_start|>" in modelfile("m.gguf", turns, [], 1024, begins="")
    assert "<|im_start|>" not in modelfile("m.gguf", turns, [], 1024, begins="<|im_start|>")


def test_that_file_context_and_ends_are_named() -> None:
    text = modelfile("my model.gguf", None, ["<|im_end|>", '"'], 131_072, begins="")
    assert text.splitlines()[0] == "FROM ./my model.gguf"
    assert "PARAMETER num_ctx 8192" in text
    assert 'PARAMETER stop "<|im_end|>"\nPARAMETER stop "\\""\n' in text
