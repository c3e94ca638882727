"""Recipes from TOML: every fault names its line and its cure, and a written recipe reads back equal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.recipe.data_path import DATA_SUFFIXES
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.core.recipe.recipe_file import dump_recipe, load_recipe, parse_recipe

MINIMAL = """\
name = "two"

[[tasks]]
name = "units"
train = "units.jsonl"

[[tasks]]
name = "sort"
train = "sort.jsonl"
weight = 2.0
"""


def problems_of(text: str, *overrides: str, folder: Path = Path("/recipes")) -> tuple[Problem, ...]:
    with pytest.raises(ProblemError) as caught:
        parse_recipe(text, "recipe.toml", folder, overrides)
    return caught.value.problems


def the_problem_of(text: str, *overrides: str) -> Problem:
    (problem,) = problems_of(text, *overrides)
    return problem


def test_that_a_minimal_recipe_gets_the_papers_defaults(tmp_path: Path) -> None:
    recipe = parse_recipe(MINIMAL, "recipe.toml", tmp_path)
    assert [task.weight for task in recipe.tasks] == [1.0, 2.0]
    assert (recipe.method.name, recipe.method.experts, recipe.method.top_k, recipe.method.rank) == ("mixlora", 8, 2, 16)
    assert recipe.model.source == "demo"


def test_that_relative_paths_are_relative_to_the_recipe_and_not_to_where_one_stands(tmp_path: Path) -> None:
    file = tmp_path / "über uns" / "recipe.toml"
    file.parent.mkdir()
    file.write_text(MINIMAL, encoding="utf-8")
    recipe = load_recipe(file)
    assert recipe.tasks[0].train == str(tmp_path.resolve() / "über uns" / "units.jsonl")


def test_that_a_recipe_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(MINIMAL, encoding="utf-8-sig")
    assert load_recipe(file).name == "two"


def test_that_hub_ids_stay_as_they_are_and_folders_become_absolute(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    hub = parse_recipe(MINIMAL + '[model]\nsource = "owner/name"\n', "r.toml", tmp_path)
    local = parse_recipe(MINIMAL + '[model]\nsource = "models/mine"\n', "r.toml", tmp_path)
    assert hub.model.source == "owner/name"
    assert local.model.source == str(tmp_path / "models" / "mine")


@pytest.mark.parametrize("source", ["~nobody-of-this-name/model", "a" * 400, "with\\u0000nul"])
def test_that_an_odd_model_source_is_kept_for_the_loader_to_name(source: str, tmp_path: Path) -> None:
    recipe = parse_recipe(f'{MINIMAL}[model]\nsource = "{source}"\n', "r.toml", tmp_path)
    assert recipe.model.source.endswith(source.replace("\\u0000", "\0").replace("/", os.sep))


def test_that_an_unknown_key_is_named_with_its_line_and_the_likely_one() -> None:
    problem = the_problem_of(MINIMAL + "\n[method]\nrnak = 8\n")
    assert problem.where == "recipe.toml, line 13: method.rnak"
    assert problem.remedy == "Did you mean 'rank'?"


def test_that_an_unknown_key_like_no_other_lists_the_known_ones() -> None:
    problem = the_problem_of("zzz = 1\n" + MINIMAL)
    assert problem.where == "recipe.toml, line 1: zzz"
    assert "model" in problem.remedy
    assert "tasks" in problem.remedy


def test_that_a_wrong_type_shows_the_value_and_the_fields_sentence() -> None:
    problem = the_problem_of(MINIMAL + '[method]\nexperts = "many"\n')
    assert problem.where == "recipe.toml, line 12: method.experts"
    assert "'many'" in problem.what
    assert "at least 2" in problem.remedy


@pytest.mark.parametrize(
    "line", ['max_steps = "6"', "max_steps = true", "epochs = true", 'learning_rate = "2e-4"', "checkpointing = 1"]
)
def test_that_a_value_of_another_type_is_not_bent_into_the_fields_own(line: str) -> None:
    problem = the_problem_of(f"{MINIMAL}[training]\n{line}\n")
    assert problem.where == f"recipe.toml, line 12: training.{line.split()[0]}"
    assert problem.what.partition(" is not ")[2]


@pytest.mark.parametrize(
    ("text", "where", "head"),
    [
        (f"model = 3\n{MINIMAL}", "recipe.toml, line 1: model", "[model]"),
        ("tasks = 3\n", "recipe.toml, line 1: tasks", "[[tasks]]"),
        ("tasks = [1]\n", "recipe.toml, line 1: tasks.0", "[[tasks]]"),
    ],
)
def test_that_a_value_in_place_of_a_table_is_told_how_a_table_is_written(text: str, where: str, head: str) -> None:
    problem = the_problem_of(text)
    assert problem.where == where
    assert "is not a table" in problem.what
    assert problem.remedy.startswith(f"Write {head} on a line of its own")


def test_that_a_value_out_of_range_says_the_range() -> None:
    problem = the_problem_of(MINIMAL + "[training]\nmax_length = 4\n")
    assert "at least 8" in problem.remedy
    assert problem.where.endswith("line 12: training.max_length")


@pytest.mark.parametrize("value", ["nan", "inf", "-1.0"])
def test_that_a_learning_rate_that_is_no_rate_is_refused(value: str) -> None:
    assert the_problem_of(f"{MINIMAL}[training]\nlearning_rate = {value}\n").where.endswith("training.learning_rate")


def test_that_a_wrong_word_says_the_allowed_ones() -> None:
    problem = the_problem_of(MINIMAL + '[model]\nprecision = "fp8"\n')
    assert "fp32, bf16, fp16, int8, nf4" in problem.remedy


def test_that_a_field_that_allows_a_word_or_a_number_fails_once() -> None:
    problem = the_problem_of(MINIMAL + '[training]\nmicro_batch = "few"\n')
    assert problem.where == "recipe.toml, line 12: training.micro_batch"
    assert "auto, a whole number" in problem.remedy


def test_that_the_fault_of_the_second_task_names_the_second_tasks_line() -> None:
    problem = the_problem_of(MINIMAL.replace("weight = 2.0", "weight = -2.0"))
    assert problem.where == "recipe.toml, line 10: tasks.1.weight"


def test_that_a_missing_field_is_named_at_its_table() -> None:
    problem = the_problem_of('[[tasks]]\nname = "units"\n')
    assert problem.where == "recipe.toml, line 1: tasks.0.train"
    assert problem.what == "train is missing."


def test_that_a_recipe_without_tasks_says_so() -> None:
    assert the_problem_of('name = "empty"\n').what == "tasks is missing."


def test_that_more_experts_for_a_token_than_there_are_is_an_impossible_pair() -> None:
    problem = the_problem_of(MINIMAL + "[method]\nexperts = 4\ntop_k = 6\n")
    assert problem.where == "recipe.toml, line 13: method.top_k"
    assert problem.what == "6 experts for each token, but there are 4."
    assert "Set top_k to 4 or less" in problem.remedy


def test_that_moelora_needs_a_whole_share_of_rank_for_each_expert() -> None:
    problem = the_problem_of(MINIMAL + '[method]\nname = "moelora"\nrank = 12\n')
    assert problem.where == "recipe.toml, line 13: method.rank"
    assert "multiple of 8" in problem.remedy


@pytest.mark.parametrize("name", ["sort", "a|b"])
def test_that_two_tasks_of_one_name_are_refused_at_the_second(name: str) -> None:
    problem = the_problem_of(MINIMAL.replace('"units"', f'"{name}"').replace('"sort"', f'"{name}"'))
    assert problem.where == "recipe.toml, line 8: tasks.1.name"
    assert problem.what == f"two tasks are called {name!r}."
    assert problem.remedy == "Give each task its own name."


def test_that_every_fault_is_told_at_once() -> None:
    found = problems_of(MINIMAL + "[method]\nrank = 0\n[training]\nbatch_size = 0\nwarmup = 2.0\n")
    assert [problem.where.split(": ")[1] for problem in found] == [
        "method.rank",
        "training.batch_size",
        "training.warmup",
    ]


def test_that_text_that_is_not_toml_names_the_line() -> None:
    assert "line 2" in the_problem_of('name = "x"\nmodel = {\n[').what


def test_that_a_missing_recipe_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="there is no such recipe"):
        load_recipe(tmp_path / "none.toml")


def test_that_a_folder_in_place_of_a_recipe_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="this is a folder, not a file"):
        load_recipe(tmp_path)


def test_that_a_recipe_in_latin_1_names_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_bytes('name = "é"'.encode("latin-1"))
    with pytest.raises(ProblemError, match="byte 8: this is not UTF-8"):
        load_recipe(file)


def test_that_overrides_reach_tables_tasks_by_number_and_tasks_by_name() -> None:
    recipe = parse_recipe(
        MINIMAL,
        "recipe.toml",
        Path("/recipes"),
        ["method.rank=8", "tasks.0.weight=3", "tasks.sort.weight=4", "model.source=owner/name", "training.max_steps=5"],
    )
    assert recipe.method.rank == 8
    assert [task.weight for task in recipe.tasks] == [3.0, 4.0]
    assert recipe.model.source == "owner/name"
    assert recipe.training.max_steps == 5


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("method.rank", "this is not key=value"),
        ("=3", "this is not key=value"),
        ("method..rank=3", "this is not key=value"),
        ("tasks.nothing.weight=3", "there is no task 'nothing'"),
        ("tasks.7.weight=3", "there is no task '7'"),
        ("tasks.².weight=3", "there is no task '²'"),
        ("name.first=x", "name.first is not a field"),
        ("method.rnak=3", "there is no field 'rnak'"),
        ("methd.rank=3", "there is no field 'methd'"),
        ("method.rank=0", "0 is too small"),
    ],
)
def test_that_a_bad_override_is_named_as_it_was_typed(override: str, what: str) -> None:
    problem = the_problem_of(MINIMAL, override)
    assert problem.where == f"--set {override}"
    assert what in problem.what
    assert problem.remedy


def test_that_an_override_of_a_task_in_a_recipe_whose_tasks_are_no_list_is_a_problem() -> None:
    assert "there is no task '0'" in the_problem_of("tasks = 3\n", "tasks.0.weight=1").what


def test_that_a_written_recipe_in_a_run_folder_reads_back_with_its_lines(tmp_path: Path) -> None:
    recipe = parse_recipe(MINIMAL, "recipe.toml", tmp_path)
    text = dump_recipe(recipe)
    assert parse_recipe(text, "recipe.toml", tmp_path / "elsewhere") == recipe
    broken = text.replace("rank = 16", "rank = 0")
    line = 1 + broken[: broken.index("rank = 0")].count("\n")
    assert the_problem_of(broken).where == f"recipe.toml, line {line}: method.rank"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"], exclude_characters="/\\:"), min_size=1, max_size=20)
# Absolute and normal: what `load_recipe` makes of every path.
DATA_FILES = st.builds(
    lambda name, suffix: os.path.normpath(os.path.abspath(os.sep) + name.replace("/", "-") + suffix),  # noqa: PTH100
    TEXT,
    st.sampled_from(DATA_SUFFIXES),
)
COLUMNS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), min_size=1, max_size=20)
TASKS = st.builds(
    TaskTable,
    name=NAMES,
    train=DATA_FILES | st.lists(DATA_FILES, min_size=1, max_size=3),
    evaluate=st.none() | DATA_FILES,
    format=st.sampled_from(["auto", "messages", "alpaca", "multiple-choice"])
    | st.builds(ColumnMapping, prompt=COLUMNS, completion=COLUMNS, system=st.none() | COLUMNS),
    skip_faulty=st.booleans(),
    weight=st.floats(1e-6, 100),
    evaluate_rows=st.integers(1, 1000),
)
RECIPES = st.builds(
    Recipe,
    name=TEXT,
    seed=st.integers(0, 2**32 - 1),
    model=st.builds(ModelTable, source=st.sampled_from(["demo", "owner/name"]), revision=TEXT),
    tasks=st.lists(TASKS, min_size=1, max_size=3, unique_by=lambda task: task.name).map(tuple),
    method=st.builds(
        MethodTable,
        experts=st.integers(4, 256),
        top_k=st.integers(1, 4),
        alpha=st.floats(1e-3, 8192),
        dropout=st.floats(0, 0.99),
        targets=st.just("all") | st.lists(TEXT, min_size=1, max_size=3),
    ),
    training=st.builds(
        TrainingTable,
        epochs=st.floats(1e-3, 1000),
        max_steps=st.none() | st.integers(1, 10**6),
        micro_batch=st.just("auto") | st.integers(1, 64),
        learning_rate=st.floats(1e-12, 1),
        checkpointing=st.sampled_from(["auto", True, False]),
    ),
    machine=st.builds(MachineTable, memory_budget=st.sampled_from(["auto", "24GiB", "1.5 TiB"])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECIPES)
def test_that_any_recipe_survives_being_written_and_read(recipe: Recipe) -> None:
    assert parse_recipe(dump_recipe(recipe), "recipe.toml", Path(os.path.abspath(os.sep))) == recipe  # noqa: PTH100


def test_that_a_windows_path_in_double_quotes_is_told_how_to_be_written() -> None:
    for path in (r"C:\Users\me\units.jsonl", r"C:\data\xenon.jsonl"):
        problem = the_problem_of(MINIMAL.replace("units.jsonl", path))
        assert "not TOML" in problem.what
        assert r"single quotes: 'C:\data\train.jsonl'" in problem.remedy
    assert parse_recipe(MINIMAL.replace('"units.jsonl"', r"'C:\Users\me\units.jsonl'"), "r", Path("/recipes"))


def test_that_a_field_outside_its_table_is_told_where_it_belongs() -> None:
    problem = the_problem_of(MINIMAL, "rank=8")
    assert (problem.where, problem.remedy) == ("--set rank=8", "Did you mean 'method.rank'?")


def test_that_a_pattern_for_machines_is_not_shown_to_people() -> None:
    problem = the_problem_of(MINIMAL, "machine.memory_budget=24GB")
    assert problem.what == "'24GB' is not understood here."
    assert '"24GiB"' in problem.remedy
