"""A rank that the planner changes brings its alpha along, so that updates are as strong as they were asked to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.recipe.recipe import MethodTable
from studio.planner import alternatives, would_fit
from studio.planner.methods.registry import arithmetic_of
from studio.planner.scaling import alpha_for
from tests.planner.machines import LLAMA_3_8B, config_folder, machine, recipe


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return config_folder(tmp_path_factory.mktemp("models"), LLAMA_3_8B)


def strength(method: MethodTable) -> float:
    return method.alpha / arithmetic_of(method).divisor(method, method.rank)


@pytest.mark.parametrize("stabilised", [False, True])
def test_that_an_offer_of_another_rank_keeps_the_strength_of_updates_and_says_so(model: Path, stabilised: bool) -> None:
    asked = recipe(model, method={"rank": 16, "alpha": 32.0, "rank_stabilised": stabilised})
    offers = alternatives(asked, machine(24), pins=[], rows=1000)
    others = [each for each in offers if each.plan.recipe.method.rank != 16]
    assert others, "some offer has another rank here"
    for offer in offers:
        method = offer.plan.recipe.method
        assert strength(method) == pytest.approx(strength(asked.method), rel=1e-4)
        said = f"rank {method.rank} with alpha {method.alpha:g}" in offer.settings
        assert said == (method.rank != 16)
        assert ("Alpha follows the rank" in offer.why) == said


def test_that_advice_to_lower_the_rank_lowers_alpha_with_it_and_says_so(model: Path) -> None:
    asked = recipe(model, method={"rank": 512, "alpha": 1024.0})
    changes = would_fit(asked, machine(24), pins=[]).changes
    (lower,) = [each for each in changes if "method.rank" in each.fields]
    rank = lower.fields["method.rank"]
    assert lower.fields["method.alpha"] == 2 * rank == lower.plan.recipe.method.alpha
    assert f"set alpha to {2 * rank:g}, so that updates keep their strength" in lower.what


def test_that_alpha_stays_within_what_a_recipe_may_hold() -> None:
    asked = MethodTable(rank=1, alpha=8000.0)
    assert alpha_for(asked, asked.model_copy(update={"rank": 64})) == 8192.0
