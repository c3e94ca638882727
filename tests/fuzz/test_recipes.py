"""Whatever is in a recipe, it is read or reported as a Problem; and what is read is written back as it was."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.problem import ProblemError
from studio.core.recipe.recipe_file import dump_recipe, load_recipe, parse_recipe
from studio.planner import plan_recipe
from tests.fuzz.mutations import STRINGS, TOML_VALUES, fuzz, mutated_text, pick, rounds
from tests.planner.machines import SMALL, machine

RECIPE = """# a recipe
name = "three tasks"
seed = 42

[model]
source = "model"
precision = "auto"

[[tasks]]
name = "arc-easy"
train = "data/train.jsonl"
evaluate = "data/test.jsonl"
format = "auto"
weight = 1.0

[[tasks]]
name = "boolq"
train = "data/boolq.csv"

[method]
name = "mixlora"
experts = 8
top_k = 2
rank = 16
alpha = 32
dropout = 0.05
balance = 0.01
layer_experts = [4, 4, 4]
targets = "all"

[training]
epochs = 2
max_length = 512
batch_size = 16
micro_batch = "auto"
learning_rate = 2e-4
optimizer = "auto"
save_every = 100

[machine]
device = "auto"
memory_budget = "24GiB"
"""
KEYS = (
    "name",
    "seed",
    "model.source",
    "tasks.0.train",
    "tasks.boolq.weight",
    "method.rank",
    "method",
    "tasks",
    "x.y",
    "",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "model").mkdir()
    (folder / "model" / "config.json").write_text(json.dumps(SMALL), encoding="utf-8")
    (folder / "model" / "pytorch_model.bin").write_bytes(b"weights")
    return folder


@rounds
@fuzz
@given(random=st.randoms(use_true_random=False))
def test_that_any_recipe_is_read_whole_or_reported_as_a_problem(random: Random, turn: int, folder: Path) -> None:
    text = RECIPE
    for _ in range(1 + random.randrange(3)):
        text = mutated_text(random, text)
    overrides = [
        f"{pick(random, KEYS)}{pick(random, ('=', '', '=='))}{pick(random, TOML_VALUES + STRINGS)}"
        for _ in range(random.randrange(3))
    ]
    file = folder / "recipe.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        recipe = load_recipe(file, overrides)
    except ProblemError as error:
        if not all(problem.where and problem.what for problem in error.problems):
            pytest.fail(f"a Problem says nothing: {error}")
        return
    assert parse_recipe(dump_recipe(recipe), "again", folder) == recipe
    if recipe.model.source == str(folder / "model"):
        with contextlib.suppress(ProblemError):
            assert plan_recipe(recipe, machine()).peak_bytes > 0
