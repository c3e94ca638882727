"""Which recipes can train together: several adapters over one base, in one pass of one worker."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.recipe.recipe import Recipe
from studio.core.words import tr

MOST_TOGETHER = 16
"""Adapters in one pass; beyond it a step's own work has long filled the machine."""


def why_not_together(recipes: Sequence[Recipe]) -> str:
    """Why these recipes cannot train in one pass of one worker, a sentence; "" where they can.

    Everything else may differ: tasks, methods, ranks, lengths, batches, steps. What only the loaded model shows
    (layers that carry a state, dropout of its own) is refused by the worker.
    """
    if len(recipes) > MOST_TOGETHER:
        return tr("At most {n} adapters train together.", n=MOST_TOGETHER)
    return why_not_shared(recipes)


def why_not_shared(recipes: Sequence[Recipe]) -> str:
    """Why these recipes, however many, cannot share one base, a sentence; "" where they can."""
    if len({_base(recipe) for recipe in recipes}) > 1:
        return tr("They do not adapt the same model in the same precision.")
    if any(recipe.model.precision == "int8" for recipe in recipes):
        return tr("A base in int8 is not shared: the scales of its products depend on all of their rows.")
    if len({repr(recipe.machine) for recipe in recipes}) > 1:
        return tr("They do not train on the same device within the same budget.")
    if any(recipe.machine.layers_in_ram not in ("auto", 0) for recipe in recipes):
        return tr("A base with layers in the machine's memory is not shared.")
    if any(recipe.machine.processes > 1 for recipe in recipes):
        return tr("A run of several processes trains alone.")
    return ""


def _base(recipe: Recipe) -> str:
    """The base without the adapter that training starts from, which each run has for itself."""
    return repr(recipe.model.model_copy(update={"adapter": None}))
