"""Sweeps from recipe files: the [sweep] table read into its runs, every fault a Problem with its line."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from studio.core.fault_text import fault_text, value_text
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import (
    SWEEP,
    field_at,
    field_sentence,
    override_value,
    parse_recipe,
    problem_of,
    read_recipe_text,
    read_recipe_values,
    table_at,
    validated,
)
from studio.core.recipe.sweep import (
    MOST_RUNS,
    SEED,
    Member,
    Order,
    Sweep,
    SweptField,
    combinations,
    member_of,
    once_each,
)
from studio.core.recipe.sweep_space import ProposedSweep, Range, Values
from studio.core.recipe.together import MOST_TOGETHER
from studio.core.recipe_table import Table
from studio.core.toml_text import place_of
from studio.core.words import mark, tr

MOST_TOLD = 8  # problems of combinations that are shown at once
_EXAMPLE = mark('Write for example "training.learning_rate" = [1e-4, 3e-4], or seed = [1, 2, 3], under [sweep].')
_RANGE = mark(
    'Write for example propose = 12 and "training.learning_rate" = {low = 1e-5, high = 1e-3, log = true}, or a list of'
    " values, and seed = [1, 2] to try each twice."
)
_SHARED = {
    "name": (mark("each run of a sweep gets a name that says its values."), mark("Give the recipe itself a name.")),
    "tasks": (
        mark("all runs of a sweep learn from the same tasks."),
        mark("Choose a field of [method], [training] or [model]."),
    ),
    "machine": (
        mark("all runs of a sweep train on the same machine."),
        mark("Choose a field of [method], [training] or [model]."),
    ),
}
"""What every run of a sweep has in common, and why it has no list of values."""


class SweepTable(Table):
    """What a [sweep] says besides its lists."""

    together: Literal["auto"] | bool = Field(
        "auto",
        description=mark(
            "Whether the runs train together, over one base in one pass, or one after another; auto does what"
            " the plan finds faster."
        ),
    )
    at_once: Literal["auto"] | Annotated[int, Field(ge=2, le=MOST_TOGETHER)] = Field(
        "auto", description=mark("The most runs that train together, from 2 to 16; auto is as many as fit.")
    )
    propose: Annotated[int, Field(ge=2, le=MOST_RUNS)] | None = Field(
        None,
        description=mark(
            "How many settings are tried, each proposed by Optuna from what the earlier ones gave; without it, every"
            " combination is."
        ),
    )
    order: Order = Field(
        "seed-by-seed",
        description=mark(
            "Which run comes first: all combinations of one seed before the next seed, or as the lists are"
            " written, the last one's values changing first."
        ),
    )


def load_sweep(path: Path, overrides: Sequence[str] = ()) -> Sweep | ProposedSweep:
    """Read a recipe with a [sweep], after `--set` overrides such as "sweep.seed=[1, 2]".

    Raises ProblemError naming file, line and cure of everything that is wrong with it.
    """
    text, path = read_recipe_text(path)
    return _reading(text, path.name, path.resolve().parent, overrides).sweep()


def load_recipe_or_sweep(path: Path) -> tuple[Recipe, Sweep | None]:
    """A recipe file as the form shows it: the recipe, of a sweep with its first values, and the sweep where it is one.

    Raises ProblemError naming file, line and cure of everything that is wrong with it.
    """
    text, path = read_recipe_text(path)
    folder = path.resolve().parent
    if SWEEP not in read_recipe_values(text, path.name):
        return parse_recipe(text, path.name, folder), None
    sweep = parse_sweep(text, path.name, folder)
    return sweep.members[0].recipe.model_copy(update={"name": sweep.name}), sweep


def parse_sweep(text: str, file: str, folder: Path, overrides: Sequence[str] = ()) -> Sweep:
    """Like `load_sweep`, from text; relative paths are relative to `folder`. A sweep that proposes is a Problem."""
    found = _reading(text, file, folder, overrides).sweep()
    if isinstance(found, ProposedSweep):
        raise ProblemError.at(
            f"{file}: {SWEEP}.propose",
            tr("what is tried later follows from what was found, which the window does not wait for."),
            tr("Train it in a terminal: mixlora-studio sweep {file}", file=file),
        )
    return found


def _reading(text: str, file: str, folder: Path, overrides: Sequence[str]) -> _Reading:
    values = read_recipe_values(text, file)
    set_by = {override_value(values, override): f"--set {override}" for override in overrides}
    return _Reading(values, text, file, folder, set_by)


class _Reading:
    """One recipe with a [sweep]; set_by: the `--set` that set the value at a path."""

    def __init__(
        self,
        values: dict[str, Any],
        text: str,
        file: str,
        folder: Path,
        set_by: Mapping[tuple[str | int, ...], str],
    ) -> None:
        self._text, self._file, self._folder, self._set_by = text, file, folder, set_by
        self._table = values.pop(SWEEP, {})
        self._values = values

    def sweep(self) -> Sweep | ProposedSweep:
        if not isinstance(self._table, dict):
            what = tr("{table} is not a table.", table=value_text(self._table))
            raise ProblemError.at(self._where(()), what, tr(_EXAMPLE))
        settings, lists = self._settings(), self._lists()
        if not lists:
            raise ProblemError.at(self._where(()), tr("no field has a list of values to try."), tr(_EXAMPLE))
        if settings.propose is not None:
            return self._proposed(settings, settings.propose, lists)
        ProblemError.raise_any(problem for path, given in lists.items() for problem in self._faults(path, given))
        fields = tuple(SweptField(".".join(path), tuple(given)) for path, given in lists.items())
        if (runs := math.prod(len(field.values) for field in fields)) > MOST_RUNS:
            what = tr(
                "these lists make {runs:,} runs, and a sweep has at most {most_runs}.", runs=runs, most_runs=MOST_RUNS
            )
            raise ProblemError.at(self._where(()), what, tr("Try fewer values, or fewer fields at once."))
        members = self._members(fields, settings.order)
        kept = tuple(once_each(members))
        name = str(self._values.get("name") or "untitled")
        left_out = len(members) - len(kept)
        return Sweep(name, fields, kept, left_out, settings.together, settings.at_once, settings.order)

    def _proposed(self, settings: SweepTable, tries: int, lists: Mapping[tuple[str, ...], Any]) -> ProposedSweep:
        """The sweep whose values are proposed; raises ProblemError for a field that may not have both of its ends."""
        space: dict[str, Values] = {}
        problems: list[Problem] = []
        for path, given in lists.items():
            is_range = _is_range(given)
            problems += self._faults(path, [given["low"]] if is_range else given)
            if is_range and (fault := _range_fault(given)):
                problems.append(Problem(self._where(path), fault, tr(_RANGE)))
            elif is_range:
                space[".".join(path)] = Range(given["low"], given["high"], bool(given.get("log", False)))
            elif isinstance(given, list):
                space[".".join(path)] = tuple(given)
        ProblemError.raise_any(problems)
        seeds = space.pop(SEED, ())
        if isinstance(seeds, Range) or not space:
            raise ProblemError.at(
                self._where((SEED,)), tr("seeds repeat what is proposed, and are not proposed themselves."), tr(_RANGE)
            )

        def made(chosen: Mapping[str, Any]) -> list[Member]:
            fields = [SweptField(path, (value,)) for path, value in chosen.items()]
            return self._members([*fields, SweptField(SEED, seeds)] if seeds else fields, settings.order)

        def ends(values: Values) -> tuple[Any, ...]:
            return (values.low, values.high) if isinstance(values, Range) else values

        first = {path: ends(values)[0] for path, values in space.items()}
        for name, values in space.items():
            for each in ends(values):
                made(first | {name: each})
        if (runs := tries * max(1, len(seeds))) > MOST_RUNS:
            what = tr(
                "these lists make {runs:,} runs, and a sweep has at most {most_runs}.", runs=runs, most_runs=MOST_RUNS
            )
            raise ProblemError.at(self._where(("propose",)), what, tr("Try fewer values, or fewer fields at once."))
        name = str(self._values.get("name") or "untitled")
        seed = made(first)[0].recipe.seed
        return ProposedSweep(name, space, tries, seeds, seed, made, settings.together, settings.at_once)

    def _settings(self) -> SweepTable:
        given = {key: self._table[key] for key in SweepTable.model_fields if key in self._table}
        try:
            return SweepTable.model_validate(given)
        except ValidationError as error:
            fault = error.errors()[-1]
            field = str(fault["loc"][0])
            raise ProblemError.at(self._where((field,)), fault_text(fault), field_sentence(SweepTable, field)) from None

    def _lists(self) -> dict[tuple[str, ...], Any]:
        """What stands in [sweep] for each field; an override goes before the file, however that spells the field."""
        found: dict[tuple[str, ...], Any] = {}
        twice: list[Problem] = []
        for spelled, path, given in _leaves(self._table):
            if path[0] in SweepTable.model_fields and len(path) == 1:
                continue
            overridden = (SWEEP, *spelled) in self._set_by
            if path in found and not overridden and (SWEEP, *path) not in self._set_by:
                twice.append(Problem(self._where(path), tr("it has two lists."), tr("Write one list for each field.")))
            if path not in found or overridden:
                found[path] = given
        ProblemError.raise_any(twice)
        return found

    def _faults(self, path: tuple[str, ...], given: Any) -> Iterator[Problem]:
        """What is wrong with one field's list, besides the values themselves."""
        where = self._where(path)
        if path[0] in _SHARED:
            yield Problem(where, *map(tr, _SHARED[path[0]]))
        elif field_at(path) is None:
            yield self._unknown(path)
        elif _is_range(given):
            what = tr("a range has no end of values; propose says how many of them are tried.")
            yield Problem(where, what, tr(_RANGE))
        elif not isinstance(given, list):
            yield Problem(where, tr("{given} is not a list of values.", given=value_text(given)), tr(_EXAMPLE))
        elif not given:
            yield Problem(where, tr("its list is empty."), tr("Write the values to try, or remove the line."))
        else:
            again = [each for at, each in enumerate(given) if _among(each, given[:at])]
            if again:
                yield Problem(
                    where, tr("{again} is in the list twice.", again=value_text(again[0])), tr("Write each value once.")
                )

    def _unknown(self, path: tuple[str, ...]) -> Problem:
        """A path at which the recipe has no field: the nearest that it has is the remedy."""
        known = next(at for at in range(len(path), -1, -1) if at == 0 or table_at(path[:at]) or field_at(path[:at]))
        if known == len(path):
            return Problem(
                self._where(path),
                tr("{path} is a table.", path=".".join(path)),
                tr("Name a field in it. {example}", example=tr(_EXAMPLE)),
            )
        if known and field_at(path[:known]):
            return Problem(
                self._where(path), tr("{path} has no fields of its own.", path=".".join(path[:known])), tr(_EXAMPLE)
            )
        found = problem_of({"type": "extra_forbidden", "loc": path[: known + 1]}, "", "", {})
        return Problem(self._where(path), found.what, found.remedy)

    def _members(self, fields: Sequence[SweptField], order: Order) -> list[Member]:
        """The recipes of all combinations; raises ProblemError for those that cannot be."""
        members: list[Member] = []
        problems: dict[tuple[str, str], Problem] = {}
        set_by = dict(self._set_by) | {
            tuple(field.path.split(".")): self._where(tuple(field.path.split("."))) for field in fields
        }
        for chosen in combinations(fields, order):
            values = copy.deepcopy(self._values)
            for path, value in chosen.items():
                _set(values, path, value)
            try:
                recipe = validated(values, self._text, self._file, self._folder, set_by)
            except ProblemError as error:
                problems |= {(each.where, each.what): each for each in error.problems}
                continue
            members.append(member_of(recipe, chosen))
        ProblemError.raise_any(list(problems.values())[:MOST_TOLD])
        return members

    def _where(self, path: tuple[str, ...]) -> str:
        """The place of a line of [sweep], as a person finds it."""
        for place, where in self._set_by.items():
            if place[0] == SWEEP and path and place[1:] == path:
                return where
        return place_of(self._file, self._text, (SWEEP, *path))


def _leaves(
    table: Mapping[str, Any], spelled: tuple[str, ...] = (), path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Any]]:
    """Each field as the table spells it, its path, and what is given for it; "a.b" and b in a table a are one field."""
    for key, value in table.items():
        here, there = (*spelled, key), (*path, *key.split("."))
        if isinstance(value, dict) and not _is_range(value):
            yield from _leaves(value, here, there)
        else:
            yield here, there, value


def _is_range(given: Any) -> bool:
    """Whether it is a range rather than a table of fields, none of which is called so."""
    return isinstance(given, dict) and {"low", "high"} <= given.keys() <= {"low", "high", "log"}


def _range_fault(given: Mapping[str, Any]) -> str:
    """What is wrong with a range; "" where nothing is."""
    low, high = given["low"], given["high"]
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in (low, high)):
        return tr("a range goes from a number to a number.")
    if not low < high:
        return tr("its low end is not below its high end.")
    if given.get("log") and low <= 0:
        return tr("a range by orders of magnitude begins above 0.")
    return ""


def _set(values: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path; where something else than a table stands above it, the recipe's check says so."""
    *tables, name = path.split(".")
    place: Any = values
    for table in tables:
        place = place.setdefault(table, {})
        if not isinstance(place, dict):
            return
    place[name] = value


def _among(value: Any, others: Sequence[Any]) -> bool:
    """Whether a value is among others; true is not 1 here."""
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in others)
