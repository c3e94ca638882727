"""A rank that the planner changes brings its alpha along, so that updates are as strong as they were asked to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.recipe.recipe import MethodTable
from studio.planner import alternatives, would_fit
from studio.planner.pins import SEARCHED
from studio.planner.scaling import alpha_for, strength
from tests.planner.machines import LLAMA_3_8B, config_folder, machine, recipe


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return config_folder(tmp_path_factory.mktemp("models"), LLAMA_3_8B)


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


def test_that_an_offer_leaves_a_pinned_alpha_and_says_how_strong_updates_become(model: Path) -> None:
    asked = recipe(model, method={"rank": 16, "alpha": 32.0})
    offers = alternatives(asked, machine(24), pins=["method.alpha"], rows=1000)
    assert [each for each in offers if each.plan.recipe.method.rank != 16], "some offer has another rank here"
    for offer in offers:
        method = offer.plan.recipe.method
        assert method.alpha == 32.0
        moved = method.rank != 16
        assert (f"rank {method.rank} with alpha 32" in offer.settings) == moved
        said = f"Alpha stays as it was set, so updates are scaled by {strength(method):g} instead of 2."
        assert (said in offer.price) == (said in offer.why) == moved


def test_that_an_alpha_which_the_recipes_file_sets_is_pinned_and_one_that_it_leaves_out_is_not(model: Path) -> None:
    set_, left_out = recipe(model, method={"alpha": 48.0}), recipe(model)
    alphas = [{each.plan.recipe.method.alpha for each in alternatives(one, machine(24))} for one in (set_, left_out)]
    assert alphas[0] == {48.0}
    assert len(alphas[1]) > 1


def test_that_advice_to_lower_the_rank_leaves_a_pinned_alpha_and_says_so(model: Path) -> None:
    asked = recipe(model, method={"rank": 512, "alpha": 1024.0})
    (lower,) = [e for e in would_fit(asked, machine(24), pins=["method.alpha"]).changes if "method.rank" in e.fields]
    method = lower.plan.recipe.method
    assert "method.alpha" not in lower.fields
    assert method.alpha == 1024.0
    assert not lower.moves_pins
    assert f"leave alpha at 1024, which then scales updates by {strength(method):g} instead of 2" in lower.what


def test_that_alpha_goes_with_the_rank_where_both_are_pinned_and_advice_has_to_move_the_rank(model: Path) -> None:
    asked = recipe(model, method={"rank": 512, "alpha": 1024.0})
    (lower,) = [each for each in would_fit(asked, machine(24), pins=SEARCHED).changes if "method.rank" in each.fields]
    assert lower.moves_pins
    assert strength(lower.plan.recipe.method) == 2.0


def test_that_alpha_stays_within_what_a_recipe_may_hold() -> None:
    asked = MethodTable(rank=1, alpha=8000.0)
    assert alpha_for(asked, asked.model_copy(update={"rank": 64})) == 8192.0


FEED_FORWARD = ["gate_proj", "up_proj", "down_proj"]


@pytest.mark.parametrize("pins", [[], ["method.alpha"]])
def test_that_an_offer_says_of_alpha_only_what_it_scales_where_experts_have_a_scale_of_their_own(
    model: Path, pins: list[str]
) -> None:
    asked = recipe(model, method={"rank": 16, "alpha": 32.0, "goat_scaling": True})
    offers = alternatives(asked, machine(24), pins=pins, rows=1000)
    others = [each for each in offers if each.plan.recipe.method.rank != 16]
    assert others, "some offer has another rank here"
    for offer in others:
        method = offer.plan.recipe.method
        assert method.alpha == (32.0 if pins else 2 * method.rank)
        said = (
            f"Alpha stays as it was set, so the attention's updates are scaled by {strength(method):g} instead of 2;"
            if pins
            else "Alpha follows the rank, so that the attention's updates keep their strength;"
        )
        assert f"{said} the experts' do not depend on it." in offer.why


@pytest.mark.parametrize("pins", [[], ["method.alpha"]])
def test_that_nothing_is_said_of_an_alpha_that_scales_nothing(model: Path, pins: list[str]) -> None:
    method = {"rank": 16, "alpha": 32.0, "goat_scaling": True, "targets": FEED_FORWARD}
    offers = alternatives(recipe(model, method=method), machine(24), pins=pins, rows=1000)
    assert [each for each in offers if each.plan.recipe.method.rank != 16], "some offer has another rank here"
    for offer in offers:
        assert offer.plan.recipe.method.alpha == 32.0
        assert "lpha" not in offer.why
    large = recipe(model, method=method | {"rank": 512})
    (lower,) = [each for each in would_fit(large, machine(24), pins=pins).changes if "method.rank" in each.fields]
    assert "method.alpha" not in lower.fields
    assert "alpha" not in lower.what


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ([], "set alpha to {follows:g}, so that the attention's updates keep their strength"),
        (["method.alpha"], "leave alpha at 1024, which then scales the attention's updates by {factor:g} instead of 2"),
    ],
)
def test_that_advice_says_of_alpha_only_what_it_scales(model: Path, pins: list[str], said: str) -> None:
    asked = recipe(model, method={"rank": 512, "alpha": 1024.0, "goat_scaling": True})
    (lower,) = [each for each in would_fit(asked, machine(24), pins=pins).changes if "method.rank" in each.fields]
    method = lower.plan.recipe.method
    assert said.format(follows=2 * method.rank, factor=strength(method)) in lower.what
