"""Runs gathered into variants: what differs by nothing but name and seed is one line of the table and one curve."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.methods.registry import METHODS, MethodName
from studio.core.recipe.recipe import Recipe
from studio.core.run.curve_names import curve_order
from studio.core.state.comparison import MethodResult, RunResult, by_method
from studio.ui.charts.smoothing import smooth_at
from studio.ui.palette import Roles

Floats = NDArray[np.float64]
DIFFERENCES_NAMED = 2  # differences that a label has room for
ALIKE = 0.05  # parameter counts this close are called equal


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """One run as it was last read; `curves` are (steps [n], values [n]) by name."""

    recipe: Recipe
    result: RunResult
    curves: Mapping[str, tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """Runs of one recipe with different seeds: their label, the index of their colour, and their row of the table."""

    label: str
    colour: int
    line: MethodResult
    runs: tuple[ComparedRun, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A variant's curve: the mean of its runs, their lowest and highest, and how many reached each step; all [n]."""

    steps: Floats
    mean: Floats
    low: Floats
    high: Floats
    runs: NDArray[np.int64]


def variants_of(runs: Sequence[ComparedRun]) -> list[Variant]:
    """The variants among `runs`, in order of first appearance."""
    gathered: list[tuple[Recipe, list[ComparedRun]]] = []
    for run in runs:
        kind = run.recipe.model_copy(update={"name": "run", "seed": 0})
        same = next((found for recipe, found in gathered if recipe == kind), None)
        if same is None:
            gathered.append((kind, [run]))
        else:
            same.append(run)
    labels = _labels([recipe for recipe, _ in gathered], [found[0].recipe.name for _, found in gathered])
    colours = _colours([recipe.method.name for recipe, _ in gathered])
    return [
        Variant(label, colour, by_method([run.result for run in found])[0], tuple(found))
        for label, colour, (_, found) in zip(labels, colours, gathered, strict=True)
    ]


def cautions(variants: Sequence[Variant]) -> list[str]:
    """Reasons not to compare the variants at face value: differences besides the method, and different sizes."""
    found = []
    recipes = [variant.runs[0].recipe for variant in variants]
    apart = sorted({path for path in _differences(recipes) if not path.startswith("method.")})
    if apart:
        more = f" and {len(apart) - 3} more" if len(apart) > 3 else ""
        found.append(f"Besides the method, these runs differ in {', '.join(apart[:3])}{more}.")
    counts = [variant.line.parameters for variant in variants if variant.line.parameters]
    if counts and max(counts) > (1 + ALIKE) * min(counts):
        share = 100 * (max(counts) / min(counts) - 1)
        found.append(f"The largest trains {share:.0f} % more parameters than the smallest.")
    return found


def curve_names(variants: Sequence[Variant]) -> list[str]:
    """Every curve that any run has: the whole loss first, then the tasks' losses, then the held-out curves."""
    names = dict.fromkeys(name for variant in variants for run in variant.runs for name in run.curves)
    return sorted(names, key=curve_order)


def band_of(variant: Variant, curve: str, weight: float) -> Band | None:
    """A curve's mean and spread over the variant's runs, each smoothed with `weight` first; None if no run has it."""
    parts = [run.curves[curve] for run in variant.runs if curve in run.curves and len(run.curves[curve][0])]
    if not parts:
        return None
    steps = np.unique(np.concatenate([each for each, _ in parts]))
    values = np.full((len(parts), len(steps)), np.nan)
    for row, (at, raw) in enumerate(parts):
        values[row, np.searchsorted(steps, at)] = smooth_at(at, raw, weight)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.divide(np.where(known, values, 0).sum(axis=0), count, out=np.full(len(steps), np.nan), where=count > 0)
    return Band(steps, mean, np.fmin.reduce(values), np.fmax.reduce(values), count)


def _labels(recipes: Sequence[Recipe], names: Sequence[str]) -> list[str]:
    """A method's name; where several variants share it, with what distinguishes them."""
    labels: list[str] = []
    for recipe, name in zip(recipes, names, strict=True):
        rivals = [each for each in recipes if each.method.name == recipe.method.name]
        apart = _differences(rivals)
        if len(rivals) == 1:
            labels.append(recipe.method.name)
        elif len(apart) <= DIFFERENCES_NAMED and not any(path.startswith("tasks") for path in apart):
            flat = _flat(recipe.model_dump())
            said = ", ".join(f"{path.rpartition('.')[2].replace('_', ' ')} {flat.get(path)}" for path in apart)
            labels.append(f"{recipe.method.name}, {said}")
        else:
            labels.append(name)
    return labels


def _colours(methods: Sequence[MethodName]) -> list[int]:
    """Each method's own colour; a second variant of it takes one that no method has."""
    free = itertools.count(1 + max(method.colour for method in METHODS.values()))
    taken: set[str] = set()
    found = []
    for method in methods:
        found.append(next(free) if method in taken else Roles.method(method))
        taken.add(method)
    return found


def _differences(recipes: Sequence[Recipe]) -> list[str]:
    """The fields ("training.learning_rate") in which the recipes differ, apart from names and seeds."""
    flats = [_flat(recipe.model_dump(exclude={"name", "seed"})) for recipe in recipes]
    paths = dict.fromkeys(path for flat in flats for path in flat)
    return [path for path in paths if any(flat.get(path) != flats[0].get(path) for flat in flats)]


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{before}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{path}.")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            found |= _flat(dict(enumerate(value)), f"{path}.")  # type: ignore[arg-type]
        else:
            found[path] = value
    return found
