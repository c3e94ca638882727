"""No sentence of the validator's own reaches a person, whatever is written into whichever field."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from studio.core.problem import ProblemError
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.settings import Settings, load_settings
from studio.core.toml_text import to_toml

TABLES: dict[str, type[BaseModel]] = {
    "": Recipe,
    "model": ModelTable,
    "tasks": TaskTable,
    "method": MethodTable,
    "training": TrainingTable,
    "machine": MachineTable,
}
ABSURD: tuple[Any, ...] = (
    True, -5, 2.5, 1e99, 10**18, "", "zebra zebra", "x" * 500, [], [1], ["a", ""], {}, {"a": 1}, math.nan, math.inf,
)  # fmt: skip
VALIDATORS = re.compile(
    r"tuple|(string|list|input|value|number|integer) should|value error|validat(e|ion)|valid (string|integer|number)"
    r"|literal|instance of|dictionary|type=|NoneType|not permitted|match pattern",
    re.IGNORECASE,
)


def _values(table: str, field: str, value: Any) -> dict[str, Any]:
    task = {"name": "a", "train": "a.jsonl"}
    if table == "tasks":
        return {"tasks": [task | {field: value}]}
    return {"tasks": [task]} | ({table: {field: value}} if table else {field: value})


@pytest.mark.parametrize("table", TABLES)
def test_that_no_field_of_a_recipe_answers_in_the_validators_words(table: str, tmp_path: Path) -> None:
    refused = 0
    for field in TABLES[table].model_fields:
        for value in ABSURD:
            try:
                parse_recipe(to_toml(_values(table, field, value)), "recipe", tmp_path)
            except ProblemError as error:
                refused += 1
                for problem in error.problems:
                    said = f"{problem.what} {problem.remedy}".replace(repr(value), "")
                    assert not VALIDATORS.search(said), f"{table}.{field} = {value!r}: {said}"
                    assert problem.remedy, f"{table}.{field} = {value!r} is refused without a remedy"
                    assert problem.what.endswith((".", "?")), problem.what
    assert refused > 2 * len(TABLES[table].model_fields)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_that_no_setting_answers_in_the_validators_words(field: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    refused = 0
    for value in ABSURD:
        file.write_text(to_toml({field: value}), encoding="utf-8")
        for problem in load_settings(file)[1]:
            refused += 1
            assert not VALIDATORS.search(problem.what.replace(repr(value), "")), problem.what
    assert refused


def test_that_a_recipe_without_tasks_is_told_to_add_one(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_recipe("tasks = []\n", "recipe", tmp_path)
    (problem,) = caught.value.problems
    assert problem.what == "there is no task to train on."
    assert problem.remedy.startswith("Add a file")
