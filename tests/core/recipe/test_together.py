"""Which recipes share one base: the same model held the same way on the same device; all else may differ."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.together import MOST_TOGETHER, why_not_together


def recipe(**changes: Any) -> Recipe:
    values: dict[str, Any] = {"tasks": [{"name": "units", "train": "units.jsonl"}]}
    return Recipe.model_validate(values | changes)


def test_that_methods_ranks_data_and_steps_may_differ() -> None:
    other = {
        "seed": 7,
        "tasks": [{"name": "sort", "train": "sort.jsonl"}],
        "method": {"name": "lora", "rank": 4},
        "training": {"learning_rate": 1e-5, "packing": True, "max_length": 64, "batch_size": 2},
        "model": {"adapter": "earlier"},
    }
    assert why_not_together([recipe(), recipe(**other)]) == ""


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"model": {"source": "other"}}, "same model"),
        ({"model": {"precision": "nf4"}}, "same precision"),
        ({"machine": {"device": "cpu"}}, "same device"),
        ({"machine": {"memory_budget": "8GiB"}}, "same budget"),
    ],
)
def test_that_another_base_or_device_is_not_shared(other: dict[str, Any], why: str) -> None:
    assert why in why_not_together([recipe(), recipe(**other)])


def test_that_int8_several_processes_and_crowds_are_refused() -> None:
    whole = {"model": {"precision": "int8"}}
    assert "int8" in why_not_together([recipe(**whole), recipe(**whole, seed=1)])
    several = {"machine": {"processes": 2}}
    assert "trains alone" in why_not_together([recipe(**several), recipe(**several, seed=1)])
    assert str(MOST_TOGETHER) in why_not_together([recipe(seed=seed) for seed in range(MOST_TOGETHER + 1)])
