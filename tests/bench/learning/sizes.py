"""Equal trainable parameters: the attention's rank, or the one rank, that brings a method nearest to a budget."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.planner.equal_parameters import trainable_parameters
from studio.planner.model_source import model_shape
from studio.planner.shape import ModelShape
from tests.bench.learning.base import FOLDER

STRENGTH = 2.0
"""What every method's updates are scaled by, as in the studio's defaults: alpha over rank, 32 / 16."""

HIGHEST = 128

SIZES = {"small": 10, "medium": 20, "large": 40}
"""LoRA's rank at each size of adapter, whose trainable parameters all other methods are given."""


@lru_cache(maxsize=1)
def shape() -> ModelShape:
    return model_shape(ModelTable(source=str(FOLDER), precision="fp32"))


def parameters_of(method: Mapping[str, Any], shared: int = 0) -> int:
    """What is trained; where so many of the experts' ranks are the same in all of them, these count once."""
    table = MethodTable.model_validate(dict(method))
    whole = trainable_parameters(shape(), table)
    if not shared:
        return whole
    # The experts' matrices are proportional to their rank, and nothing else depends on it once the attention's is set.
    assert table.attention_rank is not None
    without = trainable_parameters(shape(), table.model_copy(update={"rank": table.rank - shared}))
    return whole - (whole - without) * (table.experts - 1) // table.experts


def budget_of(size: str) -> int:
    return parameters_of({"name": "lora", "rank": SIZES[size]})


def sized(method: Mapping[str, Any], size: str) -> dict[str, Any]:
    """The method's fields with the rank left open filled in, and its alpha.

    Where experts have a rank of their own, the attention's takes up the rest; elsewhere it is the one rank.
    """
    return dict(_sized(tuple(method.items()), size))


@lru_cache(maxsize=1024)
def _sized(fields: tuple[tuple[str, Any], ...], size: str) -> dict[str, Any]:
    method = dict(fields)
    budget, name = budget_of(size), method["name"]
    if name == "mixlora":
        open_field, step = "attention_rank", 1
    else:
        open_field, step = "rank", method.get("experts", 8) if name == "moelora" else 1
    if open_field in method:
        found = method
    else:
        ranks = range(2 * step if name == "moelora" else 1, HIGHEST + 1, step)
        candidates = [method | {open_field: rank} for rank in ranks]
        found = min(candidates, key=lambda each: abs(parameters_of(each) - budget))
    return {"alpha": STRENGTH * divisor(found)} | found


def divisor(method: Mapping[str, Any]) -> float:
    """What a method divides alpha by."""
    rank = float(method["rank"])
    if method["name"] == "moelora":
        rank /= method.get("experts", 8)
    return rank**0.5 if method.get("rank_stabilised") else rank
