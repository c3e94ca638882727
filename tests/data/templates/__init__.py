"""Chat templates of our own that behave as widespread models' do, and one tiny tokenizer that knows their tokens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from studio.data.chat_text import ChatText
from tests.tiny import make_tiny_tokenizer

TEMPLATES = {file.stem: file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("*.jinja"))}
_SPECIAL = re.compile(r"<\|[a-zA-Z_]+\|>|<｜[^｜]+｜>|\[/?[A-Z_]+\]|<\|[a-z_]+>|<[a-z_]+\|>|<(?:start|end)_of_turn>")


def make_tokenizer() -> Any:
    """The tiny tokenizer with every special token that a template here writes."""
    tokenizer = make_tiny_tokenizer()
    found = {token for text in TEMPLATES.values() for token in _SPECIAL.findall(text)}
    tokenizer.add_special_tokens({"additional_special_tokens": sorted({*found, "<s>", "</s>", "<bos>"})})
    tokenizer.bos_token, tokenizer.eos_token = "<bos>", "<|endoftext|>"
    return tokenizer


def chat_of(tokenizer: Any, template: str) -> ChatText:
    """One model's chat text; `tokenizer` keeps its template."""
    tokenizer.chat_template = TEMPLATES.get(template, template)
    return ChatText(tokenizer)
