"""Recipes from and to TOML files: every fault a Problem with its line, relative paths made absolute."""

from __future__ import annotations

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from studio.core.absolute_path import absolute_path, is_path
from studio.core.fault_text import FieldFaultError, fault_text, value_text
from studio.core.os_errors import is_folder
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.data_path import absolute_data, missing_of
from studio.core.recipe.recipe import Recipe
from studio.core.toml_text import line_of, place_of, read_toml, to_toml
from studio.core.words import enumerated, listed, mark, sentences, tr

NO_TASK = mark(
    "Add a file, a folder or a hub set to learn from: each is a task of the recipe, under a [[tasks]] of its own."
)
SWEEP = "sweep"
"""The table of a recipe that makes it several; `studio.core.recipe.sweep` reads it."""


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe file, apply `--set` overrides such as "method.rank=8", and make its paths absolute.

    Raises ProblemError naming file, line and cure of everything that is wrong with it.
    """
    text, path = read_recipe_text(path)
    return parse_recipe(text, path.name, path.resolve().parent, overrides)


def read_recipe_text(path: Path) -> tuple[str, Path]:
    """A recipe file's text and its absolute path; raises ProblemError where it cannot be read."""
    path = absolute_path(path)
    try:
        return path.read_text(encoding="utf-8-sig"), path
    except FileNotFoundError:
        raise ProblemError.at(str(path), tr("there is no such recipe."), tr("Check the path.")) from None
    except UnicodeDecodeError as error:
        raise ProblemError.at(
            tr("{path}, byte {place}", path=path, place=error.start),
            tr("this is not UTF-8 text."),
            tr("Save the recipe as UTF-8."),
        ) from None
    except OSError as error:
        what = (
            tr("this is a folder, not a file.")
            if is_folder(error, path)
            else tr("it cannot be read ({reason}).", reason=error.strerror)
        )
        raise ProblemError.at(str(path), what, tr("Name a recipe file that you may read.")) from None


def parse_recipe(text: str, file: str, folder: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Like `load_recipe`, from text; relative paths are relative to `folder`."""
    values = read_recipe_values(text, file)
    set_by = {override_value(values, override): f"--set {override}" for override in overrides}
    if SWEEP in values:
        raise ProblemError(_has_a_sweep(text, file, set_by))
    return validated(values, text, file, folder, set_by)


def read_recipe_values(text: str, file: str) -> dict[str, Any]:
    """The plain values of a recipe's text; raises ProblemError where it is not TOML."""
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError as error:
        remedy = tr("Mend that line; strings need quotes, keys an equals sign.")
        if "hex value" in str(error) or "escape" in str(error):
            remedy = tr("Mend that line; a path with \\ in it takes single quotes: 'C:\\data\\train.jsonl'.")
        raise ProblemError.at(file, tr("this is not TOML: {error}.", error=error), remedy) from None


def validated(
    values: dict[str, Any], text: str, file: str, folder: Path, set_by: Mapping[tuple[str | int, ...], str]
) -> Recipe:
    """The recipe that plain values describe, its paths absolute.

    set_by: what a person would look for, such as "--set seed=x", where a value does not stand at its path. Raises
    ProblemError for everything that is wrong with them.
    """
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        faults = [fault for fault in error.errors() if not _follows(fault, values)]
        problems = [problem_of(fault, text, file, set_by) for fault in faults]
        # A field that allows a word or a number fails once for each; the last is the most telling.
        raise ProblemError(*{problem.where: problem for problem in problems}.values()) from None
    return with_absolute_paths(recipe, folder)


def dump_recipe(recipe: Recipe) -> str:
    """Write a recipe as TOML text that `parse_recipe` reads back equal."""
    return to_toml(recipe.model_dump(mode="json"))


def with_absolute_paths(recipe: Recipe, folder: Path) -> Recipe:
    """The same recipe with paths relative to `folder` made absolute; "demo" and hub ids stay as they are."""
    source = recipe.model.source
    is_local = source != "demo" and (is_path(source) or os.path.exists(folder / source))  # noqa: PTH110
    model = recipe.model.model_copy(update={"source": _absolute(folder, source)}) if is_local else recipe.model
    if (start := model.adapter) is not None and (is_path(start) or os.path.exists(folder / start)):  # noqa: PTH110
        model = model.model_copy(update={"adapter": _absolute(folder, start)})
    tasks = tuple(
        task.model_copy(
            update={
                field: absolute_data(value, folder)
                for field in ("train", "evaluate")
                if isinstance(value := getattr(task, field), (str, list))
            }
        )
        for task in recipe.tasks
    )
    return recipe.model_copy(update={"model": model, "tasks": tasks})


def missing_data(recipe: Recipe) -> list[Problem]:
    """A Problem for each data file that a recipe names and that is not there; hub sets are not looked for."""
    return [
        Problem(
            f"tasks.{task.name}.{field} = {value}",
            tr("there is no such file."),
            tr("Check the path; a relative one is relative to the recipe."),
        )
        for task in recipe.tasks
        for field in ("train", "evaluate")
        for value in missing_of(getattr(task, field))
    ]


def _absolute(folder: Path, value: str) -> str:
    return str(absolute_path(value, folder))


def override_value(values: dict[str, Any], override: str) -> tuple[str | int, ...]:
    """Set one `path=value` in `values`; a task is named by number or by name. Returns the path."""
    where = f"--set {override}"
    key, equals, raw = override.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ProblemError.at(where, tr("this is not key=value."), tr("Write for example --set method.rank=8."))
    try:
        value = read_toml(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    path: list[str | int] = []
    place: Any = values
    for part in parts:
        if isinstance(place, list):
            place = place[path[-1]] if isinstance(path[-1], int) else place
        step: str | int = part
        if path == ["tasks"]:
            tasks = values.get("tasks", [])
            tasks = tasks if isinstance(tasks, list) else []
            names = [task.get("name") for task in tasks if isinstance(task, dict)]
            step = int(part) if part.isdecimal() else names.index(part) if part in names else -1
            if not 0 <= step < len(tasks):
                known = ", ".join(str(name) for name in names) or "none"
                raise ProblemError.at(
                    where, tr("there is no task {name!r}.", name=part), tr("The recipe's tasks: {known}.", known=known)
                )
        path.append(step)
    place = values
    for step in path[:-1]:
        if isinstance(place, dict):
            place = place.setdefault(step, {})
        elif isinstance(place, list) and isinstance(step, int):
            place = place[step]
    if not isinstance(place, dict):
        raise ProblemError.at(
            where, tr("{key} is not a field of the recipe.", key=key), tr("Name a field inside a table.")
        )
    place[path[-1]] = value
    return tuple(path)


def _has_a_sweep(text: str, file: str, set_by: Mapping[tuple[str | int, ...], str]) -> Problem:
    """A recipe of several runs was given where one is asked for."""
    set_where = next((set_by[path] for path in set_by if path[0] == SWEEP), file)
    where = place_of(file, text, (SWEEP,)) if line_of(text, (SWEEP,)) else set_where
    what = tr("a sweep is several runs, and this takes one.")
    return Problem(where, what, tr("Give the recipe to `mixlora-studio sweep`, or remove its [sweep]."))


def _follows(fault: Any, values: dict[str, Any]) -> bool:
    """Whether the fault only says that no task is left, after each of them had a fault of its own."""
    return fault["type"] == "too_short" and tuple(fault["loc"]) == ("tasks",) and bool(values["tasks"])


def problem_of(fault: Any, text: str, file: str, set_by: Mapping[tuple[str | int, ...], str]) -> Problem:
    """Turn one of pydantic's faults into a Problem with line and remedy."""
    location = tuple(fault["loc"])
    what, remedy = fault_text(fault), ""
    if fault["type"] == "value_error" and isinstance(error := fault["ctx"]["error"], FieldFaultError):
        what, remedy = error.what, error.remedy
        location += tuple(int(part) if part.isdigit() else part for part in error.field.split("."))
    path = _recipe_path(location)
    table, name = table_at(path[:-1]), str(path[-1]) if path else ""
    if fault["type"] == "extra_forbidden":
        known = list(table.model_fields) if table else []
        close = difflib.get_close_matches(name, known, n=1) or _places_of(name, path)
        what = tr("there is no field {name!r} here.", name=name)
        remedy = (
            tr("Did you mean {close!r}?", close=close[0])
            if close
            else tr("Fields here: {known}.", known=", ".join(known))
        )
    elif fault["type"] == "missing":
        what, remedy = tr("{name} is missing.", name=name), field_sentence(table, name)
    elif fault["type"] in ("model_type", "tuple_type"):
        asked = field_sentence(table, name) if name in (table.model_fields if table else {}) else ""
        head = "[[tasks]]" if path[0] == "tasks" else f"[{name}]"
        what = tr("{shown} is not a table.", shown=value_text(fault.get("input")))
        remedy = sentences(tr("Write {head} on a line of its own, and its fields below it.", head=head), asked)
    elif path == ("tasks",) and fault["type"] == "too_short":
        what, remedy = tr("there is no task to train on."), tr(NO_TASK)
    elif not remedy:
        remedy = field_sentence(table, name)
    # A fault above what was set is the override's too where the file has no such key ("methd.rank=8").
    for place, where in set_by.items():
        if place == path or (place[: len(path)] == path and not line_of(text, path)):
            return Problem(where, what, remedy)
    return Problem(place_of(file, text, path), what, remedy)


def _places_of(name: str, path: tuple[str | int, ...]) -> list[str]:
    """Where in the recipe's tables a field stands that was written outside of them: "rank" -> "method.rank"."""
    tables = {head: table_at((head,)) for head in Recipe.model_fields} if len(path) == 1 else {}
    return [f"{head}.{name}" for head, table in tables.items() if table and name in table.model_fields]


def _recipe_path(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Cut from pydantic's location what names a branch of a union rather than a place in the file."""
    path: tuple[str | int, ...] = ()
    for part in location:
        table = table_at(path)
        if table is not None and str(part).startswith("_"):
            continue  # which branch of `format` it is
        if table is None and not (path == ("tasks",) and isinstance(part, int)):
            break
        path = (*path, part)
    return path


def table_at(path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The table class that stands at `path` of a recipe; None where a plain value stands."""
    table: Any = Recipe
    for part in path:
        if isinstance(part, int):
            continue
        if table is None or part not in table.model_fields:
            return None
        annotation = table.model_fields[part].annotation
        if typing.get_origin(annotation) is tuple:
            if path == ("tasks",):
                return None
            annotation = typing.get_args(annotation)[0]
        tables = [each for each in _plain_types(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
        table = tables[0] if tables else None
    return table


def field_at(path: Sequence[str]) -> FieldInfo | None:
    """The declaration of the field at `path`, such as ("training", "learning_rate"); None for a table or nothing."""
    if not path or table_at(tuple(path)) is not None or (table := table_at(tuple(path[:-1]))) is None:
        return None
    return table.model_fields.get(path[-1])


def _plain_types(annotation: Any) -> list[Any]:
    """An annotation's types, those of a union one by one."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _plain_types(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [plain for part in typing.get_args(annotation) for plain in _plain_types(part)]
    return [annotation]


def field_sentence(table: type[BaseModel] | None, name: str) -> str:
    """The field's own sentence with its allowed values or range: the remedy of most faults."""
    if table is None or name not in table.model_fields:
        return tr("See the recipe's reference in the README.")
    field = table.model_fields[name]
    parts = [tr(field.description) if field.description else ""]
    if choices := allowed_values(field.annotation):
        parts.append(tr("Allowed: {values}.", values=enumerated([*choices, *_others(field.annotation)])))
    bounds = {type(item).__name__: item for item in field.metadata}
    words = {
        "Ge": ("ge", mark("at least {limit}")),
        "Gt": ("gt", mark("more than {limit}")),
        "Le": ("le", mark("at most {limit}")),
        "Lt": ("lt", mark("less than {limit}")),
    }
    limits = [
        tr(word, limit=f"{getattr(bounds[kind], attribute):g}")
        for kind, (attribute, word) in words.items()
        if kind in bounds
    ]
    if limits:
        parts.append(tr("It is {limits}.", limits=listed(limits)))
    return sentences(*parts)


def _others(annotation: Any) -> list[str]:
    """What a field allows besides its literal words."""
    names = {bool: "true, false", int: tr("a whole number"), float: tr("a share"), list: tr("a list of names")}
    found = []
    for part in typing.get_args(annotation):
        plain = part.__origin__ if typing.get_origin(part) is typing.Annotated else typing.get_origin(part) or part
        if isinstance(plain, type) and plain in names:
            found.append(names[plain])
    return found


def allowed_values(annotation: Any) -> list[str]:
    """The literal values that an annotation allows, as the form and the remedies name them."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return allowed_values(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return [str(value) for value in typing.get_args(annotation)]
    if origin in (typing.Union, types.UnionType):
        return [value for part in typing.get_args(annotation) for value in allowed_values(part)]
    return []
