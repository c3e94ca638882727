"""Special tokens that stand in the data's own text: a model's own, which must not act there, and other models'."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from studio.data.conversation import Turn

_BEGINS = ("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<｜begin▁of▁sentence｜>", "<BOS_TOKEN>")
_ENDS = (
    "</s>",
    "<eos>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|eot|>",
    "<|end|>",
    "<|return|>",
    "<end_of_turn>",
    "<turn|>",
    "<｜end▁of▁sentence｜>",
    "<|END_OF_TURN_TOKEN|>",
    "<EOS_TOKEN>",
    "[|endofturn|]",
)
_TURNS = (
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<|im_start|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|header_start|>",
    "<|header_end|>",
    "<start_of_turn>",
    "<|turn>",
    "<|start|>",
    "<|message|>",
    "<|channel|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "<|im_sep|>",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<|START_OF_TURN_TOKEN|>",
    "<|USER_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
)
"""What the chat templates of widespread models write."""

_MARKS = re.compile("think|tool|reason", re.IGNORECASE)
"""Special tokens with which a part of an answer begins or ends: where the data has them, they are meant."""


class SpecialTokens:
    """Finds one tokenizer's special tokens in text, and what looks like another model's."""

    def __init__(self, tokenizer: Any, ends: frozenset[str] = frozenset()) -> None:
        added = {str(token): bool(token.special) for token in tokenizer.added_tokens_decoder.values()}
        own = {text for text, special in added.items() if special} | set(map(str, tokenizer.all_special_tokens))
        self._marks = _any_of(text for text in own if text.strip())
        own = {text for text in own if text.strip() and not _MARKS.search(text)}
        self._own = _any_of(own)
        self._foreign = _any_of(text for text in (*_BEGINS, *_ENDS, *_TURNS) if text not in own and text not in added)
        bos = tokenizer.bos_token
        self._begins = tuple(({*_BEGINS, *([str(bos)] if bos else [])} & own) - set(_TURNS))
        self._own_ends = tuple(
            (set(_ENDS) & own) | ends | ({str(tokenizer.eos_token)} if tokenizer.eos_token else set())
        )
        self._ends = tuple({*_ENDS, *ends, *([str(tokenizer.eos_token)] if tokenizer.eos_token else [])})

    def own_in(self, text: str, marks: bool = False) -> list[tuple[int, int]]:
        """Where the tokenizer's own special tokens stand in `text`: (start, stop) in characters.

        With `marks` also those of thinking and calls, which are meant in an answer alone.
        """
        return [found.span() for found in (self._marks if marks else self._own).finditer(text)]

    def foreign_in(self, text: str) -> str:
        """The first thing in `text` that looks like another model's special token, or ""."""
        found = self._foreign.search(text)
        return found.group() if found else ""

    def without_ends(self, turn: Turn) -> Turn:
        """The turn without an end token behind an answer, or a beginning token before a prompt: the template's task."""
        if turn.role == "assistant":
            content = turn.content
            if not content.rstrip().endswith(self._ends):
                return turn
            while end := next((end for end in self._ends if content.rstrip().endswith(end)), ""):
                if end == "</s>" and "<s>" in content:  # struck out in HTML
                    break
                content = content.rstrip().removesuffix(end).rstrip()
            return replace(turn, content=content)
        begun = next((begin for begin in self._begins if turn.content.startswith(begin)), "")
        return replace(turn, content=turn.content.removeprefix(begun)) if begun else turn

    def ends_text(self, text: str) -> bool:
        """Whether an end token of the tokenizer stands at the end of a text already."""
        return text.rstrip().endswith(self._own_ends)


def _any_of(texts: Any) -> re.Pattern[str]:
    ordered = sorted(texts, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, ordered)) if ordered else r"(?!)")
