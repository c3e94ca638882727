"""A task's format as a table: which columns go together, and what is said of each slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.column_mapping import ColumnMapping, columns_in
from studio.core.recipe.recipe_file import dump_recipe, missing_data, parse_recipe

TASK = '[[tasks]]\nname = "t"\ntrain = "a.jsonl"\n'


def problem_of(line: str, *overrides: str) -> Problem:
    with pytest.raises(ProblemError) as caught:
        parse_recipe(TASK + line, "recipe.toml", Path("/data"), overrides)
    (problem,) = caught.value.problems
    return problem


def test_that_a_mapping_is_read_and_written_back_the_same() -> None:
    line = 'format = { prompt = "{a}\\n\\n{b}", completion = "c", system = "Say \\"so\\"." }'
    recipe = parse_recipe(TASK + line, "recipe.toml", Path("/data"))
    assert recipe.tasks[0].format == ColumnMapping(prompt="{a}\n\n{b}", completion="c", system='Say "so".')
    assert parse_recipe(dump_recipe(recipe), "again", Path("/elsewhere")) == recipe


@pytest.mark.parametrize(
    ("line", "where", "said"),
    [
        ('format = { promt = "a" }', "promt", "no field 'promt'"),
        ('format = { prompt = "a" }', "prompt", "nothing to be learned"),
        ('format = { completion = "a" }', "prompt", "names no prompt"),
        ('format = { prompt = "a", completion = "b", label = "c" }', "prompt", "completion and label"),
        ('format = { prompt = "a", choices = "b" }', "choices", "need the right one"),
        ('format = { messages = "a", prompt = "b" }', "messages", "stands beside prompt"),
        ('format = { text = "a", system = "b" }', "text", "stands beside system"),
        ('format = { prompt = "{a", completion = "b" }', "prompt", "brace without its other half"),
        ('format = { prompt = "a", completion = 3 }', "completion", "3 is not text"),
        ('format = { prompt = "", completion = "b" }', "prompt", "it is empty"),
    ],
)
def test_that_a_slip_in_a_mapping_is_named_with_its_line_and_cure(line: str, where: str, said: str) -> None:
    problem = problem_of(line)
    assert problem.where == f"recipe.toml, line 4: tasks.0.format.{where}"
    assert said in problem.what
    assert problem.remedy


def test_that_a_word_that_is_no_format_is_answered_with_the_words_there_are() -> None:
    for line in ('format = "alpac"', "format = 3"):
        problem = problem_of(line)
        assert problem.where == "recipe.toml, line 4: tasks.0.format"
        assert "alpaca" in problem.remedy
        assert "prompt =" in problem.remedy


def test_that_a_mapping_can_be_set_from_the_command_line() -> None:
    recipe = parse_recipe(TASK, "recipe.toml", Path("/data"), ['tasks.t.format={prompt = "a", label = "b"}'])
    assert recipe.tasks[0].format == ColumnMapping(prompt="a", label="b")


def test_that_an_encoding_is_one_that_can_be_read() -> None:
    assert parse_recipe(f'{TASK}encoding = "windows-1252"', "r", Path("/data")).tasks[0].encoding == "windows-1252"
    for name in ("windows-99", "hex"):
        assert "no encoding" in problem_of(f'encoding = "{name}"').what


def test_that_files_in_a_list_are_made_absolute_and_missed_where_they_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "here.jsonl").touch()
    names = '["here.jsonl", "gone.csv.gz", "more/*.jsonl", "owner/set", "~"]'
    recipe = parse_recipe(f'[[tasks]]\nname = "t"\ntrain = {names}\n', "recipe.toml", tmp_path)
    home = str(Path.home())
    wanted = [*(str(tmp_path / name) for name in ("here.jsonl", "gone.csv.gz", "more/*.jsonl")), "owner/set", home]
    assert recipe.tasks[0].train == [str(Path(name)) if name != "owner/set" else name for name in wanted]
    assert [problem.where for problem in missing_data(recipe)] == [f"tasks.t.train = {tmp_path / 'gone.csv.gz'}"]
    assert parse_recipe(dump_recipe(recipe), "again", tmp_path / "elsewhere") == recipe


def test_that_the_columns_of_a_template_are_those_in_its_braces() -> None:
    assert columns_in("{a}\n\n{b.c} {{not}}") == ["a", "b.c"]
    assert columns_in("question") == ["question"]
    assert columns_in("only {{braces}}") == []
