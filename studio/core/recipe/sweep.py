"""A sweep: one recipe with lists of values for some of its fields, and the ordinary recipes that come of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from studio.core.methods.method import Method
from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import field_at

MOST_RUNS = 64
"""More tries than that ask for a search, or for fewer values."""
SEED = "seed"
Order = Literal["seed-by-seed", "as-listed"]
_LONGEST_GROUP = 40  # characters of a group's name in the names of its runs
_LONGEST_NAME = 80  # as Recipe.name


@dataclass(frozen=True, slots=True)
class SweptField:
    """A field by its dotted path, and its values in the order in which they are tried."""

    path: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a sweep: its whole recipe, and the swept fields' values in it by their paths."""

    recipe: Recipe
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The runs of a sweep in the order in which they train.

    left_out: combinations that would repeat another, as their method does not use the field in which they differ.
    together: whether they train over one base in one pass, or "auto" for what the plan advises; at most `at_once`.
    order: how the members were put in theirs.
    """

    name: str
    fields: tuple[SweptField, ...]
    members: tuple[Member, ...]
    left_out: int = 0
    together: bool | Literal["auto"] = "auto"
    at_once: int | Literal["auto"] = "auto"
    order: Order = "seed-by-seed"

    @property
    def settings(self) -> list[dict[str, Any]]:
        """Every combination without its seed, once, in order."""
        return list({repr(found): found for found in (setting_of(member.values) for member in self.members)}.values())


def combinations(fields: Sequence[SweptField], order: Order) -> Iterator[dict[str, Any]]:
    """Every combination of the fields' values, the last field's changing first.

    "seed-by-seed": all of one seed before the next, so that a sweep that ends early compares something.
    """
    nested = sorted(fields, key=lambda field: field.path != SEED) if order == "seed-by-seed" else fields
    for values in itertools.product(*(field.values for field in nested)):
        chosen = {field.path: value for field, value in zip(nested, values, strict=True)}
        yield {field.path: chosen[field.path] for field in fields}


def setting_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run's values is tried; seeds only repeat it."""
    return {path: value for path, value in values.items() if path != SEED}


def member_of(recipe: Recipe, chosen: Mapping[str, Any]) -> Member:
    """A run of the sweep, with the values that mean something to its method: experts mean nothing to lora."""
    method = METHODS[recipe.method.name]
    values = {path: value for path, value in chosen.items() if path == "method.name" or _means_something(path, method)}
    return Member(recipe.model_copy(update={"name": member_name(recipe.name, values)}), values)


def _means_something(path: str, method: Method) -> bool:
    table, _, name = path.rpartition(".")
    return table != "method" or method.uses(name)


def once_each(members: Sequence[Member]) -> list[Member]:
    """The members without those that would train what an earlier one trains."""
    found: list[Member] = []
    known: set[str] = set()
    for member in members:
        plain = member.recipe.model_dump(exclude={"name"})
        method = METHODS[member.recipe.method.name]
        plain["method"] = {key: value for key, value in plain["method"].items() if key == "name" or method.uses(key)}
        if (kind := repr(plain)) not in known:
            known.add(kind)
            found.append(member)
    return found


def member_name(group: str, values: Mapping[str, Any]) -> str:
    """What a run of the sweep is called: "three-tasks, learning rate 0.0003, seed 2"."""
    name = f"{group[:_LONGEST_GROUP]}, {words_of(values)}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def words_of(values: Mapping[str, Any]) -> str:
    """Some values with their fields' words: "learning rate 0.0003, seed 2"."""
    return ", ".join(value_words(path, value) for path, value in values.items())


def briefly(values: Mapping[str, Any]) -> str:
    """The same where there is little room: of one field and a seed, "0.0003, seed 2"."""
    if len(setting_of(values)) != 1:
        return words_of(values)
    return ", ".join(value_words(path, value) if path == SEED else value_text(value) for path, value in values.items())


def value_words(path: str, value: Any) -> str:
    """A value with its field's words: "learning rate 0.0003", but "lora" alone for a method."""
    return value_text(value) if path in ("method.name", "model.source") else f"{field_words(path)} {value_text(value)}"


def field_words(path: str) -> str:
    """A field's words as in the middle of a sentence: "learning rate" for "training.learning_rate"."""
    field, name = field_at(path.split(".")), path.rpartition(".")[2]
    words = (field.title if field is not None else None) or name.replace("_", " ")
    return words[:1].lower() + words[1:] if words[1:2].islower() or len(words) == 1 else words


def value_text(value: Any) -> str:
    """A swept value as a person writes it."""
    match value:
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return "+".join(map(str, value))
        case _:
            return str(value)
