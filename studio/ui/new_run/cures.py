"""What one click does about a Problem of a recipe: sets a field to a value that will do, or has a path chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.toml_text import to_toml
from studio.core.words import tr
from studio.ui.fields.editors import choice_text
from studio.ui.fields.field_spec import FieldSpec, spec_of
from studio.ui.new_run.problem_field import FORM, field_of

MOST_TRIED = 24  # values of a field; a recipe is read for each
USUAL_DEVICE = "auto"  # which every machine has
FOLDERS = ("model.source", "model.adapter")


@dataclass(frozen=True, slots=True)
class Cure:
    """One click: `field` gets `value`, or where that is None a person chooses it; `label` is on the button."""

    field: str
    label: str
    value: Any = None


def found_cures(values: Mapping[str, Any], problems: Iterable[Problem]) -> dict[str, Cure]:
    """What helps with these problems of the form's `values`, by field: only what then has no fault there.

    Reads the recipe again and again, so this is work for a thread.
    """
    found: dict[str, Cure] = {}
    for field in dict.fromkeys(field_of(problem) for problem in problems):
        if (chosen := choosing(field)) is not None:
            found[field] = chosen
        elif (value := _working(values, field)) is not None:
            found[field] = use(field, value)
    return found


def choosing(field: str) -> Cure | None:
    """Having a path chosen, where the field is one."""
    if field in FOLDERS:
        return Cure(field, tr("Choose a folder…"))
    if field.startswith("tasks.") and field.rpartition(".")[2] in ("train", "evaluate"):
        return Cure(field, tr("Choose files…"))
    return None


def use(field: str, value: Any) -> Cure:
    """Setting a field to this value."""
    word = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
    return Cure(field, tr("Use {value}", value=choice_text(str(word))), value)


def of_planning(problem: Problem, recipe: Recipe) -> Cure | None:
    """What helps with a problem that only planning on this machine found."""
    field = field_of(problem)
    if field == "machine.device" and recipe.machine.device != USUAL_DEVICE:
        return use(field, USUAL_DEVICE)
    return choosing(field)


def _working(values: Mapping[str, Any], field: str) -> Any:
    """The nearest value of a field without a fault there or a new one elsewhere; None if none is found."""
    table, _, name = field.rpartition(".")
    place = values.get(table) if table else None
    if not isinstance(place, Mapping) or name not in place:
        return None
    info = Recipe.model_fields[table].annotation
    fields = getattr(info, "model_fields", {})
    if name not in fields:
        return None
    before = _faults(values)
    for tried in _tried(spec_of(field, fields[name]), place[name]):
        changed = deepcopy(dict(values))
        changed[table][name] = tried
        if _faults(changed) < before:
            return tried
    return None


def _faults(values: Mapping[str, Any]) -> set[str]:
    try:
        parse_recipe(to_toml(values), FORM, absolute_path("."))
    except ProblemError as error:
        return {field_of(problem) for problem in error.problems}
    return set()


def _tried(spec: FieldSpec, value: Any) -> Iterator[Any]:
    """Values that a person may have meant, the nearest first."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and spec.kind == "number" and spec.default is not None:
        yield spec.default  # the bound of a rate or a share is seldom what was meant
    if number and spec.kind in ("whole", "number"):
        low, high = spec.minimum, spec.maximum
        inside = max(value, low) if low is not None else value
        inside = min(inside, high) if high is not None else inside
        if inside != value:
            yield int(inside) if spec.kind == "whole" else inside
        if spec.kind == "whole":
            least = int(low) if low is not None else 0
            yield from range(int(inside) - 1, max(least, int(inside) - MOST_TRIED) - 1, -1)
    elif spec.choices:
        yield from difflib.get_close_matches(str(value), spec.choices, n=2)
    if spec.default is not None and spec.default != value:
        yield spec.default
