"""What a recipe's adapter can be exported as, told from headers alone, before anything is trained."""

from __future__ import annotations

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import Recipe
from studio.core.twins.exports import Choice, exports_of
from studio.planner.model_source import model_config


def recipe_exports(recipe: Recipe) -> tuple[Choice, ...]:
    """Every export format for a recipe's model and method; raises ProblemError where the model is not there."""
    return exports_of(model_config(recipe.model), METHODS[recipe.method.name], dict(recipe.method))
