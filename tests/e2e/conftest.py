"""What the end-to-end tests share: a recipe on a tiny real model, and reading a run's folder as others would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.recipe.recipe_file import dump_recipe, parse_recipe
from tests.tiny import make_tiny_model

TASKS = {
    "colours": [("What colour is the {}?", "red"), ("Say the colour of the {}.", "red")],
    "cities": [("Where is the {}?", "in Paris"), ("In which city is the {}?", "in Paris")],
}
THINGS = ("door", "car", "house", "tower", "shop", "school", "bridge", "park", "train", "lamp")


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """A recipe with two small tasks on a tiny model, long enough that a person can stop it."""
    model = make_tiny_model(tmp_path / "modèle")
    tables = []
    for task, questions in TASKS.items():
        rows = [
            {"prompt": question.format(thing), "completion": f"The {thing} is {answer}."}
            for thing in THINGS
            for question, answer in questions
        ]
        for part, chosen in (("train", rows[:16]), ("test", rows[16:])):
            lines = "".join(json.dumps(row) + "\n" for row in chosen)
            (tmp_path / f"{task}-{part}.jsonl").write_text(lines, encoding="utf-8")
        tables.append(
            f'[[tasks]]\nname = "{task}"\ntrain = "{task}-train.jsonl"\nevaluate = "{task}-test.jsonl"\n'
            "evaluate_rows = 2\n"
        )
    text = (
        f'name = "end to end"\n[model]\nsource = "./{model.name}"\n{"".join(tables)}'
        '[method]\nname = "mixlora"\nexperts = 4\nrank = 4\n'
        "[training]\nmax_steps = 5000\nmax_length = 128\nbatch_size = 4\nlearning_rate = 1e-3\n"
        "save_every = 5000\nevaluate_every = 5000\n"
        '[machine]\ndevice = "cpu"\n'
    )
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(parse_recipe(text, "recipe.toml", tmp_path)), encoding="utf-8")
    return file
