"""Conversations as the text that the model reads: the tokenizer's chat template, and which part is answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.data.conversation import Conversation, Turn, is_answer

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].capitalize() + ':\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\n\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:\n' }}{% endif %}"
)
"""What stands in for a chat template where a tokenizer has none."""


class TemplateRefusedError(ValueError):
    """The chat template rejects this conversation; the message is a whole sentence."""


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A row's text, with the spans of characters that are learned, as (start, stop); the last is the answer's."""

    text: str
    learned: tuple[tuple[int, int], ...]


def ensure_chat_template(tokenizer: Any) -> Problem | None:
    """Give a tokenizer without a chat template the plain one; returns a warning for the user when that was needed."""
    if tokenizer.chat_template:
        return None
    tokenizer.chat_template = ("{{ bos_token }}" if _opening(tokenizer) else "") + PLAIN_TEMPLATE
    return Problem(
        getattr(tokenizer, "name_or_path", "") or "tokenizer",
        'this model has no chat template; plain "User:" and "Assistant:" lines are used instead.',
        "Nothing to do unless the model expects its own template; then add a chat_template to its tokenizer.",
    )


class ChatText:
    """Renders conversations with one tokenizer's chat template.

    `stop_ids` are the tokens that end an answer. `folds_system`: the template accepts no system turn, so its text
    is put before the first user turn.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.warning = ensure_chat_template(tokenizer)
        self.opening = _opening(tokenizer)
        self.folds_system = not self._takes_system()
        probe, answer = (Turn("user", "u"), Turn("assistant", "answer")), "answer"
        try:
            ending = self._apply(probe, False).rpartition(answer)[2].strip()
        except TemplateRefusedError as error:
            raise ProblemError.at(
                "tokenizer", f"{error}", "Fix chat_template in the model's tokenizer_config.json, or remove it."
            ) from None
        end_ids = tokenizer(ending, add_special_tokens=False)["input_ids"] if ending else []
        # A template that writes nothing after an answer would teach a model never to stop.
        self.closing = "" if end_ids else (tokenizer.eos_token or "")
        eos = tokenizer.eos_token_id
        self.stop_ids: frozenset[int] = frozenset(([] if eos is None else [int(eos)]) + end_ids[:1])

    def prompt(self, turns: Sequence[Turn]) -> str:
        """What the model reads before it answers: `turns` and the opening of the assistant's turn."""
        return self._apply(turns, True)

    def render(self, conversation: Conversation) -> RenderedText:
        """The whole text of a row and its learned spans: every assistant turn with its end-of-turn token.

        A text row is learned whole. Where a template rewrites earlier turns once later ones follow (as some do
        with a model's reasoning), only the last answer is learned. Raises TemplateRefusedError.
        """
        if not conversation.turns:
            text = self.opening + conversation.text + (self.tokenizer.eos_token or "")
            return RenderedText(text, ((0, len(text)),))
        turns = conversation.turns[: conversation.answered + 1]
        text = self._apply(turns, False) + self.closing
        spans: list[tuple[int, int]] = []
        for index, turn in enumerate(turns):
            if not is_answer(turn) or index == 0:
                continue
            before, last = self._apply(turns[:index], True), index == len(turns) - 1
            until = text if last else self._apply(turns[: index + 1], False)
            if not text.startswith(before):
                if not last:
                    continue
                before = _common_start(before, text)
            if text.startswith(until):
                spans.append((len(before), len(until.rstrip()) if until.rstrip() else len(until)))
        return RenderedText(text, tuple(spans))

    def _takes_system(self) -> bool:
        said = "known only here"
        turns = (Turn("system", said), Turn("user", "u"), Turn("assistant", "a"))
        try:
            text = self.tokenizer.apply_chat_template([_message(turn) for turn in turns], tokenize=False)
        except Exception:  # noqa: BLE001 - as in _apply
            return False
        return said in text

    def _apply(self, turns: Sequence[Turn], opening: bool) -> str:
        if self.folds_system and turns and turns[0].role == "system":
            first = f"{turns[0].content}\n\n{turns[1].content}" if len(turns) > 1 else turns[0].content
            turns = (Turn("user", first), *turns[2:])
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    [_message(turn) for turn in turns], tokenize=False, add_generation_prompt=opening
                )
            )
        except Exception as error:  # noqa: BLE001
            # Jinja's own errors, the sandbox's, and whatever a stranger's program raises: 1 / 0, an endless range.
            raise TemplateRefusedError(f"the model's chat template rejects this conversation: {error}.") from None


def _message(turn: Turn) -> dict[str, str]:
    return {"role": turn.role, "content": turn.content}


def _opening(tokenizer: Any) -> str:
    """The beginning-of-text token, where the tokenizer itself puts one before a text."""
    first = tokenizer("a")["input_ids"][:1]
    return str(tokenizer.bos_token) if first and first[0] == tokenizer.bos_token_id else ""


def _common_start(one: str, other: str) -> str:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return one[:length]
