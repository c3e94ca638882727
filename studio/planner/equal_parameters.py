"""Trainable parameters of a method on a model, and the rank at which another method has as many."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from studio.core.fault_text import FieldFaultError, fault_text
from studio.core.methods.fields import LowRankFields, range_of
from studio.core.methods.registry import MethodName
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.words import tr
from studio.planner.adapter import elements
from studio.planner.methods.registry import ARITHMETIC, arithmetic_of
from studio.planner.model_source import model_shape
from studio.planner.shape import ModelShape

HIGHEST_RANK = int(range_of(LowRankFields, "rank").high)


def trainable_parameters(shape: ModelShape, method: MethodTable) -> int:
    """How many weights the method trains on a model of this shape: arithmetic, equal to what PEFT counts.

    Raises ProblemError where the model lacks the method's targets.
    """
    return elements(arithmetic_of(method).tensors(shape, method))


def with_equal_parameters(shape: ModelShape, method: MethodTable, name: MethodName) -> MethodTable:
    """The method `name` with the same targets and the rank that comes nearest to `method`'s trainable parameters.

    Its alpha keeps the factor that scales updates, alpha over the method's own divisor. Raises ProblemError where no
    rank is possible.
    """
    if name == method.name:
        return method
    wanted = trainable_parameters(shape, method)
    ask = ARITHMETIC[name]
    step, least = ask.rank_step(method.experts), ask.least_rank(method.experts)

    # Ranks by layer would not follow the one that is searched for.
    method = method.model_copy(update={"layer_ranks": None})

    def at(rank: int) -> int:
        return trainable_parameters(shape, method.model_copy(update={"name": name, "rank": rank}))

    # Every trained tensor has the rank as one side, or does not depend on it: a straight line.
    slope = (at(2 * step) - at(step)) // step
    fixed = at(step) - slope * step
    rank = max(least, round((wanted - fixed) / slope / step) * step)
    if rank > HIGHEST_RANK:
        raise ProblemError.at(
            "method.rank",
            tr(
                "{method} would need rank {rank} for the {wanted:,} trainable parameters of {other}.",
                method=name,
                rank=rank,
                wanted=wanted,
                other=method.name,
            ),
            tr(
                "Lower the rank or the experts of {method}; ranks go to {highest}.",
                method=method.name,
                highest=HIGHEST_RANK,
            ),
        )
    scaling = method.alpha / arithmetic_of(method).divisor(method, method.rank)
    return method_with(method, name=name, rank=rank, alpha=scaling * ask.divisor(method, rank))


def method_with(method: MethodTable, **changes: Any) -> MethodTable:
    """The method table with some fields changed; raises ProblemError where they do not go together."""
    try:
        return MethodTable.model_validate(method.model_dump() | changes)
    except ValidationError as error:
        problems = []
        for fault in error.errors():
            where = ".".join(["method", *(str(part) for part in fault["loc"])])
            own = fault.get("ctx", {}).get("error")
            problems.append(
                Problem(f"{where}.{own.field}", own.what, own.remedy)
                if isinstance(own, FieldFaultError)
                else Problem(where, fault_text(fault), "")
            )
        raise ProblemError(*problems) from None


def recipe_with_equal_parameters(recipe: Recipe, name: MethodName) -> Recipe:
    """The recipe with the method `name` at the rank that gives it as many trainable parameters, as near as it goes."""
    method = with_equal_parameters(model_shape(recipe.model), recipe.method, name)
    return recipe.model_copy(update={"method": method})
