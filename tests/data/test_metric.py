"""How a task is scored follows from its rows, and a metric that they do not allow is a Problem."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import TaskTable
from studio.data.conversation import Conversation, Turn
from studio.data.metric import choose_metric, is_json_object, with_choices


def answered(expected: str, answer: str = "", asked: str = "?", choices: tuple[str, ...] = ()) -> Conversation:
    return Conversation(7, (Turn("user", asked), Turn("assistant", expected)), answer=answer, choices=choices)


def table(metric: Any = "auto") -> TaskTable:
    return TaskTable(name="t", train="t.jsonl", metric=metric)


def test_that_answers_named_by_the_rows_become_choices() -> None:
    read = {
        "train": [answered("it is answer1", "answer1", "answer1/answer2/answer3")],
        "test": [answered("it is answer2", "answer2", "answer1/answer2"), answered("it is answer3", "answer3", "?")],
    }
    found = with_choices(read)
    assert found["train"][0].choices == ("answer1", "answer2", "answer3")
    assert found["test"][0].choices == ("answer1", "answer2"), "only those that the prompt allows"
    assert found["test"][1].choices == ("answer1", "answer2", "answer3"), "all, where the prompt names none"
    assert choose_metric(table(), "alpaca", found) == "choice"


def test_that_free_answers_do_not_become_choices() -> None:
    many = {"train": [answered(f"it is {number}", str(number)) for number in range(100, 160)]}
    assert not with_choices(many)["train"][0].choices
    mixed = {"train": [answered("it is a", "a"), answered("it is b", "")]}
    assert not with_choices(mixed)["train"][0].choices


@pytest.mark.parametrize(
    ("rows", "metric"),
    [
        ([answered("4"), answered("5")], "exact-match"),
        ([answered('{"a": 1}'), answered(' {"b": [2]} ')], "json"),
        ([answered('{"a": 1}'), answered("[1]")], "exact-match"),
        ([answered("A", "A", choices=("A", "B"))], "choice"),
    ],
)
def test_that_the_metric_follows_from_the_answers(rows: list[Conversation], metric: str) -> None:
    assert choose_metric(table(), "messages", {"f": rows}) == metric


def test_that_plain_text_is_scored_by_its_loss() -> None:
    assert choose_metric(table(), "text", {"f": [Conversation(1, text="x")]}) == "loss"


def test_that_the_recipes_own_metric_is_used() -> None:
    assert choose_metric(table("exact-match"), "messages", {"f": [answered('{"a": 1}')]}) == "exact-match"
    assert choose_metric(table("loss"), "messages", {"f": [answered("4")]}) == "loss"


@pytest.mark.parametrize(("metric", "said"), [("choice", "no choices"), ("json", "not a JSON object")])
def test_that_a_metric_which_the_rows_do_not_allow_is_a_problem_with_its_line(metric: str, said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        choose_metric(table(metric), "messages", {"f.jsonl": [answered("4")]})
    (problem,) = caught.value.problems
    assert problem.where == "f.jsonl, row at 7"
    assert said in problem.what
    assert problem.remedy


def test_that_text_cannot_be_scored_by_its_answers() -> None:
    with pytest.raises(ProblemError, match="plain text has no answers"):
        choose_metric(table("exact-match"), "text", {"f": [Conversation(1, text="x")]})


def test_that_json_objects_are_recognised() -> None:
    assert is_json_object('{"a": {}}')
    assert not any(is_json_object(text) for text in ("", "[]", "{a}", '"{}"', "{} {}", "{" * 5000))
