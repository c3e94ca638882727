"""A recipe's file read and written for the new-run page: what came of it, as values that a thread may return."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep import Sweep
from studio.core.recipe.sweep_file import load_recipe_or_sweep
from studio.core.words import tr
from studio.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe, with the sweep that its file makes of it, or the problems with it."""

    recipe: Recipe | None = None
    sweep: Sweep | None = None
    problems: tuple[Problem, ...] = ()


def opened(path: Path) -> Opened:
    """Read a recipe file."""
    try:
        return Opened(*load_recipe_or_sweep(path))
    except ProblemError as error:
        return Opened(problems=error.problems)


def saved(path: Path, text: str) -> Notice:
    """Write a recipe's text into a file; returns what to tell of it."""
    try:
        write_whole(path, text)
    except OSError as error:
        what = tr("the recipe cannot be written ({reason}).", reason=system_reason(error))
        return Notice.of(Problem(str(path), what, tr("Choose another place.")))
    return Notice(tr("The recipe is saved as {file}.", file=path.name), where=str(path), role="good")
