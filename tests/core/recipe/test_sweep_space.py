"""A [sweep] whose values are proposed: its space and the runs of a setting, every fault a Problem at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.sweep_file import load_recipe_or_sweep, load_sweep
from studio.core.recipe.sweep_space import ProposedSweep, Range
from tests.core.recipe.test_sweep_file import BASE

SPACE = """\
propose = 12
at_once = 6
seed = [1, 2]
"training.learning_rate" = {low = 1e-5, high = 1e-3, log = true}
"method.rank" = {low = 2, high = 16}
[sweep.method]
targets = [["q_proj"], ["q_proj", "v_proj"]]
"""


def read(folder: Path, swept: str) -> ProposedSweep:
    file = folder / "recipe.toml"
    file.write_text(f"{BASE}[sweep]\n{swept}", encoding="utf-8")
    found = load_sweep(file)
    assert isinstance(found, ProposedSweep)
    return found


def test_that_ranges_lists_and_seeds_are_read_and_a_setting_becomes_a_run_for_each_seed(tmp_path: Path) -> None:
    found = read(tmp_path, SPACE)
    assert found.space == {
        "training.learning_rate": Range(1e-5, 1e-3, True),
        "method.rank": Range(2, 16),
        "method.targets": (["q_proj"], ["q_proj", "v_proj"]),
    }
    assert found.space["method.rank"].is_whole  # type: ignore[union-attr]
    assert (found.tries, found.seeds, found.asked_at_once) == (12, (1, 2), 3)
    made = found.made({"training.learning_rate": 2e-4, "method.rank": 5, "method.targets": ["q_proj"]})
    assert [(each.recipe.seed, each.recipe.method.rank, each.recipe.training.learning_rate) for each in made] == [
        (1, 5, 2e-4),
        (2, 5, 2e-4),
    ]
    sweep = found.sweep_of(made)
    assert [field.path for field in sweep.fields] == [
        "training.learning_rate",
        "method.rank",
        "method.targets",
        "seed",
    ]
    assert sweep.at_once == 6


@pytest.mark.parametrize(
    ("swept", "words"),
    [
        ('"training.learning_rate" = {low = 1e-5, high = 1e-3}', "propose says how many"),
        ('propose = 4\n"training.learning_rate" = {low = 1e-3, high = 1e-5}', "not below its high end"),
        ('propose = 4\n"training.learning_rate" = {low = 0, high = 1e-3, log = true}', "begins above 0"),
        ('propose = 4\n"training.learning_rate" = {low = "a", high = 1e-3}', "from a number to a number"),
        ('propose = 4\n"training.learning_rate" = {low = 1e-5, high = 30.0}', "too large"),
        ('propose = 4\n"training.speed" = {low = 1, high = 2}', "speed"),
        ("propose = 4\nseed = [1, 2]", "not proposed themselves"),
        ('propose = 64\nseed = [1, 2]\n"method.rank" = [2, 4]', "128 runs"),
        ('propose = 1\n"method.rank" = [2, 4]', "propose"),
    ],
)
def test_that_what_cannot_be_proposed_is_named_with_its_line(tmp_path: Path, swept: str, words: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, f"{swept}\n")
    assert words in str(caught.value)
    assert "line" in caught.value.problems[0].where


def test_that_the_window_says_where_such_a_sweep_is_trained(tmp_path: Path) -> None:
    read(tmp_path, SPACE)
    with pytest.raises(ProblemError, match=r"mixlora-studio sweep recipe\.toml"):
        load_recipe_or_sweep(tmp_path / "recipe.toml")
