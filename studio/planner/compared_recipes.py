"""The recipes of a comparison: one recipe with several methods and seeds, at equal parameters or at its own rank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio.core.methods.registry import MethodName
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.state.comparison import name_of_run
from studio.planner.equal_parameters import method_with, recipe_with_equal_parameters


def recipe_of_method(recipe: Recipe, name: MethodName, same_rank: bool) -> Recipe:
    """The recipe with another method.

    Unless `same_rank`, its rank is the one that gives it the recipe's number of trainable parameters. Raises
    ProblemError where the recipe does not allow the method.
    """
    if same_rank:
        return recipe.model_copy(update={"method": method_with(recipe.method, name=name)})
    return recipe_with_equal_parameters(recipe, name)


def recipes_to_compare(recipe: Recipe, methods: Sequence[MethodName], seeds: int, same_rank: bool) -> list[Recipe]:
    """One recipe for each seed and method, all methods of a seed before the next seed.

    Raises ProblemError for every method that the recipe does not allow.
    """
    made: dict[MethodName, Recipe] = {}
    problems: list[Problem] = []
    for name in methods:
        try:
            made[name] = recipe_of_method(recipe, name, same_rank)
        except ProblemError as error:
            problems += [Problem(f"{name}: {each.where}", each.what, each.remedy) for each in error.problems]
    ProblemError.raise_any(problems)
    return seeded(recipe, made.values(), seeds)


def seeded(recipe: Recipe, of_methods: Iterable[Recipe], seeds: int) -> list[Recipe]:
    """Each method's recipe with each seed, named so that their runs are one comparison, called as the recipe."""
    whole = tuple(of_methods)
    return [
        each.model_copy(update={"name": name_of_run(recipe.name, each.method.name, seed), "seed": seed})
        for seed in range(recipe.seed, recipe.seed + seeds)
        for each in whole
    ]
