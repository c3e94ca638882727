"""A recipe in words: the titles of its form with what was asked, and what "auto" became."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.units import number_text, percent_text
from studio.report.portable import last_part


def recipe_words(recipe: Recipe, decided: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(title, value) of every field that the form shows at first, and of every other that was changed.

    `decided` has what the run made of fields that are "auto". The model is told elsewhere.
    """
    method = METHODS[recipe.method.name]
    found = [("Method", method.title)]
    found += _of_table(recipe.method, decided, lambda name: name != "name" and method.uses(name))
    found += _of_table(recipe.training, decided, lambda name: True)
    found += _of_table(recipe.model, decided, lambda name: name == "precision")
    return [*found, ("Seed", str(recipe.seed))]


def task_words(task: TaskTable) -> tuple[str, str, str]:
    """A task's files without their folders, what is held out of it, and its weight in the mix."""
    held = task.evaluate
    if isinstance(held, float):
        kept = f"{percent_text(held)} of the rows"
    elif isinstance(held, int):
        kept = f"{held:,} of the rows"
    else:
        kept = _files(held) if held else "nothing"
    return _files(task.train), kept, f"{task.weight:g}"


def _files(names: str | list[str]) -> str:
    return ", ".join(last_part(name) for name in ([names] if isinstance(names, str) else names))


def _of_table(table: BaseModel, decided: Mapping[str, Any], wanted: Any) -> Iterator[tuple[str, str]]:
    for name, info in type(table).model_fields.items():
        value = getattr(table, name)
        how = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if not wanted(name) or value is None or (how.get("advanced") and value == info.default and name not in decided):
            continue
        said = _value(value)
        if value == "auto" and name in decided:
            said = f"{_value(decided[name])} (chosen)"
        unit = str(how.get("unit") or "")
        yield info.title or name, f"{said} {unit}".strip()


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return number_text(value) if value and abs(value) < 1e-3 else f"{value:g}"
        case list() | tuple():
            return ", ".join(map(_value, value))
        case _:
            return str(value)
