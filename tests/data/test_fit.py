"""A row that is too long loses no answer that could fit: turns go whole, or the middle of the longest message."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.problem import ProblemError
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.fit import windows
from studio.data.render_rows import RenderedRows, render_rows
from studio.data.task_report import TaskReport
from studio.data.token_rows import TokenRow
from tests.tiny import make_tiny_tokenizer

CHAT = ChatText(make_tiny_tokenizer())


def words(count: int, word: str = "one") -> str:
    return " ".join([word] * count)


def pair(asked: str, told: str) -> tuple[Turn, Turn]:
    return Turn("user", asked), Turn("assistant", told)


def made(*turns: Turn, max_length: int = 64, use: str = "training", chat: ChatText = CHAT) -> RenderedRows:
    return render_rows([Conversation(7, turns)], TaskReport("t", "f.jsonl", use), max_length, chat)


def text_of(row: TokenRow) -> str:
    return str(CHAT.tokenizer.decode(row.input_ids))


def learned(row: TokenRow) -> str:
    return str(CHAT.tokenizer.decode(row.input_ids[row.learned]))


@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 20), st.integers(72, 128))
@settings(max_examples=60, deadline=None)
def test_that_a_long_prompt_keeps_its_role_lines_system_and_answer(
    asks: int, system: int, tells: int, most: int
) -> None:
    turns = (Turn("system", f"S {words(system // 4)} E"), *pair(f"A {words(asks)} Z", words(tells, "two")))
    (row,) = made(*turns, max_length=most).rows
    assert len(row) <= most
    assert learned(row) == f"{words(tells, 'two')}<|im_end|>"
    text = text_of(row)
    assert text.startswith(f"<|im_start|>system\nS {words(system // 4)} E<|im_end|>\n<|im_start|>user\nA")
    assert text.partition("<|im_start|>assistant\n")[0].endswith("Z<|im_end|>\n")


def test_that_what_is_cut_out_of_a_prompt_is_counted() -> None:
    long, whole = made(*pair(words(200), "ok")), made(*pair(words(200), "ok"), max_length=512)
    report = long.report
    assert len(long.rows[0]) == 64
    assert (report.cut, report.cut_tokens) == (1, len(whole.rows[0]) - 64)
    said = " ".join(warning.what for warning in report.warnings)
    assert "the middle of its longest message is cut out (line 7 is the first)" in said
    assert f"{report.cut_tokens} tokens ({report.cut_share:.1%} of all) are lost" in said


def test_that_the_beginning_of_an_answer_which_is_too_long_is_learned_without_an_end() -> None:
    found = made(*pair("Say", words(200)))
    (row,) = found.rows
    assert len(row) == 64
    assert text_of(row).startswith("<|im_start|>user\nSay<|im_end|>\n<|im_start|>assistant\none one")
    assert row.learned[-1]
    assert "<|im_end|>" not in learned(row)
    said = " ".join(warning.what for warning in found.report.warnings)
    assert "its beginning is learned, without an end token" in said
    assert "of them of answers" in said


def test_that_a_question_whose_answer_does_not_fit_is_not_scored() -> None:
    with pytest.raises(ProblemError, match="the answer with the lines around the messages is longer than 64 tokens"):
        made(*pair("Say", words(200)), use="scoring")


@pytest.mark.parametrize("system", [(), (Turn("system", "Be kind."),)])
def test_that_a_long_conversation_is_divided_and_every_answer_learned_once(system: tuple[Turn, ...]) -> None:
    turns = [turn for number in range(12) for turn in pair(f"ask {number}", f"tell {number}")]
    found = made(*system, *turns)
    answers = "".join(learned(row) for row in found.rows)
    assert answers == "".join(f"tell {number}<|im_end|>" for number in range(12))
    assert len(found.rows) > 1
    head = "<|im_start|>system\nBe kind.<|im_end|>\n" if system else ""
    assert all(text_of(row).startswith(f"{head}<|im_start|>user\nask ") for row in found.rows)
    assert (found.report.used, found.report.cut_tokens) == (1, 0)
    assert any("divided into several rows" in warning.what for warning in found.report.warnings)


def test_that_a_chain_of_answers_to_one_question_is_divided_too() -> None:
    found = made(Turn("user", "Go"), *(Turn("assistant", f"step {n}") for n in range(5)), max_length=40)
    assert all(text_of(row).startswith("<|im_start|>user\nGo<|im_end|>") for row in found.rows)
    assert "".join(learned(row) for row in found.rows) == "".join(f"step {n}<|im_end|>" for n in range(5))
    assert max(found.rows.lengths) <= 40


def test_that_the_last_answer_alone_is_scored() -> None:
    turns = [turn for number in range(12) for turn in pair(f"ask {number}", f"tell {number}")]
    found = made(*turns, use="scoring")
    assert len(found.rows) == 1
    assert learned(found.rows[0]).endswith("tell 11<|im_end|>")


def test_that_a_system_text_stays_in_every_part_where_it_has_no_turn_of_its_own() -> None:
    template = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}"
    chat = ChatText(make_tiny_tokenizer(template + str(CHAT.tokenizer.chat_template)))
    turns = [turn for number in range(12) for turn in pair(f"ask {number}", f"tell {number}")]
    found = made(Turn("system", "Be kind."), *turns, chat=chat)
    assert len(found.rows) > 1
    assert all(text_of(row).startswith("<|im_start|>user\nBe kind.\n\nask") for row in found.rows)


def test_that_a_row_whose_role_lines_alone_are_too_long_is_left_out() -> None:
    with pytest.raises(ProblemError, match="the lines around the messages alone are longer than 8 tokens"):
        made(*pair("Say it", "ok"), max_length=8)


@given(st.integers(1, 300), st.integers(8, 40), st.booleans())
@settings(max_examples=100, deadline=None)
def test_that_windows_learn_every_token_of_a_document_once(length: int, most: int, opens: bool) -> None:
    row = TokenRow(np.arange(length, dtype=np.int32), np.ones(length, dtype=np.bool_))
    found = windows(row, most, opens)
    assert all(len(one) <= most for one in found)
    assert np.concatenate([one.input_ids[one.learned] for one in found]).tolist() == list(range(length))
    for before, one in pairwise(found):
        first = int(np.flatnonzero(one.learned)[0])
        assert one.input_ids[first - 1] == before.input_ids[-1], "the token before it is read"
        assert first == (2 if opens else 1)
        assert not opens or one.input_ids[0] == 0


def test_that_a_long_text_is_laid_in_windows_that_end_only_where_it_ends() -> None:
    text = words(300)
    found = render_rows([Conversation(1, text=text)], TaskReport("t", "f.txt"), 64, CHAT)
    assert len(found.rows) > 4
    assert "".join(learned(row) for row in found.rows) == f"{text}<|im_end|>"
    assert (found.report.used, found.report.cut, found.report.made) == (1, 0, len(found.rows))
    end = CHAT.tokenizer.eos_token_id
    assert [int((row.input_ids == end).sum()) for row in found.rows] == [0] * (len(found.rows) - 1) + [1]


def test_that_equal_rows_and_questions_with_two_answers_are_counted() -> None:
    rows: list[Any] = [*[Conversation(n, pair("a", "1")) for n in range(3)], Conversation(4, pair("a", "2"))]
    report = render_rows([*rows, Conversation(5, pair("b", "1"))], TaskReport("t", "f"), 64, CHAT).report
    assert (report.duplicates, report.conflicting) == (2, 4)
    said = [warning.what for warning in report.warnings]
    assert any("2 of 5 rows for training repeat an earlier row" in what for what in said)
    assert any("4 of 5 rows for training ask the same question" in what for what in said)


def test_that_a_report_has_the_lengths_before_any_cut() -> None:
    rows = [Conversation(n, pair(words(4 * n), "ok")) for n in range(1, 20)]
    report = render_rows(rows, TaskReport("t", "f"), 64, CHAT).report
    lengths = report.lengths
    assert sum(lengths.counts) == 19
    assert lengths.edges[0] == 0
    assert lengths.edges[-2] <= lengths.longest < lengths.edges[-1]
    assert lengths.longest > 64
    assert lengths.p50 <= lengths.p95 <= lengths.longest
    assert report.as_dict()["lengths"]["counts"]
