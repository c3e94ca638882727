"""A file's columns show its format, and each row is read strictly in that format."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.data.conversation import Conversation, Turn
from studio.data.read_rows import read_rows
from studio.data.source_file import DataFile, ListedPart
from studio.data.source_row import SourceRow

ASKED, TOLD = Turn("user", "2+2?"), Turn("assistant", "4")

ROWS: dict[str, dict[str, Any]] = {
    "messages": {"messages": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]},
    "sharegpt": {"conversations": [{"from": "human", "value": "2+2?"}, {"from": "gpt", "value": "4"}]},
    "alpaca": {"instruction": "2+2?", "input": "", "output": "4"},
    "prompt-completion": {"prompt": "2+2?", "completion": "4"},
}


def file_of(*rows: dict[str, Any]) -> DataFile:
    listed = [SourceRow(number, row) for number, row in enumerate(rows, start=1)]
    return DataFile("f.jsonl", [ListedPart("f.jsonl", listed)])


def read(*rows: dict[str, Any]) -> list[Conversation]:
    return read_rows(file_of(*rows), "auto").conversations


@pytest.mark.parametrize("name", ROWS)
def test_that_each_format_is_detected_and_read_as_the_same_conversation(name: str) -> None:
    assert read_rows(file_of(ROWS[name]), "auto").format == name
    assert read(ROWS[name])[0].turns == (ASKED, TOLD)


def test_that_text_is_read_as_text() -> None:
    assert read({"text": "Once upon"})[0] == Conversation(1, text="Once upon")


def test_that_an_alpaca_input_and_a_system_text_join_the_prompt() -> None:
    (found,) = read({"system": "Be brief.", "instruction": "Add.", "input": "2 and 2", "output": "4"})
    assert found.turns == (Turn("system", "Be brief."), Turn("user", "Add.\n\n2 and 2"), TOLD)


def test_that_an_answer_inside_the_output_decides() -> None:
    (found,) = read({"instruction": "Which?", "input": "", "output": "the correct answer is a3", "answer": "a3"})
    assert found.answer == "a3"
    assert found.with_answer("a1").expected == "the correct answer is a1"
    (found,) = read({"instruction": "Which?", "output": "it is 4", "answer": 4})
    assert (found.answer, found.expected) == ("4", "it is 4")
    (found,) = read({"instruction": "Which?", "output": None, "answer": "a3"})
    assert (found.answer, found.expected) == ("a3", "a3")


def test_that_prompts_of_messages_are_read_too() -> None:
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}]
    (found,) = read({"prompt": prompt, "completion": [{"role": "assistant", "content": "4"}]})
    assert found.turns == (Turn("system", "Be brief."), ASKED, TOLD)


def test_that_a_row_ends_with_its_last_answer() -> None:
    row = {"messages": [*ROWS["messages"]["messages"], {"role": "user", "content": "Thanks"}]}
    (found,) = read(row)
    assert found.turns[: found.answered + 1] == (ASKED, TOLD)
    assert (found.prompt, found.expected) == ((ASKED,), "4")


@pytest.mark.parametrize("answer", [1, "1", "B", "red"])
def test_that_a_choice_is_read_from_index_letter_and_text(answer: Any) -> None:
    (found,) = read({"question": "Which?", "choices": ["blue", "red"], "answer": answer})
    assert found.prompt[-1].content == "Which?\n\nA. blue\nB. red\n\nAnswer with the letter."
    assert (found.expected, found.choices) == ("B", ("A", "B"))


def test_that_choices_are_read_as_the_hub_sets_write_them() -> None:
    choices = {"text": ["blue", "red"], "label": ["1", "2"]}
    assert read({"question": "Which?", "choices": choices, "answerKey": "2"})[0].expected == "B"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"messages": "hello"}, "must be a list of messages, not text"),
        ({"messages": []}, "not an empty one"),
        ({"messages": ["hello"]}, "message 1 must be an object"),
        ({"messages": [{"role": "user"}]}, "in message 1, the column 'content' is missing"),
        ({"messages": [{"role": "user", "content": b"x"}]}, "'content' must be text, not bytes"),
        ({"messages": [{"role": "judge", "content": "x"}]}, "'judge'"),
        ({"messages": [{"role": "user", "content": "x"}]}, "no message is by the assistant"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "no message before it"),
        ({"text": ["x"]}, "'text' must be text, not a list"),
        ({"question": "x", "choices": ["a"], "answer": 0}, "2 to 26 options"),
        ({"question": "x", "choices": ["a", None], "answer": 0}, "must be text"),
        ({"question": "x", "choices": ["a", "b"], "answer": 2}, "not one of its 2 choices"),
        ({"question": "x", "choices": ["a", "b"], "answer": "z"}, "not one of its 2 choices"),
        ({"question": "x", "choices": ["a", "b"]}, "'answer' must be"),
    ],
)
def test_that_a_row_of_the_wrong_shape_is_named_with_its_line(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(row)
    (problem,) = caught.value.problems
    assert problem.where == "f.jsonl, line 1"
    assert said in problem.what


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4, "4"),
        (4.0, "4.0"),
        (True, "true"),
        (None, ""),
        (float("nan"), ""),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        ([1, 2], "[1, 2]"),
        (datetime.date(2026, 11, 29), "2026-11-29"),
    ],
)
def test_that_values_which_are_not_text_are_learned_as_their_json(value: Any, text: str) -> None:
    (found,) = read({"prompt": "x", "completion": value})
    assert found.turns == (Turn("user", "x"), Turn("assistant", text))


def test_that_a_column_missing_in_a_later_row_is_named_with_its_line() -> None:
    with pytest.raises(ProblemError) as caught:
        read({"prompt": "a", "completion": "b"}, {"prompt": "a"}, {"completion": "b"})
    assert [problem.where for problem in caught.value.problems] == ["f.jsonl, line 2", "f.jsonl, line 3"]


def test_that_unknown_columns_are_a_problem_that_lists_the_known_ones() -> None:
    with pytest.raises(ProblemError) as caught:
        read({"frage": "x", "antwort": "y"})
    (problem,) = caught.value.problems
    assert "frage, antwort" in problem.what
    assert "instruction, output" in problem.remedy


def test_that_a_message_may_come_in_parts_of_text_and_in_no_others() -> None:
    parts = [{"type": "text", "text": "2+"}, {"type": "text", "text": "2?"}]
    answer = {"role": "assistant", "content": "4"}
    (found,) = read(
        {"messages": [{"role": "developer", "content": "Add."}, {"role": "user", "content": parts}, answer]}
    )
    assert found.turns == (Turn("system", "Add."), ASKED, TOLD)
    image = [*parts, {"type": "image_url", "image_url": {}}]
    with pytest.raises(ProblemError, match="in message 1, 'content' has parts that are not text"):
        read({"messages": [{"role": "user", "content": image}, answer]})


@pytest.mark.parametrize("format", ["messages", "sharegpt", "alpaca", "prompt-completion"])
def test_that_half_a_character_is_a_fault_of_its_row(format: str) -> None:
    row = json.loads(json.dumps(ROWS[format]).replace("2+2?", r"2\ud83d2?"))
    with pytest.raises(ProblemError, match=r"half a character \(\\ud83d without"):
        read(row)


def test_that_choices_in_a_field_of_a_table_are_read_as_json() -> None:
    (found,) = read({"question": "2+2?", "choices": '["3", "4"]', "answer": "4"})
    assert (found.answer, found.choices) == ("B", ("A", "B"))
    with pytest.raises(ProblemError, match="write it as JSON"):
        read({"question": "2+2?", "choices": "3, 4", "answer": "4"})


def test_that_the_hubs_openbookqa_is_multiple_choice() -> None:
    choices = {"text": ["3", "4"], "label": ["A", "B"]}
    (found,) = read({"question_stem": "2+2?", "choices": choices, "answerKey": "B"})
    assert (found.prompt[0].content[:4], found.answer) == ("2+2?", "B")


def test_that_a_format_that_no_row_has_is_reported_once_with_the_one_they_have() -> None:
    file = file_of(*[ROWS["messages"]] * 50)
    with pytest.raises(ProblemError) as caught:
        read_rows(file, "alpaca")
    (problem,) = caught.value.problems
    assert problem.what.startswith("none of its 50 rows is in format alpaca; in the first, the column 'instruction'")
    assert "the columns of messages" in problem.remedy


def test_that_rows_which_ask_nothing_are_left_out_and_counted() -> None:
    read = read_rows(
        file_of(
            {"instruction": "", "input": None, "output": "y"},
            {"instruction": "x", "input": "", "output": "y"},
            {"instruction": None, "output": "y"},
        ),
        "auto",
    )
    assert [row.line for row in read.conversations] == [2]
    assert [(line, reason) for line, reason, _ in read.left_out] == [
        (1, "'instruction' and 'input' are both empty"),
        (3, "'instruction' is empty"),
    ]
    with pytest.raises(ProblemError, match="none of its 1 rows can be used; of 1, 'prompt' is empty"):
        read_rows(file_of({"prompt": "", "completion": "x"}), "auto")


def test_that_a_remedy_names_the_likeliest_mapping_and_none_where_none_is_likely() -> None:
    with pytest.raises(ProblemError) as unknown:
        read_rows(file_of({"id": "7", "antwort": "vier", "frage": "2+2?", "url": "x"}), "auto")
    assert 'such as format = { prompt = "frage", completion = "antwort" }.' in unknown.value.problems[0].remedy
    with pytest.raises(ProblemError) as unlikely:
        read_rows(file_of({"n": 7, "m": 8}), "auto")
    assert unlikely.value.problems[0].remedy.startswith("Say in the task which column is what. Known")
