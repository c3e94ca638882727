"""Rows are held out by their text alone: renamed, reordered and repeated files are divided alike."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe, parse_recipe
from studio.data.conversation import Conversation, Turn
from studio.data.held_out import hold_out
from studio.data.tasks import load_tasks
from studio.planner.row_count import epoch_rows


def row(line: int, asked: str, answer: str = "yes") -> Conversation:
    return Conversation(line, (Turn("user", asked), Turn("assistant", answer)))


ROWS = [row(number, f"Question {number}?") for number in range(1, 101)]


def test_that_rows_without_an_answer_are_neither_counted_nor_held_out() -> None:
    learned, held = hold_out("t", [*ROWS[:10], *(row(number, f"Empty {number}?", " ") for number in range(10))], 0.5)
    assert len(held) == 5
    assert len(learned) == 15
    assert all(each.expected == "yes" for each in held)


@pytest.mark.parametrize(("asked", "held_out"), [(0.1, 10), (25, 25), (0.999, None), (1, 1)])
def test_that_a_share_or_a_number_of_rows_is_held_out(asked: float, held_out: int | None) -> None:
    if held_out is None:
        with pytest.raises(ProblemError, match="no row to learn from; there are 100"):
            hold_out("t", ROWS, asked)
        return
    learned, held = hold_out("t", ROWS, asked)
    assert (len(learned), len(held)) == (100 - held_out, held_out)
    assert sorted([*learned, *held], key=lambda each: each.line) == ROWS
    assert [*held] == sorted(held, key=lambda each: each.line), "in the file's order"


def test_that_the_order_of_rows_does_not_change_which_are_held_out() -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    assert {each.line for each in hold_out("other", shuffled, 0.2)[1]} == {
        each.line for each in hold_out("t", ROWS, 20)[1]
    }


def test_that_rows_with_the_same_question_stay_on_one_side() -> None:
    rows = [row(number, f"Question {number % 20}?", f"answer {number}") for number in range(100)]
    learned, held = hold_out("t", rows, 0.13)
    assert len(held) == 10, "two questions of five rows each; a third would be more than asked for"
    assert not {each.prompt for each in learned} & {each.prompt for each in held}


def test_that_one_question_for_all_rows_divides_them_by_their_answers() -> None:
    learned, held = hold_out("t", [row(number, "A story?", f"story {number // 2}") for number in range(20)], 4)
    assert (len(learned), len(held)) == (16, 4)
    assert not {each.expected for each in learned} & {each.expected for each in held}


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        (ROWS[:3], 0.1, "no row to be scored on; there are 3"),
        (ROWS[:3], 3, "no row to learn from; there are 3"),
        (ROWS[:1], 1, "no row to learn from; there is only one row"),
        ([Conversation(1, text="One document.")], 0.1, "only one document.*blank lines"),
        ([row(number, "Same?") for number in range(9)], 0.5, "equal rows are not divided"),
    ],
)
def test_that_too_few_rows_are_a_problem(rows: list[Conversation], asked: float, said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        hold_out("t", rows, asked)


def recipe_of(folder: Path, evaluate: str) -> Recipe:
    text = f'[[tasks]]\nname = "ask"\ntrain = "rows.jsonl"\nevaluate = {evaluate}\n'
    return parse_recipe(text, "recipe.toml", folder)


def test_that_a_task_learns_the_other_rows_and_every_part_agrees(tiny_model: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    lines = [{"prompt": f"Question {number}?", "completion": f"answer {number}"} for number in range(30)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    recipe = recipe_of(tmp_path, "0.2")
    task = load_tasks(recipe, tokenizer)["ask"]
    assert (len(task.train), len(task.held_out)) == (24, 6)
    asked = [question.prompt for question in task.held_out]
    again = load_tasks(recipe, tokenizer, parts="held-out")["ask"]
    assert [question.prompt for question in again.held_out] == asked
    assert len(load_tasks(recipe, tokenizer, parts="train")["ask"].train) == 24
    assert epoch_rows(recipe) == 24
    assert epoch_rows(recipe_of(tmp_path, "20")) == 10


@pytest.mark.parametrize("evaluate", ["0.1", "200", '"test.jsonl"'])
def test_that_a_recipe_is_written_and_read_back_with_what_is_held_out(tmp_path: Path, evaluate: str) -> None:
    recipe = recipe_of(tmp_path, evaluate)
    assert parse_recipe(dump_recipe(recipe), "again.toml", tmp_path) == recipe


@pytest.mark.parametrize("evaluate", ["0", "1.0", "1.5", "-3", "true", "[]", "0.0"])
def test_that_what_cannot_be_held_out_is_refused_with_its_line(tmp_path: Path, evaluate: str) -> None:
    with pytest.raises(ProblemError) as caught:
        recipe_of(tmp_path, evaluate)
    (problem,) = caught.value.problems
    assert problem.where == "recipe.toml, line 4: tasks.0.evaluate"
    assert "0.1" in problem.remedy
    assert "200" in problem.remedy


def test_that_patience_needs_scores_and_a_rule(tmp_path: Path) -> None:
    text = '[[tasks]]\nname = "ask"\ntrain = "rows.jsonl"\n[training]\npatience = 3\n'
    with pytest.raises(ProblemError, match="no task has held-out rows"):
        parse_recipe(text, "recipe.toml", tmp_path)
    with_rows = text.replace("[training]", "evaluate = 0.1\n[training]")
    assert parse_recipe(with_rows, "recipe.toml", tmp_path).training.patience == 3
    with pytest.raises(ProblemError, match="which evaluation is better"):
        parse_recipe(with_rows + 'keep_best = "none"\n', "recipe.toml", tmp_path)
