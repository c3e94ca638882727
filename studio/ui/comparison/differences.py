"""In which fields the recipes of a comparison differ, in the words of the form that they are set in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from studio.core.recipe.recipe import Recipe
from studio.ui.fields.field_spec import spec_of

TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its path, its words ("learning rate"), and its value in each recipe."""

    path: str
    title: str
    values: tuple[str, ...]


def differences(recipes: Sequence[Recipe]) -> list[Difference]:
    """The fields in which recipes differ, apart from names and seeds; all tasks together are one."""
    flats = [_flat(recipe.model_dump(exclude={"name", "seed", "tasks"})) for recipe in recipes]
    paths = [path for path in dict.fromkeys(path for flat in flats for path in flat) if _differs(flats, path)]
    found = [Difference(path, title_of(path), tuple(_said(flat.get(path)) for flat in flats)) for path in paths]
    if len({repr(recipe.tasks) for recipe in recipes}) > 1:
        values = tuple(", ".join(f"{task.name} ({task.weight:g})" for task in recipe.tasks) for recipe in recipes)
        found.insert(0, Difference(TASKS, "tasks", values))
    return found


def title_of(path: str) -> str:
    """A field in words, as in the middle of a sentence: "learning rate" for "training.learning_rate"."""
    table, _, name = path.rpartition(".")
    if path == "model.source":
        return "model"
    if path == "method.name":
        return "method"
    info = Recipe.model_fields.get(table)
    kind = info.annotation if info is not None else None
    fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    label = spec_of(path, fields[name]).label if name in fields else name.replace("_", " ")
    # "Learning rate", but "LoRA dropout".
    return label[:1].lower() + label[1:] if label[1:2].islower() or len(label) == 1 else label


def _differs(flats: Sequence[Mapping[str, Any]], path: str) -> bool:
    return any(flat.get(path) != flats[0].get(path) for flat in flats)


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{before}{key}"
        found |= _flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return found


def _said(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
