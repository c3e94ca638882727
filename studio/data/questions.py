"""Held-out rows as questions: what the model reads, what it should say, and the choices that it has."""

from __future__ import annotations

from dataclasses import dataclass

from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation
from studio.data.metric import BY_LIKELIHOOD, Metric
from studio.data.render_rows import RenderedRows
from studio.data.token_rows import TokenRow, answer_start, answer_stop
from studio.data.tokenize import tokenize


@dataclass(frozen=True, slots=True)
class Question:
    """One held-out row: what the model reads, what it should say, and the whole as a token row for its loss.

    `prompt` is the last message alone, `prompt_ids` all that the model reads, the opening of its turn included
    (cut as the row is). `answer` is what decides within `expected`, empty when all of it does. With a metric that
    compares choices, `choices` holds each allowed answer's whole turn as tokens, `names` what each is called, and
    `right_choice` is the index of the expected one.
    """

    line: int
    prompt: str
    prompt_ids: tuple[int, ...]
    expected: str
    row: TokenRow
    answer: str = ""
    choices: tuple[tuple[int, ...], ...] = ()
    names: tuple[str, ...] = ()
    right_choice: int = -1


def questions_of(held: RenderedRows, metric: Metric, chat: ChatText) -> tuple[Question, ...]:
    """A question for every row of `held`."""
    known: dict[str, tuple[int, ...]] = {}
    return tuple(
        _question(metric, held.conversations[source], row, chat, known)
        for source, row in zip(held.sources, held.rows, strict=True)
    )


def _question(
    metric: Metric, conversation: Conversation, row: TokenRow, chat: ChatText, known: dict[str, tuple[int, ...]]
) -> Question:
    if not conversation.turns:
        return Question(conversation.line, "", (), "", row)
    compared = metric in BY_LIKELIHOOD and conversation.choices
    choices = _choices(conversation, row, chat, known) if compared else ()
    return Question(
        line=conversation.line,
        prompt=conversation.prompt[-1].content if conversation.prompt else "",
        prompt_ids=_ids(row, 0, answer_start(row)),
        expected=conversation.expected,
        row=row,
        answer=conversation.answer,
        choices=choices,
        names=conversation.choices if choices else (),
        right_choice=conversation.choices.index(conversation.answer) if choices else -1,
    )


def _choices(
    conversation: Conversation, row: TokenRow, chat: ChatText, known: dict[str, tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """Each allowed answer's turn as tokens; `known` keeps those of answers that many rows share."""
    told = [conversation.with_answer(choice) for choice in conversation.choices]
    # Answers are tokenized in context; only a row whose own answer came out the same may share.
    shared = known.get(conversation.expected) == _ids(row, answer_start(row), answer_stop(row))
    if not shared or not all(one.expected in known for one in told):
        for one, choice in zip(told, tokenize([chat.render(one) for one in told], chat), strict=True):
            known[one.expected] = _ids(choice, answer_start(choice), answer_stop(choice))
    return tuple(known[one.expected] for one in told)


def _ids(row: TokenRow, start: int, stop: int) -> tuple[int, ...]:
    return tuple(int(token) for token in row.input_ids[start:stop])
