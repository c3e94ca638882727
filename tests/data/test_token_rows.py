"""Only answers are learned, up to and with the token that ends them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.token_rows import IGNORED, TokenRow, TokenRows, answer_start, answer_stop
from studio.data.tokenize import tokenize
from tests.tiny import make_tiny_tokenizer

CHAT = ChatText(make_tiny_tokenizer())
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


def row_of(*contents: str, system: str = "") -> TokenRow:
    turns = [Turn(("user", "assistant")[index % 2], content) for index, content in enumerate(contents)]
    turns = [Turn("system", system), *turns] if system else turns
    return tokenize([CHAT.render(Conversation(1, tuple(turns)))], CHAT)[0]


def made(length: int, *spans: tuple[int, int]) -> TokenRow:
    learned = np.zeros(length, dtype=np.bool_)
    for start, stop in spans:
        learned[start:stop] = True
    return TokenRow(np.arange(100, 100 + length, dtype=np.int32), learned)


def decoded(row: TokenRow, learned: bool) -> str:
    return str(CHAT.tokenizer.decode(row.input_ids[row.learned == learned]))


@given(words.filter(str.strip), words.filter(str.strip))
@settings(max_examples=100, deadline=None)
def test_that_exactly_the_answer_and_its_end_are_learned(asked: str, told: str) -> None:
    row = row_of(asked, told)
    assert decoded(row, learned=True) == f"{told}<|im_end|>"
    assert decoded(row, learned=False) == f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n"
    assert row.learned[-1], "what follows the answer is dropped"


def test_that_every_answer_of_a_conversation_is_learned_and_nothing_else() -> None:
    row = row_of("one?", "1", "two?", "2", system="Count.")
    assert decoded(row, learned=True) == "1<|im_end|>2<|im_end|>"
    assert decoded(TokenRow(row.input_ids[answer_start(row) :], row.learned[answer_start(row) :]), True) == (
        "2<|im_end|>"
    )


def test_that_labels_are_ignored_where_nothing_is_learned() -> None:
    row = made(6, (4, 6))
    assert row.labels.tolist() == [IGNORED] * 4 + [104, 105]


def test_that_plain_text_is_learned_whole_with_its_end() -> None:
    (row,) = tokenize([CHAT.render(Conversation(1, text="hello world"))], CHAT)
    assert row.learned.all()
    assert CHAT.tokenizer.decode(row.input_ids) == "hello world<|im_end|>"


def test_that_a_tokenizer_without_offsets_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = Conversation(1, (Turn("user", "Convert 12 km"), Turn("assistant", "12000 m")))
    fast = tokenize([CHAT.render(conversation)], CHAT)[0]
    monkeypatch.setattr(type(CHAT.tokenizer), "is_fast", False)
    slow = tokenize([CHAT.render(conversation)], CHAT)[0]
    assert slow.input_ids.tolist() == fast.input_ids.tolist()
    assert slow.learned.tolist() == fast.learned.tolist()


def test_that_flat_rows_give_back_every_row() -> None:
    rows = [made(3, (1, 3)), made(1, (0, 1)), made(5, (4, 5))]
    flat = TokenRows(rows)
    assert len(flat) == 3
    assert [row.input_ids.tolist() for row in flat] == [row.input_ids.tolist() for row in rows]
    assert [row.learned.tolist() for row in flat[0:3]] == [row.learned.tolist() for row in rows]
    assert flat[-1].labels.tolist() == rows[-1].labels.tolist()
    assert (flat.tokens, flat.lengths.tolist()) == (9, [3, 1, 5])
    assert (len(TokenRows()), TokenRows().tokens) == (0, 0)
    with pytest.raises(IndexError):
        flat[3]


def test_that_the_last_answer_is_found_in_a_row() -> None:
    assert (answer_start(made(12, (2, 6), (9, 11))), answer_stop(made(12, (2, 6), (9, 11)))) == (9, 11)


def test_that_no_texts_give_no_rows() -> None:
    nothing: list[Any] = []
    assert tokenize(nothing, CHAT) == []
