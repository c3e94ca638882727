"""How a task is scored follows from its rows, and a metric that they do not allow is a Problem."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.data.conversation import Conversation, Turn
from studio.data.metric import is_json_object, scored_by, with_choices
from studio.data.tasks import load_tasks


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
    assert scored_by(table(), "alpaca", found).metric == "choice"


def test_that_free_answers_do_not_become_choices() -> None:
    many = {"train": [answered(f"it is {number}", str(number)) for number in range(100, 160)]}
    assert not with_choices(many)["train"][0].choices
    mixed = {"train": [answered("it is a", "a"), answered("it is b", "")]}
    assert not with_choices(mixed)["train"][0].choices


@pytest.mark.parametrize(
    ("rows", "metric"),
    [
        ([answered("4"), answered("5")], "number"),
        ([answered("four"), answered("five")], "exact-match"),
        ([answered('{"a": 1}'), answered(' {"b": [2]} ')], "json"),
        ([answered('{"a": 1}'), answered("[1]")], "exact-match"),
        ([answered("A", "A", choices=("A", "B"))], "choice"),
    ],
)
def test_that_the_metric_follows_from_the_answers(rows: list[Conversation], metric: str) -> None:
    assert scored_by(table(), "messages", {"f": rows}).metric == metric


def test_that_worked_solutions_are_no_choices() -> None:
    long = "First we add the two and then we take away what was there before, which leaves us with "
    rows = {"train": [answered(f"{long}{answer}", answer) for answer in ("red", "blue") * 3]}
    found = scored_by(table(), "alpaca", rows)
    assert (found.metric, found.rows["train"][0].choices) == ("answer", ())


@pytest.mark.parametrize(
    ("rows", "metric", "why"),
    [
        ([answered(f"so it is {n}", str(n)) for n in range(40)], "number", "each row names a number"),
        ([answered(f"so it is word{n}", f"word{n}") for n in range(40)], "answer", "each row names its answer"),
        ([answered("Just so.", "yes"), answered("It is no", "no")], "answer", "1 of them does not say it"),
        ([answered("2 + 2\n#### 4"), answered("#### 5.0")], "number", "####"),
        ([answered(label) for label in ("spam", "ham") * 3], "label", "one of 2 short labels"),
        ([answered(label, label) for label in ("spam", "ham") * 3], "label", "one of 2 short labels"),
        ([answered(f"text {n}") for n in range(9)], "exact-match", "text"),
    ],
)
def test_that_the_metric_is_chosen_from_the_answers_and_said(rows: list[Conversation], metric: str, why: str) -> None:
    found = scored_by(table(), "alpaca", {"f": rows})
    assert found.metric == metric
    assert why in found.why


def test_that_labels_that_are_numbers_are_labels() -> None:
    rows = {"f": [answered(label, label) for label in ("0", "1") * 3]}
    assert scored_by(table(), "classification", rows).metric == "label"
    assert scored_by(table(), "alpaca", rows).metric == "number"


def test_that_labels_are_each_others_choices() -> None:
    found = scored_by(table(), "messages", {"f": [answered(label) for label in ("spam", "ham") * 3]})
    assert {row.choices for row in found.rows["f"]} == {("ham", "spam")}
    assert {row.answer for row in found.rows["f"]} == {"ham", "spam"}


def test_that_an_empty_answer_is_no_label() -> None:
    rows = [*(answered(label, label) for label in ("spam", "ham") * 3), answered("")]
    found = scored_by(table("label"), "classification", {"f": rows}).rows["f"]
    assert [row.choices for row in found] == [("ham", "spam")] * 6 + [()]


def test_that_an_answer_which_the_text_does_not_say_is_no_label_to_compare() -> None:
    rows = [answered("it is spam", "spam"), answered("no idea", "ham")]
    with pytest.raises(ProblemError, match="its answer does not stand in what it says"):
        scored_by(table("label"), "alpaca", {"f": rows})


def test_that_plain_text_is_scored_by_its_loss() -> None:
    assert scored_by(table(), "text", {"f": [Conversation(1, text="x")]}).metric == "loss"


def test_that_the_recipes_own_metric_is_used() -> None:
    assert scored_by(table("exact-match"), "messages", {"f": [answered('{"a": 1}')]}).metric == "exact-match"
    assert scored_by(table("loss"), "messages", {"f": [answered("4")]}).metric == "loss"


@pytest.mark.parametrize(
    ("metric", "said"),
    [("choice", "no choices"), ("acc_norm", "no choices"), ("json", "not a JSON object"), ("number", "no number")],
)
def test_that_a_metric_which_the_rows_do_not_allow_is_a_problem_with_its_line(metric: str, said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        scored_by(table(metric), "messages", {"f.jsonl": [answered("four")]})
    (problem,) = caught.value.problems
    assert problem.where == "f.jsonl, row at 7"
    assert said in problem.what
    assert problem.remedy


def test_that_text_cannot_be_scored_by_its_answers() -> None:
    with pytest.raises(ProblemError, match="plain text has no answers"):
        scored_by(table("exact-match"), "text", {"f": [Conversation(1, text="x")]})


def test_that_json_objects_are_recognised() -> None:
    assert is_json_object('{"a": {}}')
    assert not any(is_json_object(text) for text in ("", "[]", "{a}", '"{}"', "{} {}", "{" * 5000))


def test_that_scoring_alone_decides_as_training_did(tiny_model: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    for name, labels in (("train", ("spam", "ham", "eggs") * 4), ("test", ("spam", "ham"))):
        lines = [{"prompt": f"{name} {number}?", "completion": label} for number, label in enumerate(labels)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    own = TaskTable(name="t", train=str(tmp_path / "train.jsonl"), evaluate=str(tmp_path / "test.jsonl"))
    recipe = Recipe(tasks=(own,))
    trained, alone = (load_tasks(recipe, tokenizer, parts=parts)["t"] for parts in ("all", "held-out"))
    assert (trained.metric, trained.held_out[0].names) == ("label", ("eggs", "ham", "spam"))
    assert (alone.metric, alone.held_out[0].names) == ("label", ("eggs", "ham", "spam"))
    assert trained.held_report.scored_as == "label: all answers are one of 3 short labels"
    (tmp_path / "train.jsonl").unlink()
    assert load_tasks(recipe, tokenizer, parts="held-out")["t"].metric == "exact-match"


@pytest.mark.parametrize(
    ("decided", "rows", "metric"),
    [
        ("exact-match", [answered("4")], "exact-match"),
        ("number", [answered("four")], "number"),  # a recipe that says so is refused; a run that began so goes on
        ("choice", [answered("A", "A", choices=("A", "B"))], "choice"),
        ("choice", [answered("four")], "exact-match"),  # nothing to choose from
        (None, [answered("4")], "number"),
    ],
)
def test_that_a_run_goes_on_with_the_metric_that_it_decided(
    decided: str | None, rows: list[Conversation], metric: str
) -> None:
    assert scored_by(table(), "messages", {"f": rows}, decided).metric == metric
    assert scored_by(table("loss"), "messages", {"f": rows}, decided).metric == "loss"
