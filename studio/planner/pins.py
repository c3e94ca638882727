"""The fields that the search may set, and which of them the user has pinned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.words import tr

SEARCHED = (
    "model.precision",
    "training.micro_batch",
    "training.checkpointing",
    "training.optimizer",
    "machine.layers_in_ram",
    "training.max_length",
    "method.rank",
    "method.experts",
    "method.alpha",
)


def value_of(recipe: Recipe, path: str) -> Any:
    """The value of a field such as "method.rank"."""
    table, _, field = path.partition(".")
    return getattr(getattr(recipe, table), field)


def with_value(recipe: Recipe, path: str, value: Any) -> Recipe:
    """The recipe with one field set; the value must be a possible one."""
    table, _, field = path.partition(".")
    return recipe.model_copy(update={table: getattr(recipe, table).model_copy(update={field: value})})


def pins_of(recipe: Recipe) -> frozenset[str]:
    """The searched fields that a recipe's file sets to anything but "auto": those that its writer touched."""
    pinned = set()
    for path in SEARCHED:
        table, _, field = path.partition(".")
        touched = table in recipe.model_fields_set and field in getattr(recipe, table).model_fields_set
        if touched and value_of(recipe, path) != "auto":
            pinned.add(path)
    return frozenset(pinned)


def checked_pins(pins: Iterable[str] | None, recipe: Recipe) -> frozenset[str]:
    """The pins as given, or the recipe's own; ProblemError for a field that is not searched."""
    if pins is None:
        return pins_of(recipe)
    pins = frozenset(pins)
    if unknown := sorted(pins - set(SEARCHED)):
        raise ProblemError.at(
            "pins",
            tr("{fields} is never searched.", fields=", ".join(unknown)),
            tr("Pin some of {fields}.", fields=", ".join(SEARCHED)),
        )
    return frozenset(path for path in pins if value_of(recipe, path) != "auto")
