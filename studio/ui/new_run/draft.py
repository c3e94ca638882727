"""A recipe being written: the form's values, read as a recipe or as the problems that they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path, path_by_name
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.data_path import missing_of
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.toml_text import to_toml
from studio.core.words import tr
from studio.ui.new_run.cures import Cure, found_cures
from studio.ui.new_run.problem_field import FORM


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds: a valid recipe, or the problems, and what cures them by field."""

    text: str
    recipe: Recipe | None
    problems: tuple[Problem, ...]
    cures: Mapping[str, Cure] = field(default_factory=dict)


def read_draft(values: Mapping[str, Any]) -> Draft:
    """Check the form's values as a recipe file is checked, and that the files it names exist: this asks their disks."""
    text = to_toml(values)
    try:
        recipe = parse_recipe(text, FORM, absolute_path("."))
    except ProblemError as error:
        return Draft(text, None, error.problems, found_cures(values, error.problems))
    missing = tuple(_missing_files(recipe))
    return Draft(text, None if missing else recipe, missing, found_cures(values, missing))


def folders_of(values: Mapping[str, Any]) -> set[Path]:
    """The folders in which the files of the form's values lie, and the model's, by their names alone."""
    source = values.get("model", {}).get("source")
    found = {path_by_name(source)} if isinstance(source, str) and source else set()
    asked = []
    for task in values.get("tasks", ()):
        for part in ("train", "evaluate"):
            given = task.get(part)
            asked += given if isinstance(given, list) else [given]
    return found | {path_by_name(each).parent for each in asked if isinstance(each, str) and each}


def plain_values() -> dict[str, Any]:
    """A recipe of nothing but defaults, without a task."""
    task = {"name": "task", "train": "train.jsonl", "evaluate": None, "format": "auto", "weight": 1.0}
    values = values_of(Recipe.model_validate({"tasks": [task]}))
    values["tasks"] = []
    return values


def values_of(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values."""
    return recipe.model_dump(mode="json")


def _missing_files(recipe: Recipe) -> list[Problem]:
    found = []
    for number, task in enumerate(recipe.tasks):
        for name in ("train", "evaluate"):
            for path in missing_of(getattr(task, name)):
                where = f"{FORM}: tasks.{number}.{name}"
                what = tr("{task}: the file {path} does not exist.", task=task.name, path=path)
                found.append(Problem(where, what, tr("Choose an existing file.")))
    return found
