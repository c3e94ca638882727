"""Sweeps from TOML: lists of values become ordinary recipes, and every fault names its line and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe_file import dump_recipe, parse_recipe
from studio.core.recipe.sweep import MOST_RUNS, Sweep
from studio.core.recipe.sweep_file import load_sweep, parse_sweep

BASE = """\
name = "three tasks"
seed = 3
[[tasks]]
name = "units"
train = "units.jsonl"
"""


def sweep_of(swept: str, *overrides: str, folder: Path = Path("/recipes")) -> Sweep:
    return parse_sweep(f"{BASE}[sweep]\n{swept}", "recipe.toml", folder, overrides)


def the_problem_of(swept: str, *overrides: str) -> Problem:
    with pytest.raises(ProblemError) as caught:
        sweep_of(swept, *overrides)
    (problem,) = caught.value.problems
    return problem


def names_of(sweep: Sweep) -> list[str]:
    return [member.recipe.name for member in sweep.members]


@pytest.mark.parametrize(
    "spelled",
    [
        'seed = [1, 2]\n"training.learning_rate" = [1e-4, 3e-4]',
        "seed = [1, 2]\ntraining.learning_rate = [1e-4, 3e-4]",
        "seed = [1, 2]\n[sweep.training]\nlearning_rate = [1e-4, 3e-4]",
    ],
)
def test_that_every_spelling_of_a_field_makes_the_same_grid(spelled: str) -> None:
    sweep = sweep_of(spelled)
    # Every rate with the first seed before the second seed: a sweep that ends early compares something.
    assert [(each.recipe.seed, each.recipe.training.learning_rate) for each in sweep.members] == [
        (1, 1e-4),
        (1, 3e-4),
        (2, 1e-4),
        (2, 3e-4),
    ]
    assert names_of(sweep)[0] == "three tasks, seed 1, learning rate 0.0001"
    assert sweep.settings == [{"training.learning_rate": 1e-4}, {"training.learning_rate": 3e-4}]


def test_that_the_runs_may_come_in_the_order_of_the_lists() -> None:
    sweep = sweep_of('order = "as-listed"\nmethod.rank = [4, 8]\nseed = [1, 2]')
    assert [(each.recipe.method.rank, each.recipe.seed) for each in sweep.members] == [(4, 1), (4, 2), (8, 1), (8, 2)]


def test_that_a_member_is_an_ordinary_recipe(tmp_path: Path) -> None:
    sweep = sweep_of('"method.name" = ["lora", "mixlora"]', folder=tmp_path)
    recipe = sweep.members[0].recipe
    assert recipe.tasks[0].train == str(tmp_path / "units.jsonl")
    assert parse_recipe(dump_recipe(recipe), "member.toml", tmp_path) == recipe


def test_that_what_a_method_does_not_use_is_not_tried_twice() -> None:
    sweep = sweep_of('"method.name" = ["lora", "mixlora"]\n"method.experts" = [4, 8]')
    assert names_of(sweep) == [
        "three tasks, lora",
        "three tasks, mixlora, experts 4",
        "three tasks, mixlora, experts 8",
    ]
    assert sweep.left_out == 1


def test_that_a_list_may_hold_lists_where_the_field_is_one() -> None:
    sweep = sweep_of('method.targets = ["all", ["q_proj", "v_proj"]]')
    assert [each.recipe.method.targets for each in sweep.members] == ["all", ["q_proj", "v_proj"]]


def test_that_names_stay_within_what_a_recipe_allows() -> None:
    text = BASE.replace("three tasks", "t" * 80) + "[sweep]\nmethod.rank = [4]\nmethod.alpha = [8]\nseed = [1]\n"
    (name,) = names_of(parse_sweep(text + "training.warmup = [0.1]\ntraining.batch_size = [4]\n", "r.toml", Path("/x")))
    assert len(name) <= 80


@pytest.mark.parametrize(
    ("swept", "where", "what", "remedy"),
    [
        ("seed = 3", "line 7: sweep.seed", "3 is not a list of values", "[1e-4, 3e-4]"),
        ("seed = []", "line 7: sweep.seed", "its list is empty", "remove the line"),
        ("seed = [1, 1]", "line 7: sweep.seed", "1 is in the list twice", "once"),
        ("seed = [0, 0]", "line 7: sweep.seed", "0 is in the list twice", "once"),
        ('seed = ["one"]', "line 7: sweep.seed", "'one' is not a whole number", "It is at least 0"),
        ("training.learning_rate = [1e-4, 3]", "line 7: sweep.training.learning_rate", "3 is too large", "at most 1"),
        ("training.lerning_rate = [1]", "sweep.training.lerning_rate", "no field", "Did you mean 'learning_rate'"),
        ("learning_rate = [1]", "sweep.learning_rate", "no field", "Did you mean 'training.learning_rate'"),
        ("trainign.rank = [1]", "sweep.trainign.rank", "no field 'trainign'", "Did you mean 'training'"),
        ("training = [1]", "sweep.training", "training is a table", "Name a field in it"),
        ("seed.x = [1]", "sweep.seed.x", "seed has no fields", "under [sweep]"),
        ("tasks.units.weight = [1, 2]", "sweep.tasks.units.weight", "the same tasks", "[method]"),
        ('name = ["a"]', "line 7: sweep.name", "gets a name", "itself"),
        ('machine.device = ["cpu", "cuda"]', "sweep.machine.device", "the same machine", "[method]"),
        ('order = "any"\nseed = [1]', "line 7: sweep.order", "'any' is not one of the choices", "seed-by-seed"),
        ("together = 3\nseed = [1]", "line 7: sweep.together", "3 ", "in one pass"),
        ("at_once = 1\nseed = [1]", "line 7: sweep.at_once", "1 is too small", "from 2 to 16"),
        ("", "line 6: sweep", "no field has a list", "under [sweep]"),
        (f"seed = {list(range(MOST_RUNS + 1))}", "line 6: sweep", f"{MOST_RUNS + 1} runs", "fewer"),
        ("method.rank = [4, 8]\n'method.rank' = [2]", "sweep.method.rank", "two lists", "one list"),
        ("method.top_k = [2, 6]\nmethod.experts = [4, 8]", "line 7: sweep.method.top_k", "there are 4", "top_k to 4"),
    ],
)
def test_that_a_fault_names_its_line_and_its_cure(swept: str, where: str, what: str, remedy: str) -> None:
    problem = the_problem_of(swept)
    assert where in problem.where
    assert what in problem.what
    assert remedy in problem.remedy


def test_that_faults_of_many_fields_are_told_at_once_and_thousands_of_runs_are_never_made() -> None:
    with pytest.raises(ProblemError) as caught:
        sweep_of("seed = []\ntraining.warmup = 3\nmethod.rnak = [1]")
    assert len(caught.value.problems) == 3
    many = "\n".join(
        f"training.{name} = {[each / 100 for each in range(1, 40)]}" for name in ("warmup", "weight_decay")
    )
    assert "1,521 runs" in the_problem_of(many).what


def test_that_a_sweep_may_come_from_the_command_line_alone_and_goes_before_the_file() -> None:
    plain = parse_sweep(BASE, "recipe.toml", Path("/recipes"), ["sweep.seed=[1, 2]"])
    assert [each.recipe.seed for each in plain.members] == [1, 2]
    over = sweep_of('"training.warmup" = [0.1]', "sweep.training.warmup=[0.2, 0.3]")
    assert [each.recipe.training.warmup for each in over.members] == [0.2, 0.3]
    problem = the_problem_of('"training.warmup" = [0.1]', "sweep.training.warmup=[2]")
    assert problem.where == "--set sweep.training.warmup=[2]"


def test_that_a_sweep_where_one_run_is_asked_for_says_which_verb_takes_it(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_recipe(f"{BASE}[sweep]\nseed = [1, 2]\n", "recipe.toml", tmp_path)
    (problem,) = caught.value.problems
    assert problem.where == "recipe.toml, line 6: sweep"
    assert "mixlora-studio sweep" in problem.remedy


def test_that_a_sweep_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "läufe.toml"
    file.write_text(f"{BASE}[sweep]\nseed = [1, 2]\n", encoding="utf-8-sig")
    assert len(load_sweep(file).members) == 2
