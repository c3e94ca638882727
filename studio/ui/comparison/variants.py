"""Runs gathered into variants: what differs by nothing but name and seed is one line of the table and one curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.recipe.recipe import Recipe
from studio.core.run.curve_names import curve_order
from studio.core.run.run_group import RunGroup
from studio.core.run.run_label import free_name
from studio.core.state.comparison import MethodResult, RunResult, by_method
from studio.core.words import listed, tr
from studio.ui.charts.smoothing import smooth_at
from studio.ui.comparison.differences import TASKS, differences
from studio.ui.comparison.looks import Looks

Floats = NDArray[np.float64]
DIFFERENCES_NAMED = 2  # differences that a label has room for
NAMED = 3  # differences that a sentence names
ALIKE = 0.05  # parameter counts this close are called equal


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """One run as it was last read.

    curves: (steps [n], values [n]) by name. loads: [layers, experts] of its last steps, None where nothing is routed.
    group: the sweep that it belongs to.
    """

    recipe: Recipe
    result: RunResult
    curves: Mapping[str, tuple[Floats, Floats]]
    loads: NDArray[np.float32] | None = None
    group: RunGroup | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """Runs of one recipe with different seeds: their label, the indices of colour and dash, and their row."""

    label: str
    colour: int
    line: MethodResult
    runs: tuple[ComparedRun, ...]
    dash: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A variant's curve: the mean of its runs, their lowest and highest, and how many reached each step; all [n]."""

    steps: Floats
    mean: Floats
    low: Floats
    high: Floats
    runs: NDArray[np.int64]


def variants_of(runs: Sequence[ComparedRun], looks: Looks | None = None) -> list[Variant]:
    """The variants among `runs`, in order of first appearance; each has the look that `looks` gave it before."""
    looks = looks or Looks()
    gathered: list[tuple[Recipe, list[ComparedRun]]] = []
    for run in runs:
        kind = run.recipe.model_copy(update={"name": "run", "seed": 0})
        same = next((found for recipe, found in gathered if recipe == kind), None)
        if same is None:
            gathered.append((kind, [run]))
        else:
            same.append(run)
    labels = _labels([recipe for recipe, _ in gathered], [found[0].recipe.name for _, found in gathered])
    return [
        Variant(
            label, looks.of(kind).colour, by_method([run.result for run in found])[0], tuple(found), looks.of(kind).dash
        )
        for label, (kind, found) in zip(labels, gathered, strict=True)
    ]


def cautions(variants: Sequence[Variant]) -> list[str]:
    """Reasons not to compare the variants at face value: differences besides the method, and different sizes.

    What their sweep tries is no such reason.
    """
    found = []
    recipes = [variant.runs[0].recipe for variant in variants]
    groups = [run.group for variant in variants for run in variant.runs]
    one = len({group.id if group is not None else "" for group in groups}) == 1
    meant = {path for group in groups if group is not None and one for path in group.values}
    apart = [
        tr("the {field}", field=each.title)
        for each in differences(recipes)
        if not each.path.startswith("method.") and each.path not in meant
    ]
    if apart:
        named = apart if len(apart) <= NAMED else [*apart[:NAMED], tr("{n} more", n=len(apart) - NAMED)]
        found.append(tr("Besides the method, these runs differ in {fields}.", fields=listed(named)))
    counts = [variant.line.parameters for variant in variants if variant.line.parameters]
    if counts and max(counts) > (1 + ALIKE) * min(counts):
        times = max(counts) / min(counts)
        found.append(
            tr("The largest trains {times:.0f} times the parameters of the smallest.", times=times)
            if times >= 2
            else tr("The largest trains {more:.0f} % more parameters than the smallest.", more=100 * (times - 1))
        )
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
        apart = differences(rivals)
        if len(rivals) == 1:
            labels.append(recipe.method.name)
        elif len(apart) <= DIFFERENCES_NAMED and not any(each.path == TASKS for each in apart):
            place = rivals.index(recipe)
            said = ", ".join(f"{each.title} {each.values[place]}" for each in apart)
            labels.append(f"{recipe.method.name}, {said}")
        else:
            labels.append(name)
    # A label tells the curves apart, and several runs may be called the same.
    told: list[str] = []
    for label in labels:
        told.append(free_name(label, told))
    return told
